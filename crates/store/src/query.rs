//! Reading events back: which ones, and batch by batch in bounded memory.

use std::path::PathBuf;
use std::vec;

use ringtrue_core::{Digest, Event, EventTime};
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::error::StoreError;
use crate::filesystem::Disk;
use crate::segment::read::SegmentReader;
use crate::segment::{SegmentInfo, TimeRange};
use crate::store::{Store, segment_path};

/// Which events are meant. Without bounds: all. With one, an event without a time is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventQuery {
    /// Events of this time and later.
    pub from: Option<EventTime>,
    /// Events before this time.
    pub before: Option<EventTime>,
}

/// How much of a segment a query means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    All,
    Part,
    None,
}

impl EventQuery {
    /// Returns whether an event of this time is meant.
    #[must_use]
    pub fn admits(&self, time: Option<EventTime>) -> bool {
        match time {
            Some(time) => {
                self.from.is_none_or(|from| time >= from)
                    && self.before.is_none_or(|before| time < before)
            }
            None => self.from.is_none() && self.before.is_none(),
        }
    }

    /// Returns how much of a segment with these times is meant.
    pub(crate) fn share(&self, times: &TimeRange) -> Share {
        let (Some(first), Some(last)) = (times.first, times.last) else {
            let all = self.admits(None);
            return if all { Share::All } else { Share::None };
        };
        let outside = self.from.is_some_and(|from| last < from)
            || self.before.is_some_and(|before| first >= before);
        if outside {
            return Share::None;
        }
        let dated = self.admits(Some(first)) && self.admits(Some(last));
        if dated && (times.undated == 0 || self.admits(None)) {
            Share::All
        } else {
            Share::Part
        }
    }
}

/// Events, batch by batch (up to 8,192 events each), in the order in which they came.
pub struct EventBatches {
    disk: Disk,
    root: PathBuf,
    query: EventQuery,
    segments: vec::IntoIter<Digest>,
    current: Option<SegmentReader>,
}

impl std::fmt::Debug for EventBatches {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("EventBatches")
            .field("query", &self.query)
            .field("segments", &self.segments)
            .finish_non_exhaustive()
    }
}

impl EventBatches {
    fn next_batch(&mut self) -> Result<Option<Vec<Event>>, StoreError> {
        loop {
            if let Some(batch) = self.current.as_mut().and_then(Iterator::next) {
                let mut events = batch?;
                events.retain(|event| self.query.admits(event.time));
                if !events.is_empty() {
                    return Ok(Some(events));
                }
                continue;
            }
            let Some(digest) = self.segments.next() else {
                return Ok(None);
            };
            let path = segment_path(&self.root, &digest);
            let bytes = read_checked(&self.disk, &self.root, &digest)?;
            self.current = Some(SegmentReader::open(bytes, &path)?);
        }
    }
}

impl Iterator for EventBatches {
    type Item = Result<Vec<Event>, StoreError>;

    /// After an error there is nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.next_batch();
        if batch.is_err() {
            self.current = None;
            self.segments = Vec::new().into_iter();
        }
        batch.transpose()
    }
}

/// Reads a segment's file and checks that its content is the one it is called by.
pub(crate) fn read_checked(
    disk: &Disk,
    root: &std::path::Path,
    digest: &Digest,
) -> Result<Vec<u8>, StoreError> {
    let path = segment_path(root, digest);
    let bytes = disk.read(&path)?;
    if Digest::of(&bytes) == *digest {
        Ok(bytes)
    } else {
        Err(StoreError::corrupt(
            &path,
            "its content is not the one it is called by",
        ))
    }
}

impl Store {
    /// Reads the events that `query` means, as the store is now: later ingests do not show up in
    /// the middle.
    ///
    /// # Errors
    ///
    /// What SQLite says; the batches give [`StoreError::Corrupt`] for a segment that is not what was
    /// written, and what the system says.
    pub fn read_events(&self, query: &EventQuery) -> Result<EventBatches, StoreError> {
        let segments = self.segments()?;
        let meant = segments
            .iter()
            .filter(|segment| query.share(&segment.times) != Share::None)
            .map(|segment: &SegmentInfo| segment.digest)
            .collect();
        Ok(self.batches(meant, *query))
    }

    /// Reads the events of a dataset, which are the same forever.
    #[must_use]
    pub fn read_dataset(&self, dataset: &Dataset) -> EventBatches {
        self.batches(dataset.segments.clone(), dataset.query)
    }

    fn batches(&self, segments: Vec<Digest>, query: EventQuery) -> EventBatches {
        EventBatches {
            disk: self.disk.clone(),
            root: self.root.clone(),
            query,
            segments: segments.into_iter(),
            current: None,
        }
    }
}
