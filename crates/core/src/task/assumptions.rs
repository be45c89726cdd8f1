//! What a task leaves open, and the sentence that says what is assumed instead.

use super::content::Task;
use super::figures::{amount, count, one_in};
use crate::event::Kind;

/// Keys that have an assumption, in the order reports tell of them.
pub(super) const KEYS: [&str; 23] = [
    "traffic.events_per_day",
    "traffic.malicious_share",
    "costs.currency",
    "costs.false_positive",
    "costs.false_negative",
    "costs.review",
    "capacity.alerts_per_day",
    "columns.id",
    "columns.url",
    "columns.raw",
    "columns.command",
    "columns.commands",
    "columns.user",
    "columns.host",
    "columns.time",
    "columns.label",
    "columns.label_known",
    "columns.source",
    "columns.family",
    "columns.group",
    "labels.map",
    "trust.default",
    "privacy.default",
];

/// Returns whether a task of this kind has an assumption for a key.
pub(super) fn is_asked(key: &str, kind: Kind) -> bool {
    let column = key.strip_prefix("columns.").unwrap_or("");
    let of_other = |other: &Kind| *other != kind && other.evidence() == Some(column);
    let of_actor = matches!(column, "user" | "host");
    !Kind::ALL.iter().any(of_other) && (kind.has_actor() || !of_actor)
}

impl Task {
    /// Returns a sentence for each thing that was assumed because the task does not state it.
    #[must_use]
    pub fn assumptions(&self) -> Vec<String> {
        KEYS.iter()
            .filter(|key| self.left_open.contains(**key))
            .map(|key| self.assumption(key))
            .collect()
    }

    fn assumption(&self, key: &str) -> String {
        let price = |value: f64| amount(value, &self.costs.currency);
        match key {
            "traffic.events_per_day" => format!(
                "Traffic is {} events a day.",
                count(self.traffic.events_per_day)
            ),
            "traffic.malicious_share" => {
                format!("{} is malicious.", one_in(self.traffic.malicious_share))
            }
            "costs.currency" => format!("Costs are in {}.", self.costs.currency),
            "costs.false_positive" => format!(
                "Blocking a benign event costs {}.",
                price(self.costs.false_positive)
            ),
            "costs.false_negative" => format!(
                "Letting a malicious event through costs {}.",
                price(self.costs.false_negative)
            ),
            "costs.review" => {
                format!(
                    "A person looking at an event costs {}.",
                    price(self.costs.review)
                )
            }
            "capacity.alerts_per_day" => format!(
                "People can handle {} alerts a day.",
                count(self.capacity.alerts_per_day)
            ),
            "columns.label_known" => "Each label was known when its event happened.".to_owned(),
            "columns.id" => "Events are named by their content.".to_owned(),
            "labels.map" => "Labels are read by the usual words (0, benign, ham, ...; 1, \
                 malicious, phishing, malware, spam, ...; unsure); other words are set aside."
                .to_owned(),
            "trust.default" => format!(
                "Sources that the task does not name are {}.",
                self.trust.default
            ),
            "privacy.default" => {
                "Fields that the task does not name are kept as they are.".to_owned()
            }
            _ => format!(
                "The column of the {} is recognised by its usual names.",
                key.rsplit('.').next().unwrap_or(key)
            ),
        }
    }
}
