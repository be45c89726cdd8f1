//! In which order events are looked at for malicious ones: what several say of them, put together by places.
//!
//! ```text
//!   signals, before anything is known ──oddness──► places ─┐
//!   signals of the few that are known ──forest───► places ─┤
//!   texts of the few that are known ────linear───► places ─┼── product ──► order
//!   texts that people confirmed ────────linear───► places ─┤
//!   labels compared with each other ────Study────► places ─┘
//! ```
//!
//! A product of places asks for what all of them find likely, so that none of them, knowing few events, leads astray alone. They err in
//! their own ways: the comparison of labels takes unlabelled events for benign, what people confirmed does not; signals find what
//! shares no word with anything known.

use ringtrue_core::Label;
use ringtrue_model::train::{Run, TrainError};

use super::few::Few;
use super::oddness::oddness;
use super::pool::Pool;
use super::{signals, texts};
use crate::errors::EVENTS_MIN;

/// From so many malicious events on, odd signals have no say any more: those of what is known tell more.
const MANY: usize = 3 * EVENTS_MIN;

/// Returns how early each event is looked at: larger before smaller, 0 or more. `probabilities` are those of the
/// comparison of labels. `None` where nothing tells events apart.
pub(super) fn order(
    pool: &Pool<'_>,
    called: &[Label],
    probabilities: Option<&[f64]>,
    run: &mut Run<'_>,
) -> Result<Option<Vec<f64>>, TrainError> {
    let mut product = Product::default();
    product.take(probabilities, 1.0);
    product.take(texts::of_confirmed(pool).as_deref(), 1.0);
    if let Some(few) = Few::of(pool, called, run.seed) {
        product.take(signals::of_few(&few, run)?.as_deref(), 1.0);
        product.take(texts::of_few(&few).as_deref(), 1.0);
    }
    let malicious = called.iter().filter(|it| **it == Label::Malicious).count();
    if malicious < MANY {
        let weight = if malicious < EVENTS_MIN { 1.0 } else { 0.5 };
        product.take(oddness(pool).as_deref(), weight);
    }
    Ok(product.logarithms)
}

/// A product of places, by its logarithm.
#[derive(Default)]
struct Product {
    logarithms: Option<Vec<f64>>,
}

impl Product {
    /// Takes the places in one more order, the largest number first, to the power of `weight`.
    fn take(&mut self, numbers: Option<&[f64]>, weight: f64) {
        let Some(numbers) = numbers else { return };
        let sums = self
            .logarithms
            .get_or_insert_with(|| vec![0.0; numbers.len()]);
        for (sum, place) in sums.iter_mut().zip(places(numbers)) {
            *sum += weight * place;
        }
    }
}

/// Returns for each number the logarithm of the count over its place from the top, above 0 but for a single one. Equal numbers share
/// the mean of their places: where nothing tells events apart, neither does where they stand in the input.
fn places(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|one, two| numbers[*two].total_cmp(&numbers[*one]));
    let count = numbers.len() as f64;
    let mut places = vec![0.0; numbers.len()];
    let mut before = 0;
    for equal in order.chunk_by(|one, two| numbers[*one].total_cmp(&numbers[*two]).is_eq()) {
        let place = before as f64 + f64::midpoint(1.0, equal.len() as f64);
        for at in equal {
            places[*at] = (count / place).ln();
        }
        before += equal.len();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_share_a_place() {
        let found = places(&[0.5, 2.0, 0.5, -1.0]);
        let expected = [4.0 / 2.5, 4.0, 4.0 / 2.5, 1.0].map(f64::ln);
        assert_eq!(found, expected);
        assert_eq!(places(&[3.0; 5]), [(5.0_f64 / 3.0).ln(); 5]);
        assert!(places(&[]).is_empty());
    }
}
