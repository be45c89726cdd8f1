//! The signals of a URL: one small file per theme, each signal's declaration beside its code.
//!
//! ```text
//!   Theme { name, signals: [ (declaration, function of Facts) ... ] } ─► schema, in order
//!                                                                   └─► row, in the same order
//! ```
//!
//! A row is as wide as the schema by construction: both walk the same tables. A value is finite,
//! or NaN where the signal does not apply.

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

use ringtrue_core::signal::{
    AttackerView, Monotone, Movable, Privacy, SignalDeclaration, SignalType,
};
use ringtrue_core::{Limits, SignalSchema};

use super::facts::Facts;
use super::parts::UrlParts;

/// Name and version of this code; a change of what any number means makes it another.
const CODE: &str = "url/1";

/// Signals that are about one thing, and are left out together when their worth is measured.
pub(super) struct Theme {
    pub(super) name: &'static str,
    /// Themes whose signals move when one of these is moved.
    pub(super) together: &'static [&'static str],
    pub(super) privacy: Privacy,
    /// What one step costs the attacker, in minutes, unless the signal says otherwise.
    pub(super) cost_minutes: f64,
    pub(super) signals: &'static [Signal],
}

/// One signal: what it is, and the code that computes it.
pub(super) struct Signal {
    name: &'static str,
    meaning: &'static str,
    unit: &'static str,
    kind: SignalType,
    movable: Movable,
    step: f64,
    cost_minutes: Option<f64>,
    value: fn(&Facts<'_>) -> f32,
}

impl Signal {
    const fn new(
        name: &'static str,
        unit: &'static str,
        kind: SignalType,
        meaning: &'static str,
        value: fn(&Facts<'_>) -> f32,
    ) -> Self {
        Self {
            name,
            meaning,
            unit,
            kind,
            movable: Movable::Both,
            step: 1.0,
            cost_minutes: None,
            value,
        }
    }

    /// Declares a count of things.
    pub(super) const fn count(
        name: &'static str,
        meaning: &'static str,
        value: fn(&Facts<'_>) -> f32,
    ) -> Self {
        Self::new(name, "count", SignalType::Number, meaning, value)
    }

    /// Declares a length in bytes.
    pub(super) const fn bytes(
        name: &'static str,
        meaning: &'static str,
        value: fn(&Facts<'_>) -> f32,
    ) -> Self {
        Self::new(name, "bytes", SignalType::Number, meaning, value)
    }

    /// Declares a share in 0 to 1; NaN of an empty whole.
    pub(super) const fn share(
        name: &'static str,
        meaning: &'static str,
        value: fn(&Facts<'_>) -> f32,
    ) -> Self {
        Self::new(name, "share", SignalType::Number, meaning, value).continuous()
    }

    /// Declares bits a byte or a letter.
    pub(super) const fn bits(
        name: &'static str,
        meaning: &'static str,
        value: fn(&Facts<'_>) -> f32,
    ) -> Self {
        Self::new(name, "bits", SignalType::Number, meaning, value).continuous()
    }

    /// Declares a flag.
    pub(super) const fn flag(
        name: &'static str,
        meaning: &'static str,
        value: fn(&Facts<'_>) -> f32,
    ) -> Self {
        Self::new(name, "flag", SignalType::Flag, meaning, value)
    }

    /// Declares a category by code.
    pub(super) const fn category(
        name: &'static str,
        meaning: &'static str,
        value: fn(&Facts<'_>) -> f32,
    ) -> Self {
        Self::new(name, "code", SignalType::Category, meaning, value)
    }

    const fn continuous(mut self) -> Self {
        self.step = 0.0;
        self
    }

    /// The attacker moves it only this way.
    pub(super) const fn movable(mut self, movable: Movable) -> Self {
        self.movable = movable;
        self
    }

    /// One step costs the attacker this many minutes.
    pub(super) const fn costs(mut self, minutes: f64) -> Self {
        self.cost_minutes = Some(minutes);
        self
    }

    fn declare(&self, theme: &Theme) -> SignalDeclaration {
        SignalDeclaration {
            name: self.name.to_owned(),
            meaning: self.meaning.to_owned(),
            unit: self.unit.to_owned(),
            theme: theme.name.to_owned(),
            signal_type: self.kind,
            privacy: theme.privacy,
            attacker: AttackerView {
                movable: self.movable,
                step: self.step,
                cost_minutes: self.cost_minutes.unwrap_or(theme.cost_minutes),
                together: theme
                    .together
                    .iter()
                    .map(|name| (*name).to_owned())
                    .collect(),
            },
            // An honest site shows each of these now and then: no direction is certain.
            monotone: Monotone::Free,
        }
    }
}

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

static SCHEMA: LazyLock<SignalSchema> = LazyLock::new(|| SignalSchema {
    code: CODE.to_owned(),
    signals: THEMES
        .iter()
        .flat_map(|theme| theme.signals.iter().map(|signal| signal.declare(theme)))
        .collect(),
});

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
    row.extend(
        THEMES
            .iter()
            .flat_map(|theme| theme.signals)
            .map(|signal| (signal.value)(&facts)),
    );
}

/// Returns 1 or 0.
fn flag(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}

/// Returns `part / whole`, NaN of an empty whole.
fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { f32::NAN }
}

#[cfg(test)]
mod tests;
