//! Taking out of a log what must no longer be kept, while others are appended to it.
//!
//! ```text
//!   <first>-<digest>.parquet ──rewrite──► <first>-<digest>.r1.parquet ──again──► .r2 ...     numbers stay, payloads are others
//!   sealed files before a number ──drop_before──► `begins` holds the number, then they are removed
//! ```
//!
//! Of several forms of one file the last one counts, so that an interruption leaves the old form or the new one whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringtrue_core::{Digest, EventTime};

use super::{Listing, Record, frame, kept_aside, seal};
use crate::error::StoreError;
use crate::filesystem::{Access, Disk, FileSystem, name};

/// The file that says with which record a log begins.
const BEGINS: &str = "begins";
/// How many digits it has, at most.
const BEGINS_BYTES_MAX: u64 = 32;

/// A log of which old parts are taken out. It must not be chained.
#[derive(Clone, Debug)]
pub struct Retained {
    disk: Disk,
    folder: PathBuf,
}

/// One sealed file of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedFile {
    /// Where it is.
    pub path: PathBuf,
    /// The number of its first record.
    pub first: u64,
}

/// What a look at a sealed file came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The file as it is now.
    pub file: SealedFile,
    /// When its last record was written; `None` if it has none.
    pub last: Option<EventTime>,
    /// The number after its last record.
    pub end: u64,
    /// How many of its records changed.
    pub changed: u64,
}

impl Retained {
    /// Names the log in `folder`.
    #[must_use]
    pub fn new(file_system: Arc<dyn FileSystem>, folder: &Path) -> Self {
        Self {
            disk: Disk::new(file_system),
            folder: folder.to_path_buf(),
        }
    }

    /// Lists the sealed files in order.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn sealed(&self) -> Result<Vec<SealedFile>, StoreError> {
        let listing = Listing::of(&self.disk, &self.folder)?;
        let files = listing.sealed.into_iter();
        let named = |path: PathBuf| Some((SealedName::of(&name(&path))?.first, path));
        let files = files.filter_map(named);
        Ok(files
            .map(|(first, path)| SealedFile { path, first })
            .collect())
    }

    /// Lists the files that keep what may have been damaged at the log's end ([`super::TornTail::holds_records`]).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn aside(&self) -> Result<Vec<PathBuf>, StoreError> {
        kept_aside(&self.disk, &self.folder)
    }

    /// Reads what of such a file is whole.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn read_aside(&self, path: &Path) -> Result<Vec<Record>, StoreError> {
        Ok(frame::records(&self.disk.read(path)?))
    }

    /// Removes such a file.
    ///
    /// # Errors
    ///
    /// What the system says; the file may then stand.
    pub fn remove_aside(&self, path: &Path) -> Result<(), StoreError> {
        self.disk.remove_file(path)
    }

    /// Replaces payloads of a sealed file: `changed` says of each record what it holds from now on, `None`: what it held. A file in which
    /// nothing changes stays what it is.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] if it is not what was sealed, or of a chained log; and what the system says: the old form then counts, or the
    /// new one.
    pub fn rewrite(
        &self,
        file: &SealedFile,
        mut changed: impl FnMut(&Record) -> Option<Vec<u8>>,
    ) -> Result<Looked, StoreError> {
        let mut records = seal::read(&self.disk, &file.path)?;
        if records.iter().any(|record| record.previous.is_some()) {
            let reason = "a record of a chained log is never changed";
            return Err(StoreError::corrupt(&file.path, reason));
        }
        let mut count = 0;
        for record in &mut records {
            if let Some(payload) = changed(record) {
                record.payload = payload;
                count += 1;
            }
        }
        let mut looked = Looked {
            file: file.clone(),
            last: records.last().map(|record| record.time),
            end: records
                .last()
                .map_or(file.first, |record| record.sequence + 1),
            changed: count,
        };
        if count > 0 {
            let bytes = seal::write(&records, &file.path)?;
            let form = SealedName::of(&name(&file.path)).map_or(0, |it| it.form);
            let form = SealedName {
                first: file.first,
                digest: Digest::of(&bytes),
                form: form + 1,
            };
            let path = self.folder.join(form.to_string());
            self.disk.replace(&path, &bytes, Access::Usual)?;
            self.disk.remove_file(&file.path)?;
            looked.file.path = path;
        }
        Ok(looked)
    }

    /// Removes the sealed files of which every record comes before this one: the log begins there from now on. Returns how many.
    ///
    /// # Errors
    ///
    /// What the system says; the log then begins where it did, or there.
    pub fn drop_before(&self, sequence: u64) -> Result<usize, StoreError> {
        let files = self.sealed()?;
        let ends = files.iter().skip(1).map(|file| file.first);
        let gone = ends.take_while(|end| *end <= sequence).count();
        let Some(begins) = files.get(gone).filter(|_| gone > 0) else {
            return Ok(0);
        };
        let text = begins.first.to_string();
        let path = self.folder.join(BEGINS);
        self.disk.replace(&path, text.as_bytes(), Access::Usual)?;
        for file in files.iter().take(gone) {
            self.disk.remove_file(&file.path)?;
        }
        Ok(gone)
    }
}

/// Returns the number of the record that a log begins with: 0, unless older ones were dropped.
///
/// # Errors
///
/// [`StoreError::Corrupt`] if the file that says so does not, and what the system says.
pub(super) fn begins(disk: &Disk, folder: &Path) -> Result<u64, StoreError> {
    let path = folder.join(BEGINS);
    match disk.length(&path)? {
        None => return Ok(0),
        Some(0..=BEGINS_BYTES_MAX) => {}
        Some(_) => return Err(StoreError::corrupt(&path, "it is no number")),
    }
    let text = String::from_utf8(disk.read(&path)?).ok();
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| StoreError::corrupt(&path, "it is no number"))
}

/// The name of a sealed file, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SealedName {
    /// The number of its first record.
    pub(super) first: u64,
    /// Which form of it this is, from 0.
    pub(super) form: u32,
    /// The digest of its content.
    pub(super) digest: Digest,
}

impl SealedName {
    /// Reads a name; `None` if it is that of another file.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (first, rest) = name.strip_suffix(".parquet")?.split_once('-')?;
        let (digest, form) = match rest.split_once(".r") {
            Some((digest, form)) => (digest, form.parse().ok()?),
            None => (rest, 0),
        };
        Some(Self {
            first: first.parse().ok()?,
            form,
            digest: digest.parse().ok()?,
        })
    }
}

impl std::fmt::Display for SealedName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:020}-{}", self.first, self.digest)?;
        match self.form {
            0 => formatter.write_str(".parquet"),
            form => write!(formatter, ".r{form}.parquet"),
        }
    }
}
