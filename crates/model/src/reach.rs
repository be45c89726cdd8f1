//! How far a model's text parts can be moved by changing tokens: the least and the most that they can add to a margin.
//!
//! ```text
//!   LinearModel ──sorted weights──► Extremes ─┐
//!   an event's buckets, tokens that change ───┴──► [least, most] of the text's margin
//! ```
//!
//! Both ends hold for every text: tokens are taken to be changed one by one, which no text that a person would read allows. The views are
//! taken each by itself, so that the ends may be farther apart than any one text can bring them, and never closer.

use crate::linear::{LinearModel, View};
use crate::model::Model;

/// What of an event's text may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextMoves {
    /// Nothing.
    Fixed,
    /// So many tokens may be added or taken away, in all.
    Tokens(u32),
    /// Everything.
    Any,
}

/// How far a model's text can move its margins.
#[derive(Debug)]
pub struct TextReach<'a> {
    model: &'a Model,
    moves: TextMoves,
    extremes: Vec<Extremes>,
}

/// Sums of a linear model's most extreme weights, in steps: at each place those of so many.
#[derive(Debug)]
struct Extremes {
    lowest: Vec<i64>,
    highest: Vec<i64>,
}

impl<'a> TextReach<'a> {
    /// Looks at a model's weights once, for all events.
    #[must_use]
    pub fn new(model: &'a Model, moves: TextMoves) -> Self {
        let count = match moves {
            TextMoves::Fixed => 0,
            TextMoves::Tokens(tokens) => tokens as usize,
            TextMoves::Any => usize::MAX,
        };
        let extremes = model.text.models().iter();
        Self {
            model,
            moves,
            extremes: extremes.map(|linear| Extremes::of(linear, count)).collect(),
        }
    }

    /// Returns the least and the most that the text of an event with these distinct buckets can add to the forest's margin.
    #[must_use]
    pub fn of(&self, buckets: &[u32]) -> [f64; 2] {
        let weight = self.model.linear_weight;
        if self.moves == TextMoves::Fixed {
            return [weight * self.model.linear_margin(buckets); 2];
        }
        let models = self.model.text.models().iter().zip(&self.extremes);
        let ends = models.map(|(linear, extremes)| match self.moves {
            TextMoves::Tokens(tokens) => extremes.within(linear, buckets, tokens as usize),
            TextMoves::Fixed | TextMoves::Any => extremes.anywhere(linear),
        });
        let [low, high] = ends.fold([0.0; 2], |sum, ends| [sum[0] + ends[0], sum[1] + ends[1]]);
        let [low, high] = [weight * low, weight * high];
        [low.min(high), low.max(high)]
    }
}

impl Extremes {
    fn of(linear: &LinearModel, count: usize) -> Self {
        let mut steps: Vec<i16> = linear.kept_steps().collect();
        steps.sort_unstable();
        // Under the view of everything a bucket counts once for each side.
        let times = match linear.view() {
            View::Whole => 2,
            View::Entity | View::Content => 1,
        };
        let each = |steps: i16| std::iter::repeat_n(i64::from(steps), times);
        let lowest = steps.iter().copied().flat_map(each);
        let highest = steps.iter().rev().copied().flat_map(each);
        Self {
            lowest: sums(lowest.take_while(|steps| *steps < 0).take(count)),
            highest: sums(highest.take_while(|steps| *steps > 0).take(count)),
        }
    }

    /// Returns the ends over all texts.
    fn anywhere(&self, linear: &LinearModel) -> [f64; 2] {
        let margins = |sums: &[i64]| -> Vec<f64> {
            let each = (0_u32..).zip(sums);
            each.map(|(known, sum)| linear.margin_of_steps(*sum, known))
                .collect()
        };
        ends(
            margins(&self.lowest)
                .into_iter()
                .chain(margins(&self.highest)),
        )
    }

    /// Returns the ends over the texts that differ in so many tokens at most.
    fn within(&self, linear: &LinearModel, buckets: &[u32], tokens: usize) -> [f64; 2] {
        let shown = buckets
            .iter()
            .filter(|bucket| linear.view().shows(**bucket));
        let mut own: Vec<i64> = shown
            .filter_map(|bucket| linear.steps(bucket >> 1).map(i64::from))
            .collect();
        own.sort_unstable();
        let sum: i64 = own.iter().sum();
        let largest = sums(own.iter().rev().copied().take(tokens));
        let smallest = sums(own.iter().copied().take(tokens));
        let mut all = vec![linear.margin_of_steps(sum, small(own.len()))];
        for (taken, (largest, smallest)) in largest.iter().zip(&smallest).enumerate() {
            for (added, [low, high]) in self.pairs(tokens - taken) {
                let known = small(own.len() - taken + added);
                all.push(linear.margin_of_steps(sum - largest + low, known));
                all.push(linear.margin_of_steps(sum - smallest + high, known));
            }
        }
        ends(all.into_iter())
    }

    /// Returns the sums of up to so many added weights; where there are fewer that help, others of no weight are added.
    fn pairs(&self, most: usize) -> impl Iterator<Item = (usize, [i64; 2])> + '_ {
        let at = |sums: &[i64], place: usize| {
            let place = place.min(sums.len().saturating_sub(1));
            sums.get(place).copied().unwrap_or(0)
        };
        (0..=most).map(move |added| (added, [at(&self.lowest, added), at(&self.highest, added)]))
    }
}

/// Returns the sums of none, one, two, ... of these.
fn sums(each: impl Iterator<Item = i64>) -> Vec<i64> {
    let summed = each.scan(0, |sum, steps| {
        *sum += steps;
        Some(*sum)
    });
    std::iter::once(0).chain(summed).collect()
}

fn ends(margins: impl Iterator<Item = f64>) -> [f64; 2] {
    margins.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], margin| {
        [low.min(margin), high.max(margin)]
    })
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linear::STEPS_MAX;
    use crate::text::TextModels;

    const BITS: u32 = 6;

    fn model(weights: &[f32], kept: u64, view: View) -> Model {
        let linear = LinearModel::new(view, BITS, 0.25, vec![kept], weights, STEPS_MAX);
        Model {
            text: TextModels::new(vec![linear]).unwrap(),
            linear_weight: 0.75,
            ..Model::default()
        }
    }

    fn distinct(mut buckets: Vec<u32>) -> Vec<u32> {
        buckets.sort_unstable();
        buckets.dedup();
        buckets
    }

    #[test]
    fn a_fixed_text_adds_what_it_adds() {
        let weights: Vec<f32> = (0..64_u8).map(|at| f32::from(at) - 30.0).collect();
        let model = model(&weights, u64::MAX, View::Whole);
        let buckets = [3, 18, 77];
        let bits = |ends: [f64; 2]| ends.map(f64::to_bits);
        let margin = 0.75 * model.linear_margin(&buckets);
        for moves in [TextMoves::Fixed, TextMoves::Tokens(0)] {
            let found = TextReach::new(&model, moves).of(&buckets);
            assert_eq!(bits(found), bits([margin; 2]), "{moves:?}");
        }
        // The weights are -29, -21 and 8: the 8 is taken away, and both sides of the two lowest of all, -30 and -29, are added.
        let [low, _] = TextReach::new(&model, TextMoves::Tokens(5)).of(&buckets);
        let expected = 0.75 * (0.25 - 168.0 / 6.0_f64.sqrt());
        assert!((low - expected).abs() < 1e-2, "{low} {expected}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn no_text_is_beyond_the_ends(
            weights in proptest::collection::vec(-2.0_f32..2.0, 64),
            kept in any::<u64>(),
            view in prop::sample::select(View::ALL.to_vec()),
            own in proptest::collection::vec(0_u32..128, 0..12),
            (added, taken) in (proptest::collection::vec(0_u32..128, 0..6), 0_usize..6),
        ) {
            let model = model(&weights, kept, view);
            let own = distinct(own);
            let stay = own.iter().copied().skip(taken);
            let changed = distinct(stay.chain(added.iter().copied()).collect());
            let margin = 0.75 * model.linear_margin(&changed);
            let tokens = u32::try_from(added.len() + taken).unwrap();
            for moves in [TextMoves::Tokens(tokens), TextMoves::Any] {
                let [low, high] = TextReach::new(&model, moves).of(&own);
                prop_assert!(low <= margin + 1e-9 && margin <= high + 1e-9, "{:?} {} {} {}", moves, low, margin, high);
            }
        }

        /// Where every token may be chosen, the ends over all texts are texts.
        #[test]
        fn the_ends_over_all_texts_are_reached(
            weights in proptest::collection::vec(-2.0_f32..2.0, 64),
            kept in any::<u64>(),
        ) {
            let model = model(&weights, kept, View::Content);
            let [low, _] = TextReach::new(&model, TextMoves::Any).of(&[]);
            let linear = &model.text.models()[0];
            let mut by_weight: Vec<u32> = (0..64).filter(|at| linear.steps(*at).is_some()).collect();
            by_weight.sort_by_key(|at| linear.steps(*at));
            let least = (0..=by_weight.len())
                .map(|count| by_weight.iter().take(count).map(|at| at << 1).collect::<Vec<u32>>())
                .map(|buckets| 0.75 * model.linear_margin(&distinct(buckets)))
                .fold(f64::INFINITY, f64::min);
            prop_assert!((low - least).abs() < 1e-9, "{} {}", low, least);
        }
    }
}
