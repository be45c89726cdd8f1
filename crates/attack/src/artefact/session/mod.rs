//! Attacks on sessions: those on commands at one of its lines, and benign lines between them.
//!
//! ```text
//!   ["id", "wget h/x"]  ──►  ["id", "w''get h/x"]     or  ["id", "ls -la", "wget h/x"]
//! ```
//!
//! A session stays in the form in which it was written, and its lines keep their times.

mod benign_lines;
mod form;
mod on_line;

use std::sync::LazyLock;

use crate::artefact::{Attack, command};

use benign_lines::BenignLines;
use on_line::OnLine;

static ALL: LazyLock<Vec<&'static dyn Attack<str>>> = LazyLock::new(|| {
    let lines = LazyLock::force(&LINES).iter();
    let lines = lines.map(|line| line as &dyn Attack<str>);
    lines.chain([&BenignLines as &dyn Attack<str>]).collect()
});

static LINES: LazyLock<Vec<OnLine>> = LazyLock::new(|| {
    command::all()
        .iter()
        .map(|attack| OnLine(*attack))
        .collect()
});

/// Returns every attack on sessions.
#[must_use]
pub fn all() -> &'static [&'static dyn Attack<str>] {
    &ALL
}

/// Returns a session with one more command before its first; `None` if it has none.
#[must_use]
pub fn with_first(session: &str, command: String) -> Option<String> {
    let form = form::Form::read(session);
    let first = form.commands().first().map(|(place, _)| *place)?;
    form.with_more(first, command)
}
