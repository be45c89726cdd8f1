//! How checks that compare probes part the events: learned on earlier ones and asked about later ones, or whole campaigns at a time where there is no
//! time.

use crate::data::Data;
use crate::probe::CLASS_EVENTS_MIN;
use crate::scores::folded;

/// The events that probes learn, and those that they are asked about.
pub(super) struct Split {
    /// Learned.
    pub(super) train: Vec<u32>,
    /// Asked about.
    pub(super) test: Vec<u32>,
    /// What is learned, in words.
    pub(super) learned: &'static str,
    /// What is asked about, in words.
    pub(super) asked: &'static str,
}

impl Split {
    /// Parts the events, at most so many of a class on each side; `None` if a side lacks a class.
    pub(super) fn new(data: &Data<'_>, most: usize) -> Option<Self> {
        let parts = data
            .halves()
            .map(|parts| (parts, "earlier events", "later ones"));
        let ((train, test), learned, asked) = parts.unwrap_or_else(|| {
            let parts = by_campaign(data, &data.decided());
            (parts, "three quarters of the campaigns", "the others")
        });
        Some(Self {
            train: data.thinned("training", &train, most).ok()?,
            test: data.thinned("judged", &test, most).ok()?,
            learned,
            asked,
        })
    }

    /// Returns whether each side has so many events of each class.
    pub(super) fn has(&self, data: &Data<'_>, least: usize) -> bool {
        debug_assert!(least >= CLASS_EVENTS_MIN, "a split has that many");
        [&self.train, &self.test].into_iter().all(|part| {
            let malicious = part
                .iter()
                .filter(|at| data.malicious[**at as usize])
                .count();
            malicious.min(part.len() - malicious) >= least
        })
    }
}

/// Parts events into three quarters and one, no campaign on both sides.
pub(super) fn by_campaign(data: &Data<'_>, events: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let campaigns: Vec<u32> = events
        .iter()
        .map(|at| data.campaigns()[*at as usize])
        .collect();
    folded(data, events, &campaigns)
}
