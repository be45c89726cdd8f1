//! One file per verb.

pub(crate) mod attack;
pub(crate) mod attack_artefacts;
pub(crate) mod attack_distance;
pub(crate) mod audit_show;
pub(crate) mod audit_verify;
pub(crate) mod compare;
pub(crate) mod detectors;
pub(crate) mod detectors_diff;
pub(crate) mod detectors_show;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod forget;
mod forget_elsewhere;
pub(crate) mod gate;
pub(crate) mod import;
pub(crate) mod ingest;
pub(crate) mod label_agreement;
pub(crate) mod label_errors;
pub(crate) mod label_export;
pub(crate) mod label_import;
pub(crate) mod label_plan;
pub(crate) mod label_queue;
pub(crate) mod label_review;
pub(crate) mod label_rules;
pub(crate) mod new;
pub(crate) mod poison;
pub(crate) mod privacy;
pub(crate) mod promote;
pub(crate) mod replay;
pub(crate) mod retrain;
pub(crate) mod retrain_plan;
pub(crate) mod rollback;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod signals;
pub(crate) mod simulate;
pub(crate) mod simulate_loop;
pub(crate) mod task_check;
pub(crate) mod token;
pub(crate) mod try_;
pub(crate) mod vet;
pub(crate) mod watch;

use std::io::{self, Write};
use std::path::Path;

use ringtrue_core::EventTime;

use crate::failure::{Failure, OrFail, Outcome};

/// Prints to standard output; a reader that has gone is no failure.
pub(crate) fn print(text: &str) -> Outcome<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.or_fail(|| "cannot write to standard output".to_owned()),
    }
}

/// Prints a JSON document to standard output.
pub(crate) fn print_json(document: &impl serde::Serialize) -> Outcome<()> {
    let text = serde_json::to_string_pretty(document)
        .or_fail(|| "cannot write the figures as JSON".to_owned())?;
    print(&format!("{text}\n"))
}

/// Prints a line for people to standard error.
pub(crate) fn note(text: &str) {
    // Nobody is left to tell if standard error is closed.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Removes a file that could not be written to its end; a device stays.
pub(crate) fn discard(file: &Path) {
    if file.is_file() {
        // The failure that led here is told; a second one would hide it.
        drop(std::fs::remove_file(file));
    }
}

/// Returns the time; the one place that reads the clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the rim reads the clock and hands it down"
)]
pub(crate) fn now() -> Outcome<EventTime> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let since = since.or_fail(|| "the clock stands before 1970".to_owned())?;
    let micros = i64::try_from(since.as_micros());
    micros
        .map(EventTime)
        .map_err(|_| Failure::new("the clock stands beyond all years"))
}

/// Returns a moment of a clock that only goes forward, for telling how long something took.
#[expect(
    clippy::disallowed_methods,
    reason = "the rim reads the clock and hands it down"
)]
pub(crate) fn clock() -> std::time::Instant {
    std::time::Instant::now()
}
