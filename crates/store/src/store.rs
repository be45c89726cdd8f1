//! The store's folder: opening, checking and sweeping it, and the way to everything in it.
//!
//! ```text
//!   FORMAT  lock  artefacts.lock  key  catalog.sqlite
//!   segments/<digest>.parquet   index/<digest>.ids   set-aside/<digest>.ndjson
//!   datasets/<digest>.json      detectors/<digest>/  logs/<name>/   keys/<id>.key (before `key`)
//!   documents/<digest> (what decisions rest on)   staging/ingest/  staging/artefacts/
//! ```
//!
//! `FORMAT` is written last, so a folder that has it is whole. Whoever holds a lock may remove what
//! lies in its staging folder and what the catalog does not name. A folder with anything else in it
//! is refused and left as it is.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringtrue_core::{Digest, KeyId, PseudonymKey};

use crate::catalog::Catalog;
use crate::error::StoreError;
use crate::filesystem::{Access, Disk, FileSystem, RealFileSystem, parent};
use crate::ingest::{Ingest, IngestSource, IngestSummary};
use crate::lock::{Held, Patience, acquire};
use crate::segment::SegmentInfo;

const FORMAT: u64 = 1;
const FORMAT_WORDS: &str = "ringtrue store ";
const FILES: [&str; 5] = ["FORMAT", "lock", "artefacts.lock", "key", "catalog.sqlite"];
const FOLDERS: [&str; 9] = [
    "segments",
    "index",
    "set-aside",
    "datasets",
    "detectors",
    "documents",
    "logs",
    "keys",
    "staging",
];

/// How large the pieces are that a store works with. Tests make them small. An ingest holds one
/// segment while it is collected, as columns and as compressed bytes, so a few times
/// `segment_bytes` at most, plus one bit per event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Events of one segment.
    pub segment_events: usize,
    /// Bytes of events after which a segment is written even if it holds fewer.
    pub segment_bytes: usize,
    /// Ids that are compared with the index at a time.
    pub merge_entries: u64,
    /// Index files that may stand side by side before some are merged.
    pub index_files_max: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            segment_events: 65_536,
            segment_bytes: 32 << 20,
            merge_entries: 1 << 18,
            index_files_max: 8,
        }
    }
}

/// An open store. Any number of handles, in any number of processes, may be open at once.
#[derive(Debug)]
pub struct Store {
    pub(crate) disk: Disk,
    pub(crate) root: PathBuf,
    pub(crate) catalog: Catalog,
    pub(crate) sizes: Sizes,
    key: PseudonymKey,
}

impl Store {
    /// Opens the store in the folder `path`; makes one there if the folder is empty or new. One on a file system that is mounted to be read
    /// is opened to be read.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotAStore`] if the path is a file or a folder with other things in it,
    /// [`StoreError::NewerFormat`], [`StoreError::Denied`] for a folder that cannot be written,
    /// [`StoreError::Full`], [`StoreError::Corrupt`] if a part is missing, and what SQLite says.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(Arc::new(RealFileSystem), path)
    }

    /// Opens a store whose file operations all go through `file_system`.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub fn open_with(file_system: Arc<dyn FileSystem>, path: &Path) -> Result<Self, StoreError> {
        Self::open_sized(file_system, path, Sizes::default())
    }

    /// Opens a store that works in pieces of other `sizes`; they change no content.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub fn open_sized(
        file_system: Arc<dyn FileSystem>,
        path: &Path,
        sizes: Sizes,
    ) -> Result<Self, StoreError> {
        let disk = Disk::new(file_system);
        match read_format(&disk, path)? {
            None => create(&disk, path)?,
            Some(FORMAT) => {}
            Some(found) => {
                return Err(StoreError::NewerFormat {
                    path: path.join("FORMAT"),
                    found,
                    known: FORMAT,
                });
            }
        }
        let held = acquire(&disk, &path.join("lock"), "opening", Patience::Refuse);
        let artefacts = path.join("artefacts.lock");
        let held_artefacts = acquire(&disk, &artefacts, "opening", Patience::Refuse);
        let key = read_key(&disk, path)?;
        let to_read = held.as_ref().err().is_some_and(StoreError::is_read_only);
        let catalog = open_catalog(&disk, path, to_read)?;
        let store = Self {
            disk,
            root: path.to_path_buf(),
            catalog,
            sizes,
            key,
        };
        if to_read {
            return Ok(store);
        }
        // Both locks are held until all is swept: in a condition they would be let go before it.
        let (held, held_artefacts) = (unless_busy(held)?, unless_busy(held_artefacts)?);
        if held.is_some() {
            store.sweep()?;
        }
        if held_artefacts.is_some() {
            store.disk.remove_folder(&store.artefact_staging())?;
        }
        Ok(store)
    }

    /// Returns the folder of the store.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Returns the store's own key, under which private fields become pseudonyms from now on.
    #[must_use]
    pub const fn key(&self) -> &PseudonymKey {
        &self.key
    }

    /// Lists every key that the store has had, the present one first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] for a file that is no key, and what the system says.
    pub fn keys(&self) -> Result<Vec<PseudonymKey>, StoreError> {
        let folder = self.root.join("keys");
        let mut keys = vec![self.key.clone()];
        for entry in self.disk.list(&folder)? {
            let path = folder.join(&entry.name);
            if entry.name.strip_suffix(".key").is_some() {
                let key = PseudonymKey::parse(&self.disk.read(&path)?);
                let key = key.map_err(|error| StoreError::corrupt(&path, error.to_string()))?;
                if key != self.key {
                    keys.push(key);
                }
            }
        }
        Ok(keys)
    }

    /// Makes a new key. What was hashed under the old one stays, and bears its id; the old key is kept, so
    /// that detectors that were trained under it can be served and its holders be forgotten. Returns the ids
    /// of the old key and of the new one.
    ///
    /// # Errors
    ///
    /// What the system says; the old key then stands.
    pub fn rotate_key(&mut self) -> Result<(KeyId, KeyId), StoreError> {
        let lock = self.root.join("lock");
        let _held = acquire(&self.disk, &lock, "changing the key", Patience::Wait)?;
        // Another process may have changed it since this handle was opened.
        self.key = read_key(&self.disk, &self.root)?;
        let old = self.key.clone();
        let kept = self.root.join("keys").join(format!("{}.key", old.id()));
        self.disk.replace(&kept, old.secret(), Access::Owner)?;
        let secret = self.disk.random()?;
        self.disk
            .replace(&self.root.join("key"), &secret, Access::Owner)?;
        self.key = PseudonymKey::new(secret);
        Ok((old.id(), self.key.id()))
    }

    /// Starts an ingest; waits while another one runs, in whatever process.
    ///
    /// # Errors
    ///
    /// What the system says about the lock or the staging folder.
    pub fn begin_ingest(&self, source: &IngestSource) -> Result<Ingest<'_>, StoreError> {
        self.ingest(source, Patience::Wait)
    }

    /// Starts an ingest unless another one runs.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] with who runs it; else as [`Store::begin_ingest`].
    pub fn try_begin_ingest(&self, source: &IngestSource) -> Result<Ingest<'_>, StoreError> {
        self.ingest(source, Patience::Refuse)
    }

    fn ingest(&self, source: &IngestSource, patience: Patience) -> Result<Ingest<'_>, StoreError> {
        let purpose = format!("ingest of {}", source.name);
        let held = acquire(&self.disk, &self.root.join("lock"), &purpose, patience)?;
        self.sweep()?;
        self.disk.create_folder(&self.ingest_staging())?;
        Ok(Ingest::new(self, held, source.clone()))
    }

    /// Returns what the first ingest of this content under this task did, so that the caller need
    /// not read the content again; `None` if there was none or the content's digest is not given.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn known_ingest(&self, source: &IngestSource) -> Result<Option<IngestSummary>, StoreError> {
        let Some(number) = self.catalog.find_ingest(source)? else {
            return Ok(None);
        };
        let ingests = self.catalog.ingests()?;
        Ok(ingests.into_iter().find(|ingest| ingest.number == number))
    }

    /// Lists the ingests, oldest first.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn ingests(&self) -> Result<Vec<IngestSummary>, StoreError> {
        self.catalog.ingests()
    }

    /// Lists what was taken in, oldest first, with how many events each ingest added.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn sources(&self) -> Result<Vec<(IngestSource, u64)>, StoreError> {
        self.catalog.sources()
    }

    /// Lists the segments in the order in which their events came.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn segments(&self) -> Result<Vec<SegmentInfo>, StoreError> {
        self.catalog.segments()
    }

    /// Returns how many events the store holds.
    ///
    /// # Errors
    ///
    /// What SQLite says.
    pub fn count_events(&self) -> Result<u64, StoreError> {
        Ok(self.segments()?.iter().map(SegmentInfo::events).sum())
    }

    /// Returns the folder of the log `name`, for [`crate::log`]; it need not exist yet.
    #[must_use]
    pub fn log_folder(&self, name: &str) -> PathBuf {
        self.root.join("logs").join(name)
    }

    pub(crate) fn segment_path(&self, digest: &Digest) -> PathBuf {
        segment_path(&self.root, digest)
    }

    pub(crate) fn index_path(&self, digest: &Digest) -> PathBuf {
        self.root.join("index").join(format!("{digest}.ids"))
    }

    pub(crate) fn ingest_staging(&self) -> PathBuf {
        self.root.join("staging").join("ingest")
    }

    pub(crate) fn artefact_staging(&self) -> PathBuf {
        self.root.join("staging").join("artefacts")
    }

    /// Takes the lock under which artefacts are staged, for as long as it takes to write one.
    pub(crate) fn hold_artefacts(&self) -> Result<Held, StoreError> {
        let path = self.root.join("artefacts.lock");
        acquire(&self.disk, &path, "writing an artefact", Patience::Wait)
    }

    /// Removes what no catalog names. The caller holds `lock`.
    pub(crate) fn sweep(&self) -> Result<(), StoreError> {
        self.disk.remove_folder(&self.ingest_staging())?;
        // Copying tools leave out empty folders.
        for folder in FOLDERS {
            self.disk.create_folder(&self.root.join(folder))?;
        }
        let segments = self.catalog.segments()?;
        let segments = segments
            .iter()
            .map(|info| format!("{}.parquet", info.digest))
            .collect();
        self.sweep_folder("segments", &segments)?;
        let index = self.catalog.index_files()?;
        let index = index
            .iter()
            .map(|info| format!("{}.ids", info.digest))
            .collect();
        self.sweep_folder("index", &index)?;
        let ingests = self.catalog.ingests()?;
        let aside = ingests
            .into_iter()
            .filter_map(|ingest| ingest.set_aside_file)
            .collect();
        self.sweep_folder("set-aside", &aside)?;
        let keys = self.root.join("keys");
        for entry in self.disk.list(&keys)? {
            if entry.name.starts_with('.') {
                self.disk.remove_file(&keys.join(&entry.name))?;
            }
        }
        for entry in self.disk.list(&self.root)? {
            if is_leftover(&entry.name) {
                self.disk.remove_file(&self.root.join(&entry.name))?;
            }
        }
        Ok(())
    }

    fn sweep_folder(&self, folder: &str, named: &BTreeSet<String>) -> Result<(), StoreError> {
        let folder = self.root.join(folder);
        for entry in self.disk.list(&folder)? {
            if !entry.is_folder && !named.contains(&entry.name) {
                self.disk.remove_file(&folder.join(&entry.name))?;
            }
        }
        Ok(())
    }
}

/// Returns where the segment of this digest stands in the store at `root`.
pub(crate) fn segment_path(root: &Path, digest: &Digest) -> PathBuf {
    root.join("segments").join(format!("{digest}.parquet"))
}

/// Returns the lock if it was free, `None` if somebody else holds it.
fn unless_busy(held: Result<Held, StoreError>) -> Result<Option<Held>, StoreError> {
    match held {
        Ok(held) => Ok(Some(held)),
        Err(StoreError::Busy { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the format of the store at `path`, `None` if there is none yet.
fn read_format(disk: &Disk, path: &Path) -> Result<Option<u64>, StoreError> {
    let not_a_store = || StoreError::NotAStore {
        path: path.to_path_buf(),
    };
    let file = path.join("FORMAT");
    let bytes = match disk.read_if_there(&file) {
        Ok(None) => return Ok(None),
        Ok(Some(bytes)) => bytes,
        Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotADirectory => {
            return Err(not_a_store());
        }
        Err(error) => return Err(error),
    };
    let text = String::from_utf8_lossy(&bytes);
    let number = text.trim_end().strip_prefix(FORMAT_WORDS);
    let format = number.and_then(|number| number.parse().ok());
    format.map(Some).ok_or_else(not_a_store)
}

/// Makes a store, or finishes making one that was interrupted.
fn create(disk: &Disk, path: &Path) -> Result<(), StoreError> {
    disk.create_folder(path)?;
    if disk.list(path)?.iter().any(|entry| is_foreign(&entry.name)) {
        return Err(StoreError::NotAStore {
            path: path.to_path_buf(),
        });
    }
    let _held = acquire(disk, &path.join("lock"), "making the store", Patience::Wait)?;
    if read_format(disk, path)?.is_some() {
        return Ok(());
    }
    for folder in FOLDERS {
        disk.create_folder(&path.join(folder))?;
    }
    disk.replace(&path.join("key"), &disk.random()?, Access::Owner)?;
    Catalog::open(&path.join("catalog.sqlite"))?.create_tables()?;
    disk.sync_folder(parent(path))?;
    let format = format!("{FORMAT_WORDS}{FORMAT}\n");
    disk.replace(&path.join("FORMAT"), format.as_bytes(), Access::Usual)
}

/// Returns whether `name` is nothing that a store has at its top.
fn is_foreign(name: &str) -> bool {
    let ours = FILES.contains(&name) || FOLDERS.contains(&name);
    !ours && !name.starts_with("catalog.sqlite-") && !is_leftover(name)
}

/// Returns whether `name` is a new version of one of our files that was never put in place.
fn is_leftover(name: &str) -> bool {
    let stem = name.strip_suffix(".new");
    stem.is_some_and(|stem| stem.starts_with(".FORMAT.") || stem.starts_with(".key."))
}

fn read_key(disk: &Disk, path: &Path) -> Result<PseudonymKey, StoreError> {
    let path = path.join("key");
    let bytes = disk.read_if_there(&path)?;
    let bytes = bytes.ok_or_else(|| StoreError::corrupt(&path, "it is not there"))?;
    let found = bytes.len();
    let secret = bytes
        .try_into()
        .map_err(|_| StoreError::corrupt(&path, format!("it has {found} bytes and not 32")))?;
    Ok(PseudonymKey::new(secret))
}

/// Opens the catalog of a finished store, where it must stand already; `to_read` where nothing can be written.
fn open_catalog(disk: &Disk, path: &Path, to_read: bool) -> Result<Catalog, StoreError> {
    let path = path.join("catalog.sqlite");
    if disk.length(&path)?.is_none() {
        return Err(StoreError::corrupt(&path, "it is not there"));
    }
    if to_read {
        let changes = disk.length(&path.with_extension("sqlite-wal"))?;
        return Catalog::open_to_read(&path, changes.is_none_or(|bytes| bytes == 0));
    }
    Catalog::open(&path)
}
