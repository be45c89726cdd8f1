//! Who may write: an advisory lock on a file, held by one process at a time, that says who holds it.
//!
//! The system drops the lock when the holder dies, so no stale lock is ever left. Readers take none.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::StoreError;
use crate::filesystem::Disk;

/// What to do when somebody else holds the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Wait for them.
    Wait,
    /// Say who it is.
    Refuse,
}

/// A held lock; dropping it frees it.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "the open file is the lock")] File);

/// Takes the lock at `path` for `purpose`.
///
/// # Errors
///
/// [`StoreError::Busy`] if it is held and `patience` is [`Patience::Refuse`]; else the system's.
pub(crate) fn acquire(
    disk: &Disk,
    path: &Path,
    purpose: &str,
    patience: Patience,
) -> Result<Held, StoreError> {
    let mut file = disk.open_lock(path)?;
    let failed = |error| StoreError::io("lock", path, error);
    match patience {
        Patience::Wait => file.lock().map_err(failed)?,
        Patience::Refuse => match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Busy {
                    path: path.to_path_buf(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        },
    }
    // The note only serves a refused writer's message; a full disk must not stop a sweep.
    let note = format!("process {} ({purpose})", std::process::id());
    let noted = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(note.as_bytes()));
    noted.ok();
    Ok(Held(file))
}

/// Reads what the holder wrote about itself.
fn holder(file: &mut File) -> String {
    let mut note = String::new();
    match file.take(512).read_to_string(&mut note) {
        Ok(length) if length > 0 => note,
        _ => "another program".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_writer_learns_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let disk = Disk::real();
        let held = acquire(&disk, &path, "ingest of a.csv", Patience::Wait).unwrap();
        let refused = acquire(&disk, &path, "b", Patience::Refuse).unwrap_err();
        assert!(
            refused.to_string().contains("(ingest of a.csv)"),
            "{refused}"
        );
        drop(held);
        acquire(&disk, &path, "b", Patience::Refuse).unwrap();
    }
}
