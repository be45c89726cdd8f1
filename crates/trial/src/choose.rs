//! Which rung to recommend: the simplest that is within the noise, one standard error, of the best.
//!
//! Rungs are compared by what they catch on average over the false-positive rates that the held-out
//! events can tell apart. Cost at one threshold would be the figure that matters, but it hangs on
//! rates far below one in the number of benign events, where every rung looks alike.

use ringtrue_core::metrics::{Difference, MetricError, Pair, Ranking, paired_bootstrap};
use ringtrue_model::Rung;
use serde::Serialize;

/// What a rung did on the held-out events.
#[derive(Clone, Debug)]
pub struct RungResult {
    /// The rung.
    pub rung: Rung,
    /// Its scores on the held-out events; any scale, higher is more malicious.
    pub scores: Vec<f64>,
}

/// The recommended rung and why.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// The rung; `None` if the events cannot tell any from "always benign".
    pub rung: Option<Rung>,
    /// The reason, in one sentence.
    pub why: String,
    /// Each rung beside the best.
    pub compared: Vec<Compared>,
}

/// One rung beside the best.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The rung.
    pub rung: Rung,
    /// Mean true-positive rate over the false-positive rates that the events can tell, evenly on a
    /// logarithmic scale.
    pub caught: f64,
    /// How much more the best rung catches, with its 95 % interval; `None` for the best itself.
    pub best_catches_more: Option<Difference>,
}

/// Events of either class below which nothing is recommended.
const CLASS_EVENTS_MIN: usize = 10;
const RESAMPLES: u32 = 200;
/// The highest false-positive rate at which anybody runs a detector.
const FPR_MAX: f64 = 0.1;
/// The lowest false-positive rate that n benign events tell: this many of them.
const FALSE_POSITIVES_MIN: f64 = 3.0;
/// Rates over which the mean is taken.
const RATES: u32 = 24;

/// Chooses among rungs by what they catch of events held out from training.
///
/// The noise is that of a paired bootstrap over `groups` (near-duplicate campaigns, entities), so a
/// rung is not preferred for one campaign that it happens to know.
///
/// # Errors
///
/// [`MetricError`] if scores and classes do not fit or a score is NaN.
pub fn choose_rung(
    results: &[RungResult],
    malicious: &[bool],
    groups: &[u32],
    seed: u64,
) -> Result<Choice, MetricError> {
    let positives = malicious.iter().filter(|malicious| **malicious).count();
    let negatives = malicious.len() - positives;
    if positives < CLASS_EVENTS_MIN || negatives < CLASS_EVENTS_MIN {
        return Ok(Choice {
            rung: None,
            why: format!(
                "nothing is recommended: {positives} malicious and {negatives} benign events are held out, and {CLASS_EVENTS_MIN} of each are the least that tell detectors apart"
            ),
            compared: Vec::new(),
        });
    }
    let rates = rates(negatives);
    let caught = |ranking: &Ranking| Some(caught(ranking, &rates));
    let mut means = Vec::with_capacity(results.len());
    for result in results {
        means.push(caught(&Ranking::new(&result.scores, malicious)?).unwrap_or(0.0));
    }
    let better = |best: usize, next: usize| {
        if means[next] > means[best] {
            next
        } else {
            best
        }
    };
    let Some(best) = (0..results.len()).reduce(better) else {
        return Ok(Choice {
            rung: None,
            why: "no rung was trained".to_owned(),
            compared: Vec::new(),
        });
    };
    let mut compared = Vec::with_capacity(results.len());
    for (position, result) in results.iter().enumerate() {
        let pair = Pair {
            first: &result.scores,
            second: &results[best].scores,
            malicious,
            groups: Some(groups),
        };
        let best_catches_more = (position != best)
            .then(|| paired_bootstrap(RESAMPLES, seed, &pair, caught))
            .transpose()?;
        compared.push(Compared {
            rung: result.rung,
            caught: means[position],
            best_catches_more,
        });
    }
    Ok(conclude(compared, results[best].rung))
}

/// Returns the false-positive rates that so many benign events tell apart, evenly on a logarithmic scale.
fn rates(benign: usize) -> Vec<f64> {
    let lowest = (FALSE_POSITIVES_MIN / benign as f64).min(FPR_MAX);
    let step = (FPR_MAX / lowest).ln() / f64::from(RATES);
    (0..=RATES)
        .map(|place| lowest * (step * f64::from(place)).exp())
        .collect()
}

/// Returns the mean true-positive rate over false-positive rates.
fn caught(ranking: &Ranking, rates: &[f64]) -> f64 {
    let malicious = ranking.malicious().max(1) as f64;
    let sum: f64 = rates
        .iter()
        .map(|rate| ranking.tpr_at_fpr(*rate).true_positives as f64 / malicious)
        .sum();
    sum / rates.len() as f64
}

/// Standard errors between the middle and either end of a 95 % interval.
const STANDARD_ERRORS: f64 = 1.96;

/// Returns whether chance explains that the best catches so much more than a rung: among detectors up to one
/// standard error; beside no detector at all, as long as 95 % confidence does not exclude it.
///
/// # Source
///
/// The rule of one standard error: Breiman, Friedman, Olshen and Stone, "Classification and Regression
/// Trees", 1984, section 3.4.3.
fn is_noise(rung: Rung, more: Difference) -> bool {
    let error = (more.high - more.low) / (2.0 * STANDARD_ERRORS);
    match rung {
        Rung::AlwaysBenign => more.low <= 0.0,
        _ => more.value <= error,
    }
}

/// Points of what is caught that a detector may lose for something else that is gained.
const LOSS_MAX: f64 = 0.005;

/// Returns how much less some scores catch on average over false-positive rates than others of the same events, and whether
/// that is nothing: at most half a point, or one standard error.
///
/// # Errors
///
/// [`MetricError`] if scores and classes do not fit or a score is NaN.
pub fn catches_less(
    scores: &[f64],
    others: &[f64],
    malicious: &[bool],
    groups: &[u32],
    seed: u64,
) -> Result<(Difference, bool), MetricError> {
    let benign = malicious.iter().filter(|malicious| !**malicious).count();
    let rates = rates(benign.max(1));
    let pair = Pair {
        first: scores,
        second: others,
        malicious,
        groups: Some(groups),
    };
    let less = paired_bootstrap(RESAMPLES, seed, &pair, |ranking| {
        Some(caught(ranking, &rates))
    })?;
    let error = (less.high - less.low) / (2.0 * STANDARD_ERRORS);
    Ok((less, less.value <= error.max(LOSS_MAX)))
}

fn conclude(compared: Vec<Compared>, best: Rung) -> Choice {
    let is_close = |entry: &&Compared| {
        entry.rung == best
            || entry
                .best_catches_more
                .is_some_and(|more| is_noise(entry.rung, more))
    };
    let simplest = compared
        .iter()
        .find(is_close)
        .map_or(best, |entry| entry.rung);
    if simplest == Rung::AlwaysBenign {
        let why =
            "nothing is recommended: no rung surely catches more than letting everything pass";
        return Choice {
            rung: None,
            why: why.to_owned(),
            compared,
        };
    }
    let why = if simplest == best {
        format!(
            "the {} catches most, and every simpler rung less by more than one standard error",
            best.title()
        )
    } else {
        let more = compared
            .iter()
            .find(|entry| entry.rung == simplest)
            .and_then(|entry| entry.best_catches_more)
            .map_or(0.0, |difference| difference.value);
        format!(
            "the {} is the simplest within the noise of the best ({}), which catches {:.1} points more, less than one standard error",
            simplest.title(),
            best.title(),
            100.0 * more,
        )
    };
    Choice {
        rung: Some(simplest),
        why,
        compared,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringtrue_core::random::Random;

    fn sample(noise: f64) -> (Vec<f64>, Vec<bool>) {
        let mut random = Random::new(5);
        (0..4_000)
            .map(|n| {
                let malicious = n % 4 == 0;
                (
                    f64::from(u8::from(malicious)) + noise * random.unit(),
                    malicious,
                )
            })
            .unzip()
    }

    fn choose(noises: &[(Rung, f64)]) -> Choice {
        let malicious = sample(0.0).1;
        let groups: Vec<u32> = (0..4_000).collect();
        let results: Vec<RungResult> = noises
            .iter()
            .map(|(rung, noise)| RungResult {
                rung: *rung,
                scores: sample(*noise).0,
            })
            .collect();
        choose_rung(&results, &malicious, &groups, 1).unwrap()
    }

    #[test]
    fn the_simplest_of_equals_wins_and_a_better_one_beats_it() {
        let equal = choose(&[(Rung::Linear, 1.2), (Rung::Forest, 1.2), (Rung::Both, 1.2)]);
        assert_eq!(equal.rung, Some(Rung::Linear));
        let better = choose(&[(Rung::Linear, 3.0), (Rung::Forest, 3.0), (Rung::Both, 1.2)]);
        assert_eq!(better.rung, Some(Rung::Both));
    }

    #[test]
    fn what_is_lost_is_told_from_noise() {
        let malicious = sample(0.0).1;
        let groups: Vec<u32> = (0..4_000).collect();
        let (good, poor) = (sample(1.1).0, sample(2.0).0);
        let less = |scores: &[f64], others: &[f64]| {
            catches_less(scores, others, &malicious, &groups, 1).unwrap()
        };
        let (same, is_nothing) = less(&good, &good);
        assert!(is_nothing && same.value == 0.0);
        let (lost, is_nothing) = less(&poor, &good);
        assert!(!is_nothing && lost.value > 0.05, "{lost:?}");
        // Who catches more keeps up all the more.
        assert!(less(&good, &poor).1);
    }

    #[test]
    fn too_few_events_recommend_nothing() {
        let results = [RungResult {
            rung: Rung::Linear,
            scores: vec![0.0; 30],
        }];
        let malicious: Vec<bool> = (0..30).map(|n| n < 9).collect();
        let groups: Vec<u32> = (0..30).collect();
        let choice = choose_rung(&results, &malicious, &groups, 1).unwrap();
        assert_eq!(choice.rung, None);
        assert!(choice.why.contains("9 malicious"), "{}", choice.why);
    }
}
