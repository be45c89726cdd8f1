//! Residuals: what a probe of the signals as they are leaves unexplained, and whether a variable explains some of it.

use super::judge::Numbers;
use crate::association::chi_squared_tail;
use crate::bins::Bins;
use crate::data::Data;
use crate::probe::Matrix;

/// Bins of the probe's margin in which the share of malicious events is taken for what it expects.
const MARGIN_BINS: usize = 40;
/// Events of a bin below which it is left out: its sum is far from normal.
const BIN_EVENTS_MIN: usize = 20;
/// Variance in all below which there is nothing left to explain: as much as 20 undecided events have in four.
const VARIANCE_MIN: f64 = 5.0;

/// What is left unexplained of events that the probe did not learn.
pub(super) struct Residuals {
    /// The events.
    pub(super) events: Vec<u32>,
    /// Of each 1 if it is malicious, else 0, less what was expected.
    left: Vec<f64>,
    /// The variance of that.
    variance: Vec<f64>,
}

impl Residuals {
    /// Learns some events and looks at others; `None` if that cannot be, or if nothing is left.
    pub(super) fn of(
        data: &Data<'_>,
        columns: &[Numbers],
        learned: &[u32],
        asked: &[u32],
    ) -> Option<Self> {
        let (margins, events) = data
            .matrix_margins(&Matrix::new(columns), learned, asked)
            .ok()?;
        let malicious: Vec<f64> = events
            .iter()
            .map(|at| f64::from(u8::from(data.malicious[*at as usize])))
            .collect();
        let found = Self::beside(&margins, &malicious, events);
        (found.variance.iter().sum::<f64>() >= VARIANCE_MIN).then_some(found)
    }

    /// Takes the share of malicious events among those of about the same margin for what was expected.
    fn beside(margins: &[f64], malicious: &[f64], events: Vec<u32>) -> Self {
        let bins = Bins::of_numbers(margins, MARGIN_BINS);
        let mut sums = vec![(0.0, 0.0); bins.count];
        for (bin, malicious) in bins.of.iter().zip(malicious) {
            let sum = &mut sums[usize::from(*bin)];
            *sum = (sum.0 + malicious, sum.1 + 1.0);
        }
        let expected = |bin: &u16| {
            let (malicious, events) = sums[usize::from(*bin)];
            malicious / events
        };
        let left = bins
            .of
            .iter()
            .zip(malicious)
            .map(|(bin, malicious)| malicious - expected(bin));
        let variance = bins
            .of
            .iter()
            .map(|bin| expected(bin) * (1.0 - expected(bin)));
        Self {
            left: left.collect(),
            variance: variance.collect(),
            events,
        }
    }

    /// Returns how far the sums of residuals over a variable's bins lie from 0, as a chi-squared statistic with its probability under chance.
    pub(super) fn explained(&self, bins: &Bins) -> (f64, f64) {
        let mut sums = vec![(0.0, 0.0, 0_usize); bins.count];
        for ((bin, left), variance) in bins.of.iter().zip(&self.left).zip(&self.variance) {
            let (sum, of_sum, count) = &mut sums[usize::from(*bin)];
            *sum += left;
            *of_sum += variance;
            *count += 1;
        }
        let large = sums
            .iter()
            .filter(|(_, variance, count)| *count >= BIN_EVENTS_MIN && *variance > 0.5);
        let parts: Vec<f64> = large
            .map(|(sum, variance, _)| sum * sum / variance)
            .collect();
        let statistic = parts.iter().sum();
        (
            statistic,
            chi_squared_tail(statistic, parts.len().saturating_sub(1)),
        )
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::random::Random;

    use super::*;

    /// Events of which one variable decides and the margin knows nothing.
    fn residuals(random: &mut Random, pull: f64) -> (Residuals, Vec<f64>) {
        let values: Vec<f64> = (0..2_000).map(|_| random.unit()).collect();
        let malicious = values
            .iter()
            .map(|value| f64::from(u8::from(random.chance(0.5 + pull * (value - 0.5)))));
        let malicious: Vec<f64> = malicious.collect();
        let margins: Vec<f64> = (0..2_000).map(|_| random.unit()).collect();
        (
            Residuals::beside(&margins, &malicious, (0..2_000).collect()),
            values,
        )
    }

    #[test]
    fn what_explains_is_found_and_chance_is_called_chance() {
        let mut random = Random::new(11);
        let mut below = 0;
        for _ in 0..200 {
            let (found, values) = residuals(&mut random, 0.0);
            below += u32::from(found.explained(&Bins::of_numbers(&values, 16)).1 < 0.05);
        }
        // Ten are expected of 200; the bins of the margin take a little more of the variance.
        assert!((2..=20).contains(&below), "{below}");
        let (found, values) = residuals(&mut random, 0.8);
        assert!(found.explained(&Bins::of_numbers(&values, 16)).1 < 1e-12);
    }
}
