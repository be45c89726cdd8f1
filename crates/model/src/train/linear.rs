//! Trains the linear text model: `AdaGrad` over hashed tokens, example by example.

use serde::{Deserialize, Serialize};

use super::weights::{interleave, weights};
use crate::calibration::sigmoid;
use crate::examples::Examples;
use crate::linear::{LinearModel, STEPS_MAX, View, is_kept};

/// How the linear model is trained.
///
/// # Source
///
/// Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning", JMLR 2011.
/// Chosen on time-ordered folds inside the training period of the PhishTank data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinearParameters {
    /// Step size.
    pub rate: f32,
    /// Pull of the weights that an example touches towards 0.
    pub decay: f32,
    /// Passes over the examples.
    pub epochs: u32,
    /// A bucket is kept if this many different entities have it: 1 or 2.
    pub entities_min: u8,
    /// See [`weights`].
    pub entity_damping: f64,
    /// See [`weights`].
    pub benign_balance: f64,
    /// The largest weight in the steps that weights are rounded to. Up to 127, a weight takes one byte of what scoring looks
    /// up, and two from there on.
    pub steps_max: i16,
}

impl Default for LinearParameters {
    fn default() -> Self {
        Self {
            rate: 0.3,
            decay: 1e-4,
            epochs: 3,
            entities_min: 2,
            entity_damping: 0.5,
            benign_balance: 0.6,
            steps_max: STEPS_MAX,
        }
    }
}

/// First sum of squared gradients, so that first steps are finite.
const SQUARES_START: f32 = 1e-3;
/// Gradients below this change nothing that is seen in a score.
const GRADIENT_MIN: f32 = 1e-6;

/// Trains on one view of the examples at `members`, which are in time order.
#[must_use]
pub fn fit_linear(
    view: View,
    examples: &Examples<'_>,
    members: &[u32],
    parameters: &LinearParameters,
) -> LinearModel {
    let kept = kept_buckets(view, examples, members, parameters.entities_min);
    let weights = weights(
        examples,
        members,
        parameters.entity_damping,
        parameters.benign_balance,
    );
    let order = interleave(examples, members);
    let mut learner = Learner::new(examples.tokens.bits(), kept, *parameters);
    let (mut scratch, mut buckets) = (Vec::new(), Vec::new());
    for _ in 0..parameters.epochs {
        for position in &order {
            let member = members[*position as usize] as usize;
            buckets.clear();
            let found = examples.tokens.get(member, &mut scratch);
            let shown = found
                .iter()
                .filter(|bucket| view.shows(**bucket))
                .map(|bucket| bucket >> 1);
            buckets.extend(shown.filter(|number| is_kept(&learner.kept, *number)));
            learner.learn(
                &buckets,
                examples.malicious[member],
                weights[*position as usize],
            );
        }
    }
    let weights: Vec<f32> = learner.places.iter().map(|place| place.weight).collect();
    LinearModel::new(
        view,
        examples.tokens.bits(),
        learner.bias,
        learner.kept,
        &weights,
        parameters.steps_max,
    )
}

/// Returns a bit per bucket: whether at least `entities_min` entities have it.
fn kept_buckets(
    view: View,
    examples: &Examples<'_>,
    members: &[u32],
    entities_min: u8,
) -> Vec<u64> {
    let buckets = 1_usize << examples.tokens.bits();
    let mut kept = vec![0_u64; buckets.div_ceil(64)];
    let mut first: Vec<u32> = if entities_min > 1 {
        vec![0; buckets]
    } else {
        Vec::new()
    };
    let mut scratch = Vec::new();
    for member in members {
        // 0 means "none yet", so entities count from 1.
        let entity = examples.entity[*member as usize].saturating_add(1);
        let found = examples.tokens.get(*member as usize, &mut scratch);
        for bucket in found
            .iter()
            .filter(|bucket| view.shows(**bucket))
            .map(|bucket| bucket >> 1)
        {
            let enough = match first.get_mut(bucket as usize) {
                None => true,
                Some(first) if *first == 0 => {
                    *first = entity;
                    false
                }
                Some(first) => *first != entity,
            };
            if enough {
                kept[bucket as usize / 64] |= 1 << (bucket % 64);
            }
        }
    }
    kept
}

/// What is learned of a bucket, in one place: what learning takes its time for is waiting for places in memory.
#[derive(Clone, Copy)]
struct Place {
    weight: f32,
    /// Sum of its squared gradients.
    squares: f32,
}

struct Learner {
    parameters: LinearParameters,
    kept: Vec<u64>,
    places: Vec<Place>,
    bias: f32,
    bias_squares: f32,
}

impl Learner {
    fn new(bits: u32, kept: Vec<u64>, parameters: LinearParameters) -> Self {
        Self {
            parameters,
            kept,
            places: vec![
                Place {
                    weight: 0.0,
                    squares: SQUARES_START,
                };
                1 << bits
            ],
            bias: 0.0,
            bias_squares: SQUARES_START,
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "weights are f32")]
    fn learn(&mut self, buckets: &[u32], malicious: bool, weight: f32) {
        let size = 1.0 / (buckets.len().max(1) as f32).sqrt();
        let sum: f32 = buckets
            .iter()
            .map(|bucket| self.places[*bucket as usize].weight)
            .sum();
        let probability = sigmoid(f64::from(self.bias + sum * size)) as f32;
        let gradient = (probability - f32::from(u8::from(malicious))) * weight;
        if gradient.abs() < GRADIENT_MIN {
            return;
        }
        let LinearParameters { rate, decay, .. } = self.parameters;
        for bucket in buckets {
            let place = &mut self.places[*bucket as usize];
            let slope = gradient * size + decay * place.weight;
            place.squares += slope * slope;
            place.weight -= rate * slope / place.squares.sqrt();
        }
        self.bias_squares += gradient * gradient;
        self.bias -= rate * gradient / self.bias_squares.sqrt();
    }
}
