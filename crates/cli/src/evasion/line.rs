//! What came of the attack on one event.

use ringtrue_attack::artefact::Verified;
use ringtrue_attack::artefact::curve::Attempt;
use ringtrue_core::{Event, EventId, Label};
use serde::Serialize;
use serde_json::Value;

use super::scorer::Scorer;
use crate::detector_folder::Loaded;
use crate::interrupt;

/// What came of one event.
#[derive(Clone, Serialize)]
pub(crate) struct Line {
    pub(crate) row: u64,
    pub(crate) id: EventId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) family: Option<String>,
    /// Whether the detector allows it, as it was or changed.
    pub(crate) evaded: bool,
    /// The attacks of the cheapest chain, in order; none for an event that was allowed as it was.
    pub(crate) attack: Vec<&'static str>,
    /// Minutes; `null` for an event that nothing got past the detector.
    pub(crate) cost: Option<f64>,
    pub(crate) queries: u64,
    pub(crate) verified: Option<Verified>,
    /// The raw score of the event as it was.
    pub(crate) margin: f64,
    /// The raw score of what is allowed.
    pub(crate) margin_changed: Option<f64>,
    /// The changed artefact; `null` where there is none, or where the task hides it.
    pub(crate) changed: Option<Value>,
    /// `base64` if the changed artefact is no text and stands there so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enc: Option<&'static str>,
    /// The event with the changed artefact, whoever may see it; it is told nowhere.
    #[serde(skip)]
    pub(crate) made: Option<Box<Event>>,
}

impl Line {
    /// Starts for an event of this margin, of which nothing came yet.
    fn new(loaded: &Loaded, row: u64, event: &Event, margin: f64) -> Self {
        let family = event.family.as_deref();
        let shows_family = loaded.revealed().shows_family();
        Self {
            row,
            id: event.id(),
            family: family.filter(|_| shows_family).map(str::to_owned),
            evaded: false,
            attack: Vec::new(),
            cost: None,
            queries: 0,
            verified: None,
            margin,
            margin_changed: None,
            changed: None,
            enc: None,
            made: None,
        }
    }

    /// Returns it without the changed artefact.
    pub(super) fn without_artefact(self) -> Self {
        Self {
            changed: None,
            enc: None,
            made: None,
            ..self
        }
    }

    /// Says what a curve must know.
    pub(crate) fn attempt(&self) -> Attempt {
        Attempt {
            family: self.family.clone(),
            minutes: self.cost,
            verified: self.verified,
            attacks: self.attack.clone(),
            queries: self.queries,
        }
    }
}

/// What there is to say of an event.
pub(crate) enum Turn {
    /// It is none of those that are attacked.
    Passed,
    /// Somebody asked for an end before anything was found.
    Open,
    /// This.
    Told(Box<Line>),
}

/// Begins with the event of a scorer: the line of one that is flagged and attacked, else what there is to say. Events of no label are
/// attacked unless `labelled_only`.
pub(super) fn begun(
    scorer: &mut Scorer<'_>,
    row: u64,
    (allowed, labelled_only): (f64, bool),
) -> Result<Line, Turn> {
    let (loaded, event) = (scorer.loaded(), scorer.event());
    let is_meant = match event.label {
        Some(label) => label == Label::Malicious,
        None => !labelled_only,
    };
    if !is_meant {
        return Err(Turn::Passed);
    }
    if interrupt::requested() {
        return Err(Turn::Open);
    }
    let margin = scorer.margin_as_it_is();
    if margin > allowed {
        return Ok(Line::new(loaded, row, event, margin));
    }
    if event.label.is_none() {
        return Err(Turn::Passed);
    }
    let mut line = Line::new(loaded, row, event, margin);
    line.evaded = true;
    line.cost = Some(0.0);
    Err(Turn::Told(Box::new(line)))
}
