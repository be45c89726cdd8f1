//! Forgetting: events that concern somebody, or that were kept for long enough, leave the store.
//!
//! ```text
//!   every segment ──fate of each event──► staging/ingest/N.parquet, where anything changes
//!   every list of set-aside rows ────────► staging, without the rows that concern
//!   commit ──► sync, rename into place, sync folders ──► one catalog transaction: the old ones are gone
//!          ──► their files are removed, now or when the store is opened next
//! ```
//!
//! The event goes as a whole, with its labels: without its telling field it would still carry a time, a source and a label
//! by which it could be told. A tombstone stays, readable by holders of the key only, and so do the 128-bit
//! digests of the events, so that the same rows do not come back unnoticed. Datasets that were cut out of
//! a segment that changed cannot be read again; they and the detectors that learned from them are marked.
//! Copies elsewhere (backups, the blocks of the disk, detectors' folders) are not reached.

mod subject;

use std::collections::BTreeMap;
use std::path::PathBuf;

use ringtrue_core::{Digest, Event, EventTime, KeyId, LabelEntry};

use crate::catalog::Removal;
use crate::error::StoreError;
use crate::ingest::SetAside;
use crate::labels::{LabelChange, LabelFate};
use crate::lock::{Held, Patience, acquire};
use crate::query::read_checked;
use crate::segment::SegmentInfo;
use crate::segment::read::SegmentReader;
use crate::segment::write::SegmentBuilder;
use crate::store::Store;

pub use subject::{Subject, SubjectError};

/// What becomes of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It stays as it is.
    Keep,
    /// It goes.
    Remove,
    /// It stays without some of its fields.
    Replace(Box<Event>),
}

/// A key under which an ingest made pseudonyms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyUse {
    /// The key.
    pub key: KeyId,
    /// Whether any text was tokenised under it.
    pub tokenises: bool,
}

/// Decides what becomes of events and of rows that were set aside.
pub trait Judge {
    /// Returns the fate of an event that was ingested under these keys.
    fn event(&mut self, event: &Event, keys: &[KeyUse]) -> Fate;
    /// Returns whether a row that was set aside under these keys goes.
    fn is_removed(&mut self, row: &SetAside, keys: &[KeyUse]) -> bool;
    /// Returns whether a label goes, whatever becomes of its event: because of who gave it, or what they wrote.
    fn is_label_removed(&mut self, entry: &LabelEntry) -> bool;
}

/// What is no longer what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Marked {
    /// A dataset.
    Dataset,
    /// A detector.
    Detector,
}

impl Marked {
    /// Returns the one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Detector => "detector",
        }
    }
}

/// A dataset or detector that can no longer be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it is: `dataset` or `detector`.
    pub noun: String,
    /// Its digest.
    pub digest: Digest,
    /// The tombstone of who was forgotten.
    pub tombstone: String,
}

/// A dataset that was cut out of segments that change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AffectedDataset {
    /// Its digest.
    pub digest: Digest,
    /// How many of its events go or change; 0 if it only shares a segment with them.
    pub events: u64,
}

/// What forgetting would change, or has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// Events that go.
    pub removed: u64,
    /// Events that lose fields.
    pub shortened: u64,
    /// Segments that are written anew.
    pub segments: u64,
    /// Rows that were set aside and go.
    pub set_aside: u64,
    /// Labels that go, with their events or alone.
    pub labels: u64,
    /// Labels that follow their events to other ids.
    pub labels_moved: u64,
    /// Datasets, in order of their digests.
    pub datasets: Vec<AffectedDataset>,
}

impl Affected {
    /// Returns whether nothing concerns.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.segments == 0 && self.set_aside == 0 && self.labels == 0
    }
}

/// A segment that was written anew.
pub(crate) struct Rewritten {
    pub(crate) old: Digest,
    /// Where the new one stands; `None` if no event is left.
    pub(crate) new: Option<SegmentInfo>,
    staged: PathBuf,
    times: Vec<Option<EventTime>>,
}

/// A list of set-aside rows that was written anew.
pub(crate) struct RewrittenAside {
    pub(crate) ingest: u64,
    /// The new list's name; `None` if no row is left.
    pub(crate) file: Option<String>,
    pub(crate) rows: u64,
    staged: PathBuf,
}

/// What is about to be forgotten. It holds the store's lock until it is committed or dropped; dropping it
/// changes nothing.
pub struct Forgetting<'a> {
    store: &'a Store,
    held: Option<Held>,
    segments: Vec<Rewritten>,
    aside: Vec<RewrittenAside>,
    labels: LabelChange,
    affected: Affected,
}

impl std::fmt::Debug for Forgetting<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Forgetting")
            .field("affected", &self.affected)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Finds what `judge` does not keep, and gets ready to remove it; waits while events are taken in.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] for a file that is not what was written, and what the system says.
    pub fn begin_forget(&self, judge: &mut dyn Judge) -> Result<Forgetting<'_>, StoreError> {
        let lock = self.root.join("lock");
        let held = acquire(&self.disk, &lock, "forgetting", Patience::Wait)?;
        self.sweep()?;
        self.disk.create_folder(&self.ingest_staging())?;
        let mut forgetting = Forgetting {
            store: self,
            held: Some(held),
            segments: Vec::new(),
            aside: Vec::new(),
            labels: LabelChange::default(),
            affected: Affected::default(),
        };
        forgetting.look(judge)?;
        Ok(forgetting)
    }

    /// Lists the datasets and detectors that can no longer be made again, in order of noun and digest.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn marks(&self) -> Result<Vec<Mark>, StoreError> {
        self.catalog.marks()
    }

    /// Marks detectors of this store that learned from what was forgotten in another one, each under a tombstone of that one.
    /// Doing it again changes nothing.
    ///
    /// # Errors
    ///
    /// What the system says; none is then marked, or those of some tombstones.
    pub fn mark_detectors(&self, marks: &[(Digest, String)]) -> Result<(), StoreError> {
        let _held = acquire(
            &self.disk,
            &self.root.join("lock"),
            "forgetting",
            Patience::Wait,
        )?;
        let known = self.marks()?;
        let is_known = |(digest, tombstone): &(Digest, String)| {
            let noun = Marked::Detector.word();
            known
                .iter()
                .any(|it| it.noun == noun && it.digest == *digest && it.tombstone == *tombstone)
        };
        let mut new: BTreeMap<&str, Vec<(Marked, Digest)>> = BTreeMap::new();
        for mark in marks.iter().filter(|mark| !is_known(mark)) {
            let under = new.entry(&mark.1).or_default();
            under.push((Marked::Detector, mark.0));
        }
        for (tombstone, marks) in new {
            let removal = Removal {
                segments: &[],
                aside: &[],
                tombstone,
                marks: &marks,
            };
            self.catalog.remove(&self.disk, &removal)?;
        }
        Ok(())
    }

    /// Lists the tombstones of who was forgotten, oldest first.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn tombstones(&self) -> Result<Vec<String>, StoreError> {
        self.catalog.tombstones()
    }

    /// Lists the keys under which the events of each ingest were made pseudonymous, by the ingest's number.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn ingest_keys(&self) -> Result<BTreeMap<u64, Vec<KeyUse>>, StoreError> {
        self.catalog.ingest_keys()
    }
}

impl Forgetting<'_> {
    /// Returns what goes.
    #[must_use]
    pub const fn affected(&self) -> &Affected {
        &self.affected
    }

    /// Removes it, leaves `tombstone`, and marks the datasets and these `detectors`, in one step. Nothing to
    /// remove leaves no tombstone either, so that doing it again changes nothing.
    ///
    /// # Errors
    ///
    /// What the system says; the store is then what it was before, or all of it is done and only old files
    /// wait to be removed when the store is opened next.
    pub fn commit(self, tombstone: &str, detectors: &[Digest]) -> Result<Affected, StoreError> {
        if self.affected.is_nothing() {
            return Ok(self.affected.clone());
        }
        // Labels go first: as long as the events are there, a second attempt finds them again.
        self.store.change_labels(&self.labels)?;
        self.store.forget_leases()?;
        self.place()?;
        let datasets = self.affected.datasets.iter();
        let datasets = datasets.map(|dataset| (Marked::Dataset, dataset.digest));
        let detectors = detectors.iter().map(|digest| (Marked::Detector, *digest));
        let removal = Removal {
            segments: &self.segments,
            aside: &self.aside,
            tombstone,
            marks: &datasets.chain(detectors).collect::<Vec<_>>(),
        };
        self.store.catalog.remove(&self.store.disk, &removal)?;
        self.store.sweep()?;
        Ok(self.affected.clone())
    }

    fn look(&mut self, judge: &mut dyn Judge) -> Result<(), StoreError> {
        let keys = self.store.ingest_keys()?;
        let keys_of = |ingest: u64| keys.get(&ingest).map_or(&[][..], Vec::as_slice);
        for (ingest, segment) in self.store.catalog.segments_of_ingests()? {
            self.look_at_segment(&segment, keys_of(ingest), judge)?;
        }
        for ingest in self.store.ingests()? {
            let rows = self.store.set_aside_rows(&ingest)?;
            let keys = keys_of(ingest.number);
            let mut left = Vec::new();
            for row in &rows {
                if !judge.is_removed(row, keys) {
                    left.push(row);
                }
            }
            if left.len() < rows.len() {
                self.affected.set_aside += (rows.len() - left.len()) as u64;
                self.stage_aside(ingest.number, &left)?;
            }
        }
        self.affected.segments = self.segments.len() as u64;
        self.look_at_labels(judge)?;
        self.look_at_datasets()
    }

    fn look_at_segment(
        &mut self,
        segment: &SegmentInfo,
        keys: &[KeyUse],
        judge: &mut dyn Judge,
    ) -> Result<(), StoreError> {
        let store = self.store;
        let path = store.segment_path(&segment.digest);
        let bytes = read_checked(&store.disk, &store.root, &segment.digest)?;
        let mut builder = SegmentBuilder::new();
        let mut times = Vec::new();
        for batch in SegmentReader::open(bytes, &path)? {
            for event in batch? {
                match judge.event(&event, keys) {
                    Fate::Keep => builder.push(&event, event.id())?,
                    Fate::Remove => {
                        self.labels.events.insert(event.id(), None);
                        self.affected.removed += 1;
                        times.push(event.time);
                    }
                    Fate::Replace(other) => {
                        builder.push(&other, other.id())?;
                        self.labels.events.insert(event.id(), Some(other.id()));
                        self.affected.shortened += 1;
                        times.push(event.time);
                    }
                }
            }
        }
        if times.is_empty() {
            return Ok(());
        }
        let name = format!("{}.parquet", self.segments.len());
        let staged = store.ingest_staging().join(name);
        let new = if builder.rows() == 0 {
            None
        } else {
            let finished = builder.finish()?;
            store.disk.write(&staged, &finished.bytes)?;
            Some(finished.info)
        };
        self.segments.push(Rewritten {
            old: segment.digest,
            new,
            staged,
            times,
        });
        Ok(())
    }

    fn stage_aside(&mut self, ingest: u64, rows: &[&SetAside]) -> Result<(), StoreError> {
        let staging = self.store.ingest_staging();
        let staged = staging.join(format!("{}.ndjson", self.aside.len()));
        let mut bytes = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut bytes, row)
                .map_err(|error| StoreError::io("write", &staged, error.into()))?;
            bytes.push(b'\n');
        }
        let file = if rows.is_empty() {
            None
        } else {
            self.store.disk.write(&staged, &bytes)?;
            let mut digest = ringtrue_core::digest::DigestBuilder::default();
            digest.stream(&bytes);
            Some(format!("{}.ndjson", digest.finish()))
        };
        self.aside.push(RewrittenAside {
            ingest,
            file,
            rows: rows.len() as u64,
            staged,
        });
        Ok(())
    }

    /// Finds the labels that go, and those that follow their events.
    fn look_at_labels(&mut self, judge: &mut dyn Judge) -> Result<(), StoreError> {
        for stored in self.store.labels()?.entries {
            let entry = &stored.entry;
            let fate = if judge.is_label_removed(entry) {
                LabelFate::Remove
            } else {
                self.labels.of_entry(entry)
            };
            let becomes = match fate {
                LabelFate::Keep => continue,
                LabelFate::Remove => None,
                LabelFate::Move(entry) => Some(*entry),
            };
            self.affected.labels += u64::from(becomes.is_none());
            self.affected.labels_moved += u64::from(becomes.is_some());
            self.labels.by_number.insert(stored.sequence, becomes);
        }
        Ok(())
    }

    fn look_at_datasets(&mut self) -> Result<(), StoreError> {
        for digest in self.store.datasets()? {
            let dataset = self.store.dataset(&digest)?;
            let changed = self.segments.iter();
            let changed = changed.filter(|segment| dataset.segments.contains(&segment.old));
            let mut events = None;
            for segment in changed {
                let admitted = segment.times.iter();
                let admitted = admitted.filter(|time| dataset.query.admits(**time));
                *events.get_or_insert(0) += admitted.count() as u64;
            }
            if let Some(events) = events {
                let affected = AffectedDataset { digest, events };
                self.affected.datasets.push(affected);
            }
        }
        Ok(())
    }

    /// Puts everything that was staged in its place, where nothing names it yet.
    fn place(&self) -> Result<(), StoreError> {
        let (store, disk) = (self.store, &self.store.disk);
        for segment in &self.segments {
            if let Some(info) = &segment.new {
                disk.sync(&segment.staged)?;
                disk.rename(&segment.staged, &store.segment_path(&info.digest))?;
            }
        }
        disk.sync_folder(&store.root.join("segments"))?;
        let folder = store.root.join("set-aside");
        for aside in &self.aside {
            if let Some(file) = &aside.file {
                disk.sync(&aside.staged)?;
                disk.rename(&aside.staged, &folder.join(file))?;
            }
        }
        disk.sync_folder(&folder)
    }
}

impl Drop for Forgetting<'_> {
    /// Removes what the catalog does not name; what cannot be removed now is when the store is opened next.
    fn drop(&mut self) {
        self.store.sweep().ok();
        self.held.take();
    }
}
