//! The noise-aware logistic model: what an event is, and what people call it, are told apart.
//!
//! ```text
//!   features z ──weights, bias──► eta = P(malicious) ──missed, mistaken──► q = P(called malicious)
//!
//!   q = mistaken + (1 - missed - mistaken) eta
//! ```
//!
//! # Source
//!
//! Natarajan, Dhillon, Ravikumar and Tewari, "Learning with noisy labels", NIPS 2013, for labels that are wrong at a
//! rate by class. That the rates are fitted with the weights, the priors, and certain labels among the others are ours.

use super::minimize::minimize;
use super::symmetric::Spread;

/// How often labels are wrong, by the fitted model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Share of the malicious events that are called benign: 0 to 0.6.
    pub missed: f64,
    /// Share of the benign events that are called malicious: 0 to 0.5.
    pub mistaken: f64,
}

impl Noise {
    /// Returns the probability that an event is called malicious which is so with the probability `eta`.
    fn told(self, eta: f64) -> f64 {
        let kept = 1.0 - self.missed - self.mistaken;
        (self.mistaken + kept * eta).clamp(EDGE, 1.0 - EDGE)
    }
}

/// Largest rates that are looked for: beyond them the classes would change their names.
const MISSED_MAX: f64 = 0.6;
const MISTAKEN_MAX: f64 = 0.5;
/// Pull of the weights to 0 by their square.
const DECAY: f64 = 1.0;
/// The prior of `missed`, a beta distribution that counts like four and a half events.
const MISSED_PRIOR: [f64; 2] = [1.5, 4.0];
/// `mistaken` is thought to be about this share of the events called malicious.
const MISTAKEN_SHARE: f64 = 0.05;
/// Probabilities are kept from 0 and 1 by this.
const EDGE: f64 = 1e-12;
/// Steps of the search.
const STEPS_MAX: usize = 300;
/// Where the search starts: the share of `MISSED_MAX`, and how many times the expected share of mistaken ones. The
/// likelihood has several hills; the highest that is found is taken.
const STARTS: [(f64, f64); 2] = [(1.0 / 3.0, 1.0), (0.05, 0.1)];

/// What people called events, and what is known of the events.
pub(super) struct Labelled<'a> {
    /// The features of each event, each of mean 0 and deviation 1.
    pub(super) features: &'a [Vec<f64>],
    /// Whether each is called malicious.
    pub(super) called: &'a [bool],
    /// Whether each label is certain.
    pub(super) certain: &'a [bool],
}

/// The parameters as people read them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Model {
    pub(super) weights: Vec<f64>,
    pub(super) bias: f64,
    pub(super) noise: Noise,
}

/// The fitted model: where the search ended, and how far the data allows others.
pub(super) struct Fitted {
    pub(super) model: Model,
    theta: Vec<f64>,
    spread: Spread,
}

impl Model {
    /// Reads the free numbers that the search moves: weights, bias, and the rates' log-odds.
    fn of(theta: &[f64]) -> Self {
        let (weights, rest) = theta.split_at(theta.len().saturating_sub(3));
        let at = |place: usize| rest.get(place).copied().unwrap_or(0.0);
        Self {
            weights: weights.to_vec(),
            bias: at(0),
            noise: Noise {
                missed: MISSED_MAX * sigmoid(at(1)),
                mistaken: MISTAKEN_MAX * sigmoid(at(2)),
            },
        }
    }

    /// Returns the log-odds that an event is malicious.
    pub(super) fn log_odds(&self, features: &[f64]) -> f64 {
        let sum: f64 = self.weights.iter().zip(features).map(|(a, b)| a * b).sum();
        sum + self.bias
    }

    /// Returns the probability that an event is called malicious.
    pub(super) fn called(&self, features: &[f64]) -> f64 {
        self.noise.told(sigmoid(self.log_odds(features)))
    }

    /// Returns the probability that what an event is called is wrong.
    pub(super) fn wrong(&self, features: &[f64], called: bool) -> f64 {
        let Noise { missed, mistaken } = self.noise;
        let eta = sigmoid(self.log_odds(features));
        let told = self.noise.told(eta);
        let wrong = if called {
            mistaken * (1.0 - eta) / told
        } else {
            missed * eta / (1.0 - told)
        };
        wrong.clamp(0.0, 1.0)
    }
}

impl Fitted {
    /// Returns a model as likely to be as the data says: `steps` are standard normal, one for each number, and `widen`
    /// is how much further than the data says it may be.
    pub(super) fn drawn(&self, steps: &[f64], widen: f64) -> Model {
        let moved = self.spread.apply(steps);
        let theta: Vec<f64> = self
            .theta
            .iter()
            .zip(moved)
            .map(|(at, step)| at + widen * step)
            .collect();
        Model::of(&theta)
    }

    /// Returns how many numbers the model has.
    pub(super) fn numbers(&self) -> usize {
        self.theta.len()
    }
}

/// Finds the most likely model.
pub(super) fn fit(labelled: &Labelled<'_>) -> Fitted {
    let objective = |theta: &[f64]| labelled.unlikeliness(theta);
    let found = STARTS
        .iter()
        .map(|start| minimize(&objective, labelled.start(*start), STEPS_MAX))
        .reduce(|best, other| {
            if other.value < best.value {
                other
            } else {
                best
            }
        });
    let theta = found.map(|found| found.at).unwrap_or_default();
    let slope = |theta: &[f64]| labelled.unlikeliness(theta).1;
    Fitted {
        model: Model::of(&theta),
        spread: Spread::at(&slope, &theta),
        theta,
    }
}

impl Labelled<'_> {
    /// Returns the share of the events that are called malicious.
    fn share(&self) -> f64 {
        let malicious = self.called.iter().filter(|called| **called).count();
        (malicious as f64 / self.called.len().max(1) as f64).clamp(1e-9, 1.0 - 1e-9)
    }

    fn start(&self, (missed, mistaken): (f64, f64)) -> Vec<f64> {
        let width = self.features.first().map_or(0, Vec::len);
        let share = self.share();
        let mut start = vec![0.5; width];
        start.push(log_odds(share) - 1.0);
        start.push(log_odds(missed));
        start.push(log_odds(mistaken * MISTAKEN_SHARE * share / MISTAKEN_MAX));
        start
    }

    /// Returns the negative log-likelihood with its penalties, and its gradient.
    fn unlikeliness(&self, theta: &[f64]) -> (f64, Vec<f64>) {
        let model = Model::of(theta);
        let width = model.weights.len();
        let mut value = 0.0;
        let mut slope = vec![0.0; width + 3];
        let each = self.features.iter().zip(self.called).zip(self.certain);
        for ((features, called), certain) in each {
            let noise = if *certain { NONE } else { model.noise };
            let term = Term::of(sigmoid(model.log_odds(features)), *called, noise);
            value += term.value;
            for (slope, feature) in slope.iter_mut().zip(features) {
                *slope += term.of_log_odds * feature;
            }
            slope[width] += term.of_log_odds;
            if !certain {
                slope[width + 1] += term.of_missed;
                slope[width + 2] += term.of_mistaken;
            }
        }
        for (slope, weight) in slope.iter_mut().zip(&model.weights) {
            value += DECAY / 2.0 * weight * weight;
            *slope += DECAY * weight;
        }
        let Noise { missed, mistaken } = model.noise;
        let of_mistaken = [2.0, 1.0 + 1.0 / (MISTAKEN_SHARE * self.share())];
        let (by_missed, missed_slope) = beta(missed, MISSED_PRIOR);
        let (by_mistaken, mistaken_slope) = beta(mistaken, of_mistaken);
        slope[width + 1] += missed_slope;
        slope[width + 2] += mistaken_slope;
        // From the rates to their log-odds.
        slope[width + 1] *= missed * (1.0 - missed / MISSED_MAX);
        slope[width + 2] *= mistaken * (1.0 - mistaken / MISTAKEN_MAX);
        (value + by_missed + by_mistaken, slope)
    }
}

const NONE: Noise = Noise {
    missed: 0.0,
    mistaken: 0.0,
};

/// What one event adds to the negative log-likelihood, and to its slopes.
struct Term {
    value: f64,
    of_log_odds: f64,
    of_missed: f64,
    of_mistaken: f64,
}

impl Term {
    fn of(eta: f64, called: bool, noise: Noise) -> Self {
        let kept = 1.0 - noise.missed - noise.mistaken;
        let told = noise.told(eta);
        let (value, slope) = if called {
            (-told.ln(), -1.0 / told)
        } else {
            (-(1.0 - told).ln(), 1.0 / (1.0 - told))
        };
        Self {
            value,
            of_log_odds: slope * kept * eta * (1.0 - eta),
            of_missed: -slope * eta,
            of_mistaken: slope * (1.0 - eta),
        }
    }
}

/// Returns the negative log density of a beta distribution but for a constant, and its slope.
fn beta(rate: f64, [first, second]: [f64; 2]) -> (f64, f64) {
    let rate = rate.clamp(EDGE, 1.0 - EDGE);
    let (first, second) = (first - 1.0, second - 1.0);
    let value = -first * rate.ln() - second * (1.0 - rate).ln();
    (value, -first / rate + second / (1.0 - rate))
}

/// The logistic function, kept from rounding to 0 and 1.
fn sigmoid(odds: f64) -> f64 {
    ringtrue_model::sigmoid(odds.clamp(-35.0, 35.0))
}

fn log_odds(share: f64) -> f64 {
    let share = share.clamp(1e-9, 1.0 - 1e-9);
    (share / (1.0 - share)).ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ringtrue_core::random::Random;

    use super::super::expected::normal;
    use super::super::testing::Drawn;
    use super::*;

    #[test]
    fn planted_rates_and_weights_are_found() {
        for (missed, mistaken) in [(0.2, 0.004), (0.4, 0.002), (0.05, 0.01)] {
            let drawn = Drawn::of(11, 30_000, Noise { missed, mistaken });
            let found = fit(&drawn.labelled()).model;
            let close = |found: f64, planted: f64, most: f64| (found - planted).abs() < most;
            // A thousand malicious events leave the rate a standard error of about 0.05.
            assert!(close(found.noise.missed, missed, 0.12), "{found:?}");
            assert!(close(found.noise.mistaken, mistaken, 0.004), "{found:?}");
            assert!(close(found.weights[0], 2.0, 0.4), "{found:?}");
            assert!(close(found.weights[1], -1.0, 0.3), "{found:?}");
        }
    }

    #[test]
    fn certain_labels_are_not_explained_by_noise() {
        let drawn = Drawn::of(
            5,
            20_000,
            Noise {
                missed: 0.3,
                mistaken: 0.01,
            },
        );
        let certain: Vec<bool> = (0..drawn.called.len()).map(|at| at % 3 == 0).collect();
        let called: Vec<bool> = (0..drawn.called.len())
            .map(|at| {
                if certain[at] {
                    drawn.truth[at]
                } else {
                    drawn.called[at]
                }
            })
            .collect();
        let found = fit(&Labelled {
            features: &drawn.features,
            called: &called,
            certain: &certain,
        });
        assert!(
            (found.model.noise.missed - 0.3).abs() < 0.06,
            "{:?}",
            found.model
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_gradient_is_that_of_finite_differences(seed: u64, theta in prop::collection::vec(-2.0_f64..2.0, 5)) {
            let drawn = Drawn::of(seed, 60, Noise { missed: 0.2, mistaken: 0.05 });
            // Without a malicious label nothing is fitted: the prior of mistakes is then so steep that differences are rounding alone.
            prop_assume!(drawn.called.iter().any(|called| *called));
            let certain: Vec<bool> = (0..60).map(|at| at % 4 == 0).collect();
            let labelled = Labelled { certain: &certain, ..drawn.labelled() };
            let (_, slope) = labelled.unlikeliness(&theta);
            for place in 0..theta.len() {
                let at = |step: f64| {
                    let mut moved = theta.clone();
                    moved[place] += step;
                    labelled.unlikeliness(&moved).0
                };
                let expected = (at(1e-5) - at(-1e-5)) / 2e-5;
                prop_assert!((slope[place] - expected).abs() < 1e-4 * (1.0 + expected.abs()), "{place}: {slope:?} {expected}");
            }
        }
    }

    #[test]
    fn normal_numbers_have_mean_0_and_deviation_1() {
        let mut random = Random::new(3);
        let drawn: Vec<f64> = (0..20_000).map(|_| normal(&mut random)).collect();
        let mean = drawn.iter().sum::<f64>() / 20_000.0;
        let square = drawn.iter().map(|it| it * it).sum::<f64>() / 20_000.0;
        assert!(
            mean.abs() < 0.03 && (square - 1.0).abs() < 0.04,
            "{mean} {square}"
        );
    }
}
