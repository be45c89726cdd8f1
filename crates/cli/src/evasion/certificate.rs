//! Certificates: which share of the malicious events stays flagged whatever is changed below a cost, proven.
//!
//! ```text
//!   targets ──Prover, by steps──► lower bound of each ──Curve──► share still flagged at each cost
//! ```
//!
//! A certificate holds for every attacker within its threat model: signals move as they declare, the text beside the forest as far as is
//! stated. Where a search was stopped its lower bound still holds, and the share is lower than it could be, never higher.

use rayon::prelude::*;
use ringtrue_attack::artefact::curve::{Attempt, Curve, Figure, Point};
use ringtrue_attack::exact::{Reached, Side};
use ringtrue_model::TextMoves;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Patience, Prover, Target, Unit};

/// What of the text beside the forest a certificate lets the attacker change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certified {
    /// The detector reads no text.
    NoText,
    /// The text changes so far, at no cost.
    Text(TextMoves),
}

impl Certified {
    /// Returns how far the text can be moved.
    pub(crate) const fn moves(self) -> TextMoves {
        match self {
            Self::NoText => TextMoves::Fixed,
            Self::Text(moves) => moves,
        }
    }

    /// Says it.
    pub(crate) fn words(self) -> String {
        match self {
            Self::NoText => "signals move as they declare".to_owned(),
            Self::Text(TextMoves::Fixed) => {
                "signals move as they declare, the text stays".to_owned()
            }
            Self::Text(TextMoves::Tokens(tokens)) => {
                format!("signals move as they declare, {tokens} tokens of text change")
            }
            Self::Text(TextMoves::Any) => {
                "signals move as they declare, the text is any".to_owned()
            }
        }
    }
}

impl Serialize for Certified {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let word: Value = match self {
            Self::NoText => json!("none"),
            Self::Text(TextMoves::Fixed) => json!("fixed"),
            Self::Text(TextMoves::Tokens(tokens)) => json!(tokens),
            Self::Text(TextMoves::Any) => json!("any"),
        };
        word.serialize(serializer)
    }
}

/// What is proven of some malicious events.
#[derive(Clone, Serialize)]
pub(crate) struct Certificate {
    pub(crate) text: Certified,
    pub(crate) unit: Unit,
    pub(crate) cost_max: f64,
    pub(crate) events: u64,
    /// Those of which the cheapest change is known exactly.
    pub(crate) exact: u64,
    /// Share that stays flagged whatever is changed at a cost below the next point's.
    pub(crate) curve: Vec<Point>,
    pub(crate) area: Figure,
    pub(crate) median: Figure,
}

impl Certificate {
    /// Proves it of targets.
    pub(crate) fn of(
        (text, prover): (Certified, &Prover<'_>),
        targets: &[&Target],
        unit: Unit,
        patience: Patience,
    ) -> Self {
        let side = Side::AtMost(prover.allowed);
        let found = targets.par_iter().map(|target| {
            let found = prover.search(target, side, &mut patience.begin());
            let lower = Some(found.lower).filter(|lower| lower.is_finite());
            (lower, found.reached == Reached::Proven)
        });
        let found: Vec<(Option<f64>, bool)> = found.collect();
        let attempt = |(lower, _): &(Option<f64>, bool)| Attempt {
            minutes: *lower,
            ..Attempt::default()
        };
        let attempts: Vec<Attempt> = found.iter().map(attempt).collect();
        let curve = Curve::of(&attempts, unit.cost_max());
        Self {
            text,
            unit,
            cost_max: curve.cost_max,
            events: curve.all.events,
            exact: found.iter().filter(|(_, exact)| *exact).count() as u64,
            curve: curve.points,
            area: curve.all.area,
            median: curve.all.median,
        }
    }
}
