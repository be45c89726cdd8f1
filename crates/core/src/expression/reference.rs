//! What the names in an expression stand for.
//!
//! The label is no name that an expression may use: a column that sees it would leak it.

use regex::Regex;

use super::compile::unsupported;
use super::error::ExpressionError;

/// What a name in an expression stands for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reference {
    /// The event's kind, as text.
    Kind,
    /// When the event happened, as RFC 3339 text in UTC.
    Time,
    /// Where it was seen.
    Source,
    /// Whose data the source is, as text.
    Trust,
    /// Its family.
    Family,
    /// Its group.
    Group,
    /// The field of this name.
    Field(String),
    /// Whether something stands in the field of this name.
    HasField(String),
    /// The signal of this name.
    Signal(String),
    /// Whether the signal of this name is known.
    HasSignal(String),
    /// Whether the field of this name matches a regular expression.
    FieldMatches(String, Regex),
}

impl Reference {
    /// Returns the input field that is read, if one is.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Field(name) | Self::HasField(name) | Self::FieldMatches(name, _) => Some(name),
            _ => None,
        }
    }

    /// Returns the signal that is read, if one is.
    #[must_use]
    pub fn signal(&self) -> Option<&str> {
        match self {
            Self::Signal(name) | Self::HasSignal(name) => Some(name),
            _ => None,
        }
    }

    /// Returns whether it is text whatever the event.
    pub(super) const fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Kind | Self::Time | Self::Source | Self::Trust | Self::Family | Self::Group
        )
    }

    /// Returns whether both stand for the same, so that they can share a slot.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::FieldMatches(name, pattern), Self::FieldMatches(other_name, other_pattern)) => {
                name == other_name && pattern.as_str() == other_pattern.as_str()
            }
            (Self::Field(name), Self::Field(other))
            | (Self::HasField(name), Self::HasField(other))
            | (Self::Signal(name), Self::Signal(other))
            | (Self::HasSignal(name), Self::HasSignal(other)) => name == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

/// How a field's value is read where it stands in an expression. Files without types (CSV) hold numbers and
/// truth values as text; the parts around say what is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As the input gave it.
    AsGiven,
    /// Text that reads as a number is that number.
    Number,
    /// The texts `true` and `false`, in any case, are truth values.
    Truth,
}

/// Returns the name that a slot, read so, has in the lowered tree. No identifier starts with a digit.
pub(super) fn slot_name(slot: usize, reading: Reading) -> String {
    match reading {
        Reading::AsGiven => slot.to_string(),
        Reading::Number => format!("{slot}n"),
        Reading::Truth => format!("{slot}t"),
    }
}

/// Returns the slot that a name in the lowered tree stands for, and how it is read.
pub(super) fn slot_of_name(name: &str) -> Option<(usize, Reading)> {
    let (slot, reading) = match name.strip_suffix(['n', 't']) {
        Some(slot) if name.ends_with('n') => (slot, Reading::Number),
        Some(slot) => (slot, Reading::Truth),
        None => (name, Reading::AsGiven),
    };
    Some((slot.parse().ok()?, reading))
}

/// Returns what a name alone refers to.
pub(super) fn named(name: &str) -> Result<Reference, ExpressionError> {
    match name {
        "kind" => Ok(Reference::Kind),
        "time" => Ok(Reference::Time),
        "source" => Ok(Reference::Source),
        "trust" => Ok(Reference::Trust),
        "family" => Ok(Reference::Family),
        "group" => Ok(Reference::Group),
        "fields" => unsupported("`fields` alone (write `fields[\"name\"]`)"),
        "signals" => unsupported("`signals` alone (write `signals.name`)"),
        _ => field(name, Reference::Field),
    }
}

/// Returns what `a.b.c` refers to: a field of that dotted name, or what `fields.` and `signals.`
/// lead to.
pub(super) fn dotted(path: &str, is_test: bool) -> Result<Reference, ExpressionError> {
    if let Some(name) = path.strip_prefix("signals.") {
        let make = if is_test {
            Reference::HasSignal
        } else {
            Reference::Signal
        };
        return Ok(make(name.to_owned()));
    }
    let name = path.strip_prefix("fields.").unwrap_or(path);
    let make = if is_test {
        Reference::HasField
    } else {
        Reference::Field
    };
    field(name, make)
}

/// Makes a reference to a field; the label is refused.
pub(super) fn field(
    name: &str,
    make: fn(String) -> Reference,
) -> Result<Reference, ExpressionError> {
    if name == "label" {
        return Err(ExpressionError::Label {
            name: name.to_owned(),
        });
    }
    Ok(make(name.to_owned()))
}
