//! The signals of a message: one small file per theme, each signal's declaration beside its code.

pub(super) mod attachment;
pub(super) mod authentication;
pub(super) mod header;
pub(super) mod hidden;
pub(super) mod html;
pub(super) mod identity;
pub(super) mod language;
pub(super) mod link;
pub(super) mod lookalike;
pub(super) mod route;
pub(super) mod sender;
pub(super) mod structure;
pub(super) mod subject;
pub(super) mod url;
pub(super) mod verdict;
pub(super) mod words;

use std::sync::LazyLock;

use ringtrue_core::SignalSchema;

use super::facts::Facts;
use super::mail::Mail;
use crate::declare::{self, Evidence, flag, share};
use ringtrue_core::task::EmailOptions;

/// Name and version of this code; a change of what any number means makes it another.
const CODE: &str = "email/1";

/// Messages, as what signals look at.
pub(super) struct Email;

impl Evidence for Email {
    type Facts<'event> = Facts<'event>;
}

pub(super) type Theme = crate::declare::Theme<Email>;
pub(super) type Signal = crate::declare::Signal<Email>;

/// Themes of what a person reads and clicks.
const CONTENT: &[&Theme] = &[
    &sender::THEME,
    &lookalike::THEME,
    &authentication::THEME,
    &subject::THEME,
    &language::THEME,
    &words::THEME,
    &html::THEME,
    &hidden::THEME,
    &link::THEME,
    &url::THEME,
    &attachment::THEME,
    &structure::THEME,
];
/// Themes of the shape of headers, which a task may leave out.
const SHAPE: &[&Theme] = &[&header::THEME, &identity::THEME, &route::THEME];
/// Verdicts of other products, which a task may let in.
const VERDICTS: &[&Theme] = &[&verdict::THEME];

static SCHEMA: LazyLock<SignalSchema> = LazyLock::new(|| {
    let all: Vec<&Theme> = [CONTENT, SHAPE, VERDICTS].concat();
    declare::schema(CODE, &all)
});

/// Returns the declarations of a message's signals, in the order of the row: the same whatever the options.
#[must_use]
pub fn schema() -> &'static SignalSchema {
    &SCHEMA
}

/// Fills `row` with the signals of a message, in the order of [`schema`]; NaN where a signal does not apply or the
/// options switch it off. What stood in `row` is dropped.
pub fn signals_of(mail: &Mail, options: &EmailOptions, row: &mut Vec<f32>) {
    let facts = Facts::gather(mail, options);
    row.clear();
    declare::values(CONTENT, &facts, row);
    for (themes, on) in [
        (SHAPE, options.header_shape),
        (VERDICTS, options.verdict_headers),
    ] {
        let start = row.len();
        if on {
            declare::values(themes, &facts, row);
        } else {
            let width: usize = themes.iter().map(|theme| theme.signals.len()).sum();
            row.resize(start.saturating_add(width), f32::NAN);
        }
    }
}

#[cfg(test)]
mod tests;
