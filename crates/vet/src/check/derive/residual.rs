//! Residuals: what a probe of the signals as they are leaves unexplained, and whether a variable explains some of it.

use ringtrue_core::random::mix;
use statrs::function::erf::erfc;

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
    /// Which half of the campaigns each is of.
    half: Vec<usize>,
}

/// Variance that a code's events must have together for half of their mean to be believed: as much as four undecided events have.
const BELIEVED_VARIANCE: f64 = 1.0;

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
        let half = events.iter().map(|at| {
            let campaign = u64::from(data.campaigns()[*at as usize]);
            usize::from(mix(campaign ^ data.seed) % 2 == 1)
        });
        let half = half.collect();
        let found = Self::beside(&margins, &malicious, events, half);
        (found.variance.iter().sum::<f64>() >= VARIANCE_MIN).then_some(found)
    }

    /// Takes the share of malicious events among those of about the same margin for what was expected.
    fn beside(margins: &[f64], malicious: &[f64], events: Vec<u32>, half: Vec<usize>) -> Self {
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
            half,
        }
    }

    /// Returns how far the codes' sums in one half of the campaigns tell the residuals of the other, as a square of standard errors with its probability under
    /// chance: many codes of few events each are too few to be looked at one by one.
    ///
    /// # Source
    ///
    /// Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", SIGKDD Explorations 3(1), 2001, with one half asked of the
    /// other in place of leaving one out.
    pub(super) fn explained_by_codes(&self, codes: &Bins) -> (f64, f64) {
        let each = |wanted: usize| {
            let residuals = self.left.iter().zip(&self.variance);
            let of_half = codes.of.iter().zip(residuals).zip(&self.half);
            of_half.filter(move |(_, half)| **half == wanted)
        };
        let mut sums = vec![(0.0, 0.0); codes.count];
        for ((code, (left, variance)), _) in each(0) {
            let sum = &mut sums[usize::from(*code)];
            *sum = (sum.0 + left, sum.1 + variance);
        }
        // Given one half, this is a sum of the other's residuals with fixed weights.
        let (mut agreement, mut of_agreement) = (0.0, 0.0);
        for ((code, (left, variance)), _) in each(1) {
            let (sum, of_sum) = sums[usize::from(*code)];
            let told = sum / (of_sum + BELIEVED_VARIANCE);
            agreement += left * told;
            of_agreement += variance * told * told;
        }
        if agreement <= 0.0 {
            return (0.0, 1.0);
        }
        let errors = agreement / of_agreement.sqrt();
        (
            errors * errors,
            erfc(errors / std::f64::consts::SQRT_2) / 2.0,
        )
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
            Residuals::beside(
                &margins,
                &malicious,
                (0..2_000).collect(),
                (0..2_000).map(|at| at % 2).collect(),
            ),
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
        let mut below = 0;
        for _ in 0..200 {
            let (found, values) = residuals(&mut random, 0.0);
            let codes = Bins::of_numbers(&values, 200);
            below += u32::from(found.explained_by_codes(&codes).1 < 0.05);
        }
        assert!((2..=20).contains(&below), "{below}");
        let (found, values) = residuals(&mut random, 0.8);
        assert!(found.explained_by_codes(&Bins::of_numbers(&values, 200)).1 < 1e-6);
        assert!(found.explained(&Bins::of_numbers(&values, 16)).1 < 1e-12);
    }
}
