//! Writing a log: append many, sync once, then they are acknowledged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringtrue_core::EventTime;

use super::reader::{Scanner, Step};
use super::retain::SealedName;
use super::{Chain, Follower, Listing, PAYLOAD_BYTES_MAX, Record, TORN, TornTail, frame, seal};
use crate::error::StoreError;
use crate::filesystem::{Access, Disk, FileSystem, RealFileSystem, parent};
use crate::lock::{Held, Patience, acquire};
use crate::number::as_usize;
use ringtrue_core::Digest;

/// The one writer of a log.
#[derive(Debug)]
pub struct LogWriter {
    disk: Disk,
    folder: PathBuf,
    path: PathBuf,
    chain: Chain,
    follower: Follower,
    /// The sequence number after the last acknowledged record.
    synced: u64,
    /// The sequence number of the open file's first record.
    first: u64,
    /// Files that are closed and not sealed, oldest first.
    rotated: Vec<Rotated>,
    buffer: Vec<u8>,
    failed: bool,
    _held: Held,
}

/// A closed file of a log: nothing is appended to it, and it is to be sealed, also while others are appended to.
#[derive(Debug)]
pub struct Rotated {
    disk: Disk,
    path: PathBuf,
    first: u64,
    /// The number after its last record.
    end: u64,
}

impl Rotated {
    /// Turns the file into Parquet; returns that file, `None` if somebody did so before. The records are held in memory
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] if the file is not what was written, and what the system says; the closed file then stands.
    pub fn seal(&self) -> Result<Option<PathBuf>, StoreError> {
        if self.disk.length(&self.path)?.is_none() {
            return Ok(None);
        }
        let records = records(&self.disk, &self.path, self.first..self.end)?;
        let bytes = seal::write(&records, &self.path)?;
        let name = SealedName {
            first: self.first,
            form: 0,
            digest: Digest::of(&bytes),
        };
        let sealed = self.path.with_file_name(name.to_string());
        self.disk.replace(&sealed, &bytes, Access::Usual)?;
        // From here on the sealed form counts, whether or not the closed one can be removed.
        self.disk.remove_file(&self.path)?;
        Ok(Some(sealed))
    }
}

/// Reads the records of these numbers, which a file holds.
fn records(
    disk: &Disk,
    path: &Path,
    numbers: std::ops::Range<u64>,
) -> Result<Vec<Record>, StoreError> {
    let mut scanner = Scanner::open(disk.clone(), path)?;
    let mut records = Vec::new();
    for expected in numbers {
        match scanner.step(expected)? {
            Step::Record(record) if record.sequence == expected => records.push(record),
            _ => {
                let reason = format!("record {expected} is not what was written");
                return Err(StoreError::corrupt(path, reason));
            }
        }
    }
    Ok(records)
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "before record {}", self.next)
    }
}

impl LogWriter {
    /// Opens the log in `folder` for appending, making it if need be. An interrupted write at its
    /// end is cut off and returned: nobody was promised what it held. An end that may be damage
    /// ([`TornTail::holds_records`]) is kept beside the log.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] if it has a writer, [`StoreError::Corrupt`] for damage before the end,
    /// and what the system says.
    pub fn open(folder: &Path, chain: Chain) -> Result<(Self, Option<TornTail>), StoreError> {
        Self::open_with(Arc::new(RealFileSystem), folder, chain)
    }

    /// Does what [`LogWriter::open`] does through another file system.
    ///
    /// # Errors
    ///
    /// As [`LogWriter::open`].
    pub fn open_with(
        file_system: Arc<dyn FileSystem>,
        folder: &Path,
        chain: Chain,
    ) -> Result<(Self, Option<TornTail>), StoreError> {
        Self::open_on(Disk::new(file_system), folder, chain, Patience::Refuse)
    }

    /// Does what [`LogWriter::open`] does; `patience` says what if the log has a writer.
    pub(crate) fn open_on(
        disk: Disk,
        folder: &Path,
        chain: Chain,
        patience: Patience,
    ) -> Result<(Self, Option<TornTail>), StoreError> {
        disk.create_folder(folder)?;
        disk.sync_folder(parent(folder))?;
        let held = acquire(&disk, &folder.join("lock"), "log", patience)?;
        let listing = Listing::of(&disk, folder)?;
        for path in &listing.superseded {
            disk.remove_file(path)?;
        }
        let mut follower = Follower::from(listing.begins);
        if let Some(path) = listing.sealed.last() {
            follow_sealed(&disk, path, &mut follower)?;
        }
        let mut first = follower.next;
        let mut torn = None;
        let mut rotated = Vec::new();
        let mut unsealed = listing.unsealed.into_iter().peekable();
        while let Some(path) = unsealed.next() {
            first = follower.next;
            if path != folder.join(file_name(first)) {
                let reason = format!("the log's records before it end at {first}");
                return Err(StoreError::corrupt(&path, reason));
            }
            if unsealed.peek().is_none() {
                torn = follow_open(&disk, &path, &mut follower)?;
                continue;
            }
            follow_closed(&disk, &path, &mut follower)?;
            rotated.push(Rotated {
                disk: disk.clone(),
                path,
                first,
                end: follower.next,
            });
        }
        let path = folder.join(file_name(first));
        let writer = Self {
            disk,
            folder: folder.to_path_buf(),
            path,
            chain,
            synced: follower.next,
            first,
            follower,
            rotated,
            buffer: Vec::new(),
            failed: false,
            _held: held,
        };
        Ok((writer, torn))
    }

    /// Adds a record and returns its sequence number. It is acknowledged by the next
    /// [`LogWriter::sync`], and lost if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::TooLarge`] for a payload over [`PAYLOAD_BYTES_MAX`], which is then not added.
    pub fn append(&mut self, time: EventTime, payload: &[u8]) -> Result<u64, StoreError> {
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(StoreError::TooLarge {
                unit: "bytes",
                found: payload.len(),
                limit: PAYLOAD_BYTES_MAX,
            });
        }
        let record = Record {
            sequence: self.follower.next,
            time,
            previous: (self.chain == Chain::Chained).then_some(self.follower.head),
            payload: payload.to_vec(),
        };
        frame::encode(&record, self.synced, &mut self.buffer);
        self.follower.check(&record, &self.path)?;
        Ok(record.sequence)
    }

    /// Waits until every record that was appended is on the disk; returns the sequence number after
    /// the last of them. If the disk took them and not the mark behind them, they are acknowledged and the next call fails.
    ///
    /// # Errors
    ///
    /// What the system says; the log must then be opened anew ([`StoreError::Aborted`] says so).
    pub fn sync(&mut self) -> Result<u64, StoreError> {
        if self.failed {
            return Err(StoreError::Aborted {
                name: self.folder.display().to_string(),
            });
        }
        if !self.buffer.is_empty() {
            self.failed = true;
            self.write()?;
            self.buffer.clear();
            self.synced = self.follower.next;
            self.failed = self.mark().is_err();
        }
        Ok(self.synced)
    }

    fn write(&self) -> Result<(), StoreError> {
        self.disk.append(&self.path, &self.buffer)?;
        self.disk.sync(&self.path)?;
        if self.synced == self.first {
            self.disk.sync_folder(&self.folder)?;
        }
        Ok(())
    }

    /// Says behind the records that they are on the disk. Nobody waits for it: it is synced with what comes next, and until
    /// then its loss only leaves open whether later damage is an interrupted write.
    fn mark(&self) -> Result<(), StoreError> {
        let mut mark = Vec::new();
        frame::encode_mark(self.synced, &mut mark);
        self.disk.append(&self.path, &mark)
    }

    /// Syncs, and closes the open file if it holds anything: what comes next goes into another. Takes no time but that of the
    /// sync.
    ///
    /// # Errors
    ///
    /// As [`LogWriter::sync`]; the file then stays open.
    pub fn rotate(&mut self) -> Result<(), StoreError> {
        self.sync()?;
        if self.synced == self.first {
            return Ok(());
        }
        let next = self.folder.join(file_name(self.synced));
        self.rotated.push(Rotated {
            disk: self.disk.clone(),
            path: std::mem::replace(&mut self.path, next),
            first: self.first,
            end: self.synced,
        });
        self.first = self.synced;
        Ok(())
    }

    /// Hands out the closed files that are to be sealed, oldest first; each is handed out once, and those that were not sealed
    /// again when the log is opened anew.
    pub fn take_rotated(&mut self) -> Vec<Rotated> {
        std::mem::take(&mut self.rotated)
    }

    /// Syncs, turns what is not sealed into Parquet and starts a new file; returns the last Parquet file, or
    /// `None` if there was nothing to seal.
    ///
    /// # Errors
    ///
    /// As [`LogWriter::sync`] and [`Rotated::seal`]; what was not sealed then stands.
    pub fn seal(&mut self) -> Result<Option<PathBuf>, StoreError> {
        self.rotate()?;
        let mut sealed = None;
        while let Some(oldest) = self.rotated.first() {
            sealed = oldest.seal()?;
            self.rotated.remove(0);
        }
        Ok(sealed)
    }

    /// Replaces the open file by one in which some payloads are others; `changed` says of each record what it holds from now
    /// on, `None`: what it held. Returns how many changed. Only a log without a chain and without sealed files can be
    /// rewritten.
    pub(crate) fn rewrite(
        &mut self,
        mut changed: impl FnMut(&Record) -> Option<Vec<u8>>,
    ) -> Result<u64, StoreError> {
        self.sync()?;
        let mut count = 0;
        let mut bytes = Vec::new();
        for mut record in records(&self.disk, &self.path, self.first..self.synced)? {
            if let Some(payload) = changed(&record) {
                record.payload = payload;
                count += 1;
            }
            // The file takes the old one's place when all of it is on the disk, so that each record counts as synced by itself:
            // damage to any is then told from an interrupted write.
            frame::encode(&record, record.sequence, &mut bytes);
        }
        frame::encode_mark(self.synced, &mut bytes);
        if count > 0 {
            self.disk.replace(&self.path, &bytes, Access::Usual)?;
        }
        Ok(count)
    }
}

fn file_name(first: u64) -> String {
    format!("{first:020}.log")
}

/// Brings `follower` behind the last sealed file.
fn follow_sealed(disk: &Disk, path: &Path, follower: &mut Follower) -> Result<(), StoreError> {
    if let Some(last) = seal::read(disk, path)?.last() {
        follower.next = last.sequence + 1;
        if last.previous.is_some() {
            follower.head = last.digest();
        }
    }
    Ok(())
}

/// Brings `follower` behind a closed file, of which no write was interrupted.
fn follow_closed(disk: &Disk, path: &Path, follower: &mut Follower) -> Result<(), StoreError> {
    let mut scanner = Scanner::open(disk.clone(), path)?;
    loop {
        match scanner.step(follower.next)? {
            Step::Record(record) => follower.check(&record, path)?,
            Step::End => return Ok(()),
            Step::Torn(_) => return Err(torn_closed(path, follower.next)),
        }
    }
}

/// What stands where a closed file is not whole.
pub(super) fn torn_closed(path: &Path, expected: u64) -> StoreError {
    let reason = format!("record {expected} is not what was written, though the file was closed");
    StoreError::corrupt(path, reason)
}

/// Brings `follower` behind the open file, cutting off what was interrupted; what is left of it is on the disk then.
fn follow_open(
    disk: &Disk,
    path: &Path,
    follower: &mut Follower,
) -> Result<Option<TornTail>, StoreError> {
    let mut scanner = Scanner::open(disk.clone(), path)?;
    let torn = loop {
        match scanner.step(follower.next)? {
            Step::Record(record) => follower.check(&record, path)?,
            Step::End => break None,
            Step::Torn(torn) => break Some(torn),
        }
    };
    if let Some(torn) = torn {
        if torn.holds_records {
            keep_aside(disk, path, torn)?;
        }
        disk.truncate(path, torn.offset)?;
    }
    // A sync that failed leaves records that read like all others and that no later sync brings to the disk: then a power cut
    // would lose what was acknowledged behind them.
    disk.write_again(path, scanner.marked())?;
    disk.sync(path)?;
    disk.sync_folder(parent(path))?;
    Ok(torn)
}

/// Keeps the end of a file, which may be damage, in a file of its own.
fn keep_aside(disk: &Disk, path: &Path, torn: TornTail) -> Result<(), StoreError> {
    let bytes = disk.read_range(path, torn.offset, as_usize(torn.bytes))?;
    let stem = path.with_extension("");
    let stem = stem.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{stem}-{:020}-{}.{TORN}", torn.offset, Digest::of(&bytes));
    disk.replace(&parent(path).join(name), &bytes, Access::Usual)
}
