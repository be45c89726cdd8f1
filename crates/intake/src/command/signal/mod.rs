//! The signals of a command: one small file per theme, each signal's declaration beside its code.

mod behaviour;
mod evasion;
mod foothold;
mod names;
mod network;
mod obfuscation;
mod random;
mod shell;
mod structure;
mod suspicion;
mod transfer;

use std::sync::LazyLock;

use ringtrue_core::{Limits, SignalSchema};

use super::facts::Facts;
use super::parse::Command;
use crate::declare::{self, Evidence, flag, share};

/// Name and version of this code; a change of what any number means makes it another.
const CODE: &str = "command/4";

/// Commands, as what signals look at.
pub(super) struct CommandLine;

impl Evidence for CommandLine {
    type Facts<'event> = Facts<'event>;
}

type Theme = crate::declare::Theme<CommandLine>;
type Signal = crate::declare::Signal<CommandLine>;

/// Every theme, in the order of the row.
const THEMES: &[&Theme] = &[
    &suspicion::THEME,
    &behaviour::THEME,
    &shell::THEME,
    &transfer::THEME,
    &foothold::THEME,
    &evasion::THEME,
    &structure::THEME,
    &obfuscation::THEME,
    &network::THEME,
    &names::THEME,
    &random::THEME,
];

static SCHEMA: LazyLock<SignalSchema> = LazyLock::new(|| declare::schema(CODE, THEMES));

/// Returns the declarations of a command's signals, in the order of the row.
#[must_use]
pub fn schema() -> &'static SignalSchema {
    &SCHEMA
}

/// Fills `row` with the signals of the command in `text`, in the order of [`schema`]; NaN where a signal does
/// not apply. What stood in `row` is dropped.
pub fn signals(text: &str, limits: &Limits, row: &mut Vec<f32>) {
    let (command, _) = Command::parse(text, limits);
    signals_of(&command, row);
}

/// As [`signals`], of a command that is parsed already.
pub fn signals_of(command: &Command, row: &mut Vec<f32>) {
    let facts = Facts::gather(command);
    row.clear();
    declare::values(THEMES, &facts, row);
}

#[cfg(test)]
mod tests;
