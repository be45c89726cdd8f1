//! Which events of a trial are attacked, and what users and hosts did before each of them.
//!
//! ```text
//!   judged events ──draw──► Drawn (names) ──second pass over the events, Gathered::take──► events, stream ──each_in_turn──► attack
//! ```
//!
//! What is drawn hangs on what the events hold and on a seed, not on their order or their number: another detector that is tried on the
//! same events is attacked on the same ones.

use std::collections::BTreeSet;

use rayon::prelude::*;
use ringtrue_core::random::mix;
use ringtrue_core::{Event, EventId, Kind, Label};
use ringtrue_intake::SignalReader;
use ringtrue_intake::history::{History, Past};

use super::way::material_of;
use crate::corpus::Corpus;

/// Benign events that the attacker borrows from, at most.
const BORROWED_MAX: usize = 2_000;
/// Events that the spreads of columns are read off, at most.
const SPREAD_MAX: usize = 10_000;
/// The shares of a column's values between which it spreads.
const SPREAD: [f64; 2] = [0.05, 0.95];

/// The events of a trial that are attacked, by name.
pub(crate) struct Drawn {
    attacked: BTreeSet<EventId>,
    borrowed: BTreeSet<EventId>,
    /// How many malicious events are judged.
    pub(crate) malicious: u64,
    /// How each signal of a table lies over the judged events.
    pub(crate) spreads: Vec<Spread>,
}

/// How a signal lies over events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// What lies between its 5 % and its 95 % quantile; its whole range where that is nothing, 1 for a constant.
    pub(crate) width: f64,
    /// Whether it was never anything but a whole number.
    pub(crate) is_whole: bool,
}

/// Draws at most `most` of the malicious events at `positions`, and benign ones to borrow from.
pub(crate) fn draw(corpus: &Corpus<'_>, positions: &[u32], most: usize, seed: u64) -> Drawn {
    let named = |label: Label| {
        let of_label = positions
            .iter()
            .filter(move |at| corpus.labels[**at as usize] == label);
        of_label.map(move |at| corpus.ids[*at as usize])
    };
    Drawn {
        attacked: first(named(Label::Malicious), most, seed),
        borrowed: first(named(Label::Benign), BORROWED_MAX, seed),
        malicious: named(Label::Malicious).count() as u64,
        spreads: if corpus.reader.spec().kind == Kind::Table {
            spreads(corpus, positions)
        } else {
            Vec::new()
        },
    }
}

/// Returns the events that come first in an order by chance.
fn first(events: impl Iterator<Item = EventId>, most: usize, seed: u64) -> BTreeSet<EventId> {
    let number = |id: EventId| mix(mix(seed) ^ number_of(id));
    let mut kept: BTreeSet<(u64, EventId)> = BTreeSet::new();
    for id in events {
        kept.insert((number(id), id));
        if kept.len() > most {
            kept.pop_last();
        }
    }
    kept.into_iter().map(|(_, id)| id).collect()
}

/// Returns a number of an event that hangs on nothing but what it holds.
pub(super) fn number_of(id: EventId) -> u64 {
    id.0.iter()
        .take(8)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Returns how each signal lies over the events at `positions`.
fn spreads(corpus: &Corpus<'_>, positions: &[u32]) -> Vec<Spread> {
    let step = positions.len().div_ceil(SPREAD_MAX).max(1);
    let looked_at: Vec<usize> = positions
        .iter()
        .step_by(step)
        .map(|at| *at as usize)
        .collect();
    let values = |signal| looked_at.iter().map(move |at| corpus.rows.get(*at, signal));
    (0..corpus.reader.schema().signals.len())
        .map(|signal| Spread::of(values(signal)))
        .collect()
}

impl Spread {
    /// Looks at the values of a signal; those that are missing say nothing.
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let is_whole = values.iter().all(|value| value.fract().abs() <= 0.0);
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            return Self {
                width: 1.0,
                is_whole,
            };
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a rank"
        )]
        let at = |share: f64| {
            let rank = (share * (values.len() - 1) as f64).round() as usize;
            values.get(rank).copied().unwrap_or(*last)
        };
        let [low, high] = SPREAD.map(at);
        let widths = [high - low, last - first];
        let width = widths.into_iter().find(|width| *width > 0.0);
        Self {
            width: width.unwrap_or(1.0),
            is_whole,
        }
    }
}

/// The events that were drawn, as they come by, and what users and hosts did.
pub(crate) struct Gathered<'a> {
    reader: &'a SignalReader,
    drawn: Drawn,
    /// What is remembered before the first event; `None` if rows tell of no habits.
    history: Option<History>,
    /// Every event that a history takes in, in the order in which they came.
    stream: Vec<Past>,
    /// With how many events of the stream came before it.
    attacked: Vec<(usize, Event)>,
    borrowed: Vec<String>,
}

impl<'a> Gathered<'a> {
    /// Begins before the first event, with nothing remembered.
    pub(crate) const fn new(reader: &'a SignalReader, drawn: Drawn) -> Self {
        Self {
            reader,
            drawn,
            history: None,
            stream: Vec::new(),
            attacked: Vec::new(),
            borrowed: Vec::new(),
        }
    }

    /// Remembers this to begin with; `None` if rows tell of no habits.
    pub(crate) fn after(self, history: Option<History>) -> Self {
        Self { history, ..self }
    }

    /// Takes in the next events.
    pub(crate) fn take(&mut self, events: &[Event]) {
        let seen: Vec<Option<Past>> = if self.history.is_some() {
            let seen = events.par_iter().map(|event| {
                let seen = self.reader.seen(event)?;
                Some(Past {
                    id: event.id(),
                    seen,
                })
            });
            seen.collect()
        } else {
            vec![None; events.len()]
        };
        let ids: Vec<EventId> = events.par_iter().map(Event::id).collect();
        for ((event, id), past) in events.iter().zip(ids).zip(seen) {
            if self.drawn.attacked.remove(&id) {
                let mut event = event.clone();
                event.label = Some(Label::Malicious);
                self.attacked.push((self.stream.len(), event));
            } else if self.drawn.borrowed.remove(&id) {
                self.borrowed.extend(material_of(event));
            }
            self.stream.extend(past);
        }
    }

    /// Puts the stream into the order of time, as a dataset is replayed.
    pub(crate) fn in_order_of_time(mut self) -> Self {
        let before = |past: &Past| (past.seen.time(), past.id);
        self.stream.sort_by_key(before);
        for (place, event) in &mut self.attacked {
            let own = (event.time, event.id());
            *place = self.stream.partition_point(|past| before(past) < own);
        }
        self.in_order()
    }

    /// Puts the attacked events into an order that hangs on the stream and on what they hold.
    pub(crate) fn in_order(mut self) -> Self {
        self.attacked
            .sort_by_cached_key(|(place, event)| (*place, event.id()));
        self
    }

    /// Returns what was drawn, beside the events themselves.
    pub(crate) const fn drawn(&self) -> &Drawn {
        &self.drawn
    }

    /// Takes out what the attacker borrows from, in an order that hangs on nothing else.
    pub(crate) fn take_borrowed(&mut self) -> Vec<String> {
        let mut borrowed = std::mem::take(&mut self.borrowed);
        borrowed.sort_unstable();
        borrowed
    }

    /// Returns how many events are attacked.
    pub(crate) const fn len(&self) -> usize {
        self.attacked.len()
    }

    /// Calls `each` with every attacked event and what is remembered before it: one after the other where something is, on all
    /// threads where nothing is.
    pub(crate) fn each_in_turn<T: Send>(
        &self,
        each: impl Fn(u64, &Event, Option<&History>) -> T + Sync,
    ) -> Vec<T> {
        let number = |at: usize| at as u64;
        let Some(mut history) = self.history.clone() else {
            let attacked = self.attacked.par_iter().enumerate();
            return attacked
                .map(|(at, (_, event))| each(number(at), event, None))
                .collect();
        };
        let mut stream = self.stream.iter();
        let mut followed = 0;
        let mut found = Vec::with_capacity(self.attacked.len());
        for (at, (place, event)) in self.attacked.iter().enumerate() {
            for past in stream.by_ref().take(place.saturating_sub(followed)) {
                history.follow(&past.seen);
            }
            followed = followed.max(*place);
            found.push(each(number(at), event, Some(&history)));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_hangs_on_no_order_and_grows_by_more_events_only() {
        let ids: Vec<EventId> = (0..200_u8).map(|byte| EventId([byte; 16])).collect();
        let drawn = first(ids.iter().copied(), 20, 1);
        assert_eq!(drawn.len(), 20);
        assert_eq!(drawn, first(ids.iter().rev().copied(), 20, 1));
        assert_ne!(drawn, first(ids.iter().copied(), 20, 2));
        assert!(drawn.is_subset(&first(ids.iter().copied(), 40, 1)));
        let few = first(ids.iter().take(3).copied(), 20, 1);
        assert_eq!(few.len(), 3);
        // Equal events are attacked once.
        let twice = ids.iter().chain(&ids).copied();
        assert_eq!(first(twice, 20, 1), drawn);
    }
}
