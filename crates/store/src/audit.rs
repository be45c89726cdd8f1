//! The audit log as it is kept: chained records in `logs/audit`, each on the disk before anybody is told.
//!
//! ```text
//!   append_audit ──lock──► read all ──► the caller decides on what it sees, and tells the time ──► append, sync ──► acknowledged
//!                                            │ it may say no: nothing is written
//!   audit ◄── records, chain and numbers checked ──► entries, or the first record that does not hold
//! ```
//!
//! Whoever decides holds the log's lock and sees every entry before: of two who want the same alias, the second sees what
//! the first did. An entry is there whole or not at all, and with it whatever follows from it, for aliases are kept nowhere
//! else. Documents that entries rest on (`documents/<digest>`) are written before them.

use std::path::Path;

use ringtrue_core::audit::{Payload, Recorded};
use ringtrue_core::{Digest, EventTime};

use crate::error::StoreError;
use crate::filesystem::{name, parent};
use crate::lock::Patience;
use crate::log::{Chain, LogReader, LogWriter, Record, TornTail, kept_aside};
use crate::store::Store;

/// The name of the log.
const LOG: &str = "audit";
/// The folder of documents.
const DOCUMENTS: &str = "documents";

/// Every entry, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// The entries.
    pub entries: Vec<Recorded>,
    /// An end that was interrupted, or is being written: nothing of it was acknowledged.
    pub torn: Option<TornTail>,
    /// Files with ends that were cut off and may have been damaged.
    pub kept_aside: Vec<String>,
}

/// What is to be written, as it was decided with the log in hand.
#[derive(Clone, Debug)]
pub struct Decided<T> {
    /// When: read from the clock under the log's lock, so that times of entries do not cross as long as the clock goes forward.
    pub time: EventTime,
    /// The entries.
    pub payloads: Vec<Payload>,
    /// What whoever asked is told once they are on the disk.
    pub told: T,
}

/// A log that was read until something did not hold.
#[derive(Debug, Default)]
pub struct AuditUntil {
    /// What was read before.
    pub audit: Audit,
    /// What did not hold: nothing behind it can be relied on.
    pub stopped: Option<StoreError>,
}

impl Store {
    /// Reads every entry, and checks chain and numbers.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] naming the first record that is not what was written, and what the system says.
    pub fn audit(&self) -> Result<Audit, StoreError> {
        let AuditUntil { audit, stopped } = self.audit_until()?;
        stopped.map_or(Ok(audit), Err)
    }

    /// Reads entries until one does not hold: for whoever wants to know what is left of a log.
    ///
    /// # Errors
    ///
    /// What the system says of the log's folder.
    pub fn audit_until(&self) -> Result<AuditUntil, StoreError> {
        let folder = self.log_folder(LOG);
        let mut until = AuditUntil::default();
        if self.disk.length(&folder)?.is_none() {
            return Ok(until);
        }
        let aside = kept_aside(&self.disk, &folder)?;
        until.audit.kept_aside = aside.iter().map(|path| name(path)).collect();
        let mut log = LogReader::open_on(self.disk.clone(), &folder)?;
        for record in &mut log {
            match record.and_then(|record| recorded(&record, &folder)) {
                Ok(recorded) => until.audit.entries.push(recorded),
                Err(error) => {
                    until.stopped = Some(error);
                    return Ok(until);
                }
            }
        }
        until.audit.torn = log.torn();
        Ok(until)
    }

    /// Adds what `decide` returns when it is shown every entry, and waits until it is on the disk. Nobody else adds any in
    /// between. What `decide` says no with is handed on, and nothing is then written.
    ///
    /// # Errors
    ///
    /// As [`Store::audit`], and [`StoreError::TooLarge`]: nothing was then written. [`StoreError::Unsettled`] if the disk failed
    /// while it was: the entries are then kept or not, and whoever reads the log sees which.
    pub fn append_audit<T, E>(
        &self,
        decide: impl FnOnce(&Audit) -> Result<Decided<T>, E>,
    ) -> Result<Result<T, E>, StoreError> {
        let folder = self.log_folder(LOG);
        let opened =
            LogWriter::open_on(self.disk.clone(), &folder, Chain::Chained, Patience::Wait)?;
        let (mut log, torn) = opened;
        let mut audit = self.audit()?;
        audit.torn = torn;
        let Decided {
            time,
            payloads,
            told,
        } = match decide(&audit) {
            Ok(decided) => decided,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for payload in payloads {
            let bytes = payload.to_bytes();
            let bytes = bytes.map_err(|error| StoreError::corrupt(&folder, error.to_string()))?;
            log.append(time, &bytes)?;
        }
        log.sync().map_err(|source| StoreError::Unsettled {
            name: folder.display().to_string(),
            source: Box::new(source),
        })?;
        Ok(Ok(told))
    }

    /// Keeps a document that decisions rest on; the same bytes are kept once.
    ///
    /// # Errors
    ///
    /// What the system says; nothing is then kept.
    pub fn put_document(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let path = self.document_path(&digest);
        let folder = parent(&path);
        let _held = self.hold_artefacts()?;
        if self.disk.length(folder)?.is_none() {
            self.disk.create_folder(folder)?;
            self.disk.sync_folder(&self.root)?;
        }
        let staging = self.artefact_staging();
        self.disk.create_folder(&staging)?;
        let staged = staging.join(digest.to_string());
        self.disk.write(&staged, bytes)?;
        self.disk.sync(&staged)?;
        self.disk.rename(&staged, &path)?;
        self.disk.sync_folder(folder)?;
        Ok(digest)
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`] if there is none, [`StoreError::Corrupt`] if its content is not the one it is called by.
    pub fn document(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.document_path(digest);
        let bytes = self.disk.read_if_there(&path)?;
        let bytes = bytes.ok_or(StoreError::Unknown {
            noun: "document",
            digest: *digest,
        })?;
        if Digest::of(&bytes) == *digest {
            Ok(bytes)
        } else {
            let reason = "its content is not the one it is called by";
            Err(StoreError::corrupt(&path, reason))
        }
    }

    fn document_path(&self, digest: &Digest) -> std::path::PathBuf {
        self.root.join(DOCUMENTS).join(digest.to_string())
    }
}

fn recorded(record: &Record, folder: &Path) -> Result<Recorded, StoreError> {
    let corrupt = |reason: String| {
        let reason = format!("record {}: {reason}", record.sequence);
        StoreError::corrupt(folder, reason)
    };
    let previous = record.previous;
    Ok(Recorded {
        sequence: record.sequence,
        time: record.time,
        previous: previous.ok_or_else(|| corrupt("it is not chained".to_owned()))?,
        digest: record.digest(),
        payload: Payload::parse(&record.payload).map_err(corrupt)?,
    })
}

#[cfg(test)]
mod tests;
