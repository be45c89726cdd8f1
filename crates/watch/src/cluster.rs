//! Near-copies among the sampled events of a window and of the reference, both together.

use ringtrue_core::near_duplicate::{Sketch, group_sketches};
use serde::Serialize;

use crate::counts::Counts;
use crate::reference::Standing;
use crate::sample::{Entry, LIKENESS, Sample, Side, Threshold, scattered};

/// Sampled events of a cluster of which anything is said, at least.
pub(crate) const EVENTS_MIN: u64 = 10;
/// The share of a cluster that one source must have sent to be named.
const DOMINANT: f64 = 0.5;

/// Near-copies of a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cluster {
    /// How many there are; where the window holds more events than its sample, an estimate.
    pub events: u64,
    /// Their share of the window's events.
    pub share: f64,
    /// The share of them with which nobody does anything.
    pub passed: f64,
    /// The share of them that counts as caught.
    pub caught: f64,
    /// Where more than half of them come from, if that is one source with a name.
    pub source: Option<String>,
    /// How they lie around a threshold, if that is why they are told.
    pub around: Option<Around>,
}

/// How near-copies lie around a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Around {
    /// Which threshold it is.
    pub threshold: Threshold,
    /// Events just below it, estimated like all.
    pub below: u64,
    /// Events at it, or just above it.
    pub above: u64,
}

/// The sampled events of a cluster.
#[derive(Default)]
pub(crate) struct Members<'a> {
    pub(crate) before: Vec<&'a Entry>,
    pub(crate) now: Vec<&'a Entry>,
}

/// The clusters of a window that are large enough to say anything of.
pub(crate) struct Clusters<'a> {
    window: &'a Counts,
    pub(crate) before: &'a Sample,
    pub(crate) now: &'a Sample,
    pub(crate) large: Vec<Members<'a>>,
}

impl<'a> Clusters<'a> {
    /// Finds them.
    pub(crate) fn of(window: &'a Counts, reference: &'a Counts) -> Self {
        let (before, now) = (&reference.sample, &window.sample);
        let entries: Vec<&Entry> = before.entries().chain(now.entries()).collect();
        let sketches: Vec<Sketch> = entries.iter().map(|it| it.sketch).collect();
        let groups = group_sketches(&sketches, LIKENESS.similarity_min);
        let from_window = before.entries().count();
        let mut all: Vec<Members<'a>> = Vec::new();
        for (at, (entry, group)) in entries.into_iter().zip(groups).enumerate() {
            let group = group as usize;
            // Groups are numbered in the order of their first members.
            if group == all.len() {
                all.push(Members::default());
            }
            if let Some(members) = all.get_mut(group) {
                let side = if at < from_window {
                    &mut members.before
                } else {
                    &mut members.now
                };
                side.push(entry);
            }
        }
        all.retain(|members| events(&members.now, |_| true) >= EVENTS_MIN);
        Self {
            window,
            before,
            now,
            large: all,
        }
    }

    /// Returns how likely chance makes one of the clusters look so, of which one alone does with probability `p`.
    pub(crate) fn corrected(&self, p: f64) -> f64 {
        (p * self.large.len() as f64).min(1.0)
    }

    /// Tells of a cluster.
    pub(crate) fn told(&self, members: &Members<'_>) -> Cluster {
        let all = events(&members.now, |_| true);
        let share = |is: fn(Standing) -> bool| {
            events(&members.now, |it| is(it.position.standing)) as f64 / all.max(1) as f64
        };
        let estimated = self.estimated(all);
        Cluster {
            events: estimated,
            share: estimated as f64 / self.window.events.max(1) as f64,
            passed: share(|standing| standing == Standing::Passed),
            caught: share(|standing| standing == Standing::Caught),
            source: self.source(members, all),
            around: None,
        }
    }

    /// Tells how a cluster lies around a threshold.
    pub(crate) fn around(&self, members: &Members<'_>, threshold: Threshold) -> Around {
        let on = |side: Side| {
            self.estimated(events(&members.now, |it| {
                it.position.near(threshold) == Some(side)
            }))
        };
        Around {
            threshold,
            below: on(Side::Below),
            above: on(Side::Above),
        }
    }

    /// Returns how many events of the window so many sampled ones stand for.
    fn estimated(&self, sampled: u64) -> u64 {
        let all = self.now.sampled().max(1);
        let events = u128::from(sampled) * u128::from(self.now.events) / u128::from(all);
        u64::try_from(events).unwrap_or(u64::MAX)
    }

    /// Returns the name of the source that most of a cluster come from.
    fn source(&self, members: &Members<'_>, all: u64) -> Option<String> {
        let names = self.window.sources.names();
        let of = |name: &&str| {
            let source = Some(scattered(name.as_bytes(), 0));
            events(&members.now, |it| it.source == source) as f64 > DOMINANT * all as f64
        };
        names.into_iter().find(of).map(str::to_owned)
    }
}

/// Returns how many events some entries hold.
pub(crate) fn events(entries: &[&Entry], is_counted: impl Fn(&Entry) -> bool) -> u64 {
    let counted = entries.iter().filter(|it| is_counted(it));
    counted.map(|it| it.events).sum()
}

/// Returns the id of one of the events, to look at.
pub(crate) fn example(members: &Members<'_>) -> Option<String> {
    let id = members.now.iter().find_map(|it| it.id)?;
    Some(id.to_string())
}
