//! Reading a log: the sealed files, then those that are not sealed yet, record by record.
//!
//! An interrupted write at the open file's end is where reading stops, and is told; damage anywhere
//! else is an error that names the place.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use super::frame::{Beyond, Decoded, FRAME_MAX, HEADER, beyond, decode};
use super::writer::torn_closed;
use super::{Follower, Listing, Record, TornTail, seal};
use crate::error::StoreError;
use crate::filesystem::{Disk, FileSystem, RealFileSystem, parent};
use crate::number::{as_u64, as_usize};

const CHUNK: usize = 1 << 20;

/// What comes next in an open file.
pub(crate) enum Step {
    Record(Record),
    Torn(TornTail),
    End,
}

/// Reads frames from an open file.
pub(crate) struct Scanner {
    disk: Disk,
    path: PathBuf,
    length: u64,
    /// Where `buffer` starts in the file.
    offset: u64,
    buffer: Vec<u8>,
    /// How much of `buffer` was taken.
    taken: usize,
    /// Where the last mark that was read starts in the file; 0 if there was none.
    marked: u64,
}

impl Scanner {
    pub(crate) fn open(disk: Disk, path: &Path) -> Result<Self, StoreError> {
        let length = disk.length(path)?.unwrap_or(0);
        Ok(Self {
            disk,
            path: path.to_path_buf(),
            length,
            offset: 0,
            buffer: Vec::new(),
            taken: 0,
            marked: 0,
        })
    }

    /// Returns where the last mark starts that was read: what stands before it was synced, and of it and what stands behind it
    /// nobody knows. 0 if there was none.
    pub(crate) const fn marked(&self) -> u64 {
        self.marked
    }

    /// Returns the next record, which has the sequence number `expected` unless it is damaged.
    pub(crate) fn step(&mut self, expected: u64) -> Result<Step, StoreError> {
        let mut wanted = HEADER;
        loop {
            self.fill(wanted)?;
            let rest = self.buffer.get(self.taken..).unwrap_or(&[]);
            if rest.is_empty() {
                return Ok(Step::End);
            }
            match decode(rest) {
                Decoded::Whole(record, _, size) => {
                    self.taken += size;
                    return Ok(Step::Record(record));
                }
                Decoded::Mark(next, size) if next == expected => {
                    self.marked = self.offset + as_u64(self.taken);
                    self.taken += size;
                    wanted = HEADER;
                }
                Decoded::Mark(next, _) => {
                    let reason =
                        format!("a mark says that record {next} comes where {expected} belongs");
                    return Err(StoreError::corrupt(&self.path, reason));
                }
                Decoded::Short if !self.is_all_read() => wanted = wanted.max(CHUNK) * 2,
                Decoded::Short | Decoded::Bad => return self.torn(expected).map(Step::Torn),
            }
            wanted = wanted.min(FRAME_MAX);
        }
    }

    fn is_all_read(&self) -> bool {
        self.offset + as_u64(self.buffer.len()) >= self.length
    }

    /// Reads on until `wanted` bytes are there or the file ends.
    fn fill(&mut self, wanted: usize) -> Result<(), StoreError> {
        let held = self.buffer.len() - self.taken;
        if held >= wanted || self.is_all_read() {
            return Ok(());
        }
        self.buffer.drain(..self.taken);
        self.offset += as_u64(self.taken);
        self.taken = 0;
        let start = self.offset + as_u64(held);
        let room = as_usize(self.length - start);
        let length = CHUNK.max(wanted - held).min(room);
        let bytes = self.disk.read_range(&self.path, start, length)?;
        if bytes.len() < length {
            // Somebody cut the file meanwhile; what is left is all there is.
            self.length = start + as_u64(bytes.len());
        }
        self.buffer.extend_from_slice(&bytes);
        Ok(())
    }

    /// Tells an interrupted write, which nobody was promised, from damage.
    fn torn(&self, expected: u64) -> Result<TornTail, StoreError> {
        let offset = self.offset + as_u64(self.taken);
        let bytes = self.length - offset;
        let rest = self.disk.read_range(&self.path, offset, as_usize(bytes))?;
        let found = beyond(&rest, expected);
        if found == Beyond::Synced {
            let reason = format!("record {expected} at byte {offset} is not what was written");
            return Err(StoreError::corrupt(&self.path, reason));
        }
        Ok(TornTail {
            offset,
            bytes,
            holds_records: found == Beyond::Whole,
        })
    }
}

/// Reads a log's records in order, and checks numbers and chain as it goes.
pub struct LogReader {
    disk: Disk,
    sealed: VecDeque<PathBuf>,
    unsealed: VecDeque<PathBuf>,
    records: vec::IntoIter<Record>,
    current: PathBuf,
    scanner: Option<Scanner>,
    begins: u64,
    follower: Follower,
    torn: Option<TornTail>,
}

impl std::fmt::Debug for LogReader {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LogReader")
            .field("current", &self.current)
            .field("torn", &self.torn)
            .finish_non_exhaustive()
    }
}

impl LogReader {
    /// Opens the log in `folder`, which may be in use by a writer.
    ///
    /// # Errors
    ///
    /// What the system says, also if there is no such folder.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(Arc::new(RealFileSystem), folder)
    }

    /// Does what [`LogReader::open`] does through another file system.
    ///
    /// # Errors
    ///
    /// As [`LogReader::open`].
    pub fn open_with(file_system: Arc<dyn FileSystem>, folder: &Path) -> Result<Self, StoreError> {
        Self::open_on(Disk::new(file_system), folder)
    }

    /// Opens a log whose records are not chained at or before record `sequence`, without reading the sealed files that end
    /// before it.
    ///
    /// # Errors
    ///
    /// As [`LogReader::open`].
    pub fn open_from(folder: &Path, sequence: u64) -> Result<Self, StoreError> {
        let mut reader = Self::open(folder)?;
        let all = reader.sealed.iter().chain(&reader.unsealed);
        let begin = all
            .filter_map(|path| first_of(path))
            .filter(|it| *it <= sequence);
        let begin = begin.max().unwrap_or(reader.follower.next);
        for files in [&mut reader.sealed, &mut reader.unsealed] {
            files.retain(|path| first_of(path).is_none_or(|first| first >= begin));
        }
        reader.follower.next = begin;
        Ok(reader)
    }

    pub(crate) fn open_on(disk: Disk, folder: &Path) -> Result<Self, StoreError> {
        let listing = Listing::of(&disk, folder)?;
        Ok(Self {
            disk,
            sealed: listing.sealed.into(),
            unsealed: listing.unsealed.into(),
            records: Vec::new().into_iter(),
            current: folder.to_path_buf(),
            scanner: None,
            begins: listing.begins,
            follower: Follower::from(listing.begins),
            torn: None,
        })
    }

    /// Returns the write at the end that was interrupted, or is still going on, once reading has
    /// come to it.
    #[must_use]
    pub const fn torn(&self) -> Option<TornTail> {
        self.torn
    }

    /// Returns the number of the record that the log begins with: older ones were dropped ([`super::Retained`]).
    #[must_use]
    pub const fn begins(&self) -> u64 {
        self.begins
    }

    fn advance(&mut self) -> Result<Option<Record>, StoreError> {
        loop {
            if let Some(record) = self.records.next() {
                return Ok(Some(record));
            }
            if let Some(path) = self.sealed.pop_front() {
                let next = self.follower.next;
                let mut records = match seal::read(&self.disk, &path) {
                    // Somebody rewrote or dropped it meanwhile.
                    Err(_) if self.disk.length(&path)?.is_none() => {
                        self.relist(&path)?;
                        continue;
                    }
                    read => read?,
                };
                // Those that were read before their file was sealed.
                records.retain(|record| record.sequence >= next);
                self.records = records.into_iter();
                self.current = path;
            } else if let Some(scanner) = self.scanner.as_mut() {
                match scanner.step(self.follower.next) {
                    Ok(Step::Record(record)) => return Ok(Some(record)),
                    Ok(Step::Torn(_)) if !self.unsealed.is_empty() => {
                        return Err(torn_closed(&self.current, self.follower.next));
                    }
                    Ok(Step::Torn(torn)) => self.torn = Some(torn),
                    Ok(Step::End) => {}
                    Err(error) => {
                        // A writer may have sealed it meanwhile.
                        let path = self.current.clone();
                        if self.disk.length(&path)?.is_some() {
                            return Err(error);
                        }
                        self.relist(&path)?;
                    }
                }
                self.scanner = None;
            } else if let Some(path) = self.unsealed.pop_front() {
                if self.disk.length(&path)?.is_some() {
                    self.scanner = Some(Scanner::open(self.disk.clone(), &path)?);
                    self.current = path;
                } else {
                    self.relist(&path)?;
                }
            } else {
                return Ok(None);
            }
        }
    }

    /// Lists the files anew that hold the next record and what comes after it: a writer has sealed one, or one was rewritten or dropped,
    /// since they were listed.
    fn relist(&mut self, gone: &Path) -> Result<(), StoreError> {
        let listing = Listing::of(&self.disk, parent(gone))?;
        let next = self.follower.next.max(listing.begins);
        let sealed: Vec<PathBuf> = listing.sealed;
        let before = sealed.iter().filter_map(|path| first_of(path));
        let holds = before.filter(|first| *first <= next).count();
        self.sealed = sealed.into_iter().skip(holds.saturating_sub(1)).collect();
        self.unsealed = listing.unsealed.into();
        self.follower.next = next;
        let is_again = |path: &PathBuf| path == gone;
        if self.sealed.iter().any(is_again) || (self.sealed.is_empty() && self.unsealed.is_empty())
        {
            return Err(StoreError::corrupt(gone, "it is not there"));
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.sealed.clear();
        self.unsealed.clear();
        self.scanner = None;
        self.records = Vec::new().into_iter();
    }
}

/// Returns the number of a log file's first record, which its name begins with.
fn first_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    let digits = name.split(['-', '.']).next()?;
    digits.parse().ok()
}

impl Iterator for LogReader {
    type Item = Result<Record, StoreError>;

    /// After an error there is nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        let record = self.advance().and_then(|record| {
            if let Some(record) = &record {
                self.follower.check(record, &self.current)?;
            }
            Ok(record)
        });
        if record.is_err() {
            self.stop();
        }
        record.transpose()
    }
}
