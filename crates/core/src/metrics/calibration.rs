//! Are scores the probabilities that they claim to be, in the middle and where it decides: in the tail?
//!
//! ```text
//!   scores, labels ──► Brier score
//!   Ranking ──► bins of equal counts ──► mean score beside observed share, with its interval
//!          └──► the highest 1 % by benign events ──► bins ──► one error
//! ```
//!
//! A malicious share re-weights classes to the traffic's mix, as the scores of a detector claim to be
//! probabilities there and not in the file. Scores outside `[0, 1]` are refused.

use serde::{Deserialize, Serialize};

use crate::metrics::error::{
    ClassWeights, MetricError, all_probabilities, both_classes, same_length,
};
use crate::metrics::interval::{Rate, Unsupported, supported};
use crate::metrics::ranking::{Ranking, Tie};

/// The false positive rate that bounds the tail: the 99th percentile of benign scores.
const TAIL_FPR: f64 = 0.01;

/// Events on which a bin of the tail rests at least, where there are that many.
const TAIL_BIN_EVENTS_MIN: u64 = 20;

/// Bins of the tail at most.
const TAIL_BINS_MAX: u64 = 10;

/// Events of neighbouring scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// The lowest score of the bin.
    pub lowest: f64,
    /// The highest score of the bin.
    pub highest: f64,
    /// The mean score of the bin's events, by weight.
    pub mean_score: f64,
    /// Benign events.
    pub benign: u64,
    /// Malicious events.
    pub malicious: u64,
    /// The share of the bin's weight that is malicious. Its interval is that of the bin's counts, carried
    /// over to the weights.
    pub observed: Result<Rate, Unsupported>,
}

/// How far the highest scores are from what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TailCalibration {
    /// The mean over the tail's weight of the distance between a bin's mean score and its observed
    /// share, in `[0, 1]`; 0 is perfect.
    pub error: f64,
    /// The lowest score of the tail.
    pub lowest: f64,
    /// Benign events of the tail.
    pub benign: u64,
    /// Malicious events of the tail.
    pub malicious: u64,
    /// The tail's bins, lowest scores first.
    pub bins: Vec<ReliabilityBin>,
}

/// Returns the mean squared distance between scores and what happened (1 malicious, 0 benign), in
/// `[0, 1]`; 0 is perfect.
///
/// # Errors
///
/// [`MetricError::Lengths`], [`MetricError::NotANumber`], [`MetricError::NotAProbability`], and
/// [`MetricError::ClassAbsent`] if a class has no event.
///
/// # Source
///
/// Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78,
/// 1950; the form for two classes that scikit-learn's `brier_score_loss` has.
pub fn brier(scores: &[f64], malicious: &[bool]) -> Result<f64, MetricError> {
    weighted_brier(scores, malicious, None)
}

/// Returns [`brier`] with classes re-weighted so that `share` of all weight is malicious.
///
/// # Errors
///
/// Those of [`brier`], and [`MetricError::Share`] if the share is outside (0, 1).
pub fn brier_at_share(scores: &[f64], malicious: &[bool], share: f64) -> Result<f64, MetricError> {
    weighted_brier(scores, malicious, Some(share))
}

fn weighted_brier(
    scores: &[f64],
    malicious: &[bool],
    share: Option<f64>,
) -> Result<f64, MetricError> {
    same_length("labels", malicious.len(), scores.len())?;
    all_probabilities(scores)?;
    let malicious_count = malicious
        .iter()
        .filter(|&&is_malicious| is_malicious)
        .count() as u64;
    let benign_count = scores.len() as u64 - malicious_count;
    let weights = ClassWeights::new(benign_count, malicious_count, share)?;
    let (mut benign_sum, mut malicious_sum) = (0.0, 0.0);
    for (&score, &is_malicious) in scores.iter().zip(malicious) {
        if is_malicious {
            malicious_sum += (1.0 - score) * (1.0 - score);
        } else {
            benign_sum += score * score;
        }
    }
    let all = weights.benign * benign_count as f64 + weights.malicious * malicious_count as f64;
    Ok((weights.benign * benign_sum + weights.malicious * malicious_sum) / all)
}

/// Returns at most `bins` bins of about equal counts, lowest scores first. Equal scores are never
/// parted, so that the order of rows is without influence and a bin may hold more than its part.
///
/// # Errors
///
/// [`MetricError::NotAProbability`], [`MetricError::ClassAbsent`] if a class has no event, and
/// [`MetricError::Share`] if the share is outside (0, 1).
pub fn reliability(
    ranking: &Ranking,
    bins: usize,
    share: Option<f64>,
) -> Result<Vec<ReliabilityBin>, MetricError> {
    let weights = checked_weights(ranking, share)?;
    let mut ties: Vec<Tie> = ranking.ties().collect();
    ties.reverse();
    let sums = equal_counts(&ties, bins as u64);
    Ok(sums.iter().map(|bin| bin.finish(weights)).collect())
}

/// Returns the expected calibration error of the tail: of the events at or above the lowest score at
/// which no more than 1 % of benign events are flagged.
///
/// The tail is cut into at most ten bins of about equal counts (of 20 events at least, where there are
/// that many), lowest scores first. With `w` the weight of a bin's events, `s` their mean score and `m` the
/// malicious share of their weight, the error is `sum(w * |s - m|) / sum(w)`. It has an upward bias of
/// about a bin's standard error, as every binned calibration error has.
///
/// # Errors
///
/// [`MetricError::NotAProbability`], [`MetricError::ClassAbsent`] if a class has no event,
/// [`MetricError::Share`] if the share is outside (0, 1), and [`MetricError::Unsupported`] with
/// fewer than 100 benign events or fewer than 10 events in the tail.
///
/// # Source
///
/// Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning",
/// AAAI 2015, for the error; that it is taken over the tail is ours.
pub fn tail_calibration_error(
    ranking: &Ranking,
    share: Option<f64>,
) -> Result<TailCalibration, MetricError> {
    let weights = checked_weights(ranking, share)?;
    let ties = tail(ranking)?;
    let events: u64 = ties.iter().map(|tie| tie.benign + tie.malicious).sum();
    let count = (events / TAIL_BIN_EVENTS_MIN).clamp(1, TAIL_BINS_MAX);
    let sums = equal_counts(&ties, count);
    let weight: f64 = sums.iter().map(|bin| bin.weight(weights)).sum();
    let distance: f64 = sums.iter().map(|bin| bin.weighted_distance(weights)).sum();
    Ok(TailCalibration {
        error: distance / weight,
        lowest: ties.first().map_or(1.0, |tie| tie.score),
        benign: ties.iter().map(|tie| tie.benign).sum(),
        malicious: ties.iter().map(|tie| tie.malicious).sum(),
        bins: sums.iter().map(|bin| bin.finish(weights)).collect(),
    })
}

/// Returns the ties of the tail, lowest score first.
fn tail(ranking: &Ranking) -> Result<Vec<Tie>, Unsupported> {
    let benign = ranking.benign();
    // One benign event of the tail must not already exceed its part of all.
    if benign < 100 {
        return Err(Unsupported::FewBenign {
            benign,
            fpr: TAIL_FPR,
            needed: 100,
        });
    }
    let mut flagged = 0;
    let within = ranking.ties().take_while(|tie| {
        flagged += tie.benign;
        flagged as f64 / benign as f64 <= TAIL_FPR
    });
    let mut ties: Vec<Tie> = within.collect();
    ties.reverse();
    let trials = ties.iter().map(|tie| tie.benign + tie.malicious).sum();
    if trials < crate::metrics::interval::TRIALS_MIN {
        return Err(Unsupported::FewEvents { trials });
    }
    Ok(ties)
}

fn checked_weights(ranking: &Ranking, share: Option<f64>) -> Result<ClassWeights, MetricError> {
    both_classes(ranking.benign(), ranking.malicious())?;
    for step in ranking.steps() {
        if !(0.0..=1.0).contains(&step.score) {
            return Err(MetricError::NotAProbability { score: step.score });
        }
    }
    ClassWeights::new(ranking.benign(), ranking.malicious(), share)
}

/// What a bin adds up to.
#[derive(Clone, Copy)]
struct BinSums {
    lowest: f64,
    highest: f64,
    benign: u64,
    malicious: u64,
    benign_scores: f64,
    malicious_scores: f64,
}

impl BinSums {
    const fn new(tie: &Tie) -> Self {
        Self {
            lowest: tie.score,
            highest: tie.score,
            benign: 0,
            malicious: 0,
            benign_scores: 0.0,
            malicious_scores: 0.0,
        }
    }

    fn add(&mut self, tie: &Tie) {
        self.highest = tie.score;
        self.benign += tie.benign;
        self.malicious += tie.malicious;
        self.benign_scores += tie.score * tie.benign as f64;
        self.malicious_scores += tie.score * tie.malicious as f64;
    }

    fn weight(&self, weights: ClassWeights) -> f64 {
        weights.benign * self.benign as f64 + weights.malicious * self.malicious as f64
    }

    fn weighted_scores(&self, weights: ClassWeights) -> f64 {
        weights.benign * self.benign_scores + weights.malicious * self.malicious_scores
    }

    fn weighted_distance(&self, weights: ClassWeights) -> f64 {
        (self.weighted_scores(weights) - weights.malicious * self.malicious as f64).abs()
    }

    fn finish(&self, weights: ClassWeights) -> ReliabilityBin {
        let carried = |share: f64| {
            let malicious = weights.malicious * share;
            malicious / (malicious + weights.benign * (1.0 - share))
        };
        let counted = supported(self.malicious, self.benign + self.malicious);
        ReliabilityBin {
            lowest: self.lowest,
            highest: self.highest,
            mean_score: self.weighted_scores(weights) / self.weight(weights),
            benign: self.benign,
            malicious: self.malicious,
            observed: counted.map(|rate| Rate {
                value: carried(rate.value),
                low: carried(rate.low),
                high: carried(rate.high),
            }),
        }
    }
}

/// Cuts ties, lowest first, where their running count passes the next of `bins` equal parts.
fn equal_counts(ties: &[Tie], bins: u64) -> Vec<BinSums> {
    let total: u64 = ties.iter().map(|tie| tie.benign + tie.malicious).sum();
    let part_of =
        |count: u64| u128::from(count) * u128::from(bins.max(1)) / u128::from(total.max(1));
    let mut sums = Vec::new();
    let mut open: Option<BinSums> = None;
    let mut count = 0;
    for tie in ties {
        let part = part_of(count);
        count += tie.benign + tie.malicious;
        let bin = open.get_or_insert_with(|| BinSums::new(tie));
        bin.add(tie);
        if part_of(count) > part {
            sums.extend(open.take());
        }
    }
    sums.extend(open);
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Random;

    /// Scores whose events are malicious with exactly the probability that the score says, `power` of it.
    fn drawn(rows: usize, power: f64) -> Ranking {
        let mut random = Random::new(11);
        let (scores, malicious): (Vec<f64>, Vec<bool>) = (0..rows)
            .map(|_| {
                let score = random.unit();
                (score, random.chance(score.powf(power)))
            })
            .unzip();
        Ranking::new(&scores, &malicious).expect("scores are numbers")
    }

    #[test]
    fn brier_of_known_cases() {
        let labels = [true, false];
        assert!(brier(&[1.0, 0.0], &labels).expect("fine").abs() < 1e-15);
        assert!((brier(&[0.5, 0.5], &labels).expect("fine") - 0.25).abs() < 1e-15);
        // At a share of 1 % the benign event's error of 0.04 counts 99 times in a hundred.
        let weighted = brier_at_share(&[0.5, 0.2], &labels, 0.01).expect("fine");
        assert!((weighted - (0.01 * 0.25 + 0.99 * 0.04)).abs() < 1e-15);
        assert_eq!(
            brier(&[1.5, 0.0], &labels),
            Err(MetricError::NotAProbability { score: 1.5 })
        );
        assert_eq!(
            brier(&[0.5, f64::NAN], &labels),
            Err(MetricError::NotANumber { row: 1 })
        );
        assert!(matches!(
            brier(&[0.5], &[true]),
            Err(MetricError::ClassAbsent { .. })
        ));
        assert!(brier_at_share(&[0.5, 0.2], &labels, 1.0).is_err());
    }

    #[test]
    fn bins_have_equal_counts_and_hold_true_probabilities() {
        let bins = reliability(&drawn(20_000, 1.0), 10, None).expect("fine");
        assert_eq!(bins.len(), 10);
        for bin in &bins {
            assert_eq!(bin.benign + bin.malicious, 2_000);
            let rate = bin.observed.expect("2,000 events");
            assert!((rate.value - bin.mean_score).abs() < 0.04, "{bin:?}");
            assert!(rate.low < rate.value && rate.value < rate.high);
        }
    }

    #[test]
    fn equal_scores_share_a_bin() {
        let scores: Vec<f64> = (0..100)
            .map(|row| if row < 90 { 0.5 } else { 0.9 })
            .collect();
        let labels: Vec<bool> = (0..100).map(|row| row % 2 == 0).collect();
        let ranking = Ranking::new(&scores, &labels).expect("fine");
        let counts: Vec<u64> = reliability(&ranking, 10, None)
            .expect("fine")
            .iter()
            .map(|bin| bin.benign + bin.malicious)
            .collect();
        assert_eq!(counts, [90, 10]);
    }

    #[test]
    fn the_tail_is_the_highest_hundredth_of_benign_events() {
        let good = tail_calibration_error(&drawn(200_000, 1.0), None).expect("enough events");
        assert!(good.benign <= 1_000 && good.benign > 900, "{good:?}");
        assert!(good.error < 0.01, "{good:?}");
        // The same scores where malicious events are rarer than claimed.
        let bad = tail_calibration_error(&drawn(200_000, 9.0), None).expect("enough events");
        assert!(bad.error > 5.0 * good.error, "{} {}", bad.error, good.error);
    }

    #[test]
    fn few_events_have_no_tail() {
        let labels: Vec<bool> = (0..120).map(|row| row < 21).collect();
        let ranking = Ranking::new(&[0.5; 120], &labels).expect("fine");
        assert!(matches!(
            tail_calibration_error(&ranking, None),
            Err(MetricError::Unsupported(Unsupported::FewBenign {
                benign: 99,
                ..
            }))
        ));
        let labels: Vec<bool> = (0..121).map(|row| row < 21).collect();
        let ranking = Ranking::new(&[0.5; 121], &labels).expect("fine");
        assert!(matches!(
            tail_calibration_error(&ranking, None),
            Err(MetricError::Unsupported(Unsupported::FewEvents {
                trials: 0
            }))
        ));
    }

    proptest! {
        #[test]
        fn bins_partition_the_events(
            rows in prop::collection::vec((0_u8..50, any::<bool>()), 1..300),
            bins in 1_usize..20,
        ) {
            let (scores, malicious): (Vec<f64>, Vec<bool>) = rows
                .iter()
                .map(|&(score, malicious)| (f64::from(score) / 49.0, malicious))
                .unzip();
            let ranking = Ranking::new(&scores, &malicious).expect("fine");
            if let Ok(found) = reliability(&ranking, bins, Some(0.01)) {
                let counted: u64 = found.iter().map(|bin| bin.benign + bin.malicious).sum();
                prop_assert_eq!(counted, rows.len() as u64);
                prop_assert!(found.len() <= bins);
                for bin in &found {
                    prop_assert!(bin.lowest <= bin.mean_score + 1e-12);
                    prop_assert!(bin.mean_score <= bin.highest + 1e-12);
                }
                for (bin, next) in found.iter().zip(found.iter().skip(1)) {
                    prop_assert!(bin.highest < next.lowest);
                }
            }
        }
    }
}
