//! The ground that is poisoned: events to learn from and later ones to ask about, each class in time order.

use ringtrue_core::{Label, Task};
use ringtrue_vet::Sampled;

/// Share of each class that a detector is asked about, its latest; and the share before it that sets the threshold.
const ASKED_SHARE: f64 = 0.25;
const THRESHOLD_SHARE: f64 = 0.15;

/// What an event is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// A detector learns from it.
    Learn,
    /// It sets the threshold, if it is benign.
    Threshold,
    /// The detector is asked about it.
    Ask,
}

/// Events that somebody decided on.
pub(crate) struct Ground<'a> {
    pub(crate) task: &'a Task,
    pub(crate) seed: u64,
    pub(crate) threads: u32,
    /// The false-positive rate of the threshold.
    pub(crate) fpr: f64,
    /// The events, in time order, with what they are there for.
    pub(crate) events: Vec<(Sampled, Use)>,
}

impl Ground<'_> {
    /// Says what each of some events is there for, which are in time order; those that nobody decided on are left out.
    pub(crate) fn laid_out(events: Vec<Sampled>) -> Vec<(Sampled, Use)> {
        let decided =
            |it: &Sampled| matches!(it.event.label, Some(Label::Benign | Label::Malicious));
        let events: Vec<Sampled> = events.into_iter().filter(decided).collect();
        let is_malicious = |it: &Sampled| it.event.label == Some(Label::Malicious);
        let malicious = events.iter().filter(|it| is_malicious(it)).count();
        let counts = [events.len() - malicious, malicious];
        let mut seen = [0_usize; 2];
        let with_use = events.into_iter().map(|it| {
            let class = usize::from(is_malicious(&it));
            let rank = seen[class] as f64 / counts[class] as f64;
            seen[class] += 1;
            let purpose = if rank >= 1.0 - ASKED_SHARE {
                Use::Ask
            } else if rank >= 1.0 - ASKED_SHARE - THRESHOLD_SHARE {
                Use::Threshold
            } else {
                Use::Learn
            };
            (it, purpose)
        });
        with_use.collect()
    }

    /// Returns the events of a label that a detector is taught by: those to learn from, and those for the threshold.
    pub(crate) fn taught(&self, label: Label) -> impl Iterator<Item = &Sampled> {
        let events = self.events.iter();
        let of_label = events.filter(move |(it, _)| it.event.label == Some(label));
        let taught = of_label.filter(|(_, purpose)| *purpose != Use::Ask);
        taught.map(|(it, _)| it)
    }

    /// Returns how many events teach.
    pub(crate) fn teaching(&self) -> usize {
        let events = self.events.iter();
        events.filter(|(_, purpose)| *purpose != Use::Ask).count()
    }
}
