//! The checks, one file each. A check reads the data and answers with findings; what it cannot tell for want of events it says as a finding
//! of that severity.

mod derive;
mod duplicated;
mod enough;
mod leaking;
mod mislabelled;
mod missing;
mod names;
mod outdated;
mod poisoned;
mod related;
mod representative;
mod shortcut;
mod split;
mod variables;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::code::Code;
use crate::data::Data;
use crate::finding::{Finding, Owner};

pub use derive::Derived;
pub(crate) use derive::Search;

/// The events that a team could leave out before it learns, and what a poisoner has to get past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screened {
    /// Those that a trigger or a watermark joins.
    pub traced: BTreeSet<u32>,
    /// Those whose labels are more likely wrong than right.
    pub doubted: BTreeSet<u32>,
}

/// Returns the events that somebody may have planted.
#[must_use]
pub fn screened(data: &Data<'_>) -> Screened {
    Screened {
        traced: poisoned::planted(data),
        doubted: mislabelled::likely_wrong(data),
    }
}

/// What is asked of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Are there enough events for the claim?
    Enough,
    /// Are the right variables there?
    Variables,
    /// Should some be derived or combined?
    Derive,
    /// Which are related?
    Related,
    /// What is missing, and why?
    Missing,
    /// Does a column give the label away?
    Leaking,
    /// Is something else learned than what is malicious?
    Shortcut,
    /// What came several times?
    Duplicated,
    /// Is it outdated?
    Outdated,
    /// Did somebody plant events, and which source could?
    Poisoned,
    /// Is it like what the detector will see?
    Representative,
    /// Which labels are wrong?
    Mislabelled,
}

impl Check {
    /// Every check, in the order in which they run.
    pub const ALL: [Self; 12] = [
        Self::Enough,
        Self::Variables,
        Self::Derive,
        Self::Related,
        Self::Missing,
        Self::Leaking,
        Self::Shortcut,
        Self::Duplicated,
        Self::Outdated,
        Self::Poisoned,
        Self::Representative,
        Self::Mislabelled,
    ];

    /// Returns the check's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enough => "enough",
            Self::Variables => "variables",
            Self::Derive => "derive",
            Self::Related => "related",
            Self::Missing => "missing",
            Self::Leaking => "leaking",
            Self::Shortcut => "shortcut",
            Self::Duplicated => "duplicated",
            Self::Outdated => "outdated",
            Self::Poisoned => "poisoned",
            Self::Representative => "representative",
            Self::Mislabelled => "mislabelled",
        }
    }

    /// Declares something that the check can find.
    const fn code(self, code: &'static str, title: &'static str, owner: Owner) -> Code {
        Code {
            code,
            check: self,
            title,
            owner,
        }
    }

    /// Runs the check.
    #[must_use]
    pub fn run(self, data: &Data<'_>) -> Vec<Finding> {
        match self {
            Self::Enough => enough::check(data),
            Self::Duplicated => duplicated::check(data),
            Self::Outdated => outdated::check(data),
            Self::Poisoned => poisoned::check(data),
            Self::Representative => representative::check(data),
            Self::Variables => variables::check(data),
            Self::Derive => derive::check(data),
            Self::Related => related::check(data),
            Self::Missing => missing::check(data),
            Self::Leaking => leaking::check(data),
            Self::Shortcut => shortcut::check(data),
            Self::Mislabelled => mislabelled::check(data),
        }
    }
}

/// Every code that a check may answer with.
pub const CODES: &[&[Code]] = &[
    enough::CODES,
    variables::CODES,
    derive::CODES,
    related::CODES,
    missing::CODES,
    leaking::CODES,
    shortcut::CODES,
    duplicated::CODES,
    outdated::CODES,
    poisoned::CODES,
    representative::CODES,
    mislabelled::CODES,
];
