//! Scores in order: sorted once, then asked for every figure that depends on their order alone.
//!
//! A [`Ranking`] holds one step for each distinct score, highest first, with the counts of events at or
//! above it. It needs all scores of the judged rows at once: no smaller state gives exact order
//! statistics. Two rankings of different rows can be merged.

use serde::Serialize;

use crate::metrics::error::{ClassWeights, MetricError, same_length};
use crate::metrics::merge::ConfusionCounts;
use crate::metrics::operating::OperatingPoint;

/// What happens if events of this score and above are flagged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The score.
    pub score: f64,
    /// Benign events of this score and above.
    pub false_positives: u64,
    /// Malicious events of this score and above.
    pub true_positives: u64,
}

/// A point of the curve of true positives over false positives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RocPoint {
    /// Events of this score and above are flagged; `None` where nothing is.
    pub threshold: Option<f64>,
    /// Share of benign events flagged.
    pub fpr: f64,
    /// Share of malicious events flagged.
    pub tpr: f64,
}

/// A point of the curve of precision over recall.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PrecisionRecallPoint {
    /// Events of this score and above are flagged.
    pub threshold: f64,
    /// Share of flagged events (by weight) that is malicious.
    pub precision: f64,
    /// Share of malicious events flagged.
    pub recall: f64,
}

/// Events of one score.
#[derive(Clone, Copy)]
pub(crate) struct Tie {
    pub(crate) score: f64,
    pub(crate) benign: u64,
    pub(crate) malicious: u64,
}

/// The scores of labelled events in falling order, equal ones as one [`Step`].
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    steps: Vec<Step>,
}

impl Ranking {
    /// Sorts scores; `malicious` says for each whether its event is. Scores need not be probabilities:
    /// higher means more suspect, and infinities are allowed.
    ///
    /// # Errors
    ///
    /// [`MetricError::Lengths`] if the lists differ in length, and [`MetricError::NotANumber`] if a
    /// score is NaN.
    pub fn new(scores: &[f64], malicious: &[bool]) -> Result<Self, MetricError> {
        same_length("labels", malicious.len(), scores.len())?;
        if let Some(row) = scores.iter().position(|score| score.is_nan()) {
            return Err(MetricError::NotANumber { row });
        }
        let ties = scores
            .iter()
            .zip(malicious)
            .map(|(&score, &is_malicious)| Tie {
                // Adding 0 makes of -0 a 0, so that equal scores are equal bit by bit.
                score: score + 0.0,
                benign: u64::from(!is_malicious),
                malicious: u64::from(is_malicious),
            });
        Ok(Self::sorted(ties.collect()))
    }

    /// Returns the ranking of the rows of both.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        Self::sorted(self.ties().chain(other.ties()).collect())
    }

    fn sorted(mut ties: Vec<Tie>) -> Self {
        ties.sort_unstable_by(|first, second| second.score.total_cmp(&first.score));
        Self::from_sorted(ties)
    }

    /// Accumulates ties that are in falling order of score; those without events leave no trace.
    pub(crate) fn from_sorted(ties: impl IntoIterator<Item = Tie>) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        for tie in ties {
            if tie.benign + tie.malicious == 0 {
                continue;
            }
            let last = steps.last().copied().unwrap_or(NOTHING_FLAGGED);
            let step = Step {
                score: tie.score,
                false_positives: last.false_positives + tie.benign,
                true_positives: last.true_positives + tie.malicious,
            };
            match steps.last_mut() {
                Some(same) if same.score.total_cmp(&tie.score).is_eq() => *same = step,
                _ => steps.push(step),
            }
        }
        Self { steps }
    }

    /// Returns the steps, highest score first.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns the number of benign events.
    #[must_use]
    pub fn benign(&self) -> u64 {
        self.steps.last().map_or(0, |step| step.false_positives)
    }

    /// Returns the number of malicious events.
    #[must_use]
    pub fn malicious(&self) -> u64 {
        self.steps.last().map_or(0, |step| step.true_positives)
    }

    /// Returns the events of each distinct score, highest first.
    pub(crate) fn ties(&self) -> impl Iterator<Item = Tie> + '_ {
        let before = std::iter::once(&NOTHING_FLAGGED).chain(&self.steps);
        self.steps.iter().zip(before).map(|(step, before)| Tie {
            score: step.score,
            benign: step.false_positives - before.false_positives,
            malicious: step.true_positives - before.true_positives,
        })
    }

    /// Returns the probability that a malicious event scores higher than a benign one, equal scores
    /// counting half; `None` if a class is absent. Exact: sums are of whole numbers.
    ///
    /// # Source
    ///
    /// Hanley and `McNeil`, "The meaning and use of the area under a receiver operating
    /// characteristic (ROC) curve", Radiology 143, 1982.
    #[must_use]
    pub fn roc_auc(&self) -> Option<f64> {
        let pairs = u128::from(self.benign()) * u128::from(self.malicious());
        if pairs == 0 {
            return None;
        }
        let mut halves: u128 = 0;
        let mut caught: u64 = 0;
        for tie in self.ties() {
            halves += u128::from(tie.benign) * u128::from(2 * caught + tie.malicious);
            caught += tie.malicious;
        }
        Some(halves as f64 / (2 * pairs) as f64)
    }

    /// Returns the mean precision over the steps, each weighted with the recall that it adds; `None` if
    /// a class is absent or the share is outside (0, 1).
    ///
    /// With a share, classes are re-weighted so that this share of all weight is malicious: the file's
    /// mix of classes is then without influence.
    ///
    /// # Source
    ///
    /// The sum without interpolation of scikit-learn's `average_precision_score`, whose sample
    /// weights the share corresponds to.
    #[must_use]
    pub fn average_precision(&self, share: Option<f64>) -> Option<f64> {
        let points = self.precision_recall_points(share)?;
        let mut recall = 0.0;
        let mut sum = 0.0;
        for point in points {
            sum += (point.recall - recall) * point.precision;
            recall = point.recall;
        }
        Some(sum)
    }

    /// Returns precision and recall at each step, highest score first; `None` if a class is absent or
    /// the share is outside (0, 1). The share is that of [`Ranking::average_precision`].
    #[must_use]
    pub fn precision_recall_points(&self, share: Option<f64>) -> Option<Vec<PrecisionRecallPoint>> {
        let weights = ClassWeights::new(self.benign(), self.malicious(), share).ok()?;
        let malicious = self.malicious() as f64;
        let point = |step: &Step| {
            let caught = weights.malicious * step.true_positives as f64;
            let wrong = weights.benign * step.false_positives as f64;
            PrecisionRecallPoint {
                threshold: step.score,
                precision: caught / (caught + wrong),
                recall: step.true_positives as f64 / malicious,
            }
        };
        Some(self.steps.iter().map(point).collect())
    }

    /// Returns false and true positive rates from "nothing flagged" to "everything flagged"; `None`
    /// if a class is absent. There is one point for each distinct score: thin them for a plot.
    #[must_use]
    pub fn roc_points(&self) -> Option<Vec<RocPoint>> {
        let (benign, malicious) = (self.benign(), self.malicious());
        if benign == 0 || malicious == 0 {
            return None;
        }
        let nothing = RocPoint {
            threshold: None,
            fpr: 0.0,
            tpr: 0.0,
        };
        let flagged = self.steps.iter().map(|step| RocPoint {
            threshold: Some(step.score),
            fpr: step.false_positives as f64 / benign as f64,
            tpr: step.true_positives as f64 / malicious as f64,
        });
        Some(std::iter::once(nothing).chain(flagged).collect())
    }

    /// Returns what happens if events of this score and above are flagged.
    #[must_use]
    pub fn at_threshold(&self, threshold: f64) -> ConfusionCounts {
        let flagged = self.steps.partition_point(|step| step.score >= threshold);
        let step = self.step_before(flagged);
        ConfusionCounts {
            true_positives: step.true_positives,
            false_positives: step.false_positives,
            true_negatives: self.benign() - step.false_positives,
            false_negatives: self.malicious() - step.true_positives,
        }
    }

    /// Returns the point of the highest true positive rate whose false positive rate, on these same
    /// rows, does not exceed `fpr`; equal scores are flagged together or not at all. Of thresholds
    /// with the same rate, it is the one with the fewest false positives.
    ///
    /// Whether the events support the rate is for [`OperatingPoint::tpr`] to say.
    #[must_use]
    pub fn tpr_at_fpr(&self, fpr: f64) -> OperatingPoint {
        let benign = self.benign();
        let within = self.steps.partition_point(|step| {
            step.false_positives == 0 || step.false_positives as f64 / benign as f64 <= fpr
        });
        let best = self.step_before(within).true_positives;
        let needed = self
            .steps
            .partition_point(|step| step.true_positives < best);
        let chosen = self.steps.get(needed).filter(|_| best > 0);
        let step = chosen.unwrap_or(&NOTHING_FLAGGED);
        OperatingPoint {
            fpr_limit: fpr,
            threshold: chosen.map(|step| step.score),
            false_positives: step.false_positives,
            benign,
            true_positives: step.true_positives,
            malicious: self.malicious(),
        }
    }

    /// Returns the last of the first `count` steps, or that nothing is flagged.
    fn step_before(&self, count: usize) -> Step {
        let step = count.checked_sub(1).and_then(|last| self.steps.get(last));
        step.copied().unwrap_or(NOTHING_FLAGGED)
    }
}

const NOTHING_FLAGGED: Step = Step {
    score: f64::INFINITY,
    false_positives: 0,
    true_positives: 0,
};

/// Returns [`Ranking::roc_auc`] of scores that are not needed further; `None` also if the lists
/// differ in length or a score is NaN.
#[must_use]
pub fn roc_auc(scores: &[f64], malicious: &[bool]) -> Option<f64> {
    Ranking::new(scores, malicious).ok()?.roc_auc()
}

/// Returns [`Ranking::average_precision`] at the file's own mix of classes; `None` also if the lists
/// differ in length or a score is NaN.
#[must_use]
pub fn average_precision(scores: &[f64], malicious: &[bool]) -> Option<f64> {
    Ranking::new(scores, malicious)
        .ok()?
        .average_precision(None)
}

/// Returns [`Ranking::average_precision`] with `share` of all weight malicious; `None` also if the lists
/// differ in length or a score is NaN.
#[must_use]
pub fn average_precision_at_share(scores: &[f64], malicious: &[bool], share: f64) -> Option<f64> {
    Ranking::new(scores, malicious)
        .ok()?
        .average_precision(Some(share))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Random;

    fn near(found: Option<f64>, expected: f64) {
        let found = found.expect("both classes are there");
        assert!(
            (found - expected).abs() < 1e-12,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn ties_count_half_and_negative_zero_is_zero() {
        near(roc_auc(&[0.0, -0.0], &[true, false]), 0.5);
        near(
            roc_auc(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]),
            0.75,
        );
        near(roc_auc(&[f64::INFINITY, 0.0], &[true, false]), 1.0);
    }

    #[test]
    fn nothing_is_said_without_both_classes_or_of_no_number() {
        assert_eq!(roc_auc(&[0.1, 0.2], &[true, true]), None);
        assert_eq!(average_precision(&[0.1, 0.2], &[false, false]), None);
        assert_eq!(
            average_precision_at_share(&[0.1, 0.2], &[true, false], 1.0),
            None
        );
        assert_eq!(roc_auc(&[0.1, f64::NAN], &[true, false]), None);
        assert_eq!(
            Ranking::new(&[0.1, f64::NAN], &[true, false]),
            Err(MetricError::NotANumber { row: 1 })
        );
        assert!(Ranking::new(&[0.1], &[]).is_err());
        assert_eq!(roc_auc(&[], &[]), None);
    }

    #[test]
    fn the_share_replaces_the_files_mix() {
        // Everything flagged at one score: precision is the share itself.
        near(
            average_precision_at_share(&[1.0; 4], &[true, false, true, true], 0.01),
            0.01,
        );
        near(
            average_precision(&[1.0; 4], &[true, false, true, true]),
            0.75,
        );
    }

    #[test]
    fn thresholds_flag_their_own_score() {
        let ranking = Ranking::new(&[0.2, 0.5, 0.5, 0.9], &[false, false, true, true]).expect("ok");
        let counts = ranking.at_threshold(0.5);
        assert_eq!((counts.true_positives, counts.false_positives), (2, 1));
        assert_eq!(ranking.at_threshold(0.51).true_positives, 1);
        assert_eq!(ranking.at_threshold(2.0).true_positives, 0);
    }

    fn judged() -> impl Strategy<Value = Vec<(f64, bool)>> {
        // Few distinct scores, so that ties are common.
        prop::collection::vec(
            (
                (0_u8..20).prop_map(|step| f64::from(step) / 19.0),
                any::<bool>(),
            ),
            2..200,
        )
    }

    fn shuffled(rows: &[(f64, bool)], seed: u64) -> Vec<(f64, bool)> {
        let mut rows = rows.to_vec();
        let mut random = Random::new(seed);
        for last in (1..rows.len()).rev() {
            let other = usize::try_from(random.below(last as u64 + 1)).expect("an index");
            rows.swap(last, other);
        }
        rows
    }

    proptest! {
        #[test]
        fn order_of_rows_is_without_influence(rows in judged(), seed in any::<u64>()) {
            let build = |rows: &[(f64, bool)]| {
                let (scores, malicious): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
                Ranking::new(&scores, &malicious).expect("scores are numbers")
            };
            let whole = build(&rows);
            prop_assert_eq!(&whole, &build(&shuffled(&rows, seed)));
            let (first, second) = rows.split_at(rows.len() / 2);
            prop_assert_eq!(&whole, &build(first).merge(&build(second)));
        }

        #[test]
        fn negated_scores_turn_the_area_round(rows in judged()) {
            let (scores, malicious): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let negated: Vec<f64> = scores.iter().map(|score| -score).collect();
            match (roc_auc(&scores, &malicious), roc_auc(&negated, &malicious)) {
                (Some(area), Some(turned)) => prop_assert!((area + turned - 1.0).abs() < 1e-12),
                (area, turned) => prop_assert_eq!(area, turned),
            }
        }

        #[test]
        fn the_operating_point_keeps_its_limit_and_none_is_better(
            rows in judged(),
            fpr in 0.0_f64..=1.0,
        ) {
            let (scores, malicious): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let ranking = Ranking::new(&scores, &malicious).expect("scores are numbers");
            let point = ranking.tpr_at_fpr(fpr);
            let limit = fpr * ranking.benign() as f64 + 1e-9;
            prop_assert!(point.false_positives as f64 <= limit);
            let best = ranking
                .steps()
                .iter()
                .filter(|step| step.false_positives as f64 <= limit)
                .map(|step| step.true_positives)
                .max();
            prop_assert_eq!(point.true_positives, best.unwrap_or(0));
        }
    }
}
