//! What a cycle and a pursuit came to, by the truth.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringtrue_core::{Action, CostSheet, EventTime, Label};
use ringtrue_simulate::PursuitEvent;
use serde::Serialize;

use super::past::Verdict;
use super::policy::Policy;

/// Events of a kit in a cycle below which nothing is said of whether it is caught.
const KIT_EVENTS_MIN: u64 = 5;

/// One cycle under one filter. Recall and false positives are those of the detector at the block threshold, the audit sample's exceptions included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Cycle {
    pub(crate) malicious: u64,
    pub(crate) malicious_blocked: u64,
    pub(crate) benign: u64,
    pub(crate) benign_blocked: u64,
    /// What people looked at, the audit sample included.
    pub(crate) reviewed: u64,
    /// What was drawn for the audit sample.
    pub(crate) audited: u64,
    /// Price of what was let through, stopped wrongly and looked at.
    pub(crate) cost: f64,
}

impl Cycle {
    pub(super) fn add(&mut self, truth: Label, verdict: &Verdict, sheet: &CostSheet) {
        let is_malicious = truth == Label::Malicious;
        let blocked = u64::from(verdict.would == Action::Block);
        if is_malicious {
            self.malicious += 1;
            self.malicious_blocked += blocked;
        } else {
            self.benign += 1;
            self.benign_blocked += blocked;
        }
        self.audited += u64::from(verdict.draw.is_some_and(|draw| draw.drawn));
        self.cost += match verdict.done() {
            Action::Review => {
                self.reviewed += 1;
                sheet.review
            }
            Action::Allow if is_malicious => sheet.false_negative,
            Action::Block if !is_malicious => sheet.false_positive,
            Action::Allow | Action::Block => 0.0,
        };
    }

    /// Returns the share of malicious events that the detector would block.
    pub(crate) fn recall(&self) -> f64 {
        share(self.malicious_blocked, self.malicious)
    }

    /// Returns the share of benign events that the detector would block.
    pub(crate) fn fpr(&self) -> f64 {
        share(self.benign_blocked, self.benign)
    }

    /// Returns the share of the traffic that was drawn for the audit sample.
    pub(crate) fn audit_share(&self) -> f64 {
        share(self.audited, self.malicious + self.benign)
    }

    /// Returns the cost per 1,000 events.
    pub(crate) fn cost_per_1000(&self) -> f64 {
        1_000.0 * self.cost / (self.malicious + self.benign).max(1) as f64
    }
}

fn share(part: u64, all: u64) -> f64 {
    part as f64 / all.max(1) as f64
}

/// How long new kits were about before the filter caught them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Protection {
    /// Kits that first came under a filter and of which some cycle had enough events to tell.
    pub(crate) kits: u64,
    /// Those that no filter caught half of in any such cycle.
    pub(crate) never: u64,
    /// Median days from a kit's first confirmed sample to the filter that caught it, 0 where the filter in place did; `None` if half of them were never
    /// caught.
    pub(crate) median_days: Option<f64>,
}

/// What is known of a kit's life.
#[derive(Clone, Default)]
struct Life {
    first_cycle: u32,
    /// When its first sample was confirmed.
    confirmed: Option<EventTime>,
    /// Events and those blocked, by cycle.
    cycles: BTreeMap<u32, [u64; 2]>,
}

/// Follows kits from their first sample on.
#[derive(Clone, Default)]
pub(super) struct Kits(BTreeMap<Arc<str>, Life>);

impl Kits {
    /// Takes in an event of a cycle; `blocked` says what the filter would do, `None` where there was none.
    pub(super) fn add(&mut self, pursued: &PursuitEvent, cycle: u32, blocked: Option<bool>) {
        let Some(kit) = &pursued.kit else {
            return;
        };
        let life = self.0.entry(Arc::clone(kit)).or_insert_with(|| Life {
            first_cycle: cycle,
            ..Life::default()
        });
        let told = &pursued.event;
        if told.label == Label::Malicious {
            let earlier = life
                .confirmed
                .map_or(told.label_known, |it| it.min(told.label_known));
            life.confirmed = Some(earlier);
        }
        if let Some(blocked) = blocked {
            let counts = life.cycles.entry(cycle).or_default();
            counts[0] += 1;
            counts[1] += u64::from(blocked);
        }
    }

    /// Sums up; `starts` holds the start of each cycle.
    pub(super) fn finish(self, starts: &[EventTime]) -> Protection {
        let mut days: Vec<f64> = Vec::new();
        for life in self.0.into_values().filter(|life| life.first_cycle > 0) {
            let Some(confirmed) = life.confirmed else {
                continue;
            };
            let mut telling = life
                .cycles
                .iter()
                .filter(|(_, counts)| counts[0] >= KIT_EVENTS_MIN);
            let Some(first) = telling.next() else {
                continue;
            };
            let is_caught = |(_, counts): &(&u32, &[u64; 2])| 2 * counts[1] >= counts[0];
            let caught = std::iter::once(first).chain(telling).find(is_caught);
            let start = |cycle: u32| starts.get(cycle as usize).copied();
            days.push(match caught.and_then(|(cycle, _)| start(*cycle)) {
                Some(start) => start.days_since(confirmed).max(0.0),
                None => f64::INFINITY,
            });
        }
        days.sort_by(f64::total_cmp);
        let median = days.get(days.len().saturating_sub(1) / 2).copied();
        Protection {
            kits: days.len() as u64,
            never: days.iter().filter(|it| it.is_infinite()).count() as u64,
            median_days: median.filter(|it| it.is_finite()),
        }
    }
}

/// A pursuit of one seed under one policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Played {
    pub(crate) policy: Policy,
    pub(crate) seed: u64,
    /// The cycles under a filter, in order.
    pub(crate) cycles: Vec<Cycle>,
    pub(crate) protection: Protection,
}

#[cfg(test)]
mod tests {
    use ringtrue_server::sample::Draw;

    use super::*;

    #[test]
    fn what_is_drawn_is_paid_as_a_review_and_counts_as_blocked() {
        let sheet = CostSheet::default();
        let mut cycle = Cycle::default();
        let verdict = |would, drawn| Verdict {
            would,
            draw: Some(Draw {
                would,
                propensity: 0.2,
                drawn,
            }),
        };
        cycle.add(Label::Malicious, &verdict(Action::Block, true), &sheet);
        cycle.add(Label::Malicious, &verdict(Action::Allow, false), &sheet);
        cycle.add(Label::Benign, &verdict(Action::Block, false), &sheet);
        cycle.add(Label::Benign, &verdict(Action::Allow, false), &sheet);
        assert!((cycle.recall() - 0.5).abs() < 1e-12);
        assert!((cycle.fpr() - 0.5).abs() < 1e-12);
        assert!((cycle.audit_share() - 0.25).abs() < 1e-12);
        assert_eq!(cycle.reviewed, 1);
        let expected = sheet.review + sheet.false_negative + sheet.false_positive;
        assert!((cycle.cost - expected).abs() < 1e-9);
    }

    #[test]
    fn protection_counts_from_the_first_confirmed_sample() {
        let day = |day: i64| EventTime::from_date(2024, 1, 1).plus_days(day);
        let starts = [day(0), day(30), day(60), day(90)];
        let life = |cycles: &[(u32, [u64; 2])]| Life {
            first_cycle: 1,
            confirmed: Some(day(40)),
            cycles: cycles.iter().copied().collect(),
        };
        let of = |lives: Vec<Life>| {
            let lives = (0..).zip(lives);
            let name = |number: u32| Arc::from(number.to_string());
            Kits(lives.map(|(number, it)| (name(number), it)).collect()).finish(&starts)
        };
        // Caught where it came: nobody had to wait. Caught by the next filter but one: 20 days after it was confirmed. Too few to tell: not counted.
        let caught = life(&[(1, [10, 6])]);
        let later = life(&[(1, [10, 2]), (2, [10, 5])]);
        let few = life(&[(1, [4, 0])]);
        let never = life(&[(1, [10, 0]), (2, [10, 0])]);
        assert_eq!(of(vec![life(&[(1, [10, 6])])]).median_days, Some(0.0));
        assert_eq!(
            of(vec![life(&[(1, [10, 2]), (2, [10, 5])])]).median_days,
            Some(20.0)
        );
        let all = of(vec![caught, later, few, never]);
        assert_eq!((all.kits, all.never, all.median_days), (3, 1, Some(20.0)));
    }
}
