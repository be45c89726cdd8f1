//! What can go wrong with what is kept: one error per failed step, naming the path, with a hint.
//!
//! Nothing here decides what to do about an error; it only says what failed, where, and what a
//! person could do next.

use std::io;
use std::path::{Path, PathBuf};

use ringtrue_core::Digest;

/// A step of the store failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The disk or the user's quota is full. Nothing of the interrupted step is visible.
    #[error("no space is left to {action} `{path}`")]
    Full {
        /// What was being done.
        action: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The folder or file may not be written (or, for reading, not be read).
    #[error("not allowed to {action} `{path}`")]
    Denied {
        /// What was being done.
        action: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The system refused for another reason.
    #[error("cannot {action} `{path}`")]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The path holds something that is not a store.
    #[error("not a store: `{path}`")]
    NotAStore {
        /// The path that was to be opened.
        path: PathBuf,
    },
    /// A folder that was to be replaced is not an artefact, so it is left alone.
    #[error("not an artefact folder, so it is not replaced: `{path}`")]
    NotAnArtefact {
        /// The folder.
        path: PathBuf,
    },
    /// A newer ringtrue wrote this.
    #[error("`{path}` has format {found}, and this program reads up to {known}")]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The format it has.
        found: u64,
        /// The newest format that is known.
        known: u64,
    },
    /// The catalog failed.
    #[error("cannot {action} the catalog `{path}`")]
    Catalog {
        /// What was being done.
        action: &'static str,
        /// The catalog's file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// A file is not what was written: a flipped byte, a missing piece, an unknown shape.
    #[error("`{path}` is damaged: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        reason: String,
    },
    /// Another writer holds the store.
    #[error("`{path}` is in use by {holder}")]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// What the holder wrote about itself.
        holder: String,
    },
    /// An event is too large to be kept.
    #[error("an event exceeds the store's limit of {limit} {unit}: {found}")]
    TooLarge {
        /// What is counted.
        unit: &'static str,
        /// How much there is.
        found: usize,
        /// How much there may be.
        limit: usize,
    },
    /// A step of this ingest or log failed before, so it cannot go on.
    #[error("a step failed before, so it cannot go on: `{name}`")]
    Aborted {
        /// The source of the ingest, or the folder of the log.
        name: String,
    },
    /// The disk failed while entries were being written: they may be there whole, or not at all.
    #[error("the disk failed while `{name}` was written")]
    Unsettled {
        /// The folder of the log.
        name: String,
        /// What failed.
        #[source]
        source: Box<Self>,
    },
    /// A file of an artefact has a name that is no relative path within its folder.
    #[error("not a name for a file of an artefact: `{name}`")]
    FileName {
        /// The name.
        name: String,
    },
    /// No such thing is kept here.
    #[error("no such {noun} in the store: `{digest}`")]
    Unknown {
        /// What kind of thing.
        noun: &'static str,
        /// Its digest.
        digest: Digest,
    },
}

impl StoreError {
    /// Sorts what the system said about `action` on `path`.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full {
                action,
                path,
                source,
            },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Denied {
                action,
                path,
                source,
            },
            _ => Self::Io {
                action,
                path,
                source,
            },
        }
    }

    /// Sorts what SQLite said about `action` on the catalog at `path`.
    pub(crate) fn catalog(action: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        let kind = match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => io::ErrorKind::StorageFull,
            Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::PermissionDenied) => {
                io::ErrorKind::ReadOnlyFilesystem
            }
            _ => {
                return Self::Catalog {
                    action,
                    path: path.to_path_buf(),
                    source,
                };
            }
        };
        Self::io(action, path, io::Error::new(kind, source))
    }

    /// Says that the file at `path` is not what was written.
    pub(crate) fn corrupt(path: &Path, reason: impl Into<String>) -> Self {
        Self::Corrupt {
            path: path.to_path_buf(),
            reason: reason.into(),
        }
    }

    /// Returns whether the file system is mounted to be read.
    pub(crate) fn is_read_only(&self) -> bool {
        matches!(self, Self::Denied { source, .. } if source.kind() == io::ErrorKind::ReadOnlyFilesystem)
    }

    /// Returns what a person could do next.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Full { .. } => {
                "free some space or choose another folder; nothing of the interrupted step was kept"
            }
            Self::Denied { .. } => {
                "check the owner and the permissions, or choose a folder that can be written; a store on read-only media can be read, and not changed"
            }
            Self::Io { .. } => {
                "check that the disk is mounted and healthy, then run the same again"
            }
            Self::NotAStore { .. } => {
                "name an empty or new folder to make a store there, or the folder of a store"
            }
            Self::NotAnArtefact { .. } => {
                "choose another folder, or remove this one after looking at what it holds"
            }
            Self::NewerFormat { .. } => "use the ringtrue that wrote it, or a newer one",
            Self::Catalog { .. } => {
                "run the same again; if it stays, restore `catalog.sqlite` from a backup"
            }
            Self::Corrupt { .. } => {
                "restore the file from a backup, or make it again from its source"
            }
            Self::Busy { .. } => "wait until the other program is done",
            Self::TooLarge { .. } => "lower the limits of what is read, so that it is set aside",
            Self::Aborted { .. } => "mend what failed first, then begin it anew",
            Self::Unsettled { .. } => "read the log anew: it tells whether they were kept",
            Self::FileName { .. } => "use plain relative names without `..`",
            Self::Unknown { .. } => "check the digest; it may belong to another store",
        }
    }
}
