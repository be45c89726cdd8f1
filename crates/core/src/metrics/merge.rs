//! Counts that are taken batch by batch, on any number of threads or machines, and merged.
//!
//! Each is `Default`, takes one event at a time with `add`, another of its kind with `merge`, and gives
//! its figures at the end; the order of events and merges is without influence. Money is summed the same
//! way by [`CostSums`](crate::metrics::CostSums). What depends on the order of scores needs them
//! all: see [`Ranking`](crate::metrics::Ranking).

use serde::{Deserialize, Serialize};

use crate::metrics::interval::{Rate, Unsupported, supported};

/// How often something happened, and how often it could have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateCounts {
    /// Events of which it is true.
    pub successes: u64,
    /// All events.
    pub trials: u64,
}

impl RateCounts {
    /// Counts one event.
    pub fn add(&mut self, happened: bool) {
        self.successes += u64::from(happened);
        self.trials += 1;
    }

    /// Counts the events of another state as well.
    pub const fn merge(&mut self, other: &Self) {
        self.successes += other.successes;
        self.trials += other.trials;
    }

    /// Returns the rate.
    ///
    /// # Errors
    ///
    /// What [`supported`] refuses.
    pub fn finish(&self) -> Result<Rate, Unsupported> {
        supported(self.successes, self.trials)
    }
}

/// Flagged and unflagged events by class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionCounts {
    /// Malicious events flagged.
    pub true_positives: u64,
    /// Benign events flagged.
    pub false_positives: u64,
    /// Benign events not flagged.
    pub true_negatives: u64,
    /// Malicious events not flagged.
    pub false_negatives: u64,
}

impl ConfusionCounts {
    /// Counts one event.
    pub const fn add(&mut self, flagged: bool, malicious: bool) {
        let count = match (flagged, malicious) {
            (true, true) => &mut self.true_positives,
            (true, false) => &mut self.false_positives,
            (false, false) => &mut self.true_negatives,
            (false, true) => &mut self.false_negatives,
        };
        *count += 1;
    }

    /// Counts the events of another state as well.
    pub const fn merge(&mut self, other: &Self) {
        self.true_positives += other.true_positives;
        self.false_positives += other.false_positives;
        self.true_negatives += other.true_negatives;
        self.false_negatives += other.false_negatives;
    }

    /// Returns the number of benign events.
    #[must_use]
    pub const fn benign(&self) -> u64 {
        self.false_positives + self.true_negatives
    }

    /// Returns the number of malicious events.
    #[must_use]
    pub const fn malicious(&self) -> u64 {
        self.true_positives + self.false_negatives
    }

    /// Returns the share of malicious events that is flagged.
    ///
    /// # Errors
    ///
    /// What [`supported`] refuses.
    pub fn tpr(&self) -> Result<Rate, Unsupported> {
        supported(self.true_positives, self.malicious())
    }

    /// Returns the share of benign events that is flagged.
    ///
    /// # Errors
    ///
    /// What [`supported`] refuses.
    pub fn fpr(&self) -> Result<Rate, Unsupported> {
        supported(self.false_positives, self.benign())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_merge_into_the_whole(
            events in prop::collection::vec(any::<(bool, bool)>(), 0..100),
            cut in 0_usize..100,
        ) {
            let count = |events: &[(bool, bool)]| {
                let mut confusion = ConfusionCounts::default();
                let mut rate = RateCounts::default();
                for &(flagged, malicious) in events {
                    confusion.add(flagged, malicious);
                    rate.add(flagged);
                }
                (confusion, rate)
            };
            let (first, second) = events.split_at(cut.min(events.len()));
            let (mut confusion, mut rate) = count(first);
            let (other_confusion, other_rate) = count(second);
            confusion.merge(&other_confusion);
            rate.merge(&other_rate);
            prop_assert_eq!((confusion, rate), count(&events));
            prop_assert_eq!(rate.trials, confusion.benign() + confusion.malicious());
        }
    }

    #[test]
    fn rates_are_of_their_own_class() {
        let counts = ConfusionCounts {
            true_positives: 90,
            false_negatives: 10,
            false_positives: 3,
            true_negatives: 297,
        };
        assert!((counts.tpr().expect("100 events").value - 0.9).abs() < 1e-15);
        assert!((counts.fpr().expect("300 events").value - 0.01).abs() < 1e-15);
        assert!(ConfusionCounts::default().tpr().is_err());
    }
}
