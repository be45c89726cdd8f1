//! Calibration: from a model's margin to the probability that an event of the traffic is malicious.
//!
//! ```text
//!   margin ──beta calibration──► log-odds at the file's class mix ──prior shift──► at the traffic's
//! ```

use serde::{Deserialize, Serialize};

/// A strictly rising map from margins to log-odds: `a ln(s) - b ln(1 - s) + c`, `s = sigmoid(m)`.
///
/// Rising strictly, it changes no ranking.
///
/// # Source
///
/// Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017; the prior shift after Saerens,
/// Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori
/// probabilities", Neural Computation 2002.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Slope below a margin of 0; above 0.
    pub a: f64,
    /// Slope above a margin of 0; above 0.
    pub b: f64,
    /// Log-odds at a margin where both terms vanish, at the traffic's class mix.
    pub c: f64,
}

/// Calibration is not possible.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum CalibrationError {
    /// One class has no event.
    #[error("calibration needs events of both classes: {malicious} malicious, {benign} benign")]
    OneClass {
        /// Malicious events.
        malicious: usize,
        /// Benign events.
        benign: usize,
    },
    /// A share is not between 0 and 1.
    #[error("a malicious share lies between 0 and 1, both excluded: {0}")]
    Share(f64),
}

/// Slopes are kept above this, so that the map rises everywhere.
const SLOPE_MIN: f64 = 0.02;
/// Weak pull of both slopes towards 1, in events: it settles what a separable sample cannot.
const SLOPE_PRIOR: f64 = 1.0;
const STEPS_MAX: usize = 100;

/// Returns `ln(p / (1 - p))`.
#[must_use]
pub fn logit(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

/// Returns `1 / (1 + exp(-margin))`.
#[must_use]
pub fn sigmoid(margin: f64) -> f64 {
    1.0 / (1.0 + (-margin).exp())
}

/// Returns `ln(1 + exp(margin))` without overflow.
fn softplus(margin: f64) -> f64 {
    margin.max(0.0) + (-margin.abs()).exp().ln_1p()
}

/// Returns `[ln s, -ln(1 - s), 1]` for `s = sigmoid(margin)`.
fn terms(margin: f64) -> [f64; 3] {
    [-softplus(-margin), softplus(margin), 1.0]
}

impl Calibration {
    /// Leaves log-odds as they are.
    pub const NONE: Self = Self {
        a: 1.0,
        b: 1.0,
        c: 0.0,
    };

    /// Fits the map to events that the model was not trained on, and moves it to traffic of which `share` is malicious.
    ///
    /// `stands_for` is how many events of the traffic each stands for, above 0: the inverse of the probability that it was looked at; 1 where
    /// there is none. Within a class, an event counts by it; the pull of both slopes towards 1 hangs on the number of events that were looked at,
    /// whatever they stand for.
    ///
    /// # Errors
    ///
    /// [`CalibrationError`] if a class is absent or `share` is not in (0, 1).
    pub fn fit(
        margins: &[f64],
        malicious: &[bool],
        stands_for: &[f64],
        share: f64,
    ) -> Result<Self, CalibrationError> {
        if !(share > 0.0 && share < 1.0) {
            return Err(CalibrationError::Share(share));
        }
        let positives = malicious.iter().filter(|malicious| **malicious).count();
        let negatives = malicious.len().saturating_sub(positives);
        if positives == 0 || negatives == 0 {
            return Err(CalibrationError::OneClass {
                malicious: positives,
                benign: negatives,
            });
        }
        let weights = weights(malicious, stands_for);
        let mut weighted = Self {
            a: 1.0,
            b: 1.0,
            c: 0.0,
        };
        for _ in 0..STEPS_MAX {
            let step = weighted.newton_step(margins, malicious, &weights);
            weighted.go(step);
            if step.iter().all(|part| part.abs() < 1e-10) {
                break;
            }
        }
        Ok(Self {
            c: weighted.c + logit(share),
            ..weighted
        })
    }

    /// Goes a step, as far as both slopes stay at or above the floor.
    fn go(&mut self, step: [f64; 3]) {
        let room = |slope: f64, part: f64| {
            if slope - part < SLOPE_MIN {
                (slope - SLOPE_MIN) / part
            } else {
                1.0
            }
        };
        let share = room(self.a, step[0]).min(room(self.b, step[1]));
        // The floor bounds what rounding leaves of a step that ends on it.
        self.a = (self.a - share * step[0]).max(SLOPE_MIN);
        self.b = (self.b - share * step[1]).max(SLOPE_MIN);
        self.c -= share * step[2];
    }

    /// Returns a damped Newton step of the weighted logistic loss, in which a slope that is at the floor does
    /// not fall: the others are then solved for as it stands.
    fn newton_step(&self, margins: &[f64], malicious: &[bool], weights: &[f64]) -> [f64; 3] {
        let (gradient, hessian) = self.derivatives(margins, malicious, weights);
        let is_floored = [self.a, self.b].map(|slope| slope <= SLOPE_MIN * (1.0 + 1e-12));
        let mut is_fixed = [false; 2];
        let step = loop {
            let step = solve_with_fixed(hessian, gradient, is_fixed);
            let falls = (0..2).find(|at| is_floored[*at] && !is_fixed[*at] && step[*at] > 0.0);
            match falls {
                Some(slope) => is_fixed[slope] = true,
                None => break step,
            }
        };
        let length = step.iter().map(|part| part * part).sum::<f64>().sqrt();
        let damping = if length > 2.0 { 2.0 / length } else { 1.0 };
        step.map(|part| part * damping)
    }

    /// Returns gradient and Hessian of the weighted logistic loss.
    fn derivatives(
        &self,
        margins: &[f64],
        malicious: &[bool],
        weights: &[f64],
    ) -> ([f64; 3], [[f64; 3]; 3]) {
        let mut gradient = [
            SLOPE_PRIOR * (self.a - 1.0),
            SLOPE_PRIOR * (self.b - 1.0),
            0.0,
        ];
        let mut hessian = [
            [SLOPE_PRIOR, 0.0, 0.0],
            [0.0, SLOPE_PRIOR, 0.0],
            [0.0, 0.0, 1e-9],
        ];
        for ((margin, malicious), weight) in margins.iter().zip(malicious).zip(weights) {
            let terms = terms(*margin);
            let probability = sigmoid(self.log_odds(*margin));
            let error = weight * (probability - f64::from(u8::from(*malicious)));
            let curvature = weight * probability * (1.0 - probability);
            for (row, term) in terms.iter().enumerate() {
                gradient[row] += error * term;
                for (column, other) in terms.iter().enumerate() {
                    hessian[row][column] += curvature * term * other;
                }
            }
        }
        (gradient, hessian)
    }

    /// Returns the log-odds of a margin at the traffic's class mix.
    #[must_use]
    pub fn log_odds(&self, margin: f64) -> f64 {
        let [low, high, _] = terms(margin);
        self.a * low + self.b * high + self.c
    }

    /// Returns the probability of a margin at the traffic's class mix.
    #[must_use]
    pub fn probability(&self, margin: f64) -> f64 {
        sigmoid(self.log_odds(margin))
    }
}

/// Returns the weight of each event: each class weighs half, so that the fit is at even odds, from where the shift is `logit(share)`; all weigh as
/// much together as there are events.
fn weights(malicious: &[bool], stands_for: &[f64]) -> Vec<f64> {
    let times = |at: usize| stands_for.get(at).copied().unwrap_or(1.0);
    let mut sums = [0.0; 2];
    for (at, malicious) in malicious.iter().enumerate() {
        sums[usize::from(*malicious)] += times(at);
    }
    let half = malicious.len() as f64 / 2.0;
    let each = malicious.iter().enumerate();
    each.map(|(at, malicious)| half * times(at) / sums[usize::from(*malicious)])
        .collect()
}

/// Solves `matrix x = right` with the fixed ones of the first two unknowns held at 0.
fn solve_with_fixed(
    mut matrix: [[f64; 3]; 3],
    mut right: [f64; 3],
    is_fixed: [bool; 2],
) -> [f64; 3] {
    for (fixed, _) in is_fixed
        .iter()
        .enumerate()
        .filter(|(_, is_fixed)| **is_fixed)
    {
        matrix[fixed] = [0.0; 3];
        for row in &mut matrix {
            row[fixed] = 0.0;
        }
        matrix[fixed][fixed] = 1.0;
        right[fixed] = 0.0;
    }
    solve(matrix, right)
}

/// Solves `matrix x = right` for a positive definite matrix by elimination.
fn solve(mut matrix: [[f64; 3]; 3], mut right: [f64; 3]) -> [f64; 3] {
    for pivot in 0..3 {
        let row = matrix[pivot];
        for below in pivot + 1..3 {
            let factor = matrix[below][pivot] / row[pivot];
            for column in pivot..3 {
                matrix[below][column] -= factor * row[column];
            }
            right[below] -= factor * right[pivot];
        }
    }
    let mut solution = [0.0; 3];
    for pivot in (0..3).rev() {
        let known: f64 = (pivot + 1..3)
            .map(|column| matrix[pivot][column] * solution[column])
            .sum();
        solution[pivot] = (right[pivot] - known) / matrix[pivot][pivot];
    }
    solution.map(|part| if part.is_finite() { part } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringtrue_core::random::Random;

    /// Events whose true log-odds are `2 m - 1`.
    fn sample(count: usize) -> (Vec<f64>, Vec<bool>) {
        let mut random = Random::new(3);
        (0..count)
            .map(|_| {
                let margin = random.unit() * 6.0 - 3.0;
                (margin, random.chance(sigmoid(2.0 * margin - 1.0)))
            })
            .unzip()
    }

    #[test]
    fn recovers_a_known_map() {
        let (margins, malicious) = sample(200_000);
        let share = malicious.iter().filter(|malicious| **malicious).count() as f64 / 200_000.0;
        let calibration = Calibration::fit(&margins, &malicious, &[], share).unwrap();
        for margin in [-2.0_f64, -0.5, 0.5, 2.0] {
            let (expected, found) = (2.0 * margin - 1.0, calibration.log_odds(margin));
            assert!(
                (expected - found).abs() < 0.1,
                "{margin}: {expected} {found}"
            );
        }
    }

    #[test]
    fn an_event_that_stands_for_two_counts_like_two() {
        let (margins, malicious) = sample(10_000);
        let fit = |margins: &[f64], malicious: &[bool], stands_for: &[f64]| {
            let found = Calibration::fit(margins, malicious, stands_for, 0.1).unwrap();
            [found.a, found.b, found.c]
        };
        let near = |left: [f64; 3], right: [f64; 3], tolerance: f64| {
            assert!(
                left.iter()
                    .zip(right)
                    .all(|(left, right)| (left - right).abs() < tolerance),
                "{left:?} {right:?}"
            );
        };
        let plain = fit(&margins, &malicious, &[]);
        near(plain, fit(&margins, &malicious, &vec![3.0; 10_000]), 1e-9);
        let is_twice = |(margin, malicious): (&f64, &bool)| *malicious && *margin > 0.5;
        let times = |it| 1.0 + f64::from(u8::from(is_twice(it)));
        let stands_for: Vec<f64> = margins.iter().zip(&malicious).map(times).collect();
        let weighed = fit(&margins, &malicious, &stands_for);
        let twice: Vec<usize> = (0..margins.len())
            .filter(|at| stands_for[*at] > 1.0)
            .collect();
        let rows = || (0..margins.len()).chain(twice.iter().copied());
        let (rows_margins, rows_malicious): (Vec<f64>, Vec<bool>) =
            rows().map(|at| (margins[at], malicious[at])).unzip();
        // The pull towards 1 is that of fewer events where they are weighed.
        near(weighed, fit(&rows_margins, &rows_malicious, &[]), 1e-2);
        assert!((weighed[1] - plain[1]).abs() > 0.1, "{weighed:?} {plain:?}");
    }

    #[test]
    fn the_share_moves_log_odds_by_its_logit() {
        let (margins, malicious) = sample(10_000);
        let fit = |share| {
            Calibration::fit(&margins, &malicious, &[], share)
                .unwrap()
                .log_odds(0.3)
        };
        assert!((fit(0.5) - fit(0.001) + logit(0.001)).abs() < 1e-9);
    }

    #[test]
    fn a_separable_sample_still_rises() {
        let margins = [-3.0, -2.0, 2.0, 3.0];
        let calibration =
            Calibration::fit(&margins, &[false, false, true, true], &[], 0.01).unwrap();
        assert!(calibration.a > 0.0 && calibration.b > 0.0 && calibration.c.is_finite());
        assert!(calibration.log_odds(1.0) > calibration.log_odds(0.9));
    }

    /// One malicious event in five; of each class, most margins lie about -4 and some surely higher, so that
    /// the slope below 0 falls to its floor.
    fn one_sided(seed: u64) -> (Vec<f64>, Vec<bool>) {
        let mut random = Random::new(seed);
        (0..1_500)
            .map(|n| {
                let malicious = n % 5 == 0;
                let is_high = random.chance(if malicious { 0.7 } else { 0.02 });
                let spread = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
                let margin = if is_high {
                    4.0 + 0.3 * spread
                } else {
                    -4.0 + 2.0 * spread
                };
                (margin, malicious)
            })
            .unzip()
    }

    #[test]
    fn the_mean_prediction_is_right_where_a_slope_is_at_its_floor() {
        let mut floored = 0;
        for seed in 1..20 {
            let (margins, malicious) = one_sided(seed);
            let calibration = Calibration::fit(&margins, &malicious, &[], 0.5).unwrap();
            floored += u32::from(calibration.a <= SLOPE_MIN || calibration.b <= SLOPE_MIN);
            let positives = malicious.iter().filter(|malicious| **malicious).count() as f64;
            let negatives = malicious.len() as f64 - positives;
            // At even odds each class weighs half, and so does the mean prediction.
            let mean: f64 = margins
                .iter()
                .zip(&malicious)
                .map(|(margin, malicious)| {
                    let class = if *malicious { positives } else { negatives };
                    calibration.probability(*margin) / (2.0 * class)
                })
                .sum();
            assert!((mean - 0.5).abs() < 1e-6, "{seed}: {mean} {calibration:?}");
        }
        assert!(floored > 0, "no slope was at its floor");
    }

    #[test]
    fn one_class_is_refused() {
        let refused = Calibration::fit(&[1.0, 2.0], &[true, true], &[], 0.1);
        assert_eq!(
            refused,
            Err(CalibrationError::OneClass {
                malicious: 2,
                benign: 0
            })
        );
        assert_eq!(
            Calibration::fit(&[1.0], &[true], &[], 1.0),
            Err(CalibrationError::Share(1.0))
        );
    }
}
