//! How signals are declared: a declaration beside the code that computes the value, in themes.
//!
//! ```text
//!   Theme { name, signals: [ (declaration, function of facts) ... ] } ─► schema, in order
//!                                                                   └─► row, in the same order
//! ```
//!
//! A row is as wide as the schema by construction: both walk the same tables. A value is finite,
//! or NaN where the signal does not apply.

use ringtrue_core::SignalSchema;
use ringtrue_core::signal::{
    AttackerView, Monotone, Movable, Privacy, SignalDeclaration, SignalType,
};

#[cfg(test)]
pub(crate) mod testing;

/// What kind of evidence signals look at.
pub(crate) trait Evidence {
    /// Everything that its signals read, gathered once for each event.
    type Facts<'event>;
}

/// Signals that are about one thing, and are left out together when their worth is measured.
pub(crate) struct Theme<E: Evidence + 'static> {
    pub(crate) name: &'static str,
    /// Themes whose signals move when one of these is moved.
    pub(crate) together: &'static [&'static str],
    pub(crate) privacy: Privacy,
    /// What one step costs the attacker, in minutes, unless the signal says otherwise.
    pub(crate) cost_minutes: f64,
    pub(crate) signals: &'static [Signal<E>],
}

/// One signal: what it is, and the code that computes it.
pub(crate) struct Signal<E: Evidence> {
    name: &'static str,
    meaning: &'static str,
    unit: &'static str,
    kind: SignalType,
    movable: Movable,
    step: f64,
    cost_minutes: Option<f64>,
    monotone: Monotone,
    value: for<'event> fn(&E::Facts<'event>) -> f32,
}

impl<E: Evidence> Signal<E> {
    const fn new(
        name: &'static str,
        unit: &'static str,
        kind: SignalType,
        meaning: &'static str,
        value: for<'event> fn(&E::Facts<'event>) -> f32,
    ) -> Self {
        Self {
            name,
            meaning,
            unit,
            kind,
            movable: Movable::Both,
            step: 1.0,
            cost_minutes: None,
            monotone: Monotone::Free,
            value,
        }
    }

    /// Declares a count of things. No direction is certain unless [`Signal::raises`] says so: what is honest shows most
    /// signals now and then.
    pub(crate) const fn count(
        name: &'static str,
        meaning: &'static str,
        value: for<'event> fn(&E::Facts<'event>) -> f32,
    ) -> Self {
        Self::new(name, "count", SignalType::Number, meaning, value)
    }

    /// Declares a length in bytes.
    pub(crate) const fn bytes(
        name: &'static str,
        meaning: &'static str,
        value: for<'event> fn(&E::Facts<'event>) -> f32,
    ) -> Self {
        Self::new(name, "bytes", SignalType::Number, meaning, value)
    }

    /// Declares a share in 0 to 1; NaN of an empty whole.
    pub(crate) const fn share(
        name: &'static str,
        meaning: &'static str,
        value: for<'event> fn(&E::Facts<'event>) -> f32,
    ) -> Self {
        Self::new(name, "share", SignalType::Number, meaning, value).continuous()
    }

    /// Declares bits: a byte, a letter, or a surprise.
    pub(crate) const fn bits(
        name: &'static str,
        meaning: &'static str,
        value: for<'event> fn(&E::Facts<'event>) -> f32,
    ) -> Self {
        Self::new(name, "bits", SignalType::Number, meaning, value).continuous()
    }

    /// Declares a span of time in seconds.
    pub(crate) const fn seconds(
        name: &'static str,
        meaning: &'static str,
        value: for<'event> fn(&E::Facts<'event>) -> f32,
    ) -> Self {
        Self::new(name, "seconds", SignalType::Number, meaning, value).continuous()
    }

    /// Declares a weight of evidence in nats, from 0 up.
    pub(crate) const fn evidence(
        name: &'static str,
        meaning: &'static str,
        value: for<'event> fn(&E::Facts<'event>) -> f32,
    ) -> Self {
        Self::new(name, "nats", SignalType::Number, meaning, value).continuous()
    }

    /// Declares a flag.
    pub(crate) const fn flag(
        name: &'static str,
        meaning: &'static str,
        value: for<'event> fn(&E::Facts<'event>) -> f32,
    ) -> Self {
        Self::new(name, "flag", SignalType::Flag, meaning, value)
    }

    /// Declares a category by code.
    pub(crate) const fn category(
        name: &'static str,
        meaning: &'static str,
        value: for<'event> fn(&E::Facts<'event>) -> f32,
    ) -> Self {
        Self::new(name, "code", SignalType::Category, meaning, value)
    }

    const fn continuous(mut self) -> Self {
        self.step = 0.0;
        self
    }

    /// The attacker moves it only this way.
    pub(crate) const fn movable(mut self, movable: Movable) -> Self {
        self.movable = movable;
        self
    }

    /// One step costs the attacker this many minutes.
    pub(crate) const fn costs(mut self, minutes: f64) -> Self {
        self.cost_minutes = Some(minutes);
        self
    }

    /// A higher value never lowers the score: an expert is certain of it.
    pub(crate) const fn raises(mut self) -> Self {
        self.monotone = Monotone::Raises;
        self
    }

    fn declare(&self, theme: &Theme<E>) -> SignalDeclaration {
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
            monotone: self.monotone,
        }
    }
}

/// Returns the declarations of all themes, in the order of the row; `code` is the name and version of the code
/// that computes it.
pub(crate) fn schema<E: Evidence>(code: &str, themes: &[&Theme<E>]) -> SignalSchema {
    SignalSchema {
        code: code.to_owned(),
        signals: themes
            .iter()
            .flat_map(|theme| theme.signals.iter().map(|signal| signal.declare(theme)))
            .collect(),
    }
}

/// Appends the values of all signals to `row`, in the order of the schema; NaN where one does not apply.
pub(crate) fn values<E: Evidence>(themes: &[&Theme<E>], facts: &E::Facts<'_>, row: &mut Vec<f32>) {
    // Theme by theme, since how many signals each has is known before.
    for theme in themes {
        row.extend(theme.signals.iter().map(|signal| (signal.value)(facts)));
    }
}

/// Returns 1 or 0.
pub(crate) fn flag(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}

/// Returns `part / whole`, NaN of an empty whole.
pub(crate) fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { f32::NAN }
}

/// Returns a value as rows hold it.
#[expect(clippy::cast_possible_truncation, reason = "rows hold f32")]
pub(crate) const fn single(value: f64) -> f32 {
    value as f32
}
