//! Following a log: what is flagged in it becomes an alert, and where it was read to is kept, so that a new start goes on from there.
//!
//! A start after a kill may give some events a second verdict, and never leaves one out that is still in the log or its rotated files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ringtrue_core::Digest;
use ringtrue_intake::source::{Format, SourceError};
use ringtrue_store::atomic_write;
use serde::Deserialize;
use thiserror::Error;

use super::alert::Subject;
use super::tail::{Begin, Place, Tail};
use super::{Alerter, Stop, decided};
use crate::clock::now;
use crate::http::Server;
use crate::reading::{Item, live, next_portion};

/// Reasons that an alert gives.
const REASONS: usize = 5;

/// What a log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Followed {
    /// Records of Linux's audit, joined to the commands that were run.
    Auditd,
    /// One JSON object a line.
    Ndjson,
    /// One URL or command a line.
    Lines,
}

/// A log that is followed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowOptions {
    /// What it holds.
    pub format: Followed,
    /// Where it is.
    pub path: PathBuf,
    /// Whether the first start begins with what is there already.
    #[serde(default)]
    pub from_start: bool,
    /// The route of its events; the usual one if none is named.
    #[serde(default)]
    pub route: Option<String>,
}

/// Why a log is not followed, or not any more.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FollowError {
    /// It does not read.
    #[error("`{path}` cannot be followed")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It does not read on.
    #[error("`{path}` does not read on")]
    Source {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: SourceError,
    },
    /// There is no such route.
    #[error("there is no route `{0}`")]
    Route(String),
}

/// Follows a log until it is stopped; `state` is the folder in which it is kept how far it was read.
///
/// # Errors
///
/// [`FollowError`] if the log cannot be read (on).
pub fn follow(
    (server, stop): (&Server, &Arc<Stop>),
    options: &FollowOptions,
    alerter: &Alerter,
    state: &Path,
) -> Result<(), FollowError> {
    let path = &options.path;
    let state = state.join(format!(
        "follow-{}.json",
        Digest::of(path.as_os_str().as_encoded_bytes()).short()
    ));
    let settings = server.settings().get();
    let named = options.route.as_deref();
    let route = settings.routes.get(named).cloned();
    let route = route.ok_or_else(|| FollowError::Route(named.unwrap_or_default().to_owned()))?;
    let read_error = |path: &Path| {
        let path = path.to_path_buf();
        move |source| FollowError::Read { path, source }
    };
    let begin = begin(&state, options.from_start).map_err(read_error(&state))?;
    let tail = Tail::open(path, begin, Arc::clone(stop)).map_err(read_error(path))?;
    let lines = tail.lines();
    let unread = |source| FollowError::Source {
        path: path.clone(),
        source,
    };
    let format = match options.format {
        Followed::Auditd => Format::Auditd,
        Followed::Ndjson => Format::Json,
        Followed::Lines => Format::Lines,
    };
    let kind = server.engine().detectors().champion.task.kind;
    // Whatever comes from here on is read, also if it comes after the next start.
    keep(&state, lines.after(0));
    let mut source = live(tail, format, kind).map_err(unread)?;
    loop {
        let detectors = server.engine().detectors();
        let portion = next_portion(&mut *source, (&detectors.champion, now)).map_err(unread)?;
        // What a stop cut off is no whole event: it is read again after the next start.
        let Some(portion) = portion.filter(|_| !stop.wait(Duration::ZERO)) else {
            return Ok(());
        };
        let (all, settled) = (portion.items.len(), portion.settled);
        let events = portion.items.into_iter().filter_map(|item| match item {
            Item::Event(event) => Some(*event),
            Item::Aside(_) => None,
        });
        let events: Vec<_> = events.collect();
        server.metrics().set_aside((all - events.len()) as u64);
        let about = |event| Subject::of(&detectors.champion, event);
        let subjects: Vec<Subject> = events.iter().map(about).collect();
        let told = decided((server, stop), &detectors, &route, (&events, REASONS));
        let Some(told) = told else {
            return Ok(());
        };
        for (subject, told) in subjects.iter().zip(&told) {
            alerter.tell(server.metrics(), subject, told);
        }
        keep(&state, lines.after(settled));
    }
}

/// Says where following begins. Where nobody can tell how far the log was read it is read again, so that nothing is left out.
fn begin(state: &Path, from_start: bool) -> io::Result<Begin> {
    let kept = match fs::read(state) {
        Ok(kept) => kept,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(if from_start { Begin::Start } else { Begin::End });
        }
        Err(error) => return Err(error),
    };
    Ok(match serde_json::from_slice::<Place>(&kept) {
        Ok(place) => Begin::At(place),
        Err(error) => {
            let path = state.display();
            tracing::warn!(%path, error = %error, "how far a log was read is damaged: it is read again from its start");
            Begin::Start
        }
    })
}

/// Keeps how far the log was read. What cannot be kept is read again after a new start.
fn keep(state: &Path, place: Option<Place>) {
    let Some(Ok(text)) = place.as_ref().map(serde_json::to_vec) else {
        return;
    };
    if let Err(error) = atomic_write(state, &text) {
        tracing::warn!(error = %error, "how far a log was read cannot be kept");
    }
}
