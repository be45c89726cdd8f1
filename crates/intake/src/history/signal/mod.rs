//! The signals of a history: how unusual an event is, in two themes.

mod fleet;
mod host;
mod rhythm;
mod user;

use std::sync::LazyLock;

use ringtrue_core::SignalSchema;

use super::measure::Novelty;
use crate::declare::{self, Evidence};

/// Name and version of this code; a change of what any number means makes it another.
const CODE: &str = "habit/1";

/// Habits, as what signals look at.
pub(super) struct Habit;

impl Evidence for Habit {
    type Facts<'event> = Novelty;
}

type Theme = declare::Theme<Habit>;
type Signal = declare::Signal<Habit>;

/// Every theme, in the order of the row: user, host and fleet are three files of one theme, `habit`.
const THEMES: &[&Theme] = &[&user::THEME, &host::THEME, &fleet::THEME, &rhythm::THEME];

static SCHEMA: LazyLock<SignalSchema> = LazyLock::new(|| declare::schema(CODE, THEMES));

/// Returns the declarations of a history's signals, in the order of the row.
#[must_use]
pub fn schema() -> &'static SignalSchema {
    &SCHEMA
}

/// Appends the signals of an event's novelty to `row`, in the order of [`schema`]; NaN where one does not
/// apply.
pub fn append_signals(novelty: &Novelty, row: &mut Vec<f32>) {
    declare::values(THEMES, novelty, row);
}
