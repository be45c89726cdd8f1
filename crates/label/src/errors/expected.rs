//! How many of the listed labels are wrong: the sum of their probabilities, and how far the truth may be from it.
//!
//! ```text
//!   fitted model ──spread, widened──► drawn models ──► probabilities ──► coins ──► counts ──► interval
//! ```

use ringtrue_core::random::{Random, mix};

use super::confirmed::Votes;
use super::noisy::Fitted;

/// How many of the items are expected to be wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// The sum of the probabilities.
    pub value: f64,
    /// The low end of the 95 % interval.
    pub low: f64,
    /// The high end.
    pub high: f64,
}

/// Models that are drawn.
const DRAWS: u64 = 400;
/// Standard errors are taken times this, since the logistic shape is an assumption: without it 33 of 40 intervals held the
/// truth on planted errors, with it 39.
const WIDEN: f64 = 2.0;
/// Up to this share of the surest errors may be events that only look like the other class, for the low end.
const LOOK_ALIKE_MAX: f64 = 0.1;
/// Shares of the draws below the two ends.
const ENDS: [f64; 2] = [0.025, 0.975];

/// A listed case: its features, what it is called, and the probability that this is wrong.
pub(super) struct Listed<'a> {
    pub(super) features: &'a [f64],
    pub(super) called: bool,
    pub(super) probability: f64,
    /// What confirmed labels say of it.
    pub(super) votes: Votes,
    /// Who stands behind it.
    pub(super) entity: u32,
}

/// Returns the expected number of wrong labels among the listed ones.
pub(super) fn expected(fitted: &Fitted, listed: &[Listed<'_>], seed: u64) -> Expected {
    let value: f64 = listed.iter().map(|it| it.probability).sum();
    let mut random = Random::new(seed);
    let (mut lows, mut highs) = (Vec::new(), Vec::new());
    for draw in 0..DRAWS {
        let steps: Vec<f64> = (0..fitted.numbers()).map(|_| normal(&mut random)).collect();
        let model = fitted.drawn(&steps, WIDEN);
        let real = 1.0 - LOOK_ALIKE_MAX * random.unit();
        let (mut low, mut high) = (0_u32, 0_u32);
        for it in listed {
            let (alone, own) = (model.wrong(it.features, it.called), random.unit());
            let (wrong, coin) = if it.votes.is_none() {
                (alone, own)
            } else {
                (it.votes.wrong(alone), common(seed, draw, it.entity))
            };
            high += u32::from(coin < wrong);
            low += u32::from(coin < wrong * real);
        }
        lows.push(f64::from(low));
        highs.push(f64::from(high));
    }
    Expected {
        value,
        low: quantile(&mut lows, ENDS[0]).floor().min(value),
        high: quantile(&mut highs, ENDS[1]).ceil().max(value),
    }
}

/// Returns the coin that all events of an entity share in a draw: what is told on from one sender's confirmed events is right of all others or of none.
fn common(seed: u64, draw: u64, entity: u32) -> f64 {
    Random::new(mix(seed ^ mix(draw)) ^ mix(u64::from(entity))).unit()
}

/// Returns the number that this share of the others lies below, between two of them where it falls there.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places of a few hundred numbers"
)]
fn quantile(numbers: &mut [f64], share: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let place = share * numbers.len().saturating_sub(1) as f64;
    let at = |place: f64| numbers.get(place as usize).copied().unwrap_or(0.0);
    let (low, high) = (at(place.floor()), at(place.ceil()));
    low + (high - low) * place.fract()
}

/// Returns a number from the standard normal distribution (Box and Muller, 1958).
pub(super) fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.unit()).cos()
}

#[cfg(test)]
mod tests {
    use super::super::noisy::{Noise, fit};
    use super::super::testing::Drawn;
    use super::*;

    #[test]
    fn the_interval_holds_the_truth() {
        let mut held = 0;
        for seed in 0..40 {
            let drawn = Drawn::of(
                seed,
                4_000,
                Noise {
                    missed: 0.2,
                    mistaken: 0.005,
                },
            );
            let fitted = fit(&drawn.labelled());
            let wrong = |at: usize| fitted.model.wrong(&drawn.features[at], drawn.called[at]);
            let mut order: Vec<usize> = (0..drawn.called.len()).collect();
            order.sort_by(|a, b| wrong(*b).total_cmp(&wrong(*a)));
            order.truncate(60);
            let listed: Vec<Listed<'_>> = order
                .iter()
                .map(|at| Listed {
                    features: &drawn.features[*at],
                    called: drawn.called[*at],
                    probability: wrong(*at),
                    votes: Votes::default(),
                    entity: 0,
                })
                .collect();
            let found = expected(&fitted, &listed, seed);
            let truth = order
                .iter()
                .filter(|at| drawn.called[**at] != drawn.truth[**at])
                .count() as f64;
            held += u32::from((found.low..=found.high).contains(&truth));
            assert!(found.low <= found.value && found.value <= found.high);
        }
        assert!(held >= 36, "{held} of 40");
    }

    #[test]
    fn quantiles_lie_between() {
        assert!((quantile(&mut [3.0, 1.0, 2.0], 0.25) - 1.5).abs() < 1e-12);
        assert!(quantile(&mut [], 0.5).abs() < 1e-12);
    }
}
