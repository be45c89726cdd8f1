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
    /// Each word in it is replaced by a keyed one-way pseudonym of the same shape: equal words stay equal.
    Tokenise,
    /// Its first characters are kept, this many.
    Truncate(usize),
    /// It is kept as it is.
    #[default]
    Keep,
}

impl PrivacyRule {
    /// Returns whether the rule makes pseudonyms, which are equal only under one key.
    #[must_use]
    pub const fn needs_key(self) -> bool {
        matches!(self, Self::Hash | Self::Tokenise)
    }
}

impl FromStr for PrivacyRule {
    type Err = String;

    /// Reads `drop`, `hash`, `tokenise`, `keep` or `truncate N` with N from 1 up.
    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["drop"] => Ok(Self::Drop),
            ["hash"] => Ok(Self::Hash),
            ["tokenise"] => Ok(Self::Tokenise),
            ["keep"] => Ok(Self::Keep),
            ["truncate", count] => match count.parse() {
                Ok(count) if count > 0 => Ok(Self::Truncate(count)),
                _ => Err(format!("`truncate` wants a number from 1 up: `{count}`")),
            },
            _ => Err(format!(
                "not a privacy rule (drop, hash, tokenise, truncate N, keep): `{text}`"
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
            Self::Tokenise => formatter.write_str("tokenise"),
            Self::Truncate(count) => write!(formatter, "truncate {count}"),
            Self::Keep => formatter.write_str("keep"),
        }
    }
}

/// What happens to passwords, keys and tokens that stand inside a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Secrets {
    /// A mark with the kind of secret and a keyed pseudonym stands in its place.
    Mask,
    /// They are kept as they are.
    Keep,
}

impl Secrets {
    /// Returns the one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Keep => "keep",
        }
    }
}

/// Who reads a report, an explanation or an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// Looks at events, decides labels, answers alerts.
    Analyst,
    /// Trains and judges detectors.
    DataScientist,
}

/// To whom a field's values may be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reveal {
    /// To everybody who gets the document.
    #[default]
    Everybody,
    /// To analysts.
    Analyst,
    /// To data scientists.
    DataScientist,
    /// To nobody: the field is learned from and never shown.
    Nobody,
}

impl Reveal {
    /// Every audience.
    pub const ALL: [Self; 4] = [
        Self::Everybody,
        Self::Analyst,
        Self::DataScientist,
        Self::Nobody,
    ];

    /// Returns the one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Analyst => "analyst",
            Self::DataScientist => "data_scientist",
            Self::Nobody => "nobody",
        }
    }

    /// Returns whether `reader` may see it; a document for nobody in particular (`None`) shows what
    /// everybody may see.
    #[must_use]
    pub const fn admits(self, reader: Option<Reader>) -> bool {
        match self {
            Self::Everybody => true,
            Self::Analyst => matches!(reader, Some(Reader::Analyst)),
            Self::DataScientist => matches!(reader, Some(Reader::DataScientist)),
            Self::Nobody => false,
        }
    }
}
