//! What a task leaves undefined: what to settle before anybody trusts a detector, and what to
//! settle before `ringtrue task check` says yes.

use super::content::Task;
use crate::event::{Kind, Trust};

/// Something that nobody has said yet.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Undefined {
    /// The key where it would stand.
    pub key: &'static str,
    /// What is open and why it matters, in a sentence.
    pub meaning: &'static str,
    /// Whether `ringtrue task check` exits 1 because of it.
    pub blocking: bool,
}

type Check = (&'static str, &'static str, bool, fn(&Task) -> bool);

/// Key, sentence, whether it blocks, and whether it is still open.
const CHECKS: [Check; 19] = [
    (
        "labelling.who",
        "Nobody is named who labels: without labels of your own, no figure is about your traffic.",
        true,
        |task| task.labelling.who.is_empty(),
    ),
    (
        "labelling.events_per_week",
        "It is not said how many events a week are labelled: new threats stay unseen until then.",
        true,
        |task| task.labelling.events_per_week.is_none(),
    ),
    (
        "labelling.evidence",
        "It is not said on what evidence a label is given: two people may label the same event \
         differently.",
        true,
        |task| task.labelling.evidence.is_empty(),
    ),
    (
        "retraining.cadence_days",
        "No retraining cadence is set: detectors decay as traffic and attackers move.",
        true,
        |task| task.retraining.cadence_days.is_none(),
    ),
    (
        "question",
        "The question is not written down: say in one sentence what is asked of each event.",
        false,
        |task| task.question.is_empty(),
    ),
    (
        "malicious.include",
        "It is not said what counts as malicious.",
        false,
        |task| task.malicious.include.is_empty(),
    ),
    (
        "malicious.exclude",
        "It is not said what looks malicious and is not: these become the false positives.",
        false,
        |task| task.malicious.exclude.is_empty(),
    ),
    (
        "malicious.examples",
        "There is no example of a malicious event.",
        false,
        |task| task.malicious.examples.is_empty(),
    ),
    (
        "unsure.include",
        "It is not said when an event is unsure: people will guess, and the guesses become labels.",
        false,
        |task| task.unsure.include.is_empty(),
    ),
    (
        "families",
        "No families are named, so an override or a limit for one threat has nothing to hold on to.",
        false,
        |task| task.families.is_empty(),
    ),
    (
        "costs.false_positive",
        "The price of a false positive is assumed.",
        false,
        |task| task.left_open.contains("costs.false_positive"),
    ),
    (
        "costs.false_negative",
        "The price of a false negative is assumed.",
        false,
        |task| task.left_open.contains("costs.false_negative"),
    ),
    (
        "traffic.malicious_share",
        "The share of malicious traffic is assumed; every alert count rests on it.",
        false,
        |task| task.left_open.contains("traffic.malicious_share"),
    ),
    (
        "capacity.alerts_per_day",
        "How many alerts a day people can handle is assumed.",
        false,
        |task| task.left_open.contains("capacity.alerts_per_day"),
    ),
    (
        "attacker.goals",
        "It is not said what the attacker wants.",
        false,
        |task| task.attacker.goals.is_empty(),
    ),
    (
        "attacker.can_change",
        "It is not said what the attacker can change: robustness has no meaning without it.",
        false,
        |task| task.attacker.can_change.is_empty(),
    ),
    (
        "attacker.columns",
        "It is not said what it costs the attacker to change a column: robustness is told in units of the data, not in minutes.",
        false,
        |task| task.kind == Kind::Table && task.attacker.columns.is_empty(),
    ),
    (
        "trust",
        "No source is your own: figures may not hold for your traffic.",
        false,
        |task| {
            task.trust.default != Trust::Own
                && !task
                    .trust
                    .sources
                    .values()
                    .any(|trust| *trust == Trust::Own)
        },
    ),
    (
        "gate",
        "No limit says how much worse a new detector may be.",
        false,
        |task| task.gate == super::gate::Gate::default(),
    ),
];

impl Task {
    /// Returns what is still undefined, what blocks first.
    #[must_use]
    pub fn undefined(&self) -> Vec<Undefined> {
        CHECKS
            .iter()
            .filter(|(_, _, _, is_open)| is_open(self))
            .map(|(key, meaning, blocking, _)| Undefined {
                key,
                meaning,
                blocking: *blocking,
            })
            .collect()
    }
}
