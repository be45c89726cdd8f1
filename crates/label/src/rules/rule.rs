//! A rule: who says what of which events, and why.

use std::fmt;
use std::sync::Arc;

use ringtrue_core::expression::{Expression, Reference};
use ringtrue_core::{Event, Field, Kind, Trust, Value};
use serde::{Deserialize, Serialize};

use super::error::Place;

/// What a rule votes for where its condition holds; elsewhere it abstains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Polarity {
    /// For malicious.
    Malicious,
    /// For benign.
    Benign,
}

impl Polarity {
    /// Returns the polarity's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Malicious => "malicious",
            Self::Benign => "benign",
        }
    }
}

impl fmt::Display for Polarity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// One expert's condition.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name; no other rule of a set has it.
    pub name: String,
    /// Techniques of ATT&CK, such as `T1059.004`.
    pub attack: Vec<String>,
    /// What it votes for.
    pub polarity: Polarity,
    /// Who wrote it.
    pub author: String,
    /// Why, and where it errs.
    pub notes: String,
    /// What events it is about.
    pub kind: Kind,
    /// When it votes.
    pub condition: Expression,
    /// Events for which it must hold.
    pub matches: Vec<Example>,
    /// Events for which it must not.
    pub misses: Vec<Example>,
    /// Where it stands.
    pub place: Place,
}

impl Rule {
    /// Returns the fields of events, their parts among them, that the condition reads.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.condition
            .references()
            .iter()
            .filter_map(Reference::field)
    }
}

/// An event that shows what a rule is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its fields, in order of their names.
    pub fields: Vec<(String, Value)>,
}

impl Example {
    /// Returns the example as an event without time, label or source.
    #[must_use]
    pub fn event(&self, kind: Kind) -> Event {
        let field = |(name, value): &(String, Value)| Field {
            name: Arc::from(name.as_str()),
            value: value.clone(),
        };
        Event {
            kind,
            time: None,
            label_known: None,
            label: None,
            source: None,
            trust: Trust::default(),
            family: None,
            group: None,
            fields: self.fields.iter().map(field).collect(),
        }
    }
}

/// Letters of an example that a message shows.
const SHOWN_LETTERS: usize = 120;

impl fmt::Display for Example {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.fields.iter().map(|(name, value)| {
            let text = value.text();
            let text = text.as_deref().unwrap_or("");
            if self.fields.len() == 1 {
                format!("`{text}`")
            } else {
                format!("{name}=`{text}`")
            }
        });
        let all = texts.collect::<Vec<_>>().join(", ");
        let shown: String = all.chars().take(SHOWN_LETTERS).collect();
        let more = if shown.len() < all.len() { "..." } else { "" };
        write!(formatter, "{}{more}", shown.escape_debug())
    }
}
