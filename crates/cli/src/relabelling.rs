//! Labels that come again with known events: one that is another by now becomes an entry of the label store.
//!
//! ```text
//!   events of a file ──meet──► id, label ──┐
//!   events of the store, and what inputs said since ──► another label? ──► an entry of "the input"
//! ```
//!
//! Events are immutable, and a label is no part of what they are called by. A file that gives one event both labels says
//! nothing new of it.

use std::collections::BTreeMap;

use ringtrue_core::label_entry::INPUT;
use ringtrue_core::{Event, EventId, EventTime, Label, LabelEntry, Method};
use ringtrue_store::{EventQuery, IngestSource, Store, StoreError};

use crate::commands::ingest::store_failure;
use crate::decisions;
use crate::failure::Outcome;
use crate::input::Reading;

/// What a file says of events that may be known.
pub(crate) struct Relabelling {
    /// Whether the store held anything before.
    is_any_known: bool,
    met: Vec<Met>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Met {
    id: EventId,
    label: Label,
    known: Option<EventTime>,
}

/// Entries that are appended at a time.
const AT_ONCE: usize = 65_536;

impl Relabelling {
    /// Starts before a file is taken in.
    pub(crate) fn begin(store: &Store) -> Outcome<Self> {
        let count = store.count_events();
        let count = count.map_err(|error| store_failure("cannot count the events", &error))?;
        Ok(Self {
            is_any_known: count > 0,
            met: Vec::new(),
        })
    }

    /// Notes the labels of some events.
    pub(crate) fn meet(&mut self, events: &[Event]) {
        if !self.is_any_known {
            return;
        }
        let labelled = events.iter().filter_map(|event| {
            Some(Met {
                id: event.id(),
                label: event.label?,
                known: event.label_known,
            })
        });
        self.met.extend(labelled);
    }

    /// Appends what is new of known events; returns how many have another label.
    pub(crate) fn take_over(
        mut self,
        store: &Store,
        source: &IngestSource,
        reading: &Reading,
    ) -> Outcome<u64> {
        self.met.sort_unstable();
        let failed = |error: StoreError| store_failure("cannot take labels over", &error);
        let said = said_by_inputs(store, &reading.task.name)?;
        let mut entries = Vec::new();
        let events = store.read_events(&EventQuery::default()).map_err(failed)?;
        for batch in events {
            for event in batch.map_err(failed)? {
                let id = event.id();
                let held = said.get(&id).copied().or(event.label);
                let Some(met) = self.unanimous(&id).filter(|met| Some(met.label) != held) else {
                    continue;
                };
                entries.push(LabelEntry {
                    event: id,
                    label: Some(met.label),
                    certainty: 1.0,
                    who: INPUT.to_owned(),
                    role: String::new(),
                    evidence: format!("stands in {}", source.name)
                        .chars()
                        .take(1_000)
                        .collect(),
                    note: String::new(),
                    method: Method::Input,
                    known: met.known.unwrap_or(reading.now),
                    expires: None,
                    task: reading.task.meaning(),
                });
            }
        }
        entries.sort_by_key(|entry| entry.event);
        entries.dedup_by_key(|entry| entry.event);
        for some in entries.chunks(AT_ONCE) {
            store.append_labels(some, reading.now).map_err(failed)?;
        }
        Ok(entries.len() as u64)
    }

    /// Returns what the file says of an event; `None`: nothing, or both.
    fn unanimous(&self, id: &EventId) -> Option<Met> {
        let start = self.met.partition_point(|met| met.id < *id);
        let of_event = self
            .met
            .get(start..)?
            .iter()
            .take_while(|met| met.id == *id);
        let mut of_event = of_event.copied();
        let first = of_event.next()?;
        of_event
            .all(|met| met.label == first.label)
            .then_some(first)
    }
}

/// Returns what inputs said last of the events of which they said anything new.
fn said_by_inputs(store: &Store, task: &str) -> Outcome<BTreeMap<EventId, Label>> {
    let stored = decisions::read(store)?.entries.into_iter();
    let said = stored.filter_map(|it| {
        let entry = it.entry;
        let is_input = entry.who == INPUT && entry.task.name == task;
        entry
            .label
            .filter(|_| is_input)
            .map(|label| (entry.event, label))
    });
    Ok(said.collect())
}
