//! Writing a log: append many, sync once, then they are acknowledged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringtrue_core::EventTime;

use super::reader::{Scanner, Step};
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
    buffer: Vec<u8>,
    failed: bool,
    _held: Held,
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
        let mut follower = Follower::new();
        if let Some(path) = listing.sealed.last() {
            follow_sealed(&disk, path, &mut follower)?;
        }
        let first = follower.next;
        let path = folder.join(file_name(first));
        let mut torn = None;
        if let Some(open) = listing.open {
            if open != path {
                let reason = format!("the log's records before it end at {first}");
                return Err(StoreError::corrupt(&open, reason));
            }
            torn = follow_open(&disk, &path, &mut follower)?;
        }
        let writer = Self {
            disk,
            folder: folder.to_path_buf(),
            path,
            chain,
            synced: follower.next,
            first,
            follower,
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

    /// Syncs, turns the open file into Parquet and starts a new one; returns the Parquet file, or
    /// `None` if there was nothing to seal. The records of one file are held in memory meanwhile.
    ///
    /// # Errors
    ///
    /// As [`LogWriter::sync`]; the open file then stands.
    pub fn seal(&mut self) -> Result<Option<PathBuf>, StoreError> {
        self.sync()?;
        if self.synced == self.first {
            return Ok(None);
        }
        let records = self.open_records()?;
        let bytes = seal::write(&records, &self.path)?;
        let name = format!("{:020}-{}.parquet", self.first, Digest::of(&bytes));
        let sealed = self.folder.join(name);
        self.disk.replace(&sealed, &bytes, Access::Usual)?;
        // From here on the sealed form counts, whether or not the open one can be removed.
        let open = std::mem::replace(&mut self.path, self.folder.join(file_name(self.synced)));
        self.first = self.synced;
        self.disk.remove_file(&open)?;
        Ok(Some(sealed))
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
        for mut record in self.open_records()? {
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

    fn open_records(&self) -> Result<Vec<Record>, StoreError> {
        let mut scanner = Scanner::open(self.disk.clone(), &self.path)?;
        let mut records = Vec::new();
        for expected in self.first..self.synced {
            match scanner.step(expected)? {
                Step::Record(record) if record.sequence == expected => records.push(record),
                _ => {
                    let reason = format!("record {expected} is not what was written");
                    return Err(StoreError::corrupt(&self.path, reason));
                }
            }
        }
        Ok(records)
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

/// Brings `follower` behind the open file, cutting off what was interrupted.
fn follow_open(
    disk: &Disk,
    path: &Path,
    follower: &mut Follower,
) -> Result<Option<TornTail>, StoreError> {
    let mut scanner = Scanner::open(disk.clone(), path)?;
    loop {
        match scanner.step(follower.next)? {
            Step::Record(record) => follower.check(&record, path)?,
            Step::End => return Ok(None),
            Step::Torn(torn) => {
                if torn.holds_records {
                    keep_aside(disk, path, torn)?;
                }
                disk.truncate(path, torn.offset)?;
                disk.sync(path)?;
                return Ok(Some(torn));
            }
        }
    }
}

/// Keeps the end of a file, which may be damage, in a file of its own.
fn keep_aside(disk: &Disk, path: &Path, torn: TornTail) -> Result<(), StoreError> {
    let bytes = disk.read_range(path, torn.offset, as_usize(torn.bytes))?;
    let stem = path.with_extension("");
    let stem = stem.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{stem}-{:020}-{}.{TORN}", torn.offset, Digest::of(&bytes));
    disk.replace(&parent(path).join(name), &bytes, Access::Usual)
}
