//! One explained event: what counted for and against it, where that stands in its text, and what would flip it. The same in
//! `ringtrue explain` and over HTTP.

mod firsts;
mod letters;

pub use firsts::{First, firsts};
pub use letters::{Letters, Piece};

use ringtrue_core::{Action, Event, EventId};
use ringtrue_intake::Reading as Signals;
use ringtrue_model::{Flip, Method, ShapError};
use serde_json::{Map, Value, json};

use crate::loaded::Loaded;

/// What one signal added.
#[derive(Clone, Debug)]
pub struct Signal {
    /// What it is called by.
    pub name: String,
    /// What it is, in an analyst's words.
    pub meaning: String,
    /// Its value; not a number if it is missing, or may not be shown.
    pub value: f64,
    /// What it added to the margin, in log-odds.
    pub margin: f64,
}

/// One explained event.
#[derive(Clone, Debug)]
pub struct Explained {
    /// What the event is called by.
    pub id: EventId,
    /// Its evidence, as its reader may see it.
    pub text: String,
    /// The model's raw score.
    pub margin: f64,
    /// The calibrated probability, in [0, 1].
    pub score: f64,
    /// Whether the score is a calibrated probability.
    pub calibrated: bool,
    /// What would be done with the event.
    pub action: Action,
    /// Scores from which events are reviewed, and blocked.
    pub thresholds: [f64; 2],
    /// Whether training saw events like this one; `None` if nobody knows what the model was trained on.
    pub covered: Option<bool>,
    /// The signal whose value is unlike all that training saw, in an analyst's words.
    pub outside: Option<String>,
    /// How the figures came about.
    pub method: Method,
    /// The margin that every event starts with.
    pub bias: f64,
    /// Every signal of the schema, in order.
    pub signals: Vec<Signal>,
    /// What the text added in all.
    pub text_margin: f64,
    /// What its letters added; `None` for events without a text of their own.
    pub letters: Option<Letters>,
    /// The fewest signals whose change would flip the verdict, if so few were found.
    pub flip: Option<Flip>,
    /// The programs that somebody runs for the first time.
    pub firsts: Vec<First>,
}

impl Explained {
    /// Explains an event that has its derived columns, from its signals and buckets. With a `background` of rows the figures are
    /// interventional.
    ///
    /// # Errors
    ///
    /// [`ShapError`] if the model's trees do not say how often each branch was taken and there is no background.
    pub fn of(
        loaded: &Loaded,
        event: &Event,
        signals: &Signals,
        background: Option<&[Vec<f64>]>,
    ) -> Result<Self, ShapError> {
        let detector = &loaded.detector;
        let (row, buckets) = (signals.row(), &signals.tokens);
        let found = detector.model.explain(row, buckets, background)?;
        let scored = detector.score(row, buckets);
        let gap = detector.gap(row);
        let named = detector.schema.signals.iter().zip(&found.signals);
        let thresholds = detector.thresholds();
        let text = found.text.iter().flat_map(|text| &text.buckets);
        let revealed = loaded.revealed();
        let signals = named.enumerate().map(|(column, (signal, margin))| Signal {
            name: loaded.reader.shown_name(column, event),
            meaning: signal.meaning.clone(),
            // What may not be shown is told as if it were missing.
            value: if revealed.shows(&signal.name) {
                row.get(column)
            } else {
                f64::NAN
            },
            margin: *margin,
        });
        Ok(Self {
            id: event.id(),
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
            signals: signals.collect(),
            text_margin: text.fold(0.0, |sum, (_, margin)| sum + margin),
            letters: Letters::of(loaded, event, &found.text).filter(|_| !revealed.hides_evidence()),
            flip: detector.flip(row, buckets),
            firsts: Vec::new(),
        })
    }

    /// Returns the numbers, of the event at `row` of its input.
    #[must_use]
    pub fn to_json(&self, row: u64) -> Map<String, Value> {
        let by_name = |of: fn(&Signal) -> f64| -> Map<String, Value> {
            let signals = self.signals.iter();
            signals
                .map(|signal| (signal.name.clone(), json!(of(signal))))
                .collect()
        };
        let value = json!({
            "id": self.id,
            "row": row,
            "event": self.text,
            "margin": self.margin,
            "score": self.score,
            "calibrated": self.calibrated,
            "action": self.action,
            "threshold_review": self.thresholds[0],
            "threshold_block": self.thresholds[1],
            "covered": self.covered,
            "outside": self.outside,
            "method": self.method,
            "bias": self.bias,
            "contributions": by_name(|signal| signal.margin),
            "text_contribution": self.text_margin,
            "values": by_name(|signal| signal.value),
            "letters": self.letters.as_ref().map(Letters::to_json),
            "firsts": self.firsts,
            "flip": self.flip,
        });
        match value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}
