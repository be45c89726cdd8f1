//! How often what was met: counts that fade and stay few.
//!
//! ```text
//!   add ─► weight of a key ─┬─► halve: all fade alike, what faded away goes
//!                           └─► prune: the lightest go when there are too many
//! ```
//!
//! Weights are whole sixteenths, so that sums do not depend on their order. What goes depends on weights
//! and keys alone, and what is written comes in the order of the keys: the order of the table decides nothing.

use std::cmp::Reverse;
use std::collections::HashMap;

use foldhash::fast::RandomState;

/// Parts of one observation: what was met once is forgotten after five halvings.
const PARTS: u32 = 16;

/// Weights by key, at most as many as the caller allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    weights: HashMap<u64, u32, RandomState>,
    total: u64,
}

/// Whether a key was met for the first time, as far as is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    First,
    Again,
}

impl Counts {
    /// Counts `key` this many times more, and keeps at most `most` keys.
    pub(super) fn add(&mut self, key: u64, times: u32, most: usize) -> Met {
        let weight = self.weights.entry(key).or_insert(0);
        let met = if *weight == 0 { Met::First } else { Met::Again };
        let more = times
            .max(1)
            .saturating_mul(PARTS)
            .min(u32::MAX.saturating_sub(*weight));
        *weight = weight.saturating_add(more);
        self.total = self.total.saturating_add(u64::from(more));
        self.prune(most);
        met
    }

    /// Takes one observation of `key` back.
    pub(super) fn remove_one(&mut self, key: u64) {
        self.take(key, PARTS);
    }

    /// Takes back what `others` hold.
    pub(super) fn subtract(&mut self, others: &Self) {
        for (key, weight) in others.parts() {
            self.take(key, weight);
        }
    }

    fn take(&mut self, key: u64, parts: u32) {
        let Some(weight) = self.weights.get_mut(&key) else {
            return;
        };
        let less = parts.min(*weight);
        *weight = weight.saturating_sub(less);
        self.total = self.total.saturating_sub(u64::from(less));
        if *weight == 0 {
            self.weights.remove(&key);
        }
    }

    /// Returns how often `key` was met, in observations.
    pub(super) fn of(&self, key: u64) -> f64 {
        let weight = self.weights.get(&key).copied().unwrap_or(0);
        f64::from(weight) / f64::from(PARTS)
    }

    /// Returns the sum over all keys, in observations.
    pub(super) fn total(&self) -> f64 {
        self.total as f64 / f64::from(PARTS)
    }

    /// Returns how many keys are remembered.
    pub(super) fn known(&self) -> usize {
        self.weights.len()
    }

    /// Returns the keys in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        self.parts().map(|(key, _)| key)
    }

    /// Returns the keys in order, each with its weight in parts.
    pub(super) fn parts(&self) -> impl ExactSizeIterator<Item = (u64, u32)> {
        let weights = self.weights.iter();
        let mut parts: Vec<(u64, u32)> = weights.map(|(key, weight)| (*key, *weight)).collect();
        parts.sort_unstable();
        parts.into_iter()
    }

    /// Puts back what [`Self::parts`] gave; `None` unless keys rise and no weight is 0.
    pub(super) fn from_parts(parts: Vec<(u64, u32)>) -> Option<Self> {
        let mut counts = Self::default();
        let mut last = None;
        for (key, weight) in parts {
            if weight == 0 || last.is_some_and(|last| last >= key) {
                return None;
            }
            last = Some(key);
            counts.weights.insert(key, weight);
            counts.total = counts.total.saturating_add(u64::from(weight));
        }
        Some(counts)
    }

    /// Makes everything half as heavy.
    pub(super) fn halve(&mut self) {
        self.weights.retain(|_, weight| {
            *weight /= 2;
            *weight > 0
        });
        self.sum();
    }

    /// Adds what `others` hold, and keeps at most `most` keys.
    pub(super) fn merge(&mut self, others: &Self, most: usize) {
        for (key, more) in others.parts() {
            let weight = self.weights.entry(key).or_insert(0);
            *weight = weight.saturating_add(more);
        }
        self.sum();
        self.prune(most);
    }

    fn sum(&mut self) {
        let weights = self.weights.values();
        self.total = weights.fold(0, |sum: u64, weight| sum.saturating_add(u64::from(*weight)));
    }

    /// Above `most` keys, keeps the heaviest three quarters of `most`, so that this is seldom.
    fn prune(&mut self, most: usize) {
        if self.weights.len() <= most {
            return;
        }
        let keep = most.saturating_sub(most / 4);
        let mut ranked: Vec<(Reverse<u32>, u64)> = self
            .weights
            .iter()
            .map(|(key, weight)| (Reverse(*weight), *key))
            .collect();
        ranked.sort_unstable();
        for (_, key) in ranked.into_iter().skip(keep) {
            self.weights.remove(&key);
        }
        self.sum();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counted(keys: &[u8], most: usize) -> Counts {
        let mut counts = Counts::default();
        for key in keys {
            counts.add(u64::from(*key), 1, most);
        }
        counts
    }

    #[test]
    fn the_heaviest_stay() {
        let counts = counted(&[1, 1, 1, 2, 2, 3, 4, 5], 4);
        assert_eq!(counts.keys().collect::<Vec<_>>(), [1, 2, 3]);
        assert!((counts.total() - 6.0).abs() < 1e-12);
    }

    #[test]
    fn what_was_met_once_fades_after_five_halvings() {
        let mut counts = counted(&[9], 4);
        for halvings in 0..5 {
            let expected = 0.5_f64.powi(halvings);
            assert!((counts.of(9) - expected).abs() < 1e-12);
            counts.halve();
        }
        assert_eq!(counts, Counts::default());
    }

    proptest! {
        #[test]
        fn merging_is_counting_in_any_order(
            one in prop::collection::vec(any::<u8>(), 0..60),
            other in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let whole = counted(&[one.clone(), other.clone()].concat(), 1_000);
            let merged = |a: &[u8], b: &[u8], most| {
                let mut counts = counted(a, most);
                counts.merge(&counted(b, most), most);
                counts
            };
            prop_assert_eq!(&merged(&one, &other, 1_000), &whole);
            prop_assert_eq!(merged(&other, &one, 1_000), whole);
            prop_assert_eq!(merged(&one, &other, 20), merged(&other, &one, 20));
        }

        #[test]
        fn what_was_added_can_be_taken_back(
            one in prop::collection::vec(any::<u8>(), 0..60),
            other in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut counts = counted(&one, 1_000);
            counts.merge(&counted(&other, 1_000), 1_000);
            counts.subtract(&counted(&other, 1_000));
            prop_assert_eq!(counts, counted(&one, 1_000));
        }

        #[test]
        fn parts_read_back(keys in prop::collection::vec(any::<u8>(), 0..60)) {
            let counts = counted(&keys, 1_000);
            prop_assert_eq!(Counts::from_parts(counts.parts().collect()), Some(counts));
        }
    }
}
