//! The text models of a detector together: the margin of an event's tokens, read from one table.
//!
//! ```text
//!   token hashes ──to_buckets──► distinct buckets ──► one pair of weights each ──► sums by view ──► margin
//! ```
//!
//! A bucket's weight in the view of everything stands beside its weight in the view of its own side, so that each token
//! costs one place in memory, however many views there are; where weights are that coarse, the place has a byte for each.
//! That is what scoring a text takes its time for.

use std::sync::Arc;

use crate::examples::to_buckets;
use crate::linear::{LinearModel, View};

/// The linear models of the views of one detector.
#[derive(Clone, Debug, Default)]
pub struct TextModels {
    models: Arc<[LinearModel]>,
    bits: u32,
    pairs: Pairs,
}

/// By bucket and side, the side in the lowest bit: the weight in the view of everything, and in the view of the side, each
/// in its model's steps above [`Place::ABSENT`], which is 0 and stands for the weight of a bucket that a model did not keep.
#[derive(Clone, Debug)]
enum Pairs {
    /// Every weight fits into a byte.
    Bytes(Arc<[[u8; 2]]>),
    /// Any weights.
    Words(Arc<[[u16; 2]]>),
}

/// A weight as [`Pairs`] hold it. What is absent adds nothing to a sum of such numbers, so that nothing asks for it.
trait Place: Copy + PartialEq + Into<u32> {
    /// A bucket without a weight.
    const ABSENT: Self;
    /// What stands for a weight of no step.
    const ZERO: i32;

    /// Returns what stands for a weight of so many steps; `None` if nothing does.
    fn of(steps: i16) -> Option<Self>;
}

impl Place for u8 {
    const ABSENT: Self = 0;
    const ZERO: i32 = 1 << 7;

    fn of(steps: i16) -> Option<Self> {
        let place = Self::try_from(i32::from(steps) + Self::ZERO).ok();
        place.filter(|place| *place != Self::ABSENT)
    }
}

impl Place for u16 {
    const ABSENT: Self = 0;
    const ZERO: i32 = 1 << 15;

    fn of(steps: i16) -> Option<Self> {
        let place = Self::try_from(i32::from(steps) + Self::ZERO).ok();
        place.filter(|place| *place != Self::ABSENT)
    }
}

impl Default for Pairs {
    fn default() -> Self {
        Self::Bytes(Arc::default())
    }
}

impl PartialEq for TextModels {
    fn eq(&self, other: &Self) -> bool {
        self.models == other.models
    }
}

impl TextModels {
    /// Puts models together; `None` if two are of one view, or they differ in their number of buckets.
    #[must_use]
    pub fn new(models: Vec<LinearModel>) -> Option<Self> {
        let bits = models.first().map_or(0, LinearModel::bits);
        let twice = |at: usize, model: &LinearModel| {
            let earlier = models.iter().take(at);
            earlier
                .into_iter()
                .any(|other| other.view() == model.view())
        };
        let mut each = models.iter().enumerate();
        if each.any(|(at, model)| model.bits() != bits || twice(at, model)) {
            return None;
        }
        let pairs = if models.is_empty() {
            Pairs::default()
        } else {
            let bytes = pairs(&models, bits).map(Pairs::Bytes);
            bytes.or_else(|| pairs(&models, bits).map(Pairs::Words))?
        };
        Some(Self {
            models: models.into(),
            bits,
            pairs,
        })
    }

    /// Returns the models, one for each view.
    #[must_use]
    pub fn models(&self) -> &[LinearModel] {
        &self.models
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// Turns token hashes into the distinct buckets that the models read.
    pub fn to_buckets(&self, tokens: &mut Vec<u32>) {
        if !self.is_empty() {
            to_buckets(tokens, self.bits);
        }
    }

    /// Returns the sum of the models' margins of an event with these distinct buckets.
    #[must_use]
    pub fn margin(&self, buckets: &[u32]) -> f64 {
        let sums = match &self.pairs {
            Pairs::Bytes(pairs) => Sums::of(pairs, buckets),
            Pairs::Words(pairs) => Sums::of(pairs, buckets),
        };
        let margin = |model: &LinearModel| {
            let sum = match model.view() {
                View::Whole => &sums.whole,
                View::Entity => &sums.entity,
                View::Content => &sums.content,
            };
            model.margin_of_steps(sum.steps, sum.known)
        };
        self.models.iter().map(margin).sum()
    }
}

/// The sums of one event by view.
#[derive(Default)]
struct Sums {
    whole: Sum,
    entity: Sum,
    content: Sum,
}

/// Buckets whose weights are asked for before any is added.
const AT_ONCE: usize = 256;

impl Sums {
    fn of<P: Place>(pairs: &[[P; 2]], buckets: &[u32]) -> Self {
        let mut sums = Self::default();
        let mut found = [[P::ABSENT; 2]; AT_ONCE];
        for buckets in buckets.chunks(AT_ONCE) {
            // Nothing but reading stands in this loop, so that memory answers as many questions at once as it can.
            for (pair, bucket) in found.iter_mut().zip(buckets) {
                let pair_found = pairs.get(*bucket as usize).copied();
                *pair = pair_found.unwrap_or([P::ABSENT; 2]);
            }
            sums.add(buckets, &found);
        }
        sums
    }

    /// Adds the pairs of weights that were found for these buckets, without a branch.
    fn add<P: Place>(&mut self, buckets: &[u32], found: &[[P; 2]; AT_ONCE]) {
        let (mut whole, mut sides, mut entity) = ([0_u32; 2], [0_u32; 2], [0_u32; 2]);
        for (bucket, [of_all, of_side]) in buckets.iter().zip(found) {
            let is_entity = bucket & 1;
            // All ones or none: what is taken of the side's weight.
            let taken = is_entity.wrapping_neg();
            let (of_all, of_side): (u32, u32) = ((*of_all).into(), (*of_side).into());
            whole[0] += of_all;
            whole[1] += u32::from(of_all != 0);
            sides[0] += of_side;
            sides[1] += u32::from(of_side != 0);
            entity[0] += of_side & taken;
            entity[1] += u32::from(of_side != 0) & is_entity;
        }
        self.whole.add::<P>(whole);
        self.entity.add::<P>(entity);
        self.content
            .add::<P>([sides[0] - entity[0], sides[1] - entity[1]]);
    }
}

/// A sum of weights, and how many there were.
#[derive(Clone, Copy, Default)]
struct Sum {
    steps: i64,
    known: u32,
}

impl Sum {
    /// Adds a sum of `known` weights that stand as [`Pairs`] hold them.
    fn add<P: Place>(&mut self, [sum, known]: [u32; 2]) {
        self.steps += i64::from(sum) - i64::from(known) * i64::from(P::ZERO);
        self.known += known;
    }
}

/// Returns the weights of every bucket; `None` if there is no place for one.
fn pairs<P: Place>(models: &[LinearModel], bits: u32) -> Option<Arc<[[P; 2]]>> {
    let mut pairs = vec![[P::ABSENT; 2]; 2_usize << bits];
    for model in models {
        let place = usize::from(model.view() != View::Whole);
        for (bucket, pair) in (0_u32..).zip(&mut pairs) {
            if model.view().shows(bucket)
                && let Some(steps) = model.steps(bucket >> 1)
            {
                pair[place] = P::of(steps)?;
            }
        }
    }
    Some(pairs.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linear::STEPS_MAX;

    const BITS: u32 = 9;

    /// A model that keeps the buckets with a weight.
    fn model(view: View, weights: &[Option<f32>], steps_max: i16) -> LinearModel {
        let mut kept = vec![0_u64; (1 << BITS) / 64];
        for (bucket, _) in weights.iter().enumerate().filter(|(_, it)| it.is_some()) {
            kept[bucket / 64] |= 1 << (bucket % 64);
        }
        let weights: Vec<f32> = weights.iter().map(|it| it.unwrap_or(0.0)).collect();
        LinearModel::new(view, BITS, 0.125, kept, &weights, steps_max)
    }

    fn weights() -> impl Strategy<Value = Vec<Option<f32>>> {
        prop::collection::vec(prop::option::of(-4.0_f32..4.0), 1 << BITS)
    }

    proptest! {
        #[test]
        fn margin_is_that_of_each_model(
            (whole, entity, content) in (weights(), weights(), weights()),
            views in prop::collection::hash_set(0_usize..3, 0..=3),
            steps_max in prop::sample::select(vec![127, STEPS_MAX]),
            mut tokens in prop::collection::vec(any::<u32>(), 0..600),
        ) {
            let all = [
                model(View::Whole, &whole, steps_max),
                model(View::Entity, &entity, steps_max),
                model(View::Content, &content, steps_max),
            ];
            let chosen: Vec<LinearModel> = (0..3).filter(|at| views.contains(at)).map(|at| all[at].clone()).collect();
            let text = TextModels::new(chosen.clone()).unwrap();
            if steps_max == 127 {
                prop_assert!(matches!(text.pairs, Pairs::Bytes(_)));
            }
            text.to_buckets(&mut tokens);
            let expected: f64 = chosen.iter().map(|model| model.margin_of_buckets(&tokens)).sum();
            prop_assert!((text.margin(&tokens) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn models_that_do_not_fit_together_are_refused() {
        let one = model(View::Whole, &[None; 1 << BITS], STEPS_MAX);
        let other = LinearModel::new(View::Entity, 7, 0.0, vec![0; 2], &[0.0; 128], 1);
        assert!(TextModels::new(vec![one.clone(), one.clone()]).is_none());
        assert!(TextModels::new(vec![one.clone(), other]).is_none());
        assert!(TextModels::new(vec![one]).is_some());
    }
}
