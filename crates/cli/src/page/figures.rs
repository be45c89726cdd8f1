//! Judgements as JSON, under the names that scripts rely on, and as report estimates.

use ringtrue_core::metrics::Rate;
use ringtrue_core::verdict::Thresholds;
use ringtrue_report::Estimate;
use ringtrue_trial::{Judgement, MistakeGroup, Mistakes, SegmentResult, Window};
use serde_json::{Map, Value, json};

use crate::journey::Trial;

/// Returns a rate as `{value, low, high}`, or null.
fn rate(rate: &Result<Rate, String>) -> Value {
    rate.as_ref().map_or(
        Value::Null,
        |rate| json!({ "value": rate.value, "low": rate.low, "high": rate.high }),
    )
}

fn value(rate: &Result<Rate, String>) -> Value {
    rate.as_ref().map_or(Value::Null, |rate| json!(rate.value))
}

fn number(number: &Result<f64, String>) -> Value {
    number.as_ref().map_or(Value::Null, |number| json!(number))
}

/// Returns why figures are null, by the figure's name.
fn reasons(judgement: &Judgement) -> Value {
    let mut reasons = Map::new();
    let mut add = |name: String, reason: Option<&String>| {
        if let Some(reason) = reason {
            reasons.insert(name, json!(reason));
        }
    };
    add("roc_auc".to_owned(), judgement.roc_auc.as_ref().err());
    for entry in &judgement.tpr_at_fpr {
        add(
            format!("tpr_at_fpr.{}", entry.fpr),
            entry.tpr.as_ref().err(),
        );
    }
    add("fpr".to_owned(), judgement.fpr.as_ref().err());
    add("tpr".to_owned(), judgement.tpr.as_ref().err());
    add(
        "cost_per_1000_events".to_owned(),
        judgement.cost.as_ref().err(),
    );
    Value::Object(reasons)
}

/// Returns the figures of one judgement, without windows; with the thresholds where all figures share them.
pub(crate) fn judgement_json(
    judgement: &Judgement,
    thresholds: Option<Thresholds>,
) -> Map<String, Value> {
    let tpr_at_fpr: Map<String, Value> = judgement
        .tpr_at_fpr
        .iter()
        .map(|entry| (entry.fpr.to_string(), rate(&entry.tpr)))
        .collect();
    let nominal: Map<String, Value> = judgement
        .nominal
        .iter()
        .map(|nominal| {
            let figures = json!({
                "threshold": nominal.threshold,
                "fpr": rate(&nominal.fpr),
                "tpr": rate(&nominal.tpr),
            });
            (nominal.nominal.to_string(), figures)
        })
        .collect();
    let cost = judgement.cost.as_ref().ok();
    let Value::Object(mut figures) = json!({
        "events": judgement.events,
        "malicious": judgement.malicious,
        "benign": judgement.benign,
        "unsure": judgement.unsure,
        "roc_auc": value(&judgement.roc_auc),
        "roc_auc_interval": rate(&judgement.roc_auc),
        "average_precision": number(&judgement.average_precision),
        "average_precision_deployed": number(&judgement.average_precision_deployed),
        "tpr_at_fpr": tpr_at_fpr,
        "fpr": value(&judgement.fpr),
        "tpr": value(&judgement.tpr),
        "fpr_interval": rate(&judgement.fpr),
        "tpr_interval": rate(&judgement.tpr),
        "fpr_bound_95": judgement.fpr_bound,
        "precision_deployed": rate(&judgement.precision_deployed),
        "alerts_per_day_bound_95": judgement.alerts_per_day_bound,
        "nominal_fpr": nominal,
        "brier_deployed": number(&judgement.brier_deployed),
        "tail_calibration_error": number(&judgement.tail_calibration_error),
        "cost_per_1000_events": cost.map(|cost| cost.cost_per_1000_events),
        "allow_all_cost_per_1000_events": cost.map(|cost| cost.allow_all_cost_per_1000_events),
        "alerts_per_day": cost.map(|cost| cost.alerts_per_day),
        "unsure_review_cost": cost.map(|cost| cost.unsure_review_cost),
        "null_because": reasons(judgement),
    }) else {
        return Map::new();
    };
    if let Some(Thresholds { review, block }) = thresholds {
        figures.insert("threshold_block".to_owned(), json!(block));
        figures.insert("threshold_review".to_owned(), json!(review));
    }
    figures
}

/// Returns the figures of a trial: overall, by month, by segment, and the groups of mistakes.
pub(crate) fn trial_json(
    trial: &Trial,
    thresholds: Thresholds,
    waived: &[String],
) -> Map<String, Value> {
    let mut figures = judgement_json(&trial.overall, Some(thresholds));
    let window = |window: &Window| {
        let mut figures = judgement_json(&window.judgement, Some(thresholds));
        figures.shift_insert(0, "window".to_owned(), json!(window.name));
        Value::Object(figures)
    };
    let segment = |segment: &SegmentResult| {
        let mut figures = judgement_json(&segment.judgement, Some(thresholds));
        figures.shift_insert(0, "name".to_owned(), json!(segment.name));
        figures.shift_insert(0, "by".to_owned(), json!(segment.dimension));
        Value::Object(figures)
    };
    figures.insert(
        "windows".to_owned(),
        trial.windows.iter().map(window).collect(),
    );
    figures.insert(
        "segments".to_owned(),
        trial.segments.iter().map(segment).collect(),
    );
    let aut =
        trial.aut.as_ref().ok().map(
            |aut| json!({ "fpr": aut.fpr, "value": aut.area, "months_left_out": aut.left_out }),
        );
    figures.insert("aut_tpr".to_owned(), json!(aut));
    if let (Err(reason), Some(Value::Object(reasons))) =
        (&trial.aut, figures.get_mut("null_because"))
    {
        reasons.insert("aut_tpr".to_owned(), json!(reason));
    }
    let more: Map<String, Value> = trial
        .more_segments
        .iter()
        .map(|(dimension, count)| ((*dimension).to_owned(), json!(count)))
        .collect();
    figures.insert("segments_not_shown".to_owned(), Value::Object(more));
    figures.insert(
        "false_positive_groups".to_owned(),
        mistakes_json(&trial.false_positives),
    );
    figures.insert("miss_groups".to_owned(), mistakes_json(&trial.misses));
    figures.insert("waived".to_owned(), json!(waived));
    figures
}

fn mistakes_json(mistakes: &Mistakes) -> Value {
    let group = |group: &MistakeGroup| json!(group);
    json!({
        "events": mistakes.events,
        "in_no_group": mistakes.alone,
        "more_groups": mistakes.more_groups,
        "in_more_groups": mistakes.in_more_groups,
        "not_grouped": mistakes.not_grouped,
        "groups": mistakes.groups.iter().map(group).collect::<Vec<_>>(),
    })
}

/// Returns a rate as an estimate.
pub(crate) fn estimate(rate: &Result<Rate, String>) -> Estimate {
    match rate {
        Ok(rate) => Estimate::within(rate.value, rate.low, rate.high),
        Err(reason) => Estimate::unknown(reason.clone()),
    }
}

/// Returns a number as an estimate.
pub(crate) fn plain(number: &Result<f64, String>) -> Estimate {
    match number {
        Ok(number) => Estimate::exact(*number),
        Err(reason) => Estimate::unknown(reason.clone()),
    }
}

/// Returns the alerts a day: without a benign event among the flagged, only their upper bound.
pub(crate) fn alerts(judgement: &Judgement) -> Estimate {
    match (&judgement.cost, judgement.alerts_per_day_bound) {
        (Ok(cost), Some(bound)) if cost.benign.reviewed + cost.benign.blocked == 0 => {
            Estimate::at_most(cost.alerts_per_day + bound)
        }
        (Ok(cost), _) => Estimate::exact(cost.alerts_per_day),
        (Err(reason), _) => Estimate::unknown(reason.clone()),
    }
}

/// Returns a precision: without a false positive, only its lower bound.
pub(crate) fn precision(judgement: &Judgement) -> Estimate {
    match (&judgement.precision_deployed, &judgement.fpr) {
        (Ok(precision), Ok(fpr)) if fpr.value <= 0.0 => Estimate {
            low: Some(precision.low),
            ..Estimate::default()
        },
        (precision, _) => estimate(precision),
    }
}

/// Returns the false-positive rate of blocking: without a false positive, only its upper bound.
pub(crate) fn block_fpr(judgement: &Judgement) -> Estimate {
    match (&judgement.fpr, judgement.fpr_bound) {
        (Ok(rate), Some(bound)) if rate.value <= 0.0 => Estimate::at_most(bound),
        (rate, _) => estimate(rate),
    }
}
