//! Taking events in: streamed, in bounded memory, all or nothing.
//!
//! ```text
//!   push ──► SegmentBuilder ──full──► staging/ingest/N.parquet
//!        └─► ids ────────────full──► staging/ingest/ids (sorted runs)
//!   commit ──► ids against the index ──► staged segments with repeats are rewritten or dropped
//!          ──► sync, rename into place, sync folders ──► one catalog transaction: it exists
//! ```
//!
//! Events that the store holds already (see `ids`) are counted and not kept again. Dropping an
//! ingest without a commit, or failing anywhere before the transaction, leaves nothing.

use std::path::{Path, PathBuf};

use ringtrue_core::digest::DigestBuilder;
use ringtrue_core::{Digest, Event, Value};
use serde::{Deserialize, Serialize};

use crate::catalog::Change;
use crate::error::StoreError;
use crate::forget::KeyUse;
use crate::ids::index::{IndexInfo, IndexReader, IndexWriter};
use crate::ids::merge::{Repeats, choose, compact, find_repeats};
use crate::ids::spill::Spill;
use crate::lock::Held;
use crate::number::as_u64;
use crate::segment::read::SegmentReader;
use crate::segment::schema::COLUMNS_MAX;
use crate::segment::write::SegmentBuilder;
use crate::segment::{LabelCounts, SegmentInfo};
use crate::store::Store;

/// Bytes of one event's names and values; far above what intake lets through.
const EVENT_BYTES_MAX: usize = 256 << 20;

/// Set-aside rows are written when this many bytes are held.
const SET_ASIDE_BUFFER: usize = 1 << 18;

/// What is taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestSource {
    /// What people call it, such as a file's name.
    pub name: String,
    /// The digest of its bytes, if known beforehand.
    pub digest: Option<Digest>,
    /// The digest of the rules, part of a task, by which it is read.
    pub task: Option<Digest>,
}

/// A row that could not be read, kept under the same privacy rules as events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// The input it came from.
    pub file: String,
    /// Its line there, from 1.
    pub line: u64,
    /// Why it could not be read.
    pub reason: String,
    /// The start of it, after the privacy rules.
    pub excerpt: String,
}

/// What an ingest did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestSummary {
    /// Its number in this store, from 1.
    pub number: u64,
    /// Events that are new.
    pub added: u64,
    /// Events that the store held already.
    pub repeated: u64,
    /// Rows that were set aside.
    pub set_aside: u64,
    /// The file within `set-aside/` that lists them, if there are any.
    pub set_aside_file: Option<String>,
    /// The labels of the new events.
    pub labels: LabelCounts,
    /// The segments that hold the new events, in order.
    pub segments: Vec<Digest>,
}

/// A running ingest. It holds the store's lock until it is committed or dropped.
pub struct Ingest<'a> {
    store: &'a Store,
    held: Option<Held>,
    source: IngestSource,
    folder: PathBuf,
    builder: SegmentBuilder,
    ids: Vec<(u128, u64)>,
    spill: Spill,
    staged: Vec<Staged>,
    pushed: u64,
    aside: Aside,
    keys: Vec<KeyUse>,
    failed: bool,
}

/// A segment that waits for its commit.
struct Staged {
    path: PathBuf,
    first: u64,
    info: SegmentInfo,
}

#[derive(Default)]
struct Aside {
    count: u64,
    buffer: Vec<u8>,
    digest: DigestBuilder,
}

impl std::fmt::Debug for Ingest<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Ingest")
            .field("source", &self.source)
            .field("pushed", &self.pushed)
            .finish_non_exhaustive()
    }
}

impl<'a> Ingest<'a> {
    pub(crate) fn new(store: &'a Store, held: Held, source: IngestSource) -> Self {
        let folder = store.ingest_staging();
        let spill = Spill::new(store.disk.clone(), folder.join("ids"));
        Self {
            store,
            held: Some(held),
            source,
            folder,
            builder: SegmentBuilder::new(),
            ids: Vec::new(),
            spill,
            staged: Vec::new(),
            pushed: 0,
            aside: Aside::default(),
            keys: Vec::new(),
            failed: false,
        }
    }

    /// Says under which key the pseudonyms of the events are made, so that they can be found again.
    pub fn note_key(&mut self, used: KeyUse) {
        if !self.keys.contains(&used) {
            self.keys.push(used);
        }
    }

    /// Takes events in. After an error the ingest cannot be committed any more.
    ///
    /// # Errors
    ///
    /// [`StoreError::TooLarge`] for an event of more than 4,096 fields or 256 MiB,
    /// [`StoreError::Full`] and what else the system says, [`StoreError::Aborted`] after an error.
    pub fn push(&mut self, events: &[Event]) -> Result<(), StoreError> {
        self.attempt(|ingest| events.iter().try_for_each(|event| ingest.push_one(event)))
    }

    /// Keeps a row that could not be read.
    ///
    /// # Errors
    ///
    /// As [`Ingest::push`].
    pub fn set_aside(&mut self, row: &SetAside) -> Result<(), StoreError> {
        self.attempt(|ingest| {
            let path = ingest.folder.join("set-aside.ndjson");
            serde_json::to_writer(&mut ingest.aside.buffer, row)
                .map_err(|error| StoreError::io("write", &path, error.into()))?;
            ingest.aside.buffer.push(b'\n');
            ingest.aside.count += 1;
            if ingest.aside.buffer.len() >= SET_ASIDE_BUFFER {
                ingest.flush_aside()?;
            }
            Ok(())
        })
    }

    /// Makes everything that was pushed part of the store, in one step.
    ///
    /// # Errors
    ///
    /// As [`Ingest::push`]; [`StoreError::Corrupt`] if an index file is damaged. The store is then
    /// what it was before.
    pub fn commit(mut self) -> Result<IngestSummary, StoreError> {
        let mut summary = None;
        self.attempt(|ingest| {
            summary = Some(ingest.finish()?);
            Ok(())
        })?;
        summary.ok_or_else(|| StoreError::Aborted {
            name: self.source.name.clone(),
        })
    }

    /// Runs one step, unless one failed before.
    fn attempt(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::Aborted {
                name: self.source.name.clone(),
            });
        }
        let done = step(self);
        self.failed = done.is_err();
        done
    }

    fn push_one(&mut self, event: &Event) -> Result<(), StoreError> {
        check_size(event)?;
        let sizes = self.store.sizes;
        let full = self.builder.rows() >= sizes.segment_events.max(1)
            || self.builder.bytes() >= sizes.segment_bytes
            || !self.builder.has_room_for(event);
        if full {
            self.flush_segment()?;
        }
        let id = event.id();
        self.builder.push(event, id)?;
        self.ids.push((crate::ids::as_number(id), self.pushed));
        self.pushed += 1;
        Ok(())
    }

    /// Writes the segment that is being built, and its ids, to the staging folder.
    fn flush_segment(&mut self) -> Result<(), StoreError> {
        let rows = as_u64(self.builder.rows());
        if rows == 0 {
            return Ok(());
        }
        let builder = std::mem::replace(&mut self.builder, SegmentBuilder::new());
        let path = self.folder.join(format!("{}.parquet", self.staged.len()));
        let finished = builder.finish()?;
        self.store.disk.write(&path, &finished.bytes)?;
        self.spill.add_run(&mut self.ids)?;
        self.staged.push(Staged {
            path,
            first: self.pushed - rows,
            info: finished.info,
        });
        Ok(())
    }

    fn flush_aside(&mut self) -> Result<(), StoreError> {
        let path = self.folder.join("set-aside.ndjson");
        self.aside.digest.stream(&self.aside.buffer);
        self.store.disk.append(&path, &self.aside.buffer)?;
        self.aside.buffer.clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<IngestSummary, StoreError> {
        self.flush_segment()?;
        let set_aside_file = self.place_aside()?;
        let (repeats, index_files) = self.compare_ids()?;
        let segments = self.place_segments(&repeats)?;
        let mut labels = LabelCounts::default();
        for segment in &segments {
            labels.merge(segment.labels);
        }
        let summary = IngestSummary {
            number: self.store.catalog.next_ingest()?,
            added: labels.total(),
            repeated: repeats.count(),
            set_aside: self.aside.count,
            set_aside_file,
            labels,
            segments: segments.iter().map(|segment| segment.digest).collect(),
        };
        let change = Change {
            source: &self.source,
            summary: &summary,
            segments: &segments,
            index_files: &index_files,
            keys: &self.keys,
        };
        self.store.catalog.apply(&self.store.disk, &change)?;
        Ok(summary)
    }

    /// Puts the list of set-aside rows in its place; equal lists are one file.
    fn place_aside(&mut self) -> Result<Option<String>, StoreError> {
        if self.aside.count == 0 {
            return Ok(None);
        }
        self.flush_aside()?;
        let name = format!("{}.ndjson", self.aside.digest.finish());
        let folder = self.store.root.join("set-aside");
        let staged = self.folder.join("set-aside.ndjson");
        self.store.disk.sync(&staged)?;
        self.store.disk.rename(&staged, &folder.join(&name))?;
        self.store.disk.sync_folder(&folder)?;
        Ok(Some(name))
    }

    /// Finds what is there already; returns it with the index files that the store then has.
    fn compare_ids(&mut self) -> Result<(Repeats, Vec<IndexInfo>), StoreError> {
        let mut files = self.store.catalog.index_files()?;
        let mut readers = self.open_index(&files)?;
        let staged = self.folder.join("index");
        let disk = &self.store.disk;
        let mut writer = IndexWriter::new(disk.clone(), staged.clone(), self.spill.entries());
        let entries_max = self.store.sizes.merge_entries;
        let repeats = find_repeats(&self.spill, &mut readers, &mut writer, entries_max)?;
        if let Some(info) = writer.finish()? {
            disk.rename(&staged, &self.store.index_path(&info.digest))?;
            files.push(info);
        }
        let (mut staying, merged) = choose(files, self.store.sizes.index_files_max);
        if !merged.is_empty() {
            let entries = merged.iter().map(|file| file.entries).sum();
            let writer = IndexWriter::new(disk.clone(), staged.clone(), entries);
            if let Some(info) = compact(self.open_index(&merged)?, writer)? {
                disk.rename(&staged, &self.store.index_path(&info.digest))?;
                staying.push(info);
            }
        }
        disk.sync_folder(&self.store.root.join("index"))?;
        Ok((repeats, staying))
    }

    fn open_index(&self, files: &[IndexInfo]) -> Result<Vec<IndexReader>, StoreError> {
        let disk = &self.store.disk;
        files
            .iter()
            .map(|file| IndexReader::open(disk.clone(), &self.store.index_path(&file.digest)))
            .collect()
    }

    /// Puts the segments in place, without the events that are there already.
    fn place_segments(&self, repeats: &Repeats) -> Result<Vec<SegmentInfo>, StoreError> {
        let disk = &self.store.disk;
        let mut placed = Vec::new();
        for staged in &self.staged {
            let rows = staged.info.events();
            let there = repeats.count_in(staged.first, rows);
            if there == rows {
                continue;
            }
            let info = if there == 0 {
                staged.info.clone()
            } else {
                self.rewrite(staged, repeats)?
            };
            disk.sync(&staged.path)?;
            disk.rename(&staged.path, &self.store.segment_path(&info.digest))?;
            placed.push(info);
        }
        disk.sync_folder(&self.store.root.join("segments"))?;
        Ok(placed)
    }

    /// Writes a staged segment again without its repeats.
    fn rewrite(&self, staged: &Staged, repeats: &Repeats) -> Result<SegmentInfo, StoreError> {
        let disk = &self.store.disk;
        let bytes = disk.read(&staged.path)?;
        let mut builder = SegmentBuilder::new();
        let mut ordinal = staged.first;
        for batch in SegmentReader::open(bytes, &staged.path)? {
            for event in batch? {
                if !repeats.contains(ordinal) {
                    builder.push(&event, event.id())?;
                }
                ordinal += 1;
            }
        }
        let finished = builder.finish()?;
        disk.write(&staged.path, &finished.bytes)?;
        Ok(finished.info)
    }
}

impl Drop for Ingest<'_> {
    /// Removes what the catalog does not name, staged or in place. What cannot be removed now is
    /// swept when the store is opened next.
    fn drop(&mut self) {
        self.store.sweep().ok();
        self.held.take();
    }
}

fn check_size(event: &Event) -> Result<(), StoreError> {
    let fields = event.fields.len();
    if fields > COLUMNS_MAX {
        return Err(StoreError::TooLarge {
            unit: "fields",
            found: fields,
            limit: COLUMNS_MAX,
        });
    }
    let bytes: usize = event
        .fields
        .iter()
        .map(|field| match &field.value {
            Value::Text(text) => text.len() + field.name.len(),
            _ => field.name.len(),
        })
        .sum();
    if bytes > EVENT_BYTES_MAX {
        return Err(StoreError::TooLarge {
            unit: "bytes",
            found: bytes,
            limit: EVENT_BYTES_MAX,
        });
    }
    Ok(())
}

/// Reads a list of set-aside rows back.
///
/// # Errors
///
/// [`StoreError::Corrupt`] for a line that is none, and what the system says.
pub(crate) fn read_set_aside(
    disk: &crate::filesystem::Disk,
    path: &Path,
) -> Result<Vec<SetAside>, StoreError> {
    let bytes = disk.read(path)?;
    let lines = bytes.split(|byte| *byte == b'\n');
    lines
        .filter(|line| !line.is_empty())
        .map(|line| {
            serde_json::from_slice(line)
                .map_err(|error| StoreError::corrupt(path, error.to_string()))
        })
        .collect()
}

impl Store {
    /// Returns the rows that an ingest set aside.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] for a line that is none, and what the system says.
    pub fn set_aside_rows(&self, ingest: &IngestSummary) -> Result<Vec<SetAside>, StoreError> {
        match &ingest.set_aside_file {
            Some(name) => read_set_aside(&self.disk, &self.root.join("set-aside").join(name)),
            None => Ok(Vec::new()),
        }
    }
}
