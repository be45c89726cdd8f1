//! One explained event: what counted, where it stands in the text, who is near, and what would flip it.
//!
//! ```text
//!   event, signals ──explain──► Explained ──► text for an analyst, JSON for a data scientist
//!   labelled events ──nearest──► Neighbours ─┘
//! ```

mod firsts;
mod letters;
mod nearest;
mod page;

use ringtrue_core::{Action, Event, EventId};
use ringtrue_intake::Reading as Signals;
use ringtrue_model::{Flip, Method, ShapError};

pub(crate) use firsts::{First, firsts};
pub(crate) use letters::Letters;
pub(crate) use nearest::{Neighbours, nearest};

use crate::detector_folder::Loaded;
use crate::failure::{Failure, Outcome};

/// What one signal added.
pub(crate) struct Signal {
    pub(crate) name: String,
    pub(crate) meaning: String,
    pub(crate) value: f64,
    pub(crate) margin: f64,
}

/// One explained event.
pub(crate) struct Explained {
    pub(crate) id: EventId,
    pub(crate) row: u64,
    pub(crate) text: String,
    pub(crate) margin: f64,
    pub(crate) score: f64,
    pub(crate) calibrated: bool,
    pub(crate) action: Action,
    pub(crate) thresholds: [f64; 2],
    pub(crate) covered: Option<bool>,
    pub(crate) outside: Option<String>,
    pub(crate) method: Method,
    pub(crate) bias: f64,
    /// Every signal of the schema, in order.
    pub(crate) signals: Vec<Signal>,
    /// What the text added in all.
    pub(crate) text_margin: f64,
    /// What its letters added; `None` for events without a text of their own.
    pub(crate) letters: Option<Letters>,
    pub(crate) flip: Option<Flip>,
    /// The programs that somebody runs for the first time.
    pub(crate) firsts: Vec<First>,
    pub(crate) neighbours: Option<Neighbours>,
}

/// Explains an event that has its derived columns, from its signals and buckets.
pub(crate) fn explain(
    loaded: &Loaded,
    event: &Event,
    signals: &Signals,
    background: Option<&[Vec<f64>]>,
) -> Outcome<Explained> {
    let detector = &loaded.detector;
    let (row, buckets) = (signals.row(), &signals.tokens);
    let found = detector.model.explain(row, buckets, background);
    let found = found.map_err(|error| cannot(&error))?;
    let scored = detector.score(row, buckets);
    let gap = detector.gap(row);
    let named = detector
        .schema
        .signals
        .iter()
        .zip(&found.signals)
        .enumerate();
    let thresholds = detector.thresholds();
    let text = found.text.iter().flat_map(|text| &text.buckets);
    let revealed = loaded.revealed();
    Ok(Explained {
        id: event.id(),
        row: 0,
        text: revealed.text(event),
        margin: scored.margin,
        score: scored.score.probability(),
        calibrated: detector.card.calibrated,
        action: scored.action,
        thresholds: [thresholds.review, thresholds.block],
        covered: detector.scope.as_ref().map(|_| gap.is_none()),
        outside: gap.map(|signal| signal.meaning.clone()),
        method: found.method,
        bias: found.bias,
        signals: named
            .map(|(column, (signal, margin))| Signal {
                name: loaded.reader.shown_name(column, event),
                meaning: signal.meaning.clone(),
                // What may not be shown is told as if it were missing.
                value: if revealed.shows(&signal.name) {
                    row.get(column)
                } else {
                    f64::NAN
                },
                margin: *margin,
            })
            .collect(),
        text_margin: text.fold(0.0, |sum, (_, margin)| sum + margin),
        letters: Letters::of(loaded, event, &found.text).filter(|_| !revealed.hides_evidence()),
        flip: detector.flip(row, buckets),
        firsts: Vec::new(),
        neighbours: None,
    })
}

fn cannot(error: &ShapError) -> Failure {
    let failure = Failure::new("the score cannot be explained").because(error);
    match error {
        ShapError::NoCovers(_) => {
            failure.hint("give events to compare with: `--labelled FILE --interventional`")
        }
        _ => failure,
    }
}
