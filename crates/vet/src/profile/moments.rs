//! Count, mean, variance and extremes of numbers.

use serde::{Deserialize, Serialize};

/// What is known of some numbers; zeros where there are none.
///
/// # Source
///
/// Chan and others, "Updating formulae and a pairwise algorithm for computing sample variances", 1979: runs are summed up in two passes
/// each and put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Moments {
    pub(super) count: u64,
    pub(super) mean: f64,
    /// Sum of the squared differences from the mean.
    pub(super) squares: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Moments {
    /// Sums up a run of numbers, all of them finite.
    pub(super) fn of(numbers: &[f64]) -> Self {
        let Some(first) = numbers.first() else {
            return Self::default();
        };
        let count = numbers.len() as f64;
        // Differences from one of the numbers lose no digits if the numbers are large and alike.
        let mean = first + sum(numbers, |number| number - first) / count;
        let (min, max) = extremes(numbers, *first);
        Self {
            count: numbers.len() as u64,
            mean,
            squares: sum(numbers, |number| (number - mean) * (number - mean)),
            min,
            max,
        }
    }

    /// Takes in what is known of other numbers.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (mine, theirs) = (self.count as f64, other.count as f64);
        let share = theirs / (mine + theirs);
        let apart = other.mean - self.mean;
        self.count += other.count;
        self.mean += apart * share;
        self.squares += other.squares + apart * apart * mine * share;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Returns the standard deviation of the numbers, with `n - 1`; `None` of fewer than two.
    pub(super) fn deviation(&self) -> Option<f64> {
        let freedom = self.count.checked_sub(1).filter(|freedom| *freedom > 0)?;
        Some((self.squares / freedom as f64).sqrt())
    }

    /// Returns whether they are as sums can be.
    pub(super) fn is_sound(&self) -> bool {
        let all = [self.mean, self.squares, self.min, self.max];
        all.iter().all(|figure| figure.is_finite()) && self.squares >= 0.0 && self.min <= self.max
    }
}

/// Sums in several lanes, which is faster and loses fewer digits than one after the other.
fn sum(numbers: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = numbers.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for chunk in chunks {
        for (lane, number) in lanes.iter_mut().zip(chunk) {
            *lane += term(*number);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|number| term(*number)).sum::<f64>()
}

fn extremes(numbers: &[f64], first: f64) -> (f64, f64) {
    let (chunks, rest) = numbers.as_chunks::<4>();
    let (mut low, mut high) = ([first; 4], [first; 4]);
    for chunk in chunks {
        for ((low, high), number) in low.iter_mut().zip(&mut high).zip(chunk) {
            *low = if number < low { *number } else { *low };
            *high = if number > high { *number } else { *high };
        }
    }
    let all = low.iter().chain(&high).chain(rest);
    all.fold((first, first), |(min, max), number| {
        (min.min(*number), max.max(*number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(left: f64, right: f64) -> bool {
        (left - right).abs() <= 1e-12 * right.abs().max(1e-300)
    }

    #[test]
    fn large_numbers_that_are_alike_keep_their_variance() {
        let numbers: Vec<f64> = (0..1000).map(|step| 1e12 + f64::from(step % 10)).collect();
        let moments = Moments::of(&numbers);
        assert!(near(moments.mean, 1e12 + 4.5));
        assert!(
            (moments.squares - 8250.0).abs() < 1e-6,
            "{}",
            moments.squares
        );
        assert!(near(moments.min, 1e12) && near(moments.max, 1e12 + 9.0));
    }

    #[test]
    fn parts_come_to_the_whole() {
        let numbers: Vec<f64> = (0..999).map(|step| f64::from(step).sin() * 1e3).collect();
        let whole = Moments::of(&numbers);
        let mut parts = Moments::default();
        for part in numbers.chunks(70) {
            parts.merge(&Moments::of(part));
        }
        parts.merge(&Moments::default());
        assert_eq!(
            (parts.count, parts.min.to_bits(), parts.max.to_bits()),
            (whole.count, whole.min.to_bits(), whole.max.to_bits())
        );
        assert!((parts.mean - whole.mean).abs() < 1e-9);
        assert!(near(parts.deviation().unwrap(), whole.deviation().unwrap()));
    }
}
