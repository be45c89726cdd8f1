//! Artefacts: folders of files under a manifest of their digests, written in one step and checked on
//! every read.
//!
//! ```text
//!   files ──► sibling folder, synced ──rename──► DIR/detector/      (anywhere)
//!         └─► staging/artefacts/D ────rename──► detectors/D/       (in the store; D: the manifest's digest)
//! ```
//!
//! Each folder has one writer at a time. Files that the manifest does not name are ignored when
//! reading, and stay when the folder is replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringtrue_core::Digest;
use serde::{Deserialize, Serialize};

use crate::dataset::{names, read_document, write_document};
use crate::error::StoreError;
use crate::filesystem::{Disk, FileSystem, RealFileSystem, name, parent};
use crate::number::as_u64;
use crate::store::Store;

/// The newest format of the manifest; 1 had no digest of the list of files.
const FORMAT: u64 = 2;
const MANIFEST: &str = "manifest.json";

/// Names and contents of an artefact's files.
pub type Files = Vec<(String, Vec<u8>)>;

/// What an artefact's folder holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The document's format.
    pub format: u64,
    /// Each file by its name within the folder.
    pub files: BTreeMap<String, ManifestFile>,
    /// The digest of `files`: tells damage to this document from damage to a file that it names. From format 2 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// What a file's content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many there are.
    pub bytes: u64,
}

impl Manifest {
    fn of(files: &[(String, Vec<u8>)]) -> Result<Self, StoreError> {
        let mut entries = BTreeMap::new();
        for (name, bytes) in files {
            let entry = ManifestFile {
                digest: Digest::of(bytes),
                bytes: as_u64(bytes.len()),
            };
            if !is_plain(name) || entries.insert(name.clone(), entry).is_some() {
                return Err(StoreError::FileName { name: name.clone() });
            }
        }
        Ok(Self {
            format: FORMAT,
            digest: Some(digest_of(&entries)?),
            files: entries,
        })
    }

    /// Reads the document, of this or an older format.
    ///
    /// # Errors
    ///
    /// [`StoreError::NewerFormat`], or [`StoreError::Corrupt`] if it is no such document; both name
    /// `path`.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let manifest: Self = read_document(bytes, path, FORMAT)?;
        let expected = (manifest.format > 1).then(|| digest_of(&manifest.files));
        if expected.transpose()? != manifest.digest {
            let reason = "its list of files is not the one that was written";
            return Err(StoreError::corrupt(path, reason));
        }
        match manifest.files.keys().find(|name| !is_plain(name)) {
            None => Ok(manifest),
            Some(name) => Err(StoreError::corrupt(path, format!("it names `{name}`"))),
        }
    }
}

fn digest_of(files: &BTreeMap<String, ManifestFile>) -> Result<Digest, StoreError> {
    Ok(Digest::of(&write_document(files)?))
}

/// Returns whether `name` is a relative path that stays within its folder.
fn is_plain(name: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
    name != MANIFEST && name.split('/').all(part)
}

/// Returns what a detector of these files is called by: the digest of their manifest, wherever they stand.
///
/// # Errors
///
/// [`StoreError::FileName`] for a name that is no relative path, or stands twice.
pub fn identify(files: &[(String, Vec<u8>)]) -> Result<Digest, StoreError> {
    Ok(Digest::of(&write_document(&Manifest::of(files)?)?))
}

/// Writes `files` as the folder `path`, in one step: a reader finds the old files or the new ones.
/// Returns the digest of the manifest.
///
/// # Errors
///
/// [`StoreError::NotAnArtefact`] if the folder holds other things than an artefact,
/// [`StoreError::FileName`], and what the system says; the old files then stand.
pub fn write_folder(path: &Path, files: &[(String, Vec<u8>)]) -> Result<Digest, StoreError> {
    write_folder_with(Arc::new(RealFileSystem), path, files)
}

/// Does what [`write_folder`] does through another file system.
///
/// # Errors
///
/// As [`write_folder`].
pub fn write_folder_with(
    file_system: Arc<dyn FileSystem>,
    path: &Path,
    files: &[(String, Vec<u8>)],
) -> Result<Digest, StoreError> {
    let disk = Disk::new(file_system);
    let manifest = Manifest::of(files)?;
    disk.create_folder(parent(path))?;
    settle(&disk, path)?;
    check_replaceable(&disk, path)?;
    let new = sibling(path, "new");
    disk.remove_folder(&new)?;
    let written = write_files(&disk, &new, &manifest, files).and_then(|digest| {
        if disk.length(path)?.is_some() {
            disk.rename(path, &sibling(path, "old"))?;
        }
        disk.rename(&new, path)?;
        disk.sync_folder(parent(path))?;
        Ok(digest)
    });
    if written.is_err() {
        // The old folder goes back where it was; the error that is returned says what failed.
        disk.remove_folder(&new).ok();
        settle(&disk, path).ok();
    }
    let digest = written?;
    settle(&disk, path)?;
    Ok(digest)
}

/// Reads the folder `path` and checks every file, in order of names. If its last replacement was
/// interrupted between its two renames, the files from before it are read.
///
/// # Errors
///
/// [`StoreError::Corrupt`] naming the file that is missing or differs, [`StoreError::NewerFormat`],
/// and what the system says.
pub fn read_folder(path: &Path) -> Result<Files, StoreError> {
    let disk = Disk::real();
    let old = sibling(path, "old");
    let interrupted = disk.length(path)?.is_none() && disk.length(&old)?.is_some();
    let folder = if interrupted { &old } else { path };
    Ok(read_files(&disk, folder)?.1)
}

fn sibling(path: &Path, ending: &str) -> PathBuf {
    parent(path).join(format!(".{}.{ending}", name(path)))
}

/// Brings a replacement that was interrupted to one of its two ends.
fn settle(disk: &Disk, path: &Path) -> Result<(), StoreError> {
    let old = sibling(path, "old");
    if disk.length(&old)?.is_none() {
        return Ok(());
    }
    if disk.length(path)?.is_none() {
        disk.rename(&old, path)?;
        return disk.sync_folder(parent(path));
    }
    keep_strangers(disk, &old, path)?;
    disk.remove_folder(&old)
}

/// Moves what the old folder's manifest does not name into the new folder.
fn keep_strangers(disk: &Disk, old: &Path, new: &Path) -> Result<(), StoreError> {
    let Ok(manifest) = read_manifest(disk, old).map(|read| read.0) else {
        return Ok(());
    };
    let named: BTreeSet<&str> = manifest
        .files
        .keys()
        .filter_map(|name| name.split('/').next())
        .chain([MANIFEST])
        .collect();
    for entry in disk.list(old)? {
        let target = new.join(&entry.name);
        if !named.contains(entry.name.as_str()) && disk.length(&target)?.is_none() {
            disk.rename(&old.join(&entry.name), &target)?;
        }
    }
    Ok(())
}

fn check_replaceable(disk: &Disk, path: &Path) -> Result<(), StoreError> {
    let is_artefact = disk.length(path)?.is_none()
        || disk.length(&path.join(MANIFEST)).ok().flatten().is_some()
        || disk.list(path).is_ok_and(|entries| entries.is_empty());
    if is_artefact {
        Ok(())
    } else {
        Err(StoreError::NotAnArtefact {
            path: path.to_path_buf(),
        })
    }
}

/// Writes and syncs everything in a new folder, the manifest last.
fn write_files(
    disk: &Disk,
    folder: &Path,
    manifest: &Manifest,
    files: &[(String, Vec<u8>)],
) -> Result<Digest, StoreError> {
    let mut folders = BTreeSet::from([folder.to_path_buf()]);
    disk.create_folder(folder)?;
    for (name, bytes) in files {
        let path = folder.join(name);
        let mut inner = parent(&path);
        disk.create_folder(inner)?;
        while inner != folder {
            folders.insert(inner.to_path_buf());
            inner = parent(inner);
        }
        disk.write(&path, bytes)?;
        disk.sync(&path)?;
    }
    let bytes = write_document(manifest)?;
    let path = folder.join(MANIFEST);
    disk.write(&path, &bytes)?;
    disk.sync(&path)?;
    for folder in folders {
        disk.sync_folder(&folder)?;
    }
    Ok(Digest::of(&bytes))
}

fn read_manifest(disk: &Disk, folder: &Path) -> Result<(Manifest, Digest), StoreError> {
    let path = folder.join(MANIFEST);
    let bytes = disk.read_if_there(&path)?;
    let bytes = bytes.ok_or_else(|| StoreError::corrupt(&path, "it is not there"))?;
    Ok((Manifest::parse(&bytes, &path)?, Digest::of(&bytes)))
}

/// Reads and checks a folder; returns the manifest's digest too.
fn read_files(disk: &Disk, folder: &Path) -> Result<(Digest, Files), StoreError> {
    let (manifest, digest) = read_manifest(disk, folder)?;
    let mut files = Vec::with_capacity(manifest.files.len());
    for (name, expected) in manifest.files {
        let path = folder.join(&name);
        let bytes = disk.read_if_there(&path)?;
        let bytes = bytes.ok_or_else(|| StoreError::corrupt(&path, "it is not there"))?;
        if Digest::of(&bytes) != expected.digest {
            let reason = "its content is not what the manifest says";
            return Err(StoreError::corrupt(&path, reason));
        }
        if as_u64(bytes.len()) != expected.bytes {
            let reason = format!("it gives `{name}` another length than it has");
            return Err(StoreError::corrupt(&folder.join(MANIFEST), reason));
        }
        files.push((name, bytes));
    }
    Ok((digest, files))
}

impl Store {
    /// Keeps a detector's files; the same files have the same digest and are kept once.
    ///
    /// # Errors
    ///
    /// [`StoreError::FileName`], and what the system says; nothing is then kept.
    pub fn put_detector(&self, files: &[(String, Vec<u8>)]) -> Result<Digest, StoreError> {
        let manifest = Manifest::of(files)?;
        let digest = Digest::of(&write_document(&manifest)?);
        let path = self.detector_path(&digest);
        let _held = self.hold_artefacts()?;
        let staging = self.artefact_staging();
        self.disk.remove_folder(&staging)?;
        if self.disk.length(&path)?.is_some() {
            if self.detector(&digest).is_ok() {
                return Ok(digest);
            }
            self.disk.create_folder(&staging)?;
            self.disk.rename(&path, &staging.join("damaged"))?;
        }
        let staged = staging.join(digest.to_string());
        let done = write_files(&self.disk, &staged, &manifest, files)
            .and_then(|_| self.disk.rename(&staged, &path))
            .and_then(|()| self.disk.sync_folder(parent(&path)));
        // Whatever is left there is of no use; if it cannot be removed now, it is when next opened.
        self.disk.remove_folder(&staging).ok();
        done.map(|()| digest)
    }

    /// Reads a detector's files and checks every one, in order of names.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unknown`] if there is none, [`StoreError::Corrupt`] naming the file that is
    /// missing or differs, and what the system says.
    pub fn detector(&self, digest: &Digest) -> Result<Files, StoreError> {
        let path = self.detector_path(digest);
        if self.disk.length(&path)?.is_none() {
            return Err(StoreError::Unknown {
                noun: "detector",
                digest: *digest,
            });
        }
        let (found, files) = read_files(&self.disk, &path)?;
        if found == *digest {
            Ok(files)
        } else {
            let reason = "its content is not the one the folder is called by";
            Err(StoreError::corrupt(&path.join(MANIFEST), reason))
        }
    }

    /// Removes a detector's files. Nothing here knows whether anybody needs it.
    ///
    /// # Errors
    ///
    /// What the system says; it may then be there still.
    pub fn remove_detector(&self, digest: &Digest) -> Result<(), StoreError> {
        let path = self.detector_path(digest);
        let _held = self.hold_artefacts()?;
        let staging = self.artefact_staging();
        self.disk.remove_folder(&staging)?;
        if self.disk.length(&path)?.is_some() {
            // In one step out of sight; what is left in staging goes when the store is opened next.
            self.disk.create_folder(&staging)?;
            self.disk.rename(&path, &staging.join("removed"))?;
            self.disk.sync_folder(parent(&path))?;
        }
        self.disk.remove_folder(&staging)
    }

    /// Lists the detectors, in order of their digests.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn detectors(&self) -> Result<Vec<Digest>, StoreError> {
        names(&self.disk, &self.root.join("detectors"), "")
    }

    fn detector_path(&self, digest: &Digest) -> PathBuf {
        self.root.join("detectors").join(digest.to_string())
    }
}
