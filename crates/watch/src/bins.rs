//! Bins of a number: where the reference cuts its range, so that a window can be counted and compared.

use serde::{Deserialize, Serialize};

/// Bins of a number, by the values from which the next one begins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bins {
    /// Rising, each once, finite.
    cuts: Vec<f64>,
}

impl Bins {
    /// Returns bins that begin at these values, and one below all of them. Values that are not finite are left out.
    #[must_use]
    pub fn at(mut cuts: Vec<f64>) -> Self {
        cuts.retain(|cut| cut.is_finite());
        cuts.sort_unstable_by(f64::total_cmp);
        cuts.dedup_by(|later, first| later.total_cmp(first).is_eq());
        Self { cuts }
    }

    /// Returns at most `most` bins (2 at least) for these values: one each where the values are that few, else about equally full ones.
    /// Values that are not finite count as none.
    #[must_use]
    pub fn of(values: &[f64], most: usize) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|it| it.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut distinct = sorted.clone();
        // -0 and 0 are one value to every comparison of a forest.
        distinct.dedup_by(|later, first| *later <= *first);
        if distinct.len() <= most {
            return Self::at(distinct.split_off(distinct.len().min(1)));
        }
        Self::at(quantiles(&sorted, most))
    }

    /// Returns the number of bins, 1 at least.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.cuts.len() + 1
    }

    /// Returns whether all values fall into one bin.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.cuts.is_empty()
    }

    /// Returns the bin of a value, from 0; of NaN the first.
    #[must_use]
    pub fn bin(&self, value: f64) -> usize {
        self.cuts.partition_point(|cut| *cut <= value)
    }

    /// Returns whether the cuts are such as [`Bins::at`] makes.
    pub(crate) fn is_sound(&self) -> bool {
        let rises = |pair: &[f64]| matches!(pair, [low, high] if low < high);
        self.cuts.iter().all(|cut| cut.is_finite()) && self.cuts.windows(2).all(rises)
    }
}

/// Returns the values at which `parts` equally full parts of sorted values begin, without the first.
pub(crate) fn quantiles(sorted: &[f64], parts: usize) -> Vec<f64> {
    (1..parts)
        .filter_map(|part| sorted.get(sorted.len() * part / parts).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each() {
        let bins = Bins::of(&[0.0, 1.0, 1.0, -0.0, 7.0, f64::NAN], 12);
        assert_eq!(bins.len(), 3);
        let found = [-1.0, 0.0, 0.5, 1.0, 6.9, 7.0, 99.0].map(|value| bins.bin(value));
        assert_eq!(found, [0, 0, 0, 1, 1, 2, 2]);
        assert!(Bins::of(&[3.0; 9], 12).is_empty());
        assert!(Bins::of(&[], 12).is_empty());
    }

    #[test]
    fn many_values_share_equally_full_bins() {
        let values: Vec<f64> = (0..1_000).map(f64::from).collect();
        let bins = Bins::of(&values, 10);
        let mut counts = vec![0; bins.len()];
        for value in values {
            counts[bins.bin(value)] += 1;
        }
        assert_eq!(counts, [100; 10]);
        assert!(bins.is_sound());
        assert!(
            !Bins {
                cuts: vec![2.0, 1.0]
            }
            .is_sound()
        );
    }
}
