//! Attacks on the artefacts of events: each changed artefact is put into its event and goes through intake and the detector.
//!
//! ```text
//!   event ──artefact──► Search ──changed──► event with it ──read──► row, tokens ──margin──► Search ... ──► Line
//! ```
//!
//! Everything else of the event stays: its time, user and host, its other columns. What users and hosts did is measured up to
//! the event, and no changed artefact is taken in.

mod kind;
mod scorer;
mod summary;

pub(crate) use kind::Attacks;
pub(crate) use summary::{Summary, summary, told};

use std::borrow::ToOwned;

use ringtrue_attack::artefact::curve::Attempt;
use ringtrue_attack::artefact::search::{Found, Search, Space};
use ringtrue_attack::artefact::{Attack, Material, Verified};
use ringtrue_core::random::mix;
use ringtrue_core::{Event, EventId, Kind};
use ringtrue_intake::history::History;
use ringtrue_intake::mail_bytes;
use serde::Serialize;
use serde_json::Value;

use crate::detector_folder::Loaded;
use crate::interrupt;
use scorer::{Artefact, Scorer};

/// What came of one event.
#[derive(Serialize)]
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
}

impl Line {
    /// Says what a curve must know.
    pub(crate) fn attempt(&self) -> Attempt {
        Attempt {
            family: self.family.clone(),
            minutes: self.cost,
            verified: self.verified,
            attacks: self.attack.clone(),
        }
    }
}

/// Attacks events on their artefacts.
pub(crate) struct Evader<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) attacks: Attacks,
    pub(crate) material: Material,
    pub(crate) search: Search,
    /// Whether events that are not labelled malicious are passed by.
    pub(crate) labelled_only: bool,
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

/// Bytes that an artefact may always have, beyond four times what it had.
const BYTES_BESIDE: usize = 16 << 10;

impl Evader<'_> {
    /// Attacks one event if it is one of those that are. `history` is what users and hosts did before it.
    pub(crate) fn turn(&self, row: u64, event: &Event, history: Option<&History>) -> Turn {
        if !self.is_meant(event) {
            return Turn::Passed;
        }
        if interrupt::requested() {
            return Turn::Open;
        }
        let mut scorer = Scorer::new(self.loaded, event, history);
        let margin = scorer.margin_as_it_is();
        let is_allowed = margin <= self.search.allowed;
        if is_allowed && event.label.is_none() {
            return Turn::Passed;
        }
        let mut line = self.line(row, event, margin);
        if is_allowed {
            line.evaded = true;
            line.cost = Some(0.0);
            return Turn::Told(Box::new(line));
        }
        let is_open = match &self.attacks {
            Attacks::Text(attacks) => {
                let field = event.kind.evidence().unwrap_or_default();
                let text = event.value(field).text();
                let text = text.as_deref().unwrap_or("");
                self.searched(text, attacks, &mut scorer, &mut line, str::len)
            }
            Attacks::Mail(attacks) => {
                let bytes = mail_bytes(event);
                self.searched(
                    bytes.as_slice(),
                    attacks,
                    &mut scorer,
                    &mut line,
                    <[u8]>::len,
                )
            }
        };
        if is_open {
            Turn::Open
        } else {
            Turn::Told(Box::new(line))
        }
    }

    fn is_meant(&self, event: &Event) -> bool {
        match event.label {
            Some(label) => label == ringtrue_core::Label::Malicious,
            None => !self.labelled_only,
        }
    }

    fn line(&self, row: u64, event: &Event, margin: f64) -> Line {
        let family = event.family.as_deref();
        let shows_family = self.loaded.revealed().shows("family");
        Line {
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
        }
    }

    /// Searches for a change, and tells it; true if somebody asked for an end before there was one.
    fn searched<A>(
        &self,
        artefact: &A,
        attacks: &[&dyn Attack<A>],
        scorer: &mut Scorer<'_>,
        line: &mut Line,
        bytes: fn(&A) -> usize,
    ) -> bool
    where
        A: Artefact + ?Sized + ToOwned,
        A::Owned: Clone + Sync,
    {
        let space = Space {
            attacks,
            material: &self.material,
            bytes_max: bytes(artefact)
                .saturating_mul(4)
                .saturating_add(BYTES_BESIDE),
            bytes,
        };
        let search = Search {
            seed: mix(self.search.seed ^ seed_of(line.id)),
            ..self.search
        };
        let go_on = || !interrupt::requested();
        let Found { answer, queries } = search.run(artefact, &space, scorer, &go_on);
        line.queries = queries;
        let Some(answer) = answer else {
            return interrupt::requested();
        };
        line.evaded = true;
        line.attack = space.names(&answer.chain);
        line.cost = Some(answer.minutes);
        line.verified = Some(answer.verified);
        line.margin_changed = Some(answer.margin);
        if !self.loaded.revealed().hides_evidence() {
            (line.changed, line.enc) = A::told(&answer.artefact);
        }
        false
    }
}

/// Returns the number that an event's draws start from, so that neither its place nor its neighbours matter.
fn seed_of(id: EventId) -> u64 {
    id.0.iter()
        .take(8)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Returns whether a detector reads the artefact of an event, rather than columns beside it.
pub(crate) fn reads_artefacts(loaded: &Loaded) -> bool {
    let spec = loaded.reader.spec();
    spec.kind != Kind::Table && spec.foreign.is_none()
}
