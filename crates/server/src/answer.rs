//! What is told of a scored event: the same fields in `ringtrue score` and over HTTP.

use ringtrue_core::{Action, EventId};
use ringtrue_model::Reason;
use serde::Serialize;

use crate::batch::{Asked, Met};
use crate::loaded::Loaded;

/// What is told of an event beside its score and what is done with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Reasons, at most.
    pub reasons: usize,
    /// Whether training saw events like it.
    pub coverage: bool,
}

impl Detail {
    /// Returns what must be asked of an event, so that this can be told of it.
    #[must_use]
    pub const fn asked(self) -> Asked {
        Asked {
            row: self.coverage,
            // Reasons are told of tokens.
            tokens: self.reasons > 0,
        }
    }

    /// Returns all that either of them tells.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            reasons: self.reasons.max(other.reasons),
            coverage: self.coverage || other.coverage,
        }
    }
}

/// What a detector says of one event.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// What the event is called by.
    pub id: EventId,
    /// Its place among the events that came together, counted from 0.
    pub row: u64,
    /// The model's raw score.
    pub margin: f64,
    /// The calibrated probability, in [0, 1].
    pub score: f64,
    /// Whether the score is a calibrated probability.
    pub calibrated: bool,
    /// What is done with the event.
    pub action: Action,
    /// Whether training saw events like this one; `null` if nobody asked, or knows what the model was trained on.
    pub covered: Option<bool>,
    /// The first digits of the detector's id, by which a store that has it finds what it learned from.
    pub detector: String,
    /// The signal whose value is unlike all that training saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<String>,
    /// What spoke loudest, first the loudest; the values of fields that a reader may not see are withheld.
    pub reasons: Vec<Reason>,
}

impl Answer {
    /// Says what a detector makes of an event, of which [`Detail::asked`] was asked.
    #[must_use]
    pub fn of(loaded: &Loaded, met: &Met<'_>, detail: Detail) -> Self {
        let (detector, signals) = (&loaded.detector, met.signals);
        let scored = detector.answer(met.margin);
        let scope = detector.scope.as_ref().filter(|_| detail.coverage);
        let gap = scope.and_then(|_| detector.gap(signals.row()));
        let reasons = if detail.reasons == 0 {
            Vec::new()
        } else {
            let mut reasons = detector.reasons(signals.row(), &signals.tokens, detail.reasons);
            for reason in &mut reasons {
                reason.value = reason
                    .value
                    .filter(|_| loaded.revealed().shows(&reason.signal));
            }
            reasons
        };
        Self {
            id: met.id,
            detector: loaded.id.map(|id| id.short()).unwrap_or_default(),
            row: met.row,
            margin: met.margin,
            score: scored.score.probability(),
            calibrated: detector.card.calibrated,
            action: scored.action,
            covered: scope.map(|_| gap.is_none()),
            outside: gap.map(|signal| signal.name.clone()),
            reasons,
        }
    }
}
