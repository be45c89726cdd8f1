//! Cadences and windows as they are asked for.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// The longest that is asked for, in days.
const DAYS_MAX: u32 = 36_500;

/// How often a detector is trained: every so many days, or never after the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CadenceDays {
    Every(NonZeroU32),
    Never,
}

/// What is learned from: the events of so many days, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WindowDays {
    Last(NonZeroU32),
    All,
}

impl CadenceDays {
    /// Returns the days; `None` for never.
    pub(crate) const fn days(self) -> Option<u32> {
        match self {
            Self::Every(days) => Some(days.get()),
            Self::Never => None,
        }
    }
}

impl WindowDays {
    /// Returns the days; `None` for all.
    pub(crate) const fn days(self) -> Option<u32> {
        match self {
            Self::Last(days) => Some(days.get()),
            Self::All => None,
        }
    }
}

impl FromStr for CadenceDays {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        days(text)
            .map(Self::Every)
            .ok_or_else(|| not(text, "never"))
    }
}

impl FromStr for WindowDays {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        days(text).map(Self::Last).ok_or_else(|| not(text, "all"))
    }
}

fn days(text: &str) -> Option<NonZeroU32> {
    text.parse()
        .ok()
        .filter(|days: &NonZeroU32| days.get() <= DAYS_MAX)
}

fn not(text: &str, word: &str) -> String {
    format!("neither days, 1 to {DAYS_MAX}, nor `{word}`: `{text}`")
}

impl fmt::Display for CadenceDays {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(days) => write!(formatter, "{days} days"),
            Self::Never => formatter.write_str("never"),
        }
    }
}

impl fmt::Display for WindowDays {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(days) => write!(formatter, "{days} days"),
            Self::All => formatter.write_str("all"),
        }
    }
}
