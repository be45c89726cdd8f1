//! The verdict log: whether it reads to its end, takes records, and has room.

use std::path::Path;

use ringtrue_core::EventTime;
use ringtrue_store::filesystem::RealFileSystem;
use ringtrue_store::log::{LogReader, has_writer};
use ringtrue_store::{FileSystem as _, StoreError};

use super::Finding;
use crate::commands::now;

/// Bytes that a verdict takes, about.
const VERDICT_BYTES: u64 = 500;
/// With room for fewer verdicts than this, somebody should look at the disk.
const ROOM_MIN: u64 = 10_000_000;

/// Looks at the log in `folder`.
pub(super) fn look(folder: &Path, findings: &mut Vec<Finding>) {
    let absolute = std::path::absolute(folder).unwrap_or_default();
    let nearest = absolute.ancestors().find(|it| it.exists());
    let Some(nearest) = nearest.filter(|it| it.is_dir()) else {
        let says = format!("`{}` cannot be made", folder.display());
        let hint = "name another folder with `--log`";
        findings.push(Finding::problem(("D020", "verdict log"), says, hint));
        return;
    };
    findings.push(room(nearest));
    if folder.is_dir() {
        findings.extend(records(folder));
        findings.push(writer(folder));
    } else {
        findings.push(makeable(nearest, folder));
    }
}

/// Reads the last part of the log.
fn records(folder: &Path) -> Vec<Finding> {
    let asked = ("D020", "verdict log");
    let read = || -> Result<_, StoreError> {
        let mut log = LogReader::open_from(folder, u64::MAX)?;
        let mut last = None;
        for record in &mut log {
            let record = record?;
            last = Some((record.sequence, record.time));
        }
        Ok((last, log.torn()))
    };
    let (last, torn) = match read() {
        Ok(read) => read,
        Err(error) => {
            let says = format!("its last part does not read: {error}");
            return vec![Finding::problem(asked, says, error.hint())];
        }
    };
    let says = last.map_or_else(
        || "it is empty".to_owned(),
        |(sequence, time)| format!("{} verdicts, the last one at {time}", sequence + 1),
    );
    let mut findings = vec![match torn {
        None => Finding::good(asked, says),
        Some(torn) => Finding::warning(
            asked,
            format!(
                "{says}; {} bytes at its end are of an interrupted write",
                torn.bytes
            ),
            "the next start cuts them off: nobody was promised what they held",
        ),
    }];
    findings.extend(last.and_then(|(_, time)| clock(time)));
    findings
}

/// Says whether the clock went back behind the last verdict.
fn clock(last: EventTime) -> Option<Finding> {
    let now = now().ok()?;
    let asked = ("D021", "clock");
    Some(if now < last {
        let says = format!("it is {now}, and the last verdict was given at {last}");
        Finding::warning(
            asked,
            says,
            "set the clock: verdicts and retention count by it",
        )
    } else {
        Finding::good(asked, format!("it is {now}"))
    })
}

/// Says whether the log takes records, and changes nothing of it.
fn writer(folder: &Path) -> Finding {
    let asked = ("D022", "writing");
    match has_writer(folder) {
        Ok(true) => Finding::warning(
            asked,
            "another server writes the log",
            "one server writes a log: end the other one before this one starts",
        ),
        Ok(false) => match try_to_write(folder) {
            Ok(()) => Finding::good(asked, "the log takes records"),
            Err(error) => Finding::problem(
                asked,
                format!("the log takes no records: {error}"),
                "let the server's user write into its folder, or make room",
            ),
        },
        Err(error) => {
            let says = format!("the log takes no records: {error}");
            Finding::problem(asked, says, error.hint())
        }
    }
}

/// Makes a folder in another one, and removes it.
fn try_to_write(folder: &Path) -> std::io::Result<()> {
    let tried = folder.join(format!(".ringtrue-doctor-{}", std::process::id()));
    RealFileSystem.create_folder(&tried)?;
    RealFileSystem.remove_folder(&tried)
}

/// Says whether the log's folder can be made.
fn makeable(nearest: &Path, folder: &Path) -> Finding {
    let asked = ("D022", "writing");
    let shown = folder.display();
    match try_to_write(nearest) {
        Ok(()) => Finding::good(asked, format!("`{shown}` will be made")),
        Err(error) => Finding::problem(
            asked,
            format!("`{shown}` cannot be made: {error}"),
            "name another folder with `--log`, or let the server's user write this one",
        ),
    }
}

/// Says how many verdicts the disk has room for.
fn room(folder: &Path) -> Finding {
    let asked = ("D023", "room");
    match rustix::fs::statvfs(folder) {
        Ok(disk) => {
            let bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
            let verdicts = bytes / VERDICT_BYTES;
            let says = format!(
                "{:.1} GB are free, for about {} million verdicts",
                bytes as f64 / 1e9,
                verdicts / 1_000_000
            );
            if verdicts < ROOM_MIN {
                let hint = "make room, or let the log keep less (`log.inputs_days`, `log.days`)";
                Finding::warning(asked, says, hint)
            } else {
                Finding::good(asked, says)
            }
        }
        Err(error) => {
            let says = format!("what is free is not known: {error}");
            Finding::warning(asked, says, "look whether the disk is there and healthy")
        }
    }
}
