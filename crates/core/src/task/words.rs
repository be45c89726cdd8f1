//! The closed sets of words that a task may use, with their one text form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a table's column is read as, whatever its values look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// A number with an order.
    Number,
    /// One of a set of values without an order, even if they are digits.
    Category,
    /// True or false.
    Boolean,
    /// A time in any form that ringtrue reads.
    Time,
    /// Free text.
    Text,
}

impl ColumnType {
    /// Every type, in the order people are told of them.
    pub const ALL: [Self; 5] = [
        Self::Number,
        Self::Category,
        Self::Boolean,
        Self::Time,
        Self::Text,
    ];

    /// Returns the type's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Category => "category",
            Self::Boolean => "boolean",
            Self::Time => "time",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// What happens to a field's value before anything is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PrivacyRule {
    /// The field is left out.
    Drop,
    /// A keyed one-way pseudonym stands in its place: equal values stay equal.
    Hash,
    /// Its first characters are kept, this many.
    Truncate(usize),
    /// It is kept as it is.
    #[default]
    Keep,
}

impl FromStr for PrivacyRule {
    type Err = String;

    /// Reads `drop`, `hash`, `keep` or `truncate N` with N from 1 up.
    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["drop"] => Ok(Self::Drop),
            ["hash"] => Ok(Self::Hash),
            ["keep"] => Ok(Self::Keep),
            ["truncate", count] => match count.parse() {
                Ok(count) if count > 0 => Ok(Self::Truncate(count)),
                _ => Err(format!("`truncate` wants a number from 1 up: `{count}`")),
            },
            _ => Err(format!(
                "not a privacy rule (drop, hash, truncate N, keep): `{text}`"
            )),
        }
    }
}

impl TryFrom<String> for PrivacyRule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PrivacyRule> for String {
    fn from(rule: PrivacyRule) -> Self {
        rule.to_string()
    }
}

impl fmt::Display for PrivacyRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drop => formatter.write_str("drop"),
            Self::Hash => formatter.write_str("hash"),
            Self::Truncate(count) => write!(formatter, "truncate {count}"),
            Self::Keep => formatter.write_str("keep"),
        }
    }
}
