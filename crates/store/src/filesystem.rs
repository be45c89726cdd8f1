//! The one door to the disk: every file operation of the store goes through [`FileSystem`], so that
//! a test can fail or "crash" any of them.
//!
//! ```text
//!   store, ingest, artefacts, logs ──► Disk (names path and action in errors) ──► dyn FileSystem
//!                                                        real disk ◄──┴──► testkit's faulty one
//! ```
//!
//! Nothing here knows what the files mean. SQLite opens its own file; the two fault points around
//! its transactions are [`FileSystem::before_commit`] and [`FileSystem::after_commit`].

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use crate::error::StoreError;

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever the user's defaults allow.
    Usual,
    /// The owner alone.
    Owner,
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name within the folder; bytes that are no UTF-8 are replaced.
    pub name: String,
    /// Whether it is a folder itself.
    pub is_folder: bool,
}

/// File operations, each as small as a fault can be. Unless said otherwise an operation fails with
/// the system's error and may have happened in part.
pub trait FileSystem: Send + Sync + fmt::Debug {
    /// Creates a folder and its parents; an existing one is fine.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Lists a folder, sorted by name.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;
    /// Returns the bytes of a file or the entry size of a folder, `None` if nothing is there.
    ///
    /// # Errors
    ///
    /// The system's error, other than "not found".
    fn length(&self, path: &Path) -> io::Result<Option<u64>>;
    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Reads up to `length` bytes from `offset`, fewer at the file's end.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn read_range(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>>;
    /// Creates or empties a file and writes `bytes`.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn write(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()>;
    /// Adds `bytes` at a file's end, creating it if need be.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Writes anew what stands in a file from `offset` on: the next sync then brings it to the disk, also where an earlier one
    /// failed and left it in memory alone, from where it reads as if it were on the disk.
    ///
    /// # Errors
    ///
    /// The system's error; the content is what it was.
    fn write_again(&self, path: &Path, offset: u64) -> io::Result<()>;
    /// Cuts a file to `length` bytes.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn truncate(&self, path: &Path, length: u64) -> io::Result<()>;
    /// Waits until a file's content is on the disk.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn sync(&self, path: &Path) -> io::Result<()>;
    /// Waits until a folder's entries (creations, renames) are on the disk.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Renames a file or folder in one step, replacing a file that has the new name.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder and all in it.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// Opens, creating it if need be, a file that is only used to lock.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn open_lock(&self, path: &Path) -> io::Result<File>;
    /// Returns 32 bytes that nobody can guess.
    ///
    /// # Errors
    ///
    /// The system's error.
    fn random(&self) -> io::Result<[u8; 32]>;
    /// Is called right before the catalog's transaction becomes durable.
    ///
    /// # Errors
    ///
    /// Only in tests: the transaction is then rolled back.
    fn before_commit(&self) -> io::Result<()> {
        Ok(())
    }
    /// Is called right after the catalog's transaction became durable.
    ///
    /// # Errors
    ///
    /// Only in tests: the caller then learns of a failure although the transaction stands.
    fn after_commit(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes that are written anew at a time.
const PIECE: usize = 1 << 16;

/// The machine's own file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFileSystem;

impl FileSystem for RealFileSystem {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            entries.push(Entry {
                name: entry.file_name().to_string_lossy().into_owned(),
                is_folder: entry.file_type()?.is_dir(),
            });
        }
        entries.sort();
        Ok(entries)
    }

    fn length(&self, path: &Path) -> io::Result<Option<u64>> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn read_range(&self, path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::with_capacity(length.min(1 << 24));
        file.take(crate::number::as_u64(length))
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        if access == Access::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        options.open(path)?.write_all(bytes)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(bytes)
    }

    fn write_again(&self, path: &Path, offset: u64) -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut piece = vec![0; PIECE];
        let mut offset = file.seek(SeekFrom::Start(offset))?;
        loop {
            let read = file.read(&mut piece)?;
            let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else {
                return Ok(());
            };
            file.seek(SeekFrom::Start(offset))?;
            file.write_all(bytes)?;
            offset += crate::number::as_u64(read);
        }
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        OpenOptions::new().write(true).open(path)?.set_len(length)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
    }

    fn random(&self) -> io::Result<[u8; 32]> {
        let mut bytes = [0; 32];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// A file system whose errors name what was being done to which path.
#[derive(Clone, Debug)]
pub(crate) struct Disk(Arc<dyn FileSystem>);

impl Disk {
    pub(crate) fn new(file_system: Arc<dyn FileSystem>) -> Self {
        Self(file_system)
    }

    pub(crate) fn real() -> Self {
        Self(Arc::new(RealFileSystem))
    }

    pub(crate) fn create_folder(&self, path: &Path) -> Result<(), StoreError> {
        let done = self.0.create_folder(path);
        done.map_err(|error| StoreError::io("create", path, error))
    }

    pub(crate) fn list(&self, path: &Path) -> Result<Vec<Entry>, StoreError> {
        let listed = self.0.list(path);
        listed.map_err(|error| StoreError::io("list", path, error))
    }

    pub(crate) fn length(&self, path: &Path) -> Result<Option<u64>, StoreError> {
        let length = self.0.length(path);
        length.map_err(|error| StoreError::io("look at", path, error))
    }

    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>, StoreError> {
        let bytes = self.0.read(path);
        bytes.map_err(|error| StoreError::io("read", path, error))
    }

    /// Reads a whole file, `None` if it is not there.
    pub(crate) fn read_if_there(&self, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        match self.0.read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("read", path, error)),
        }
    }

    pub(crate) fn read_range(
        &self,
        path: &Path,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, StoreError> {
        let bytes = self.0.read_range(path, offset, length);
        bytes.map_err(|error| StoreError::io("read", path, error))
    }

    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let done = self.0.write(path, bytes, Access::Usual);
        done.map_err(|error| StoreError::io("write", path, error))
    }

    pub(crate) fn append(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let done = self.0.append(path, bytes);
        done.map_err(|error| StoreError::io("write", path, error))
    }

    pub(crate) fn write_again(&self, path: &Path, offset: u64) -> Result<(), StoreError> {
        let done = self.0.write_again(path, offset);
        done.map_err(|error| StoreError::io("write", path, error))
    }

    pub(crate) fn truncate(&self, path: &Path, length: u64) -> Result<(), StoreError> {
        let done = self.0.truncate(path, length);
        done.map_err(|error| StoreError::io("cut", path, error))
    }

    pub(crate) fn sync(&self, path: &Path) -> Result<(), StoreError> {
        let done = self.0.sync(path);
        done.map_err(|error| StoreError::io("sync", path, error))
    }

    pub(crate) fn sync_folder(&self, path: &Path) -> Result<(), StoreError> {
        let done = self.0.sync_folder(path);
        done.map_err(|error| StoreError::io("sync", path, error))
    }

    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        let done = self.0.rename(from, to);
        done.map_err(|error| StoreError::io("put in place", to, error))
    }

    pub(crate) fn remove_file(&self, path: &Path) -> Result<(), StoreError> {
        let done = self.0.remove_file(path);
        done.map_err(|error| StoreError::io("remove", path, error))
    }

    /// Removes a folder and all in it; that it is not there is fine.
    pub(crate) fn remove_folder(&self, path: &Path) -> Result<(), StoreError> {
        match self.0.remove_folder(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", path, error))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn open_lock(&self, path: &Path) -> Result<File, StoreError> {
        let file = self.0.open_lock(path);
        file.map_err(|error| StoreError::io("lock", path, error))
    }

    pub(crate) fn random(&self) -> Result<[u8; 32], StoreError> {
        let bytes = self.0.random();
        bytes.map_err(|error| StoreError::io("read", Path::new("/dev/urandom"), error))
    }

    pub(crate) fn before_commit(&self, catalog: &Path) -> Result<(), StoreError> {
        let done = self.0.before_commit();
        done.map_err(|error| StoreError::io("commit to", catalog, error))
    }

    pub(crate) fn after_commit(&self, catalog: &Path) -> Result<(), StoreError> {
        let done = self.0.after_commit();
        done.map_err(|error| StoreError::io("commit to", catalog, error))
    }

    /// Replaces the file at `path` by `bytes` so that, whatever happens, the old or the new content
    /// is there, and the new one once this returns.
    pub(crate) fn replace(
        &self,
        path: &Path,
        bytes: &[u8],
        access: Access,
    ) -> Result<(), StoreError> {
        let folder = parent(path);
        let sibling = folder.join(format!(".{}.{}.new", name(path), std::process::id()));
        let done = self.replace_by(path, &sibling, bytes, access);
        if done.is_err() {
            // What was written of the new content is of no use; the error that is returned says more.
            self.0.remove_file(&sibling).ok();
        }
        done
    }

    fn replace_by(
        &self,
        path: &Path,
        sibling: &Path,
        bytes: &[u8],
        access: Access,
    ) -> Result<(), StoreError> {
        let written = self.0.write(sibling, bytes, access);
        written.map_err(|error| StoreError::io("write", path, error))?;
        self.sync(sibling)?;
        self.rename(sibling, path)?;
        self.sync_folder(parent(path))
    }
}

/// Returns the folder that holds `path`.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Returns the last part of `path` as text.
pub(crate) fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Replaces the file at `path` by `bytes` in one step: a reader, or a machine that loses power,
/// finds the old content or the new, never a part. The new content is on the disk when this returns.
///
/// # Errors
///
/// [`StoreError::Full`], [`StoreError::Denied`] or [`StoreError::Io`] with the path; the old
/// content then stands.
pub fn atomic_write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    Disk::real().replace(path, bytes, Access::Usual)
}

/// As [`atomic_write`], readable for the owner alone.
///
/// # Errors
///
/// As [`atomic_write`].
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    Disk::real().replace(path, bytes, Access::Owner)
}
