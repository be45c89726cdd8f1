//! Segments: up to some 65,536 events in one Parquet file, named by the digest of its bytes.
//!
//! ```text
//!   events ──► write::SegmentBuilder ──► Parquet bytes ──► segments/<digest>.parquet
//!                                                                  │
//!   events ◄── read::SegmentReader ◄── bytes, digest checked ◄─────┘
//! ```
//!
//! What is read is exactly what was written: field order, missing against empty, every bit of a
//! number. Nothing here touches the disk.

pub(crate) mod read;
pub(crate) mod schema;
pub(crate) mod write;

use std::path::Path;

use ringtrue_core::{Digest, EventTime, Label};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// How many events carry which label.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelCounts {
    /// Events labelled malicious.
    pub malicious: u64,
    /// Events labelled benign.
    pub benign: u64,
    /// Events somebody looked at without deciding.
    pub unsure: u64,
    /// Events nobody has labelled.
    pub unlabelled: u64,
}

impl LabelCounts {
    /// Counts one event.
    pub const fn add(&mut self, label: Option<Label>) {
        match label {
            Some(Label::Malicious) => self.malicious += 1,
            Some(Label::Benign) => self.benign += 1,
            Some(Label::Unsure) => self.unsure += 1,
            None => self.unlabelled += 1,
        }
    }

    /// Adds other counts.
    pub const fn merge(&mut self, other: Self) {
        self.malicious += other.malicious;
        self.benign += other.benign;
        self.unsure += other.unsure;
        self.unlabelled += other.unlabelled;
    }

    /// Returns how many events were counted.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.malicious + self.benign + self.unsure + self.unlabelled
    }
}

/// The times of counted events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// The earliest, `None` if no event has a time.
    pub first: Option<EventTime>,
    /// The latest, `None` if no event has a time.
    pub last: Option<EventTime>,
    /// Events without a time.
    pub undated: u64,
}

impl TimeRange {
    /// Counts one event.
    pub fn add(&mut self, time: Option<EventTime>) {
        match time {
            Some(time) => {
                self.first = Some(self.first.map_or(time, |first| first.min(time)));
                self.last = Some(self.last.map_or(time, |last| last.max(time)));
            }
            None => self.undated += 1,
        }
    }

    /// Adds another range.
    pub fn merge(&mut self, other: Self) {
        self.first = match (self.first, other.first) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.last = self.last.max(other.last);
        self.undated += other.undated;
    }
}

/// What the catalog knows of one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// The digest of its bytes, which is its file's name.
    pub digest: Digest,
    /// How many events it holds, by label.
    pub labels: LabelCounts,
    /// When they happened.
    pub times: TimeRange,
    /// Bytes of its file.
    pub bytes: u64,
}

impl SegmentInfo {
    /// Returns how many events it holds.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.labels.total()
    }
}

/// Says that the Parquet library refused `path`.
fn refused(path: &Path, error: impl std::fmt::Display) -> StoreError {
    StoreError::corrupt(path, error.to_string())
}

#[cfg(test)]
mod tests;
