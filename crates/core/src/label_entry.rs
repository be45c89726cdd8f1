//! What somebody said of an event: an entry of the label store.
//!
//! An entry is never changed. Whoever says something else later adds another one, which takes the place of their
//! earlier word; [`LabelEntry::label`] without a label takes it back. What holds when several speak is for the task's
//! rules ([`crate::task::Deciding`]) and not for an entry to say.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::event::EventId;
use crate::label::Label;
use crate::time::EventTime;

/// How somebody came to a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A person looked at the event.
    Analyst,
    /// A sandbox ran it.
    Sandbox,
    /// A customer reported it.
    CustomerReport,
    /// A list that others keep names it.
    Feed,
    /// It stood in the input beside the event, and nobody says why.
    Input,
    /// A rule matched.
    Rule,
}

impl Method {
    /// Every method, the most trusted first by default.
    pub const ALL: [Self; 6] = [
        Self::Analyst,
        Self::Sandbox,
        Self::CustomerReport,
        Self::Feed,
        Self::Input,
        Self::Rule,
    ];

    /// Returns the method's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Sandbox => "sandbox",
            Self::CustomerReport => "customer_report",
            Self::Feed => "feed",
            Self::Input => "input",
            Self::Rule => "rule",
        }
    }

    /// Returns whether a person decided, so that two of them are two people.
    #[must_use]
    pub const fn is_person(self) -> bool {
        matches!(self, Self::Analyst | Self::CustomerReport)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let spelt = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        let found = Self::ALL.into_iter().find(|it| it.word() == spelt);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::word).join(", ");
            format!("not a method ({known}): `{text}`")
        })
    }
}

/// Which task a label answers: its name, and the digest of what it calls malicious ([`crate::Task::meaning`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskName {
    /// The task's name: another name is another question.
    pub name: String,
    /// What it called malicious when the label was given.
    pub meaning: Digest,
}

/// Who stands for labels that came with the events.
pub const INPUT: &str = "the input";

/// Bytes of a name or role.
pub const NAME_BYTES_MAX: usize = 256;
/// Bytes of an evidence or note.
pub const TEXT_BYTES_MAX: usize = 8_192;

/// What somebody said of one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelEntry {
    /// Of which event.
    pub event: EventId,
    /// What it is; `None`: nothing any more, their earlier word is taken back.
    pub label: Option<Label>,
    /// How sure they are, above 0 and up to 1.
    pub certainty: f64,
    /// Who says so: a person, or the name of a feed, sandbox or rule.
    pub who: String,
    /// As what.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// On what evidence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// What else they noted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// How they came to it.
    pub method: Method,
    /// Since when it is known, as they tell it.
    pub known: EventTime,
    /// From when on it no longer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<EventTime>,
    /// Which task it answers.
    pub task: TaskName,
}

/// Why an entry cannot be kept.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelEntryError {
    /// Nobody is named.
    #[error("nobody is named who says so")]
    Nobody,
    /// A class without evidence.
    #[error("`{0}` needs evidence: what was looked at")]
    NoEvidence(Label),
    /// A certainty that is none.
    #[error("a certainty is above 0 and at most 1: {0}")]
    Certainty(f64),
    /// A text that is too long.
    #[error("`{field}` is longer than {limit} bytes: {found}")]
    TooLong {
        /// Which.
        field: &'static str,
        /// How long it may be.
        limit: usize,
        /// How long it is.
        found: usize,
    },
    /// It would never count.
    #[error("it expires before it is known: {0}")]
    Expired(EventTime),
}

impl LabelEntry {
    /// Checks what anybody may get wrong.
    ///
    /// # Errors
    ///
    /// [`LabelEntryError`] for the first thing that is wrong.
    pub fn check(&self) -> Result<(), LabelEntryError> {
        if self.who.trim().is_empty() {
            return Err(LabelEntryError::Nobody);
        }
        if !(self.certainty > 0.0 && self.certainty <= 1.0) {
            return Err(LabelEntryError::Certainty(self.certainty));
        }
        for (field, text, limit) in [
            ("who", &self.who, NAME_BYTES_MAX),
            ("role", &self.role, NAME_BYTES_MAX),
            ("evidence", &self.evidence, TEXT_BYTES_MAX),
            ("note", &self.note, TEXT_BYTES_MAX),
        ] {
            let found = text.len();
            if found > limit {
                return Err(LabelEntryError::TooLong {
                    field,
                    limit,
                    found,
                });
            }
        }
        let class = self.label.filter(|label| label.class().is_some());
        if let Some(label) = class
            && self.evidence.trim().is_empty()
        {
            return Err(LabelEntryError::NoEvidence(label));
        }
        match self.expires {
            Some(expires) if expires <= self.known => Err(LabelEntryError::Expired(expires)),
            _ => Ok(()),
        }
    }

    /// Returns whether it says what `other` says, whenever either was said.
    #[must_use]
    pub fn repeats(&self, other: &Self) -> bool {
        let timeless = |entry: &Self| Self {
            known: EventTime(0),
            ..entry.clone()
        };
        timeless(self) == timeless(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> LabelEntry {
        LabelEntry {
            event: EventId([1; 16]),
            label: Some(Label::Malicious),
            certainty: 0.9,
            who: "ann".to_owned(),
            role: "analyst".to_owned(),
            evidence: "the page asks for a password".to_owned(),
            note: String::new(),
            method: Method::Analyst,
            known: EventTime::from_date(2026, 1, 1),
            expires: None,
            task: TaskName {
                name: "phishing".to_owned(),
                meaning: Digest::of(b""),
            },
        }
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_told() {
        assert_eq!(entry().check(), Ok(()));
        let with = |change: fn(&mut LabelEntry)| {
            let mut entry = entry();
            change(&mut entry);
            entry.check().map_err(|error| error.to_string())
        };
        for (change, expected) in [
            (
                (|it| it.who = " ".to_owned()) as fn(&mut LabelEntry),
                "nobody is named who says so",
            ),
            (
                |it| it.evidence.clear(),
                "`malicious` needs evidence: what was looked at",
            ),
            (
                |it| it.certainty = f64::NAN,
                "a certainty is above 0 and at most 1: NaN",
            ),
            (
                |it| it.note = "x".repeat(8_193),
                "`note` is longer than 8192 bytes: 8193",
            ),
            (
                |it| it.expires = Some(it.known),
                "it expires before it is known: 2026-01-01T00:00:00Z",
            ),
        ] {
            assert_eq!(with(change), Err(expected.to_owned()));
        }
        let unsure = |it: &mut LabelEntry| {
            it.label = Some(Label::Unsure);
            it.evidence.clear();
        };
        assert_eq!(with(unsure), Ok(()));
    }

    #[test]
    fn methods_are_read_as_people_write_them() {
        assert_eq!("Customer report".parse(), Ok(Method::CustomerReport));
        for method in Method::ALL {
            assert_eq!(method.word().parse(), Ok(method));
        }
        assert!("guess".parse::<Method>().unwrap_err().contains("`guess`"));
    }
}
