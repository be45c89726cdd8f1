//! Files that a verb writes where its user says: whole or not at all, never over what it reads, and into a device or a pipe as that is.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ringtrue_store::atomic_write;

use crate::commands::ingest::store_failure;
use crate::failure::{Failure, OrFail, Outcome};

/// Writes `text` to `path`; `what` is what it holds, in words. None of `inputs` is written over.
pub(crate) fn write(path: &Path, text: &str, what: &str, inputs: &[PathBuf]) -> Outcome<()> {
    let cannot = || format!("cannot write {what} to `{}`", path.display());
    if inputs.iter().any(|input| is_same(input, path)) {
        return Err(Failure::new(format!(
            "{}: that is one of the files that are read",
            cannot()
        ))
        .hint("name another file"));
    }
    if path.exists() && !path.is_file() && !path.is_dir() {
        let mut device = OpenOptions::new().write(true).open(path).or_fail(cannot)?;
        return device.write_all(text.as_bytes()).or_fail(cannot);
    }
    atomic_write(path, text.as_bytes()).map_err(|error| store_failure(&cannot(), &error))
}

/// Returns whether both are the same file, by whatever names.
fn is_same(one: &Path, other: &Path) -> bool {
    let of = |path: &Path| fs::metadata(path).map(|it| (it.dev(), it.ino()));
    matches!((of(one), of(other)), (Ok(one), Ok(other)) if one == other)
}
