//! Which rung to recommend: the simplest whose cost is within the noise of the best.

use ringtrue_core::CostSheet;
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
    /// For each rung: its least possible cost per 1,000 events, and how much more that is than the
    /// best rung's, with an interval.
    pub compared: Vec<Compared>,
}

/// One rung beside the best.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// The rung.
    pub rung: Rung,
    /// Least cost per 1,000 events over all thresholds, in the sheet's currency.
    pub cost_per_1000_events: Option<f64>,
    /// How much dearer than the best rung, with its 95 % interval; `None` for the best itself.
    pub dearer_by: Option<Difference>,
}

/// Events of either class below which nothing is recommended.
const CLASS_EVENTS_MIN: usize = 10;
const RESAMPLES: u32 = 200;

/// Chooses among rungs by the least cost per 1,000 events of the traffic that any single threshold
/// (block or allow) reaches on events held out from training.
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
    sheet: &CostSheet,
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
    let cost = |ranking: &Ranking| Some(least_cost(ranking, sheet));
    let mut costs = Vec::with_capacity(results.len());
    for result in results {
        costs.push(least_cost(&Ranking::new(&result.scores, malicious)?, sheet));
    }
    let best = (0..results.len()).reduce(|best, next| {
        if costs[next] < costs[best] {
            next
        } else {
            best
        }
    });
    let Some(best) = best else {
        return Ok(Choice {
            rung: None,
            why: "no rung was trained".to_owned(),
            compared: Vec::new(),
        });
    };
    let mut compared = Vec::with_capacity(results.len());
    for (position, result) in results.iter().enumerate() {
        let pair = Pair {
            first: &results[best].scores,
            second: &result.scores,
            malicious,
            groups: Some(groups),
        };
        let dearer_by = (position != best)
            .then(|| paired_bootstrap(RESAMPLES, seed, &pair, cost))
            .transpose()?;
        let cost_per_1000_events = Some(costs[position]);
        compared.push(Compared {
            rung: result.rung,
            cost_per_1000_events,
            dearer_by,
        });
    }
    Ok(conclude(compared, results[best].rung, &sheet.currency))
}

/// Returns the least cost per 1,000 events of the traffic over all thresholds between allow and block.
fn least_cost(ranking: &Ranking, sheet: &CostSheet) -> f64 {
    let (benign, malicious) = (ranking.benign() as f64, ranking.malicious() as f64);
    let price = |false_positives: f64, misses: f64| {
        let share = sheet.malicious_share;
        1_000.0
            * ((1.0 - share) * false_positives / benign * sheet.false_positive
                + share * misses / malicious * sheet.false_negative)
    };
    let steps = ranking.steps().iter().map(|step| {
        price(
            step.false_positives as f64,
            malicious - step.true_positives as f64,
        )
    });
    steps.fold(price(0.0, malicious), f64::min)
}

fn conclude(compared: Vec<Compared>, best: Rung, currency: &str) -> Choice {
    let is_close = |entry: &&Compared| {
        entry.rung == best
            || entry
                .dearer_by
                .as_ref()
                .is_some_and(|difference| difference.low <= 0.0)
    };
    let simplest = compared
        .iter()
        .find(is_close)
        .map_or(best, |entry| entry.rung);
    if simplest == Rung::AlwaysBenign {
        let why = "nothing is recommended: no rung is surely cheaper than letting everything pass"
            .to_owned();
        return Choice {
            rung: None,
            why,
            compared,
        };
    }
    let why = if simplest == best {
        format!(
            "the {} costs least, and every simpler rung costs more beyond the noise",
            best.title()
        )
    } else {
        let more = compared
            .iter()
            .find(|entry| entry.rung == simplest)
            .and_then(|entry| entry.dearer_by.as_ref())
            .map_or(0.0, |difference| difference.value);
        format!(
            "the {} is the simplest within the noise of the best ({}): {more:.2} {currency} more per 1,000 events, which chance explains",
            simplest.title(),
            best.title(),
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
        choose_rung(&results, &malicious, &groups, &CostSheet::default(), 1).unwrap()
    }

    #[test]
    fn the_simplest_of_equals_wins_and_a_better_one_beats_it() {
        let equal = choose(&[(Rung::Linear, 1.2), (Rung::Forest, 1.2), (Rung::Both, 1.2)]);
        assert_eq!(equal.rung, Some(Rung::Linear));
        let better = choose(&[(Rung::Linear, 3.0), (Rung::Forest, 3.0), (Rung::Both, 1.2)]);
        assert_eq!(better.rung, Some(Rung::Both));
    }

    #[test]
    fn too_few_events_recommend_nothing() {
        let results = [RungResult {
            rung: Rung::Linear,
            scores: vec![0.0; 30],
        }];
        let malicious: Vec<bool> = (0..30).map(|n| n < 9).collect();
        let groups: Vec<u32> = (0..30).collect();
        let choice = choose_rung(&results, &malicious, &groups, &CostSheet::default(), 1).unwrap();
        assert_eq!(choice.rung, None);
        assert!(choice.why.contains("9 malicious"), "{}", choice.why);
    }
}
