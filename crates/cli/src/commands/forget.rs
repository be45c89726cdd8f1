//! `ringtrue forget`: somebody, or what was kept for long enough, leaves a store; and which datasets and
//! detectors held it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ringtrue_core::task::Expiry;
use ringtrue_core::{Digest, Event, EventTime, PseudonymKey, Task, plural};
use ringtrue_store::{
    Affected, Fate, Judge, KeyUse, SetAside, Store, StoreError, Subject, artefact,
};
use serde::Serialize;

use crate::args::Forget;
use crate::commands::ingest::{open, store_failure};
use crate::commands::{note, now, print_json};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::{keys, task_file};

/// The format of the JSON document.
const FORMAT: u32 = 1;

/// What went or would go, for programs.
#[derive(Serialize)]
struct Forgotten {
    format: u32,
    /// Whether nothing was changed.
    dry_run: bool,
    /// What stays of who was forgotten, readable by holders of the key.
    tombstone: String,
    events_removed: u64,
    /// Events that lost fields.
    events_shortened: u64,
    set_aside_rows: u64,
    segments_rewritten: u64,
    datasets: Vec<OfDataset>,
    detectors: Vec<OfDetector>,
}

#[derive(Serialize)]
struct OfDataset {
    digest: Digest,
    /// How many of its events went or changed; 0 if it only shares a segment with them.
    events: u64,
}

#[derive(Serialize)]
struct OfDetector {
    digest: Digest,
    /// Where it stands.
    place: String,
    dataset: Digest,
    /// Whether its own files hold the value, readable or as a pseudonym.
    holds_value: bool,
}

/// What the task keeps no longer.
struct Expired<'a> {
    task: &'a Task,
    now: EventTime,
}

impl Judge for Expired<'_> {
    fn event(&mut self, event: &Event, _: &[KeyUse]) -> Fate {
        let mut left = event.clone();
        match self.task.expire(&mut left, self.now) {
            Expiry::Event => Fate::Remove,
            Expiry::Nothing if left == *event => Fate::Keep,
            Expiry::Nothing | Expiry::Fields(_) => Fate::Replace(Box::new(left)),
        }
    }

    fn is_removed(&mut self, _: &SetAside, _: &[KeyUse]) -> bool {
        false
    }
}

/// Runs the verb.
pub(crate) fn run(arguments: &Forget) -> Outcome {
    if !arguments.store.join("FORMAT").is_file() {
        return Err(Failure::new(format!(
            "there is no store in `{}`",
            arguments.store.display()
        )));
    }
    let store = open(&arguments.store)?;
    let mut known = store
        .keys()
        .map_err(|error| store_failure("cannot read the keys of the store", &error))?;
    for path in &arguments.key {
        known.push(keys::read(path)?);
    }
    let forgotten = match (&arguments.subject, &arguments.task) {
        (Some(subject), _) => somebody(arguments, &store, subject, &known)?,
        (None, Some(path)) => {
            let (task, _) = task_file::read(path)?;
            let mut judge = Expired {
                task: &task,
                now: now()?,
            };
            let tombstone = format!("expired at {}", judge.now);
            act(arguments, &store, &mut judge, None, tombstone)?
        }
        (None, None) => return Err(Failure::new("nobody is named")),
    };
    if arguments.json {
        print_json(&forgotten)?;
    } else {
        summarize(&forgotten);
    }
    Ok(Exit::Done)
}

fn somebody(
    arguments: &Forget,
    store: &Store,
    subject: &str,
    known: &[PseudonymKey],
) -> Outcome<Forgotten> {
    let make = || Subject::new(subject, known).or_fail(|| "cannot look for this value".to_owned());
    let tombstone = store.key().tombstone(subject.trim());
    act(arguments, store, &mut make()?, Some(&make()?), tombstone)
}

fn act(
    arguments: &Forget,
    store: &Store,
    judge: &mut dyn Judge,
    subject: Option<&Subject>,
    tombstone: String,
) -> Outcome<Forgotten> {
    let failed = |error: StoreError| store_failure("cannot forget", &error);
    let forgetting = store.begin_forget(judge).map_err(failed)?;
    let affected = forgetting.affected().clone();
    let detectors = detectors(arguments, store, &affected, subject)?;
    let digests: Vec<Digest> = detectors.iter().map(|detector| detector.digest).collect();
    if !arguments.dry_run {
        forgetting.commit(&tombstone, &digests).map_err(failed)?;
    }
    let datasets = affected.datasets.iter().map(|dataset| OfDataset {
        digest: dataset.digest,
        events: dataset.events,
    });
    Ok(Forgotten {
        format: FORMAT,
        dry_run: arguments.dry_run,
        tombstone,
        events_removed: affected.removed,
        events_shortened: affected.shortened,
        set_aside_rows: affected.set_aside,
        segments_rewritten: affected.segments,
        datasets: datasets.collect(),
        detectors,
    })
}

/// Returns the detectors that learned from a dataset that changes, or whose files hold the value.
fn detectors(
    arguments: &Forget,
    store: &Store,
    affected: &Affected,
    subject: Option<&Subject>,
) -> Outcome<Vec<OfDetector>> {
    let cannot = |error: StoreError| store_failure("cannot read a detector", &error);
    let mut found = BTreeMap::new();
    for digest in store.detectors().map_err(cannot)? {
        let files = store.detector(&digest).map_err(cannot)?;
        let place = "the store".to_owned();
        found.extend(concerned((digest, place), &files, affected, subject));
    }
    for folder in folders(arguments) {
        let files = artefact::read_folder(&folder).map_err(cannot)?;
        let manifest = std::fs::read(folder.join("manifest.json"))
            .or_fail(|| format!("cannot read the detector `{}`", folder.display()))?;
        let place = folder.display().to_string();
        let named = (Digest::of(&manifest), place);
        found.extend(concerned(named, &files, affected, subject));
    }
    Ok(found.into_values().collect())
}

/// Returns the folders of detectors that are named, and the one beside the store.
fn folders(arguments: &Forget) -> Vec<PathBuf> {
    let beside = arguments.store.parent().unwrap_or(Path::new("."));
    let beside = beside.join("detector");
    let is_there = beside.join("manifest.json").is_file();
    let mut folders = arguments.detector.clone();
    folders.extend(is_there.then_some(beside));
    folders
}

fn concerned(
    (digest, place): (Digest, String),
    files: &[(String, Vec<u8>)],
    affected: &Affected,
    subject: Option<&Subject>,
) -> Option<(Digest, OfDetector)> {
    let document = files.iter().find(|(name, _)| name == "detector.json")?;
    let document: serde_json::Value = serde_json::from_slice(&document.1).ok()?;
    let dataset: Digest = document
        .get("card")?
        .get("dataset")?
        .as_str()?
        .parse()
        .ok()?;
    let learned = affected
        .datasets
        .iter()
        .any(|other| other.digest == dataset);
    let holds_value =
        subject.is_some_and(|subject| files.iter().any(|(_, bytes)| subject.is_in_bytes(bytes)));
    let detector = OfDetector {
        digest,
        place,
        dataset,
        holds_value,
    };
    (learned || holds_value).then_some((digest, detector))
}

fn summarize(forgotten: &Forgotten) {
    let done = if forgotten.dry_run {
        "would go"
    } else {
        "gone"
    };
    let nothing = forgotten.segments_rewritten == 0 && forgotten.set_aside_rows == 0;
    if nothing {
        note("nothing in the store concerns it");
    } else {
        note(&format!(
            "{done}: {}, fields of {} more, in {}; and {} set aside",
            plural(forgotten.events_removed, "event", "events"),
            forgotten.events_shortened,
            plural(forgotten.segments_rewritten, "segment", "segments"),
            plural(forgotten.set_aside_rows, "row that was", "rows that were")
        ));
    }
    for dataset in &forgotten.datasets {
        note(&format!(
            "dataset {} held {} of them and can no longer be made again",
            dataset.digest, dataset.events
        ));
    }
    for detector in &forgotten.detectors {
        note(&format!(
            "detector {} ({}) learned from dataset {} and can no longer be made again{}",
            detector.digest,
            detector.place,
            detector.dataset.short(),
            if detector.holds_value {
                "; its own files hold the value: train anew and remove it"
            } else {
                ""
            }
        ));
    }
    if !nothing && !forgotten.dry_run {
        note("backups and other copies of the store are not reached");
    }
}
