//! The signals of a session: one small file per theme, each signal's declaration beside its code.

pub(super) mod extent;
pub(super) mod hand;
pub(super) mod mix;
pub(super) mod order;
pub(super) mod timing;

use std::sync::LazyLock;

use ringtrue_core::SignalSchema;

use super::facts::{Facts, Step};
use crate::declare::{self, Evidence, flag, share};

/// Name and version of this code; a change of what any number means makes it another.
const CODE: &str = "session/2";

/// Sessions, as what signals look at.
pub(super) struct Commands;

impl Evidence for Commands {
    type Facts<'event> = Facts;
}

pub(super) type Theme = declare::Theme<Commands>;
pub(super) type Signal = declare::Signal<Commands>;

/// Every theme, in the order of the row.
const THEMES: &[&Theme] = &[
    &extent::THEME,
    &mix::THEME,
    &order::THEME,
    &timing::THEME,
    &hand::THEME,
];

static SCHEMA: LazyLock<SignalSchema> = LazyLock::new(|| declare::schema(CODE, THEMES));

/// Returns the declarations of a session's signals, in the order of the row.
#[must_use]
pub fn schema() -> &'static SignalSchema {
    &SCHEMA
}

/// Appends the signals of a session to `row`, in the order of [`schema`]; NaN where one does not apply.
pub fn append_signals(steps: &[Step<'_>], row: &mut Vec<f32>) {
    declare::values(THEMES, &Facts::gather(steps), row);
}
