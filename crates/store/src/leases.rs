//! Leases: who is looking at which events, so that two people who ask at once get different ones.
//!
//! ```text
//!   a list for ann ──lease_if──► logs/leases (framed, checksummed), synced ──► handed out
//!   a list for ben ◄──leases: what ann holds by the clock is left out
//! ```
//!
//! A lease is no label and changes nothing of what holds; it ends by itself. It stands in a log of its own beside the labels, so
//! that what a dataset says of the entries it was made of does not hang on who asked for a list. Nobody holds the log for
//! longer than it takes to look and to write. `forget` empties it: nothing in it is worth keeping.

use std::collections::BTreeMap;
use std::path::Path;

use ringtrue_core::{EventId, EventTime};
use serde::{Deserialize, Serialize};

use crate::dataset::read_document;
use crate::error::StoreError;
use crate::lock::Patience;
use crate::log::{Chain, LogReader, LogWriter};
use crate::store::Store;

/// The newest format of a payload.
const FORMAT: u64 = 1;
/// The name of the log.
const LOG: &str = "leases";
/// Events of one record; more stand in several.
const EVENTS_MAX: usize = 100_000;

/// Somebody's word that they are looking at events. A later one of theirs on an event takes the place of the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// Who looks.
    pub who: String,
    /// The name of the task that they are asked about.
    pub task: String,
    /// Until when; what ends when it is taken gives earlier ones back.
    pub until: EventTime,
    /// At what.
    pub events: Vec<EventId>,
}

/// One payload. An empty one is a lease that was forgotten.
#[derive(Serialize, Deserialize)]
struct Versioned {
    format: u64,
    lease: Lease,
}

/// From when until when somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    taken: EventTime,
    until: EventTime,
}

impl Span {
    /// Returns whether it has not ended. By a clock that was put back it lasts for as long as it was taken for, once more; one from
    /// further ahead than that counts for nothing, so that none lasts for ever.
    const fn lasts(self, now: EventTime) -> bool {
        let length = self.until.0.saturating_sub(self.taken.0);
        now.0 < self.until.0 && self.taken.0.saturating_sub(now.0) < length
    }
}

/// Who looks at what under one task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leases {
    of: BTreeMap<EventId, BTreeMap<String, Span>>,
}

impl Leases {
    /// Returns who looks at an event by the clock, in the order of their names.
    pub fn holders<'a>(
        &'a self,
        event: &EventId,
        now: EventTime,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        let spans = self.of.get(event).into_iter().flatten();
        let last = spans.filter(move |(_, span)| span.lasts(now));
        last.map(|(who, _)| who.as_str())
    }

    fn add(&mut self, lease: Lease, taken: EventTime) {
        let span = Span {
            taken,
            until: lease.until,
        };
        for event in lease.events {
            let holders = self.of.entry(event).or_default();
            holders.insert(lease.who.clone(), span);
        }
    }
}

impl Store {
    /// Reads who looks at what under a task.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] for damage before the end, [`StoreError::NewerFormat`], and what the system says.
    pub fn leases(&self, task: &str) -> Result<Leases, StoreError> {
        let folder = self.log_folder(LOG);
        let mut leases = Leases::default();
        if self.disk.length(&folder)?.is_none() {
            return Ok(leases);
        }
        for record in LogReader::open_on(self.disk.clone(), &folder)? {
            let record = record?;
            if record.payload.is_empty() {
                continue;
            }
            let document: Versioned = read_document(&record.payload, &folder, FORMAT)?;
            if document.lease.task == task {
                leases.add(document.lease, record.time);
            }
        }
        Ok(leases)
    }

    /// Takes a lease if `is_free` says so when it is shown all that were taken, and waits until it is on the disk; returns whether
    /// it was taken. Nobody else takes one in between.
    ///
    /// # Errors
    ///
    /// As [`Store::leases`] and [`Store::append_labels`]; of a lease over many events a part may then stand, which ends like any.
    pub fn lease_if(
        &self,
        lease: &Lease,
        now: EventTime,
        is_free: impl FnOnce(&Leases) -> bool,
    ) -> Result<bool, StoreError> {
        let mut log = self.lease_writer()?;
        if !is_free(&self.leases(&lease.task)?) {
            return Ok(false);
        }
        for events in lease.events.chunks(EVENTS_MAX) {
            let lease = Lease {
                who: lease.who.clone(),
                task: lease.task.clone(),
                until: lease.until,
                events: events.to_vec(),
            };
            log.append(now, &encode(lease)?)?;
        }
        log.sync()?;
        Ok(true)
    }

    /// Empties every lease.
    pub(crate) fn forget_leases(&self) -> Result<(), StoreError> {
        if self.disk.length(&self.log_folder(LOG))?.is_some() {
            self.lease_writer()?.rewrite(|_| Some(Vec::new()))?;
        }
        Ok(())
    }

    fn lease_writer(&self) -> Result<LogWriter, StoreError> {
        let folder = self.log_folder(LOG);
        let opened = LogWriter::open_on(self.disk.clone(), &folder, Chain::Plain, Patience::Wait)?;
        Ok(opened.0)
    }
}

fn encode(lease: Lease) -> Result<Vec<u8>, StoreError> {
    let document = Versioned {
        format: FORMAT,
        lease,
    };
    serde_json::to_vec(&document)
        .map_err(|error| StoreError::corrupt(Path::new(LOG), error.to_string()))
}

#[cfg(test)]
mod tests;
