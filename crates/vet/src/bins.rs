//! Bins: a variable's values as a few codes, so that any two variables and any label can be crossed.
//!
//! Numbers fall into bins of about equally many events, codes keep their own as long as they are common; what is missing has the last bin.

use crate::association::Crossed;

/// The bin of each value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bins {
    /// The bin of each value, below `count`.
    pub of: Vec<u16>,
    /// Bins; the last is for what is missing.
    pub count: usize,
}

/// Values by which the edges between bins of numbers are placed; enough to place a sixteenth within a hundredth.
const EDGE_VALUES: usize = 4_096;

impl Bins {
    /// Puts numbers into at most so many bins of about equally many, beside the one of NaN.
    #[must_use]
    pub fn of_numbers(values: &[f64], most: usize) -> Self {
        let known = || values.iter().copied().filter(|value| !value.is_nan());
        let step = (known().count() / EDGE_VALUES).max(1);
        let mut sample: Vec<f64> = known().step_by(step).collect();
        sample.sort_unstable_by(f64::total_cmp);
        let place = |edge: usize| sample.get(edge * sample.len() / most.max(1)).copied();
        let mut edges: Vec<f64> = (1..most).filter_map(place).collect();
        edges.dedup();
        let last = edges.len() + 1;
        let bin = |value: &f64| {
            let bin = edges.partition_point(|edge| edge < value);
            code(if value.is_nan() { last } else { bin })
        };
        Self {
            of: values.iter().map(bin).collect(),
            count: last + 1,
        }
    }

    /// Gives each of the most common codes its own bin, the others one, and NaN the last.
    #[must_use]
    pub fn of_codes(values: &[f64], most: usize) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|it| !it.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut common: Vec<(usize, f64)> = sorted
            .chunk_by(|one, other| one >= other)
            .filter_map(|same| Some((same.len(), *same.first()?)))
            .collect();
        common.sort_unstable_by(|one, other| other.0.cmp(&one.0).then(one.1.total_cmp(&other.1)));
        common.truncate(most);
        common.sort_unstable_by(|one, other| one.1.total_cmp(&other.1));
        let others = common.len();
        let bin = |value: &f64| {
            if value.is_nan() {
                return code(others + 1);
            }
            let place = common.partition_point(|(_, known)| known < value);
            let is_own = common.get(place).is_some_and(|(_, known)| known <= value);
            code(if is_own { place } else { others })
        };
        Self {
            of: values.iter().map(bin).collect(),
            count: others + 2,
        }
    }

    /// Counts how often each bin came with each bin of another variable of the same events.
    #[must_use]
    pub fn crossed(&self, other: &Self) -> Crossed {
        let pairs = self.of.iter().copied().zip(other.of.iter().copied());
        Crossed::of(pairs, self.count, other.count)
    }

    /// Returns how much the bins say of the label, in nats, less what chance shows.
    #[must_use]
    pub fn information_on(&self, malicious: impl Iterator<Item = bool>) -> f64 {
        let pairs = self.of.iter().copied().zip(malicious.map(u16::from));
        Crossed::of(pairs, self.count, 2).corrected_information()
    }
}

fn code(bin: usize) -> u16 {
    u16::try_from(bin).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_and_missing_ones_stand_apart() {
        let values: Vec<f64> = (0..100).map(f64::from).chain([f64::NAN]).collect();
        let bins = Bins::of_numbers(&values, 4);
        assert_eq!(bins.count, 5);
        let held = |bin: u16| bins.of.iter().filter(|it| **it == bin).count();
        assert_eq!(
            [held(0), held(1), held(2), held(3), held(4)],
            [26, 25, 25, 24, 1]
        );
        let empty = Bins::of_numbers(&[f64::NAN; 3], 4);
        assert_eq!((empty.count, empty.of), (2, vec![1; 3]));
        assert_eq!(Bins::of_numbers(&[], 4).of, Vec::<u16>::new());
    }

    #[test]
    fn a_rare_value_above_all_others_has_a_bin() {
        let mut values = vec![0.0; 1_000];
        values[17] = 3.0;
        let bins = Bins::of_numbers(&values, 16);
        assert_ne!(bins.of[17], bins.of[0]);
    }

    #[test]
    fn common_codes_keep_their_own() {
        let bins = Bins::of_codes(&[7.0, 7.0, 3.0, 3.0, 9.0, f64::NAN], 2);
        assert_eq!(bins.of, [1, 1, 0, 0, 2, 3]);
        assert_eq!(bins.count, 4);
    }

    #[test]
    fn a_copy_of_the_label_says_all_of_it() {
        let malicious = [true, false, true, false, false, true, true, false];
        let values: Vec<f64> = malicious
            .iter()
            .map(|it| f64::from(u8::from(*it)))
            .collect();
        let bins = Bins::of_codes(&values, 8);
        let found = bins.information_on(malicious.into_iter());
        assert!((found - (2.0_f64.ln() - 1.0 / 16.0)).abs() < 1e-12);
    }
}
