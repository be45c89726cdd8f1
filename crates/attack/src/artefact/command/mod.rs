//! Attacks on commands: one file each, every one of which keeps what the command does.
//!
//! ```text
//!   line ──Line::read──► words with their places ──trick──► the line, written otherwise
//! ```
//!
//! A line is taken to be read by bash. What is not understood well enough to be changed soundly is left alone. The attacks that
//! are verified by execution were run on harmless commands in a sandbox, before and after
//! (`crates/attack/tests/execution.rs`); nothing is run here.

mod addresses;
mod benign;
mod encoding;
mod flags;
mod globs;
mod here_documents;
mod line;
mod nested;
mod numbered;
mod paths;
mod payload;
mod piped;
mod programs;
mod quoting;
mod renamed;
mod reordering;
mod scan;
mod scripts;
mod spacing;
mod state;
#[cfg(test)]
mod tests;
mod trick;
mod variables;
mod wrappers;

use crate::artefact::Attack;

static ALL: [&dyn Attack<str>; 21] = [
    &quoting::QUOTING,
    &numbered::NUMBERED,
    &variables::VARIABLES,
    &paths::PATHS,
    &globs::GLOBS,
    &spacing::SPACING,
    &encoding::ENCODING,
    &wrappers::WRAPPERS,
    &nested::NESTED,
    &piped::PIPED,
    &here_documents::HERE_DOCUMENTS,
    &benign::BEFORE,
    &benign::BEHIND,
    &benign::UNREACHED,
    &benign::COMMENTS,
    &renamed::RENAMED,
    &flags::FLAGS,
    &addresses::SPELLED,
    &addresses::NAMED,
    &reordering::REORDERING,
    &scripts::SCRIPTS,
];

/// Returns every attack on commands.
#[must_use]
pub fn all() -> &'static [&'static dyn Attack<str>] {
    &ALL
}

/// Returns benign commands that never run, as a line of their own.
pub(super) fn idle_benign(
    material: &crate::artefact::Material,
    random: &mut ringtrue_core::random::Random,
) -> Option<String> {
    benign::idle(material, random)
}
