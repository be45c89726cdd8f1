//! The signals of a URL: one small file per theme, each signal's declaration beside its code.

pub(super) mod address;
pub(super) mod brand;
pub(super) mod encoding;
pub(super) mod host;
pub(super) mod length;
pub(super) mod path;
pub(super) mod query;
pub(super) mod random;
pub(super) mod service;
pub(super) mod userinfo;
pub(super) mod words;

use std::sync::LazyLock;

use ringtrue_core::{Limits, SignalSchema};

use super::facts::Facts;
use super::parts::UrlParts;
use crate::declare::{self, Evidence, flag, share};

/// Name and version of this code; a change of what any number means makes it another.
const CODE: &str = "url/1";

/// URLs, as what signals look at.
pub(super) struct Url;

impl Evidence for Url {
    type Facts<'event> = Facts<'event>;
}

pub(super) type Theme = crate::declare::Theme<Url>;
pub(super) type Signal = crate::declare::Signal<Url>;

/// Every theme, in the order of the row. Addresses, user-info and escapes are three files of one
/// theme, `disguise`: each alone is too rare to be worth measuring.
const THEMES: &[&Theme] = &[
    &length::THEME,
    &host::THEME,
    &path::THEME,
    &query::THEME,
    &address::THEME,
    &userinfo::THEME,
    &encoding::THEME,
    &brand::THEME,
    &service::THEME,
    &random::THEME,
    &words::THEME,
];

static SCHEMA: LazyLock<SignalSchema> = LazyLock::new(|| declare::schema(CODE, THEMES));

/// Returns the declarations of a URL's signals, in the order of the row.
#[must_use]
pub fn schema() -> &'static SignalSchema {
    &SCHEMA
}

/// Fills `row` with the signals of the URL in `text`, in the order of [`schema`]; NaN where a
/// signal does not apply. What stood in `row` is dropped.
pub fn signals(text: &str, limits: &Limits, row: &mut Vec<f32>) {
    let (parts, _) = UrlParts::parse(text, limits);
    signals_of(&parts, row);
}

/// As [`signals`], of a URL that is parsed already.
pub fn signals_of(parts: &UrlParts<'_>, row: &mut Vec<f32>) {
    let facts = Facts::gather(parts);
    row.clear();
    declare::values(THEMES, &facts, row);
}

#[cfg(test)]
mod tests;
