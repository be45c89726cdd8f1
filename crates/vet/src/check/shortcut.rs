//! Is something else learned than what is malicious?
//!
//! ```text
//!   source ─► does it decide the label, can it be told from an event, does the score fall without it
//!   form   ─► traits alone: as a set, one by one, and those that only one class has
//!   owner  ─► few hosts or senders behind a class
//!   era    ─► time alone, and what lies outside the time that both classes share
//! ```

mod era;
mod form;
mod owner;
mod source;

use super::Check;
use crate::alone::Alone;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Finding, Owner};

const SOURCE_IS_LABEL: Code =
    Check::Shortcut.code("V071", "the source decides the label", Owner::Analyst);
const SOURCE_SHOWS: Code = Check::Shortcut.code(
    "V072",
    "an event shows where it was collected",
    Owner::Analyst,
);
const SOURCE_LEFT_OUT: Code = Check::Shortcut.code(
    "V073",
    "the score falls on a source that was left out",
    Owner::DataScientist,
);
const FORM: Code = Check::Shortcut.code(
    "V074",
    "form alone separates the classes",
    Owner::DataScientist,
);
const HEADERS: Code = Check::Shortcut.code(
    "V075",
    "names of headers alone separate the classes",
    Owner::DataScientist,
);
const TRAIT: Code = Check::Shortcut.code("V076", "one trait nearly decides", Owner::DataScientist);
const ONE_SIDED: Code =
    Check::Shortcut.code("V077", "traits that one class never has", Owner::Analyst);
const OWNERS: Code = Check::Shortcut.code(
    "V078",
    "few hosts or senders stand behind a class",
    Owner::Analyst,
);
const ERA: Code = Check::Shortcut.code(
    "V079",
    "the classes come from different times",
    Owner::Analyst,
);

/// What this check may find.
pub(super) const CODES: &[Code] = &[
    SOURCE_IS_LABEL,
    SOURCE_SHOWS,
    SOURCE_LEFT_OUT,
    FORM,
    HEADERS,
    TRAIT,
    ONE_SIDED,
    OWNERS,
    ERA,
];

/// Events of a class that single questions are asked about.
const ASKED_MAX: usize = 20_000;

/// Runs the check. With too few events of a class it is silent: the check for leaks has said so.
pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let Ok(alone) = Alone::new(data, ASKED_MAX) else {
        return Vec::new();
    };
    let mut findings = source::check(data, &alone);
    findings.extend(form::check(data));
    findings.extend(owner::check(data));
    findings.extend(era::check(data, &alone));
    findings
}
