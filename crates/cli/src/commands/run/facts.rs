//! The facts at the end of a run's report, and what its detector is called: what it was made of.

use ringtrue_core::plural;
use ringtrue_model::Detector;

use super::{Data, Trained, undecided};
use crate::args::Run;
use crate::task_file::Chosen;

/// Says up to which entry the label store counts.
fn labels_taken(data: &Data<'_>) -> String {
    let Some(taken) = data.stored.decisions.taken() else {
        return "none".to_owned();
    };
    let entries = plural(taken.entries, "entry", "entries");
    match (taken.as_of, taken.expired) {
        (Some(at), _) => format!("{entries}, as known at {at}"),
        (None, 0) => entries,
        (None, expired) => format!("{entries}, {expired} of them expired"),
    }
}

/// Returns the facts at the end of a run's report.
pub(super) fn facts(
    arguments: &Run,
    data: &Data<'_>,
    trained: &Trained<'_>,
    detector: &Detector,
) -> Vec<(&'static str, String)> {
    let card = &detector.card;
    let undecided = undecided(trained);
    let pair = |[malicious, benign]: [u64; 2]| format!("{malicious} malicious, {benign} benign");
    vec![
        ("dataset", data.digest.to_string()),
        ("task", card.task.to_string()),
        ("signal schema", detector.schema.digest().to_string()),
        (
            "events added, repeated, set aside",
            format!(
                "{}, {}, {}",
                data.ingested.added, data.ingested.repeated, data.ingested.set_aside
            ),
        ),
        ("events without a label", trained.unlabelled.to_string()),
        ("labels of the label store", labels_taken(data)),
        (
            "unsure events before the judged ones",
            format!(
                "{}, reviewing them would cost {:.0} {}",
                undecided.events, undecided.review_cost, trained.sheet.currency
            ),
        ),
        (
            "labels known too late to train on",
            trained.parts.late.to_string(),
        ),
        ("trained on", pair(card.trained_on)),
        ("calibrated on", pair(card.calibrated_on)),
        (
            "trained before",
            card.trained_before
                .clone()
                .unwrap_or_else(|| "no times".to_owned()),
        ),
        (
            "left out",
            arguments.leave_out.as_ref().map_or_else(
                || "nothing".to_owned(),
                |(column, value)| format!("{column}={value}"),
            ),
        ),
        (
            "themes left out",
            if arguments.without.is_empty() {
                "none".to_owned()
            } else {
                arguments.without.join(", ")
            },
        ),
        ("seed", card.seed.to_string()),
        ("version", card.version.clone()),
    ]
}

/// Returns what the detector is called: as its task, or by what it judges.
pub(super) fn name(chosen: &Chosen) -> String {
    if chosen.text.is_empty() {
        format!("{} detector without a task", chosen.task.kind)
    } else {
        chosen.task.name.clone()
    }
}
