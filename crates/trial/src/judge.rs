//! The judgement of scored events: ranking, operating points, calibration, cost, alerts.
//!
//! A rate that the events cannot support is an error with its reason in place of a number.

use ringtrue_core::cost::Prices;
use ringtrue_core::metrics::{
    self, CostSummary, CostSums, MetricError, Ranking, Rate, Traffic, Unsupported,
};
use ringtrue_core::split;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{EventTime, Label, Score};
use ringtrue_model::Nominal;
use serde::Serialize;

use crate::area::area_interval;

/// The false-positive rates at which every judgement states the true-positive rate.
pub const FPRS: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// Events of a class below which no ranking metric is stated (DESIGN decision 6).
const CLASS_EVENTS_MIN: u64 = 10;

/// Judged events, one entry per event in each list.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Calibrated probabilities at the traffic's malicious share.
    pub scores: Vec<f64>,
    /// What somebody decided.
    pub labels: Vec<Label>,
    /// What mistakes on it cost.
    pub prices: Vec<Prices>,
    /// When it happened; `None` if the data does not say.
    pub times: Vec<Option<EventTime>>,
}

impl Judged {
    /// Returns the number of events.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.scores.len()
    }

    /// Returns whether there is no event.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// Adds one event.
    pub fn push(&mut self, score: f64, label: Label, prices: Prices, time: Option<EventTime>) {
        self.scores.push(score);
        self.labels.push(label);
        self.prices.push(prices);
        self.times.push(time);
    }
}

/// What events are judged against.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The scores from which events are reviewed and blocked.
    pub thresholds: Thresholds,
    /// Thresholds by nominal false-positive rate.
    pub nominal: Vec<Nominal>,
    /// What the deployment's traffic is like.
    pub traffic: Traffic,
}

/// Judging failed: the lists do not fit together or hold what is no number.
#[derive(Debug, thiserror::Error)]
#[error("the scored events cannot be judged")]
pub struct TrialError(#[from] MetricError);

/// The true-positive rate at a limit on the false-positive rate.
#[derive(Clone, Debug, Serialize)]
pub struct AtFpr {
    /// The limit.
    pub fpr: f64,
    /// The rate, or why it is not stated.
    pub tpr: Result<Rate, String>,
}

/// What a threshold that was to hold a false-positive rate did.
#[derive(Clone, Debug, Serialize)]
pub struct NominalResult {
    /// The false-positive rate that it was to hold.
    pub nominal: f64,
    /// The threshold; `None` if training could not choose one.
    pub threshold: Option<f64>,
    /// The false-positive rate found, or why it is not stated.
    pub fpr: Result<Rate, String>,
    /// The true-positive rate found, or why it is not stated.
    pub tpr: Result<Rate, String>,
}

/// How a detector did on some events.
#[derive(Clone, Debug, Serialize)]
pub struct Judgement {
    /// Events, unsure ones included.
    pub events: u64,
    /// Malicious events.
    pub malicious: u64,
    /// Benign events.
    pub benign: u64,
    /// Events that nobody decided on: counted and priced, judged as neither class.
    pub unsure: u64,
    /// Area under the ROC curve with its interval, or why it is not stated.
    pub roc_auc: Result<Rate, String>,
    /// Average precision at the file's class mix, or why it is not stated.
    pub average_precision: Result<f64, String>,
    /// Average precision at the traffic's class mix, or why it is not stated.
    pub average_precision_deployed: Result<f64, String>,
    /// True-positive rates at [`FPRS`].
    pub tpr_at_fpr: Vec<AtFpr>,
    /// False-positive rate of blocking, or why it is not stated.
    pub fpr: Result<Rate, String>,
    /// True-positive rate of blocking, or why it is not stated.
    pub tpr: Result<Rate, String>,
    /// The false-positive rate of blocking lies below this with 95 % confidence (one-sided).
    pub fpr_bound: Option<f64>,
    /// Share of malicious events among the blocked ones of the traffic, with the interval that those of
    /// the two rates span, or why it is not stated.
    pub precision_deployed: Result<Rate, String>,
    /// Alerts a day lie below this with 95 % confidence as far as benign events make them; `None` if no
    /// benign event was judged.
    pub alerts_per_day_bound: Option<f64>,
    /// Nominal thresholds against what they did.
    pub nominal: Vec<NominalResult>,
    /// Brier score at the traffic's class mix, or why it is not stated.
    pub brier_deployed: Result<f64, String>,
    /// Calibration error among the highest scores at the traffic's class mix, or why it is not stated.
    pub tail_calibration_error: Result<f64, String>,
    /// What the thresholds cost, or why it is not stated.
    pub cost: Result<CostSummary, String>,
}

/// A judgement of one period.
#[derive(Clone, Debug, Serialize)]
pub struct Window {
    /// The period, such as `2019-07`.
    pub name: String,
    /// Its place in the calendar, counted in months.
    pub month: i32,
    /// How the detector did.
    pub judgement: Judgement,
}

/// Judges the events at `members` (positions in `judged`).
///
/// # Errors
///
/// [`TrialError`] if a score is no probability or a price no amount.
pub fn judge(judged: &Judged, members: &[u32], setting: &Setting) -> Result<Judgement, TrialError> {
    let (scores, malicious) = decided(judged, members);
    let ranking = Ranking::new(&scores, &malicious)?;
    let share = setting.traffic.malicious_share;
    let (benign, positives) = (ranking.benign(), ranking.malicious());
    let enough = enough(benign, positives);
    let at_block = ranking.at_threshold(setting.thresholds.block);
    let (fpr, tpr) = (at_block.fpr(), at_block.tpr());
    let precision = precision(&fpr, &tpr, share);
    let flagged = ranking.at_threshold(setting.thresholds.review.min(setting.thresholds.block));
    let bound = |false_positives: u64| {
        (benign > 0).then(|| metrics::upper_bound(false_positives, benign, 0.95))
    };
    let benign_per_day = setting.traffic.events_per_day * (1.0 - share);
    let stated = |value: Option<f64>| enough.clone().and_then(|()| value.ok_or_else(absent));
    Ok(Judgement {
        events: members.len() as u64,
        malicious: positives,
        benign,
        unsure: members.len() as u64 - positives - benign,
        roc_auc: stated(ranking.roc_auc())
            .and_then(|area| area_interval(&ranking, area).map_err(reason)),
        average_precision: stated(ranking.average_precision(None)),
        average_precision_deployed: stated(ranking.average_precision(Some(share))),
        tpr_at_fpr: FPRS.iter().map(|fpr| at_fpr(&ranking, *fpr)).collect(),
        fpr: fpr.map_err(reason),
        cost: supported_cost(judged, members, setting, &tpr)?,
        tpr: tpr.map_err(reason),
        fpr_bound: bound(at_block.false_positives),
        alerts_per_day_bound: bound(flagged.false_positives).map(|rate| rate * benign_per_day),
        precision_deployed: precision,
        nominal: setting
            .nominal
            .iter()
            .map(|nominal| at_nominal(&ranking, nominal))
            .collect(),
        brier_deployed: enough.clone().and_then(|()| {
            metrics::brier_at_share(&scores, &malicious, share).map_err(|error| error.to_string())
        }),
        tail_calibration_error: enough.clone().and_then(|()| {
            metrics::tail_calibration_error(&ranking, Some(share))
                .map(|tail| tail.error)
                .map_err(|error| error.to_string())
        }),
    })
}

/// Returns what the thresholds cost, as far as the events can tell how much is caught: most of a cost is what passes.
fn supported_cost(
    judged: &Judged,
    members: &[u32],
    setting: &Setting,
    tpr: &Result<Rate, Unsupported>,
) -> Result<Result<CostSummary, String>, TrialError> {
    match tpr {
        Ok(_) => cost(judged, members, setting),
        Err(_) => Ok(Err(
            "it rests on the share that is caught, which these events cannot tell".to_owned(),
        )),
    }
}

/// Returns the precision in traffic of which `share` is malicious.
fn precision(
    fpr: &Result<Rate, Unsupported>,
    tpr: &Result<Rate, Unsupported>,
    share: f64,
) -> Result<Rate, String> {
    let (Ok(fpr), Ok(tpr)) = (fpr, tpr) else {
        return Err("a rate of blocking is not known".to_owned());
    };
    let at = |tpr: f64, fpr: f64| metrics::precision_at_share(tpr, fpr, share);
    match (
        at(tpr.value, fpr.value),
        at(tpr.low, fpr.high),
        at(tpr.high, fpr.low),
    ) {
        (Some(value), Some(low), high) => Ok(Rate {
            value,
            low,
            high: high.unwrap_or(1.0),
        }),
        _ => Err("nothing is blocked".to_owned()),
    }
}

/// Returns scores and classes of the members that somebody decided on.
pub(crate) fn decided(judged: &Judged, members: &[u32]) -> (Vec<f64>, Vec<bool>) {
    members
        .iter()
        .filter_map(|member| {
            let class = judged.labels[*member as usize].class()?;
            Some((judged.scores[*member as usize], class))
        })
        .unzip()
}

fn enough(benign: u64, malicious: u64) -> Result<(), String> {
    for (count, class) in [(malicious, "malicious"), (benign, "benign")] {
        if count < CLASS_EVENTS_MIN {
            return Err(format!(
                "it rests on {count} {class} events, fewer than {CLASS_EVENTS_MIN}"
            ));
        }
    }
    Ok(())
}

fn absent() -> String {
    "a class is absent".to_owned()
}

fn reason(unsupported: Unsupported) -> String {
    unsupported.to_string()
}

fn at_fpr(ranking: &Ranking, fpr: f64) -> AtFpr {
    AtFpr {
        fpr,
        tpr: metrics::tpr_at_fpr(ranking, fpr).map_err(reason),
    }
}

fn at_nominal(ranking: &Ranking, nominal: &Nominal) -> NominalResult {
    let Some(threshold) = nominal.threshold else {
        let why = "too few benign events to choose a threshold".to_owned();
        let (fpr, tpr) = (Err(why.clone()), Err(why));
        return NominalResult {
            nominal: nominal.fpr,
            threshold: None,
            fpr,
            tpr,
        };
    };
    let counts = ranking.at_threshold(threshold);
    NominalResult {
        nominal: nominal.fpr,
        threshold: Some(threshold),
        fpr: counts.fpr().map_err(reason),
        tpr: counts.tpr().map_err(reason),
    }
}

fn cost(
    judged: &Judged,
    members: &[u32],
    setting: &Setting,
) -> Result<Result<CostSummary, String>, TrialError> {
    let mut sums = CostSums::default();
    for member in members {
        let position = *member as usize;
        let score = judged.scores[position];
        let score = Score::new(score).ok_or(MetricError::NotAProbability { score })?;
        let action = setting.thresholds.action(score);
        sums.add(action, judged.labels[position], &judged.prices[position]);
    }
    Ok(sums
        .finish(setting.traffic)
        .map_err(|error| error.to_string()))
}

/// Judges each month that has events, in order; events without a time are in none.
///
/// # Errors
///
/// Those of [`judge`].
pub fn judge_by_month(
    judged: &Judged,
    members: &[u32],
    setting: &Setting,
) -> Result<Vec<Window>, TrialError> {
    let times: Vec<EventTime> = members
        .iter()
        .filter_map(|member| judged.times[*member as usize])
        .collect();
    let mut windows = Vec::new();
    for month in split::months(&times) {
        let inside: Vec<u32> = members
            .iter()
            .copied()
            .filter(|member| {
                judged.times[*member as usize]
                    .is_some_and(|time| time >= month.start && time < month.end)
            })
            .collect();
        if !inside.is_empty() {
            windows.push(Window {
                month: month.number(),
                name: month.name,
                judgement: judge(judged, &inside, setting)?,
            });
        }
    }
    Ok(windows)
}

#[cfg(test)]
mod tests;
