//! Since when a promoted detector stops a confirmed event by itself.

use ringtrue_core::audit::{Alias, Aliases, Recorded, Stopgap};
use ringtrue_core::{Action, Digest, Event, EventTime};
use ringtrue_store::Store;
use serde::Serialize;

use crate::batch::{Asked, Scorer};
use crate::detector_folder::{self, Loaded};
use crate::failure::Outcome;
use crate::registry::from_store;

/// A detector that stops a confirmed event by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Caught {
    pub(crate) detector: Digest,
    /// When it was promoted.
    pub(crate) since: EventTime,
}

/// The champions of a task, oldest first, each with when it began and when the next one did.
pub(crate) struct Champions(Vec<Champion>);

struct Champion {
    loaded: Loaded,
    id: Digest,
    since: EventTime,
    until: Option<EventTime>,
}

impl Champions {
    /// Reads all that the store still has and that decided at this time or later.
    pub(crate) fn of(
        store: &Store,
        entries: &[Recorded],
        (task, from): (&str, EventTime),
    ) -> Outcome<Self> {
        let aliases = Aliases::of(entries);
        let history = aliases.history(task, Alias::Champion);
        let ends = history.iter().skip(1).map(|next| Some(next.time));
        let mut champions = Vec::new();
        for (held, until) in history.iter().zip(ends.chain([None])) {
            if until.is_some_and(|until| until < from) || aliases.is_gone(held.detector) {
                continue;
            }
            champions.push(Champion {
                loaded: detector_folder::load(from_store(store, held.detector)?, None)?,
                id: held.detector,
                since: held.time,
                until,
            });
        }
        Ok(Self(champions))
    }

    /// Returns the first that stops an event by itself, of those that decided when it was confirmed or later.
    pub(crate) fn first(&self, stopgap: &Stopgap, event: &Event) -> Option<Caught> {
        let decided_later =
            |it: &&Champion| it.until.is_none_or(|until| until >= stopgap.confirmed);
        let mut later = self.0.iter().filter(decided_later);
        let first = later.find(|it| alone(&it.loaded, event).1 >= stopgap.action)?;
        Some(Caught {
            detector: first.id,
            since: first.since,
        })
    }
}

/// Returns the score of an event and what a detector does with it, by itself.
pub(crate) fn alone(loaded: &Loaded, event: &Event) -> (f64, Action) {
    let mut scorer = Scorer::new(loaded, Asked::MARGIN);
    let told = scorer.score(vec![(0, event.clone())], |met| {
        let answer = loaded.detector.answer(met.margin);
        (answer.score.probability(), answer.action)
    });
    let first = told.into_iter().next();
    first.map_or((f64::NAN, Action::Allow), |(told, _)| told)
}
