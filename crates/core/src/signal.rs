//! Signals: one declaration per named function of an event.
//!
//! The declaration stands beside the code that computes the signal (in `intake`) and drives
//! everything else: monotone constraints in training, what an attack may move and at what cost,
//! what an explanation says, what a vetting check expects. A row carries the digest of its
//! schema, and a detector refuses rows of another digest, so training and serving cannot differ.

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, DigestBuilder};

/// What a signal's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignalType {
    /// A number with an order; NaN means missing.
    Number,
    /// 0 or 1; NaN means missing.
    Flag,
    /// A code without an order, from 0 up; NaN means missing.
    Category,
}

/// How personal a signal's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// Says nothing of a person.
    Plain,
    /// Derived from content that may be personal, but cannot be turned back into it.
    Derived,
    /// May itself be personal.
    Personal,
}

/// What happens to a signal when the attacker changes the artefact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Movable {
    /// The attacker cannot change it.
    No,
    /// Only upwards (adding is free, removing breaks the attack).
    Up,
    /// Only downwards.
    Down,
    /// Either way.
    Both,
}

/// The attacker's view of one signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttackerView {
    /// Which way the attacker can move it.
    pub movable: Movable,
    /// The smallest step, in the signal's unit; 0 means continuous.
    pub step: f64,
    /// What one step costs the attacker, in minutes of work; 0 means free.
    pub cost_minutes: f64,
    /// Signals that move with it, by theme name: changing one changes these too.
    pub together: Vec<String>,
}

impl AttackerView {
    /// The attacker cannot change it.
    #[must_use]
    pub const fn fixed() -> Self {
        Self {
            movable: Movable::No,
            step: 0.0,
            cost_minutes: 0.0,
            together: Vec::new(),
        }
    }

    /// The attacker can move it in whole steps of 1 at this cost a step.
    #[must_use]
    pub const fn steps(movable: Movable, cost_minutes: f64) -> Self {
        Self {
            movable,
            step: 1.0,
            cost_minutes,
            together: Vec::new(),
        }
    }
}

/// Which way a higher value may move the score, where an expert is certain of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Monotone {
    /// Nothing is claimed.
    #[default]
    Free,
    /// A higher value never lowers the score.
    Raises,
    /// A higher value never raises the score.
    Lowers,
}

/// The declaration of one signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalDeclaration {
    /// Unique within its schema, such as `host_entropy`.
    pub name: String,
    /// What it says, in an analyst's words, as a fragment that reads well after "because": "the
    /// host's letters look random".
    pub meaning: String,
    /// The unit of its numbers: `bytes`, `bits`, `share`, `count`, `flag`, `log-odds`, ...
    pub unit: String,
    /// The theme it belongs to; themes are left out together when their worth is measured.
    pub theme: String,
    /// What its numbers are.
    pub signal_type: SignalType,
    /// How personal it is.
    pub privacy: Privacy,
    /// What an attacker can do to it.
    pub attacker: AttackerView,
    /// Which way it may move the score.
    pub monotone: Monotone,
}

/// An ordered list of declarations with its digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalSchema {
    /// Name and version of the code that computes the rows, such as `url/1`.
    pub code: String,
    /// One per column of a row, in order.
    pub signals: Vec<SignalDeclaration>,
}

impl SignalSchema {
    /// Returns the digest that rows of this schema carry. It covers what the numbers mean (code
    /// version, names, units, types, order) and not the prose.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut builder = DigestBuilder::default();
        builder.piece(self.code.as_bytes());
        for signal in &self.signals {
            builder
                .piece(signal.name.as_bytes())
                .piece(signal.unit.as_bytes());
            builder.piece(&[signal.signal_type as u8]);
        }
        builder.finish()
    }

    /// Returns the column of the signal `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.signals.iter().position(|signal| signal.name == name)
    }

    /// Returns the themes in order of first appearance.
    #[must_use]
    pub fn themes(&self) -> Vec<&str> {
        let mut themes: Vec<&str> = Vec::new();
        for signal in &self.signals {
            if !themes.contains(&signal.theme.as_str()) {
                themes.push(&signal.theme);
            }
        }
        themes
    }
}
