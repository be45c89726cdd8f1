//! What a policy teaches its filters by.

use ringtrue_core::EventTime;
use ringtrue_core::split::keep_families;

use super::past::PastEvent;
use super::policy::{Policy, Taken};
use crate::failure::Outcome;
use crate::filter::{Filter, Lesson, Teacher};

/// What filters are taught by, beside events.
pub(super) struct School<'a> {
    pub(super) teacher: Teacher<'a>,
    /// Cycles that are learned from, the latest ones.
    pub(super) window: u32,
    /// Malicious events of a family that stay, where a policy keeps old families.
    pub(super) floor: usize,
}

impl School<'_> {
    /// Teaches a filter by what a policy knows of the past at `now`, the start of cycle `cycle`.
    pub(super) fn teach(
        &self,
        policy: Policy,
        past: &[PastEvent],
        (cycle, now): (u32, EventTime),
    ) -> Outcome<Filter> {
        let known: Vec<(&PastEvent, Taken)> = past
            .iter()
            .filter_map(|it| Some((it, policy.takes(it, now)?)))
            .collect();
        let members: Vec<u32> = (0_u32..).take(known.len()).collect();
        let is_older = |at: &u32| known[*at as usize].0.cycle + self.window < cycle;
        let (older, recent): (Vec<u32>, Vec<u32>) = members.into_iter().partition(is_older);
        let mut learned = Vec::new();
        if policy.keeps_families() {
            let family = |at: u32| {
                let (it, taken) = &known[at as usize];
                it.family().filter(|_| taken.malicious)
            };
            learned = keep_families(family, &recent, &older, self.floor);
        }
        learned.extend(recent);
        let lesson = |at: u32| {
            let (it, taken) = &known[at as usize];
            Lesson {
                event: &it.event,
                malicious: taken.malicious,
                stands_for: taken.stands_for,
            }
        };
        let lessons: Vec<Lesson<'_>> = learned.into_iter().map(lesson).collect();
        self.teacher.teach(&lessons, now)
    }
}
