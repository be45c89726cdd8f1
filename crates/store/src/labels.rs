//! The label store: what people and programs said of events, in the order in which they said it.
//!
//! ```text
//!   entries ──append_labels──► logs/labels (framed, checksummed), synced ──► acknowledged
//!                                  │ a kill in the middle: the torn end is cut off and told, damage refused
//!   Ledger and the like ◄──labels──┘     forget ──► payloads emptied in place, numbers stay
//! ```
//!
//! Nothing is overwritten: whoever says something else adds an entry, and the later one counts, whatever the clocks say. Any
//! number of processes may append: each waits for the others, and none holds the log for longer than it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringtrue_core::{EventId, EventTime, LabelEntry};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::lock::Patience;
use crate::log::{Chain, LogReader, LogWriter, Record, TornTail, kept_aside};
use crate::store::Store;

/// The newest format of a payload.
const FORMAT: u64 = 1;
/// The name of the log.
const LOG: &str = "labels";

/// An entry as it was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLabel {
    /// Its number, from 0 in the order of appending.
    pub sequence: u64,
    /// When it was appended, by the clock of who appended it.
    pub appended: EventTime,
    /// What it says.
    pub entry: LabelEntry,
}

/// Every entry, in the order of appending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredLabels {
    /// The entries that are left.
    pub entries: Vec<StoredLabel>,
    /// How many were appended, with those that were forgotten since.
    pub appended: u64,
    /// An end that was interrupted, or is being written: nothing of it was acknowledged.
    pub torn: Option<TornTail>,
    /// How often the clock stood before that of the entry before.
    pub clock_went_back: u64,
}

/// What came of appending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// The number of the first entry.
    pub first: u64,
    /// How many there are in all by now.
    pub total: u64,
    /// An end that an earlier program left unfinished, and that was cut off.
    pub torn: Option<TornTail>,
}

/// What becomes of entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelChange {
    /// Events that go, or that have another id from now on.
    pub(crate) events: BTreeMap<EventId, Option<EventId>>,
    /// The entries that were found to change, by number; `None`: it goes.
    pub(crate) by_number: BTreeMap<u64, Option<LabelEntry>>,
}

/// What becomes of one entry.
pub(crate) enum LabelFate {
    /// It stays as it is.
    Keep,
    /// It goes.
    Remove,
    /// It follows its event.
    Move(Box<LabelEntry>),
}

impl LabelChange {
    /// Returns what becomes of an entry because of its event.
    pub(crate) fn of_entry(&self, entry: &LabelEntry) -> LabelFate {
        match self.events.get(&entry.event) {
            None => LabelFate::Keep,
            Some(None) => LabelFate::Remove,
            Some(Some(event)) => LabelFate::Move(Box::new(LabelEntry {
                event: *event,
                ..entry.clone()
            })),
        }
    }

    fn of(&self, record: &Record, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        let fate = match self.by_number.get(&record.sequence) {
            Some(None) => LabelFate::Remove,
            Some(Some(entry)) => LabelFate::Move(Box::new(entry.clone())),
            None => decode(record, path)?.map_or(LabelFate::Keep, |entry| self.of_entry(&entry)),
        };
        match fate {
            LabelFate::Keep => Ok(None),
            LabelFate::Remove => Ok(Some(Vec::new())),
            LabelFate::Move(entry) => encode(&entry).map(Some),
        }
    }
}

/// One payload. An empty one is an entry that was forgotten.
#[derive(Serialize, Deserialize)]
struct Versioned {
    format: u64,
    entry: LabelEntry,
}

impl Store {
    /// Adds entries and waits until they are on the disk; waits while another process adds some. `now` is kept beside them,
    /// and decides nothing: entries count in the order of appending.
    ///
    /// # Errors
    ///
    /// [`StoreError::TooLarge`], [`StoreError::Full`], [`StoreError::Corrupt`] for damage in the log, and what the system
    /// says. None of the entries is then acknowledged; a part of them may stand there, and repeating them changes nothing of
    /// what holds.
    pub fn append_labels(
        &self,
        entries: &[LabelEntry],
        now: EventTime,
    ) -> Result<Appended, StoreError> {
        append(self.label_writer()?, entries, now)
    }

    /// Does what [`Store::append_labels`] does with those entries that `choose` returns when it is shown all that was
    /// stored; what else it returns is handed on. Nobody else adds any in between.
    ///
    /// # Errors
    ///
    /// As [`Store::append_labels`] and [`Store::labels`].
    pub fn append_labels_by<T>(
        &self,
        now: EventTime,
        choose: impl FnOnce(&StoredLabels) -> (Vec<LabelEntry>, T),
    ) -> Result<(Appended, T), StoreError> {
        let writer = self.label_writer()?;
        let (entries, told) = choose(&self.labels()?);
        Ok((append(writer, &entries, now)?, told))
    }

    /// Reads every entry, in the order of appending. What others add meanwhile may or may not be there.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] for damage before the end, [`StoreError::NewerFormat`], and what the system says.
    pub fn labels(&self) -> Result<StoredLabels, StoreError> {
        let folder = self.log_folder(LOG);
        let mut stored = StoredLabels::default();
        if self.disk.length(&folder)?.is_none() {
            return Ok(stored);
        }
        let mut log = LogReader::open_on(self.disk.clone(), &folder)?;
        let mut last = None;
        for record in &mut log {
            let record = record?;
            stored.appended = record.sequence + 1;
            stored.clock_went_back += u64::from(last.is_some_and(|last| record.time < last));
            last = Some(record.time);
            if let Some(entry) = decode(&record, &folder)? {
                stored.entries.push(StoredLabel {
                    sequence: record.sequence,
                    appended: record.time,
                    entry,
                });
            }
        }
        stored.torn = log.torn();
        Ok(stored)
    }

    /// Replaces entries in one step: those that go by nothing, the others by what they become. Their numbers stay, so that
    /// what was made up to some entry still says so. What was appended since `change` was made follows its events too. Ends of
    /// the log that were kept aside go wholly: nobody can say whom they concern.
    pub(crate) fn change_labels(&self, change: &LabelChange) -> Result<(), StoreError> {
        self.drop_torn_labels()?;
        if change.by_number.is_empty() {
            return Ok(());
        }
        let (mut log, _) = self.label_writer()?;
        let path = self.log_folder(LOG);
        let mut unreadable = None;
        log.rewrite(|record| match change.of(record, &path) {
            Ok(payload) => payload,
            Err(error) => {
                unreadable.get_or_insert(error);
                None
            }
        })?;
        unreadable.map_or(Ok(()), Err)
    }

    fn drop_torn_labels(&self) -> Result<(), StoreError> {
        for path in kept_aside(&self.disk, &self.log_folder(LOG))? {
            self.disk.remove_file(&path)?;
        }
        Ok(())
    }

    fn label_writer(&self) -> Result<(LogWriter, Option<TornTail>), StoreError> {
        let folder = self.log_folder(LOG);
        LogWriter::open_on(self.disk.clone(), &folder, Chain::Plain, Patience::Wait)
    }

    /// Returns which of `wanted` the store holds, in their order.
    ///
    /// # Errors
    ///
    /// As [`Store::read_events`].
    pub fn held(&self, wanted: &BTreeSet<EventId>) -> Result<BTreeSet<EventId>, StoreError> {
        let mut found = BTreeSet::new();
        if wanted.is_empty() {
            return Ok(found);
        }
        for batch in self.read_events(&crate::EventQuery::default())? {
            let ids = batch?.into_iter().map(|event| event.id());
            found.extend(ids.filter(|id| wanted.contains(id)));
        }
        Ok(found)
    }
}

fn append(
    (mut log, torn): (LogWriter, Option<TornTail>),
    entries: &[LabelEntry],
    now: EventTime,
) -> Result<Appended, StoreError> {
    let first = log.sync()?;
    for entry in entries {
        log.append(now, &encode(entry)?)?;
    }
    Ok(Appended {
        first,
        total: log.sync()?,
        torn,
    })
}

fn encode(entry: &LabelEntry) -> Result<Vec<u8>, StoreError> {
    let document = Versioned {
        format: FORMAT,
        entry: entry.clone(),
    };
    serde_json::to_vec(&document)
        .map_err(|error| StoreError::corrupt(Path::new(LOG), error.to_string()))
}

fn decode(record: &Record, path: &Path) -> Result<Option<LabelEntry>, StoreError> {
    if record.payload.is_empty() {
        return Ok(None);
    }
    let document: Versioned = crate::dataset::read_document(&record.payload, path, FORMAT)?;
    Ok(Some(document.entry))
}

#[cfg(test)]
mod tests;
