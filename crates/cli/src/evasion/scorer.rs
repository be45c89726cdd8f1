//! The detector behind intake, as a search asks it: changed artefacts in, margins out.

use std::borrow::{Borrow, ToOwned};
use std::sync::Arc;

use rayon::prelude::*;
use ringtrue_attack::artefact::mail::Post;
use ringtrue_attack::artefact::search::Oracle;
use ringtrue_core::{Event, Value as Cell};
use ringtrue_intake::command::KnownStatements;
use ringtrue_intake::email::Mail;
use ringtrue_intake::history::{History, append_signals};
use ringtrue_intake::reader::{Extent, Known};
use ringtrue_intake::{Reading as Signals, packed_mail, set_mail_bytes};
use serde_json::Value;

use crate::detector_folder::Loaded;

/// An artefact that stands in an event.
pub(super) trait Artefact: ToOwned {
    /// Puts it into an event.
    fn put(&self, event: &mut Event);

    /// Returns how it is told, and its encoding if it is no text.
    fn told(artefact: &Self::Owned) -> (Option<Value>, Option<&'static str>);

    /// Returns what intake read of it, under the limits of the detector that scores it; `None` where that is read again.
    fn parsed(&self) -> Option<&Mail> {
        None
    }
}

impl Artefact for str {
    fn put(&self, event: &mut Event) {
        let field = event.kind.evidence().unwrap_or_default();
        event.set(field, Cell::Text(Arc::from(self)));
    }

    fn told(artefact: &String) -> (Option<Value>, Option<&'static str>) {
        (Some(Value::from(artefact.as_str())), None)
    }
}

impl Artefact for Arc<Post> {
    fn put(&self, event: &mut Event) {
        set_mail_bytes(event, self.raw());
    }

    fn told(artefact: &Self) -> (Option<Value>, Option<&'static str>) {
        match std::str::from_utf8(artefact.raw()) {
            Ok(text) => (Some(Value::from(text)), None),
            Err(_) => (
                Some(Value::from(packed_mail(artefact.raw()))),
                Some("base64"),
            ),
        }
    }

    fn parsed(&self) -> Option<&Mail> {
        Some(self.mail())
    }
}

/// Scores what an event would be with another artefact; room that is used again.
pub(super) struct Scorer<'a> {
    loaded: &'a Loaded,
    event: &'a Event,
    history: Option<&'a History>,
    signals: Vec<Signals>,
    /// What is known of the statements of an event, of each thread that reads.
    known: Vec<KnownStatements>,
}

/// Artefacts that a thread reads at least before another one helps.
const AT_LEAST: usize = 8;

impl<'a> Scorer<'a> {
    pub(super) const fn new(
        loaded: &'a Loaded,
        event: &'a Event,
        history: Option<&'a History>,
    ) -> Self {
        Self {
            loaded,
            event,
            history,
            signals: Vec::new(),
            known: Vec::new(),
        }
    }

    /// Returns the detector.
    pub(super) const fn loaded(&self) -> &'a Loaded {
        self.loaded
    }

    /// Returns the event itself.
    pub(super) const fn event(&self) -> &'a Event {
        self.event
    }

    /// Returns the margin of the event itself.
    pub(super) fn margin_as_it_is(&mut self) -> f64 {
        self.margin_of(self.event)
    }

    /// Returns the margin of what the event would be.
    pub(super) fn margin_of(&mut self, changed: &Event) -> f64 {
        let margins = self.scored(1, |_, event| {
            event.clone_from(changed);
            None
        });
        margins.first().copied().unwrap_or(f64::NAN)
    }

    /// Reads the signals of the event itself.
    pub(super) fn read(&self, signals: &mut Signals) {
        let mut event = self.event.clone();
        read_after(
            (self.loaded, Extent::Whole),
            (&mut event, Known::default()),
            self.history,
            signals,
        );
    }

    /// Scores so many events, each changed by `change`, which returns its mail where that was parsed.
    fn scored<'m>(
        &mut self,
        count: usize,
        change: impl Fn(usize, &mut Event) -> Option<&'m Mail> + Sync,
    ) -> Vec<f64> {
        let room = count.max(self.signals.len());
        self.signals.resize_with(room, Signals::default);
        let (loaded, original, history) = (self.loaded, self.event, self.history);
        let model = &loaded.detector.model;
        let extent = loaded.extent_of_margin();
        let read = |place: usize, known: &mut KnownStatements, signals: &mut Signals| {
            let mut event = original.clone();
            let known = Known {
                mail: change(place, &mut event),
                statements: Some(known),
            };
            read_after((loaded, extent), (&mut event, known), history, signals);
            model.linear_margin(&signals.tokens)
        };
        let threads = rayon::current_num_threads();
        let at_once = count.div_ceil(threads).max(AT_LEAST);
        self.known.resize_with(threads, KnownStatements::default);
        let mut places: Vec<(usize, &mut Signals)> =
            self.signals.iter_mut().take(count).enumerate().collect();
        let linear: Vec<f64> = places
            .par_chunks_mut(at_once)
            .zip(&mut self.known)
            .flat_map_iter(|(places, known)| {
                let places = places.iter_mut();
                places.map(|(place, signals)| read(*place, known, signals))
            })
            .collect();
        let rows = self.signals.iter().take(count).map(Signals::row);
        model.margins(rows, &linear)
    }
}

/// Reads an event that comes after a history, which takes it not in.
fn read_after(
    (loaded, extent): (&Loaded, Extent),
    (event, known): (&mut Event, Known<'_>),
    history: Option<&History>,
    signals: &mut Signals,
) {
    loaded.read_knowing((event, known), extent, signals);
    let seen = signals.take_seen();
    if let (Some(history), Some(seen)) = (history, seen) {
        let mut habits = Vec::new();
        append_signals(&history.novelty_of(&seen), &mut habits);
        signals.set_habits(&habits);
    }
}

impl<A> Oracle<A> for Scorer<'_>
where
    A: Artefact + ?Sized,
    A::Owned: Sync,
{
    fn margins(&mut self, artefacts: &[A::Owned]) -> Vec<f64> {
        self.scored(artefacts.len(), |place, event| {
            let artefact: &A = artefacts.get(place)?.borrow();
            artefact.put(event);
            artefact.parsed()
        })
    }
}
