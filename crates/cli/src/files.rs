//! From names to open inputs: folders become the files in them, a folder of mail one input, and a file the
//! source that its name, its first bytes and what is expected tell.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use ringtrue_core::Limits;
use ringtrue_intake::source::{
    Expected, Format, Opening, Pace, ParquetSource, Source, SourceError, open as open_text,
    open_mails,
};
use serde::de::DeserializeOwned;

use crate::failure::{Failure, OrFail, Outcome};

/// Reads a file of at most `most` bytes. A device has no length that would tell beforehand, so that this is counted while reading.
///
/// # Errors
///
/// What the system says, and [`io::ErrorKind::FileTooLarge`] if there is more.
pub(crate) fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(most.saturating_add(1));
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let reason = format!("it has more than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    Ok(bytes)
}

/// Reads a file of JSON objects, one a line, and hands each over; `take` says what is wrong with one that is not as it must be.
pub(crate) fn each_line<T: DeserializeOwned>(
    path: &Path,
    called: &str,
    mut take: impl FnMut(T) -> Result<(), String>,
) -> Outcome<()> {
    let cannot = || format!("cannot read the {called} `{}`", path.display());
    let file = BufReader::new(File::open(path).or_fail(cannot)?);
    for (number, line) in (1..).zip(file.lines()) {
        let line = line.or_fail(cannot)?;
        if line.trim().is_empty() {
            continue;
        }
        let in_line = || {
            format!(
                "line {number} of the {called} `{}` does not read",
                path.display()
            )
        };
        let read = serde_json::from_str(&line).or_fail(in_line)?;
        take(read).map_err(|hint| Failure::new(in_line()).hint(hint))?;
    }
    Ok(())
}

/// Returns the inputs that `names` stand for, folders as the files in them, sorted; `-` stays, and so does
/// a folder of mail, whose files are one input.
pub(crate) fn expand(names: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for name in names {
        if name.is_dir() {
            files.extend(files_in(name)?);
        } else {
            files.push(name.clone());
        }
    }
    Ok(files)
}

fn files_in(folder: &Path) -> Outcome<Vec<PathBuf>> {
    if is_maildir(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let format = |path: &PathBuf| {
        let name = path.file_name()?;
        Format::of_name(&name.to_string_lossy())
    };
    let listed = list(folder)?.into_iter();
    let data: Vec<PathBuf> = listed.filter(|path| format(path).is_some()).collect();
    let is_mail = |path: &PathBuf| format(path) == Some(Format::Mail);
    let mut files: Vec<PathBuf> = data.iter().filter(|path| !is_mail(path)).cloned().collect();
    if data.iter().any(is_mail) {
        files.push(folder.to_owned());
    }
    if files.is_empty() {
        return Err(Failure::new(format!("the folder `{}` holds no data file", folder.display()))
            .hint("files end in .csv, .tsv, .ndjson, .jsonl, .parquet, .eml or .mbox, each with or without .gz or .zst"));
    }
    Ok(files)
}

/// Returns the regular files of a folder, sorted.
fn list(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let cannot = || format!("cannot list the folder `{}`", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).or_fail(cannot)? {
        let path = entry.or_fail(cannot)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_maildir(folder: &Path) -> bool {
    ["cur", "new"].iter().all(|part| folder.join(part).is_dir())
}

/// Returns the files of a mail folder: what a Maildir holds as new and as seen, else what ends in `.eml`.
fn mails_in(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let name = |path: &PathBuf| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let mut files = Vec::new();
    if is_maildir(folder) {
        for part in ["cur", "new"] {
            files.extend(list(&folder.join(part))?);
        }
        files.retain(|path| !name(path).is_some_and(|name| name.starts_with('.')));
    } else {
        files = list(folder)?;
        files.retain(|path| {
            name(path).and_then(|name| Format::of_name(&name)) == Some(Format::Mail)
        });
    }
    if files.is_empty() {
        return Err(Failure::new(format!("the folder `{}` holds no mail", folder.display()))
            .hint("a Maildir has its messages in `cur` and `new`, another folder in files that end in .eml"));
    }
    Ok(files)
}

/// Opens an input; `expected` decides where neither its name nor its first line tell what it holds.
pub(crate) fn open(file: &Path, expected: Expected) -> Outcome<Box<dyn Source>> {
    let mut opening = Opening {
        format: None,
        expected,
        pace: Pace::Whole,
        limits: Limits::default(),
    };
    let refuse = |error: SourceError| unreadable(file, &error);
    if file == Path::new("-") {
        opening.pace = Pace::Live;
        return open_text(Box::new(io::stdin()), opening).map_err(refuse);
    }
    if file.is_dir() {
        return open_folder(file, opening.limits);
    }
    let cannot = || format!("cannot open `{}`", file.display());
    let mut handle = File::open(file).or_fail(cannot)?;
    let mut head = Vec::with_capacity(4);
    handle
        .by_ref()
        .take(4)
        .read_to_end(&mut head)
        .or_fail(cannot)?;
    if !handle.metadata().or_fail(cannot)?.is_file() {
        // A pipe cannot be rewound: what was read is put in front again.
        let whole = io::Cursor::new(head).chain(handle);
        return open_text(Box::new(BufReader::new(whole)), opening).map_err(refuse);
    }
    if head == b"PAR1" {
        let source = ParquetSource::open(handle, &opening.limits).map_err(refuse)?;
        return Ok(Box::new(source));
    }
    handle.rewind().or_fail(cannot)?;
    opening.format = Format::of_name(&file.to_string_lossy());
    open_text(Box::new(BufReader::new(handle)), opening).map_err(refuse)
}

/// Opens a folder of mail; its files are opened one after the other.
fn open_folder(folder: &Path, limits: Limits) -> Outcome<Box<dyn Source>> {
    let files = mails_in(folder)?.into_iter().map(|path| {
        let file = File::open(path)?;
        Ok(Box::new(BufReader::new(file)) as Box<dyn Read>)
    });
    Ok(open_mails(Box::new(files), limits))
}

/// Returns the failure to read an input.
pub(crate) fn unreadable(file: &Path, error: &SourceError) -> Failure {
    Failure::new(format!("cannot read `{}`", file.display()))
        .because(error)
        .hint(error.hint())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_end_is_refused_and_one_at_the_limit_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"four").unwrap();
        assert_eq!(read_at_most(&path, 4).unwrap(), b"four");
        for (path, most) in [(path.as_path(), 3), (Path::new("/dev/zero"), 1 << 16)] {
            let error = read_at_most(path, most).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        }
    }
}
