//! Datasets: immutable snapshots, each a small document named by its own digest.
//!
//! A dataset lists the segments that it is made of and the query over them, so the same digest means
//! the same events forever. It copies nothing.

use ringtrue_core::{Digest, EventTime};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::filesystem::{Disk, parent};
use crate::query::{EventQuery, Share, read_checked};
use crate::segment::read::count;
use crate::segment::{LabelCounts, TimeRange};
use crate::store::Store;

/// The newest format of the document: that of datasets some of whose labels had expired.
const FORMAT: u64 = 3;
/// The format of datasets whose labels are those that hold by the label store.
const FORMAT_OF_STORE: u64 = 2;
/// The format of datasets whose labels are those that came with the events.
const FORMAT_OF_INPUT: u64 = 1;

/// An immutable snapshot of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The document's format.
    pub format: u64,
    /// Which events of the segments belong to it.
    pub query: EventQuery,
    /// The segments that hold them, in order.
    pub segments: Vec<Digest>,
    /// How many events there are.
    pub events: u64,
    /// The labels that came with them.
    pub labels: LabelCounts,
    /// Their times.
    pub times: TimeRange,
    /// The task by which they were read.
    pub task: Digest,
    /// Which labels hold instead of those that came with the events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<LabelsTaken>,
}

/// Which part of the label store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelsTaken {
    /// The entries that were there.
    pub entries: u64,
    /// At which time it was asked what was known; `None`: at the end of all entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<EventTime>,
    /// How many of the entries had expired, where no time was asked for. Time only adds to them, so that their number says
    /// which they are.
    #[serde(default, skip_serializing_if = "is_none_of_them")]
    pub expired: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
const fn is_none_of_them(count: &u64) -> bool {
    *count == 0
}

impl Dataset {
    /// Reads the document, of this or an older format.
    ///
    /// # Errors
    ///
    /// [`StoreError::NewerFormat`], or [`StoreError::Corrupt`] if it is no such document; both name
    /// `path`.
    pub fn parse(bytes: &[u8], path: &std::path::Path) -> Result<Self, StoreError> {
        read_document(bytes, path, FORMAT)
    }

    /// Returns the document's bytes, which its digest is of.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] if it cannot be written, which no value of this type causes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        write_document(self)
    }
}

/// Reads a versioned document after checking its `format`.
pub(crate) fn read_document<T: for<'a> Deserialize<'a>>(
    bytes: &[u8],
    path: &std::path::Path,
    known: u64,
) -> Result<T, StoreError> {
    #[derive(Deserialize)]
    struct Head {
        format: u64,
    }
    let odd = |error: serde_json::Error| StoreError::corrupt(path, error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(odd)?;
    if head.format > known {
        return Err(StoreError::NewerFormat {
            path: path.to_path_buf(),
            found: head.format,
            known,
        });
    }
    serde_json::from_slice(bytes).map_err(odd)
}

/// Writes a document with indentation and a last line feed, the same bytes for the same content.
pub(crate) fn write_document<T: Serialize>(document: &T) -> Result<Vec<u8>, StoreError> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|error| {
        StoreError::corrupt(std::path::Path::new("document"), error.to_string())
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

impl Store {
    /// Snapshots the events that `query` means now, read by the task of digest `task`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] for a damaged segment that the query cuts through, and what the
    /// system says.
    pub fn snapshot(
        &self,
        query: &EventQuery,
        task: Digest,
    ) -> Result<(Digest, Dataset), StoreError> {
        self.snapshot_with(query, task, None)
    }

    /// Does what [`Store::snapshot`] does, with the labels that hold by a part of the label store.
    ///
    /// # Errors
    ///
    /// As [`Store::snapshot`].
    pub fn snapshot_with(
        &self,
        query: &EventQuery,
        task: Digest,
        taken: Option<LabelsTaken>,
    ) -> Result<(Digest, Dataset), StoreError> {
        let mut dataset = Dataset {
            format: match taken {
                None => FORMAT_OF_INPUT,
                Some(taken) if taken.expired == 0 => FORMAT_OF_STORE,
                Some(_) => FORMAT,
            },
            query: *query,
            segments: Vec::new(),
            events: 0,
            labels: LabelCounts::default(),
            times: TimeRange::default(),
            task,
            taken,
        };
        for segment in self.segments()? {
            let (labels, times) = match query.share(&segment.times) {
                Share::None => continue,
                Share::All => (segment.labels, segment.times),
                Share::Part => {
                    let path = self.segment_path(&segment.digest);
                    let bytes = read_checked(&self.disk, &self.root, &segment.digest)?;
                    count(bytes, &path, |time| query.admits(time))?
                }
            };
            if labels.total() > 0 {
                dataset.segments.push(segment.digest);
                dataset.labels.merge(labels);
                dataset.times.merge(times);
            }
        }
        dataset.events = dataset.labels.total();
        let digest = self.put_dataset(&dataset)?;
        Ok((digest, dataset))
    }

    /// Reads the dataset of this digest.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`] if there is none, [`StoreError::Corrupt`] if its content is not the
    /// one it is called by.
    pub fn dataset(&self, digest: &Digest) -> Result<Dataset, StoreError> {
        let path = self.root.join("datasets").join(format!("{digest}.json"));
        let bytes = self.disk.read_if_there(&path)?;
        let bytes = bytes.ok_or(StoreError::Unknown {
            noun: "dataset",
            digest: *digest,
        })?;
        if Digest::of(&bytes) != *digest {
            let reason = "its content is not the one it is called by";
            return Err(StoreError::corrupt(&path, reason));
        }
        Dataset::parse(&bytes, &path)
    }

    /// Lists the datasets, in order of their digests.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn datasets(&self) -> Result<Vec<Digest>, StoreError> {
        names(&self.disk, &self.root.join("datasets"), ".json")
    }

    fn put_dataset(&self, dataset: &Dataset) -> Result<Digest, StoreError> {
        let bytes = dataset.to_bytes()?;
        let digest = Digest::of(&bytes);
        let path = self.root.join("datasets").join(format!("{digest}.json"));
        let _held = self.hold_artefacts()?;
        let staging = self.artefact_staging();
        self.disk.create_folder(&staging)?;
        let staged = staging.join(format!("{digest}.json"));
        self.disk.write(&staged, &bytes)?;
        self.disk.sync(&staged)?;
        self.disk.rename(&staged, &path)?;
        self.disk.sync_folder(parent(&path))?;
        Ok(digest)
    }
}

/// Lists the digests that the entries of `folder` are called by.
pub(crate) fn names(
    disk: &Disk,
    folder: &std::path::Path,
    ending: &str,
) -> Result<Vec<Digest>, StoreError> {
    let entries = disk.list(folder)?;
    let digests = entries
        .iter()
        .filter_map(|entry| entry.name.strip_suffix(ending)?.parse().ok());
    Ok(digests.collect())
}
