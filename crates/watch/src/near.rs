//! What is near a threshold: a narrow band of scores on either side, by how many events of the reference score there.

use ringtrue_core::Label;
use ringtrue_core::verdict::Thresholds;
use serde::{Deserialize, Serialize};

use crate::reference::Known;
use crate::sample::Side;

/// The share of the reference's events that a band holds on either side of its threshold, at most; both classes weigh the same.
const WIDTH: f64 = 0.02;
/// The share that the scores next to a threshold may have which are equal: calibration makes such steps, and nobody gets nearer than the next.
const STEP: f64 = 0.1;

/// The scores that are near the review and the block threshold, if events can be: from the first up to the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Near {
    review: Option<[f64; 2]>,
    block: Option<[f64; 2]>,
}

impl Near {
    /// Finds the bands around thresholds by events of the reference.
    pub(crate) fn of(sample: &[Known<'_>], thresholds: Thresholds) -> Self {
        let is_malicious = |it: &Known<'_>| it.label == Some(Label::Malicious);
        let malicious = sample.iter().filter(|it| is_malicious(it)).count() as f64;
        let benign = sample.len() as f64 - malicious;
        let weight = |it: &Known<'_>| {
            let class = if is_malicious(it) { malicious } else { benign };
            0.5 / class
        };
        let scored = sample.iter().filter(|it| it.score.is_finite());
        let mut weighed: Vec<[f64; 2]> = scored.map(|it| [it.score, weight(it)]).collect();
        weighed.sort_unstable_by(|left, right| left[0].total_cmp(&right[0]));
        Self {
            review: around(&weighed, thresholds.review),
            block: around(&weighed, thresholds.block),
        }
    }

    pub(crate) fn review(&self, score: f64, thresholds: Thresholds) -> Option<Side> {
        side(self.review, score, thresholds.review)
    }

    pub(crate) fn block(&self, score: f64, thresholds: Thresholds) -> Option<Side> {
        side(self.block, score, thresholds.block)
    }

    pub(crate) fn is_sound(&self) -> bool {
        let bands = [self.review, self.block].into_iter().flatten();
        bands.flatten().all(f64::is_finite)
    }
}

fn side(band: Option<[f64; 2]>, score: f64, threshold: f64) -> Option<Side> {
    let [low, high] = band?;
    let is_near = (low..=high).contains(&score);
    is_near.then_some(if score < threshold {
        Side::Below
    } else {
        Side::Above
    })
}

/// Returns the band around a threshold, of scores in order with their weights; `None` if no score reaches it.
fn around(weighed: &[[f64; 2]], threshold: f64) -> Option<[f64; 2]> {
    if threshold > 1.0 {
        return None;
    }
    let at = weighed.partition_point(|[score, _]| *score < threshold);
    let (below, above) = weighed.split_at(at);
    Some([
        reach(below.iter().rev(), threshold).unwrap_or(0.0),
        reach(above.iter(), threshold).unwrap_or(1.0),
    ])
}

/// Returns the middle between the last score that still belongs to the band and the first that does not, with its equals; `None` if all do.
fn reach<'a>(outwards: impl Iterator<Item = &'a [f64; 2]>, threshold: f64) -> Option<f64> {
    let (mut held, mut step, mut last, mut next) = (0.0, 0, threshold, threshold);
    for [score, weight] in outwards {
        if step == 0 || score.total_cmp(&next).is_ne() {
            (last, next) = (next, *score);
            step += 1;
        }
        held += weight;
        if held > if step == 1 { STEP } else { WIDTH } {
            return Some(f64::midpoint(last, next));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn even(scores: impl Iterator<Item = f64>) -> Vec<[f64; 2]> {
        let scores: Vec<f64> = scores.collect();
        let weight = 1.0 / scores.len() as f64;
        scores.into_iter().map(|score| [score, weight]).collect()
    }

    #[test]
    fn a_band_holds_a_fiftieth_on_either_side() {
        let weighed = even((0..1_000).map(|at| f64::from(at) / 1_000.0));
        let [low, high] = around(&weighed, 0.5).unwrap();
        assert!(
            (low - 0.48).abs() < 0.002 && (high - 0.52).abs() < 0.002,
            "{low} {high}"
        );
        assert_eq!(around(&weighed, 1.5), None);
        let [low, high] = around(&weighed, 0.99).unwrap();
        assert!((low - 0.97).abs() < 0.002 && high >= 1.0);
    }

    #[test]
    fn the_step_next_to_a_threshold_is_near_and_the_one_behind_it_is_not() {
        let steps = [0.1, 0.4, 0.45, 0.6, 0.9];
        let parts = [45, 4, 4, 2, 45];
        let each = steps.into_iter().zip(parts);
        let weighed = even(each.flat_map(|(score, count)| std::iter::repeat_n(score, count)));
        let [low, high] = around(&weighed, 0.5).unwrap();
        assert!((low - 0.425).abs() < 1e-9, "{low}");
        assert!((high - 0.75).abs() < 1e-9, "{high}");
    }

    #[test]
    fn many_equal_scores_are_in_as_a_whole_or_not_at_all() {
        let weighed = even((0..100).map(|at| if at < 50 { 0.1 } else { 0.9 }));
        assert_eq!(around(&weighed, 0.5), Some([0.3, 0.7]));
        let near = Near {
            review: Some([0.3, 0.7]),
            block: None,
        };
        let thresholds = Thresholds {
            review: 0.5,
            block: 2.0,
        };
        let sides = [0.1, 0.4, 0.5, 0.6, 0.9].map(|score| near.review(score, thresholds));
        assert_eq!(
            sides,
            [
                None,
                Some(Side::Below),
                Some(Side::Above),
                Some(Side::Above),
                None
            ]
        );
        assert_eq!(near.block(0.5, thresholds), None);
    }
}
