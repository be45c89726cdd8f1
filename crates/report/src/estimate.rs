//! Figures with intervals, and the honest ways of not having one.

use serde::Serialize;

/// A number as far as it is known, on any scale. Intervals hold 95 %.
///
/// | `value` | `low` | `high` | printed |
/// |---|---|---|---|
/// | known | known | known | value and interval |
/// | known | - | - | value |
/// | null | - | known | at most `high` |
/// | null | known | - | at least `low` |
/// | null | known | known | between the two |
/// | null | - | - | "cannot tell" |
///
/// Infinite and NaN numbers print as if they were null, and are null in JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The best single number.
    pub value: Option<f64>,
    /// The interval's lower end.
    pub low: Option<f64>,
    /// The interval's upper end.
    pub high: Option<f64>,
    /// Why a number is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Estimate {
    /// Returns a number known exactly, such as a count.
    #[must_use]
    pub const fn exact(value: f64) -> Self {
        Self {
            value: Some(value),
            low: None,
            high: None,
            reason: None,
        }
    }

    /// Returns a number with its interval.
    #[must_use]
    pub const fn within(value: f64, low: f64, high: f64) -> Self {
        Self {
            value: Some(value),
            low: Some(low),
            high: Some(high),
            reason: None,
        }
    }

    /// Returns an upper bound, such as what zero false positives among n events support.
    #[must_use]
    pub const fn at_most(high: f64) -> Self {
        Self {
            value: None,
            low: None,
            high: Some(high),
            reason: None,
        }
    }

    /// Returns the lack of a number, with its reason.
    #[must_use]
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::default()
        }
    }
}

/// How a number is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A whole number with thousands separators: `13,175`.
    Count,
    /// Any number, to three significant digits.
    #[default]
    Number,
    /// A share in [0, 1] as a decimal fraction: `0.0012`.
    Rate,
    /// A share in [0, 1] as a percentage: `94.2 %`.
    Percent,
    /// An amount of the named currency.
    Money(String),
    /// A duration in seconds, printed in the unit that suits it.
    Seconds,
}

/// A labelled number.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figure {
    /// What the number is.
    pub label: String,
    /// The number.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// How it is written.
    pub form: Form,
    /// What follows the number, for example `a day`; may be empty.
    pub unit: String,
    /// What to compare it with, in a few words; may be empty.
    pub note: String,
}

impl Figure {
    /// Returns a figure without unit and note.
    #[must_use]
    pub fn new(label: impl Into<String>, estimate: Estimate, form: Form) -> Self {
        Self {
            label: label.into(),
            estimate,
            form,
            unit: String::new(),
            note: String::new(),
        }
    }

    /// Returns the figure with a unit behind the number.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// Returns the figure with a note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}
