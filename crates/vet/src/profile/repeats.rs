//! Copies: how many events hold the same as another, exactly while their hashes can be remembered.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::distinct::Registers;

/// The contents seen so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Repeats {
    /// Their hashes of 64 bits; `None` once there were too many. Two different contents among ten million share one with a probability of 3 in a
    /// million.
    #[serde(with = "super::document::hashes")]
    hashes: Option<HashSet<u64>>,
    registers: Registers,
}

impl Default for Repeats {
    fn default() -> Self {
        Self {
            hashes: Some(HashSet::new()),
            registers: Registers::of_events(),
        }
    }
}

impl Repeats {
    /// Takes in contents by their hashes; no more than `most` are remembered.
    pub(super) fn observe(&mut self, contents: &[u64], most: usize) {
        for hash in contents {
            self.registers.observe(*hash);
        }
        if let Some(hashes) = &mut self.hashes {
            hashes.extend(contents);
        }
        self.limit(most);
    }

    /// Takes in the contents of other events.
    pub(super) fn merge(&mut self, other: Self, most: usize) {
        self.registers.merge(&other.registers);
        self.hashes = match (self.hashes.take(), other.hashes) {
            (Some(mut mine), Some(theirs)) => {
                mine.extend(theirs);
                Some(mine)
            }
            _ => None,
        };
        self.limit(most);
    }

    fn limit(&mut self, most: usize) {
        if self
            .hashes
            .as_ref()
            .is_some_and(|hashes| hashes.len() > most)
        {
            self.hashes = None;
        }
    }

    /// Returns how many different contents there are, and the relative standard error of that: 0 if it is exact.
    pub(super) fn distinct(&self) -> (f64, f64) {
        match &self.hashes {
            Some(hashes) => (hashes.len() as f64, 0.0),
            None => (self.registers.estimate(), self.registers.error()),
        }
    }

    /// Returns whether it is as it can be.
    pub(super) fn is_sound(&self) -> bool {
        self.registers.is_like(&Registers::of_events())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::hash;

    #[test]
    fn copies_are_counted_exactly_up_to_the_limit_and_estimated_beyond() {
        let contents: Vec<u64> = (0..5_000_u32)
            .map(|number| hash::of_number(f64::from(number % 4_000)))
            .collect();
        let mut repeats = Repeats::default();
        repeats.observe(&contents, 4_000);
        assert_eq!(repeats.distinct(), (4_000.0, 0.0));
        let mut other = Repeats::default();
        other.observe(&[1], 4_000);
        repeats.merge(other, 4_000);
        let (estimate, error) = repeats.distinct();
        assert!(
            error > 0.0 && (estimate - 4_001.0).abs() < 4.0 * error * 4_001.0,
            "{estimate}"
        );
    }
}
