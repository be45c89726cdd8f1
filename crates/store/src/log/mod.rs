//! Appended logs (verdicts, audit): framed records with checksums, synced in groups before they are
//! acknowledged, sealed into Parquet.
//!
//! ```text
//!   append, append, ... ──sync──► <first>.log ──rotate──► closed, another one is open ──seal──► <first>-<digest>.parquet
//!                                     │ open: a torn tail is cut off and reported; one that holds whole
//!                                     │ records is kept in <first>-<offset>-<digest>.torn
//!                                                                                             └──retain──► older payloads go
//!   LogReader ◄── sealed files, then closed ones, then the open one
//! ```
//!
//! A record has a sequence number without gaps, a time given by the caller, and a payload that
//! nothing here looks into. In a chained log each record carries the digest of the one before, so
//! that none can be changed or taken out of the middle unnoticed.

mod frame;
mod reader;
mod retain;
mod seal;
mod writer;

pub use reader::LogReader;
pub use retain::{Looked, Retained, SealedFile};
pub use writer::{LogWriter, Rotated};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ringtrue_core::digest::DigestBuilder;
use ringtrue_core::{Digest, EventTime};

use crate::error::StoreError;
use crate::filesystem::{Disk, Entry};
use crate::lock::{Patience, acquire};
use retain::SealedName;

/// Bytes of one record's payload.
pub const PAYLOAD_BYTES_MAX: usize = 16 << 20;

/// The ending of files that keep what may have been damaged at a log's end.
const TORN: &str = "torn";

/// Whether each record carries the digest of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// It does not.
    Plain,
    /// It does: for logs that people must be able to rely on.
    Chained,
}

/// One record of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number, from 0 without gaps.
    pub sequence: u64,
    /// When it was written, by the caller's clock.
    pub time: EventTime,
    /// In a chained log, the digest of the record before; all zero in the first.
    pub previous: Option<Digest>,
    /// What it says.
    pub payload: Vec<u8>,
}

impl Record {
    /// Returns the digest that the next record of a chained log carries.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut builder = DigestBuilder::default();
        builder
            .piece(&self.sequence.to_le_bytes())
            .piece(&self.time.0.to_le_bytes())
            .piece(self.previous.as_ref().map_or(&[], |digest| digest.bytes()))
            .piece(&self.payload);
        builder.finish()
    }
}

/// The unfinished end of a log whose last write was interrupted; no record in it was acknowledged, unless
/// [`TornTail::holds_records`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// Where it starts in the open file.
    pub offset: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// Whether whole records stand in it behind what is not whole: then it may as well be damage, and a writer keeps it in a
    /// file beside the log.
    pub holds_records: bool,
}

/// Checks that `record` follows what came before it: its number, and in a chained log its link.
struct Follower {
    next: u64,
    head: Digest,
}

impl Follower {
    /// Follows a log from the record on that it begins with.
    const fn from(begins: u64) -> Self {
        Self {
            next: begins,
            head: Digest::from_bytes([0; 32]),
        }
    }

    fn check(&mut self, record: &Record, path: &Path) -> Result<(), StoreError> {
        if record.sequence != self.next {
            let reason = format!(
                "record {} stands where {} belongs",
                record.sequence, self.next
            );
            return Err(StoreError::corrupt(path, reason));
        }
        if record
            .previous
            .is_some_and(|previous| previous != self.head)
        {
            let reason = format!("the chain breaks before record {}", record.sequence);
            return Err(StoreError::corrupt(path, reason));
        }
        self.next += 1;
        if record.previous.is_some() {
            self.head = record.digest();
        }
        Ok(())
    }
}

/// A log's files in order: the sealed ones, then those that are not sealed yet, the open one last.
struct Listing {
    /// The number of the first record.
    begins: u64,
    sealed: Vec<PathBuf>,
    unsealed: Vec<PathBuf>,
    /// Files of which a later form is complete, those before the log's beginning, and what writers that died left half written.
    superseded: Vec<PathBuf>,
}

impl Listing {
    fn of(disk: &Disk, folder: &Path) -> Result<Self, StoreError> {
        let mut begins = retain::begins(disk, folder)?;
        loop {
            let entries = disk.list(folder)?;
            // What was dropped meanwhile is neither listed nor missing.
            let now = retain::begins(disk, folder)?;
            if now == begins {
                return Ok(Self::among(folder, &entries, begins));
            }
            begins = now;
        }
    }

    fn among(folder: &Path, entries: &[Entry], begins: u64) -> Self {
        let mut listing = Self {
            begins,
            sealed: Vec::new(),
            unsealed: Vec::new(),
            superseded: Vec::new(),
        };
        let mut sealed: BTreeMap<u64, SealedName> = BTreeMap::new();
        for entry in entries {
            let Some(name) = SealedName::of(&entry.name) else {
                continue;
            };
            let later = sealed
                .get(&name.first)
                .map_or(name, |other| name.max(*other));
            let earlier = sealed
                .insert(name.first, later)
                .map(|other| name.min(other));
            let old = if name.first < listing.begins {
                sealed.remove(&name.first)
            } else {
                earlier.filter(|earlier| *earlier != later)
            };
            listing
                .superseded
                .extend(old.map(|it| folder.join(it.to_string())));
        }
        for entry in entries {
            if is_left(&entry.name) {
                listing.superseded.push(folder.join(&entry.name));
            }
            if let Some(first) = entry.name.strip_suffix(".log") {
                let path = folder.join(&entry.name);
                let is_over = |first: u64| first < begins || sealed.contains_key(&first);
                if first.parse().is_ok_and(is_over) {
                    listing.superseded.push(path);
                } else {
                    listing.unsealed.push(path);
                }
            }
        }
        let names = sealed
            .into_values()
            .map(|name| folder.join(name.to_string()));
        listing.sealed = names.collect();
        listing
    }
}

/// Lists the files that keep what may have been damaged at the log's end.
pub(crate) fn kept_aside(disk: &Disk, folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    if disk.length(folder)?.is_none() {
        return Ok(Vec::new());
    }
    let files = disk.list(folder)?.into_iter();
    let paths = files.map(|entry| folder.join(entry.name));
    Ok(paths
        .filter(|path| path.extension().is_some_and(|ending| ending == TORN))
        .collect())
}

/// Returns whether another process was about to put a file in place of another under this name; who opens a log for writing knows that it is gone.
fn is_left(name: &str) -> bool {
    let rest = name
        .strip_prefix('.')
        .and_then(|it| it.strip_suffix(".new"));
    let process = rest.and_then(|it| it.rsplit_once('.')).map(|(_, id)| id);
    process.is_some_and(|id| id.parse().is_ok_and(|id: u32| id != std::process::id()))
}

/// Returns whether a log has a writer now. A log that never had one has none, and nothing is made to tell.
///
/// # Errors
///
/// What the system says.
pub fn has_writer(folder: &Path) -> Result<bool, StoreError> {
    let (disk, lock) = (Disk::real(), folder.join("lock"));
    if disk.length(&lock)?.is_none() {
        return Ok(false);
    }
    match acquire(&disk, &lock, "log", Patience::Refuse) {
        Ok(_) => Ok(false),
        Err(StoreError::Busy { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
