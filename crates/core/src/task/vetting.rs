//! What a task says of its data: which events are not used, whether copies count, and which findings somebody answers for.

use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use super::problem::Problem;
use super::reader::{Reader, Table};
use crate::expression::Expression;
use crate::time::EventTime;

/// What is done about what vetting finds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vetting {
    /// Conditions in the expression language: an event for which one holds is not used.
    pub exclude: Vec<String>,
    /// How often events are used that hold the same.
    pub copies: Copies,
    /// Findings that somebody answers for.
    pub accepted: Vec<Accepted>,
}

impl Vetting {
    /// Returns whether nothing is said.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        *self == Self::default()
    }
}

/// How often events are used that have the same label and hold the same, whenever and wherever they were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Copies {
    /// As often as they came.
    #[default]
    All,
    /// Once: the earliest.
    Once,
}

/// A named person's word that a finding is acceptable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The finding's name: its code, and after a colon what it is about.
    pub finding: String,
    /// Who.
    pub by: String,
    /// On what grounds.
    pub reason: String,
    /// The last moment at which it holds: the end of a day, if a day is stated.
    pub until: EventTime,
}

impl Accepted {
    /// Returns whether it holds at `now`.
    #[must_use]
    pub fn holds_at(&self, now: EventTime) -> bool {
        now <= self.until
    }
}

pub(super) fn read_vetting<'t>(reader: &mut Reader<'t>, root: &Table<'t>) -> Vetting {
    let section = reader.section(root, "vetting");
    check_conditions(reader, &section);
    let words = [("all", Copies::All), ("once", Copies::Once)];
    let copies = section
        .get("copies")
        .and_then(|entry| reader.word(&entry, &words));
    let accepted = reader.sections(&section, "accepted");
    Vetting {
        exclude: reader.texts(&section, "exclude"),
        copies: copies.unwrap_or_default(),
        accepted: accepted
            .into_iter()
            .filter_map(|(offset, table)| read_accepted(reader, offset, &table))
            .collect(),
    }
}

/// Compiles each condition once to see that it can be.
fn check_conditions<'t>(reader: &mut Reader<'t>, section: &Table<'t>) {
    let Some(entry) = section.get("exclude") else {
        return;
    };
    let DeValue::Array(conditions) = entry.value else {
        return;
    };
    for condition in conditions {
        let DeValue::String(text) = condition.get_ref() else {
            continue;
        };
        let problem = match Expression::compile(text) {
            Ok(expression) if expression.may_be_condition() => continue,
            Ok(_) => Problem::Conflict {
                key: entry.key.clone(),
                reason: format!("is neither true nor false, so it excludes nothing: `{text}`"),
            },
            Err(cause) => Problem::Expression {
                key: entry.key.clone(),
                cause,
            },
        };
        reader.tell(condition.span().start, problem);
    }
}

/// Reads one acceptance; it needs all four of its keys.
fn read_accepted<'t>(
    reader: &mut Reader<'t>,
    offset: usize,
    table: &Table<'t>,
) -> Option<Accepted> {
    for key in ["finding", "by", "reason", "until"] {
        if table.get(key).is_none() {
            let problem = Problem::Conflict {
                key: table.path.clone(),
                reason: format!(
                    "lacks `{key}`: who accepts a finding says which, why and until when"
                ),
            };
            reader.tell(offset, problem);
        }
    }
    let until = reader.text(table, "until")?;
    let time = EventTime::parse_until(&until);
    if let (Err(error), Some(entry)) = (&time, table.get("until")) {
        let problem = Problem::Conflict {
            key: entry.key,
            reason: format!("is {error}"),
        };
        reader.tell(entry.offset, problem);
    }
    Some(Accepted {
        finding: reader.name(table, "finding")?,
        by: reader.name(table, "by")?,
        reason: reader.name(table, "reason")?,
        until: time.ok()?,
    })
}
