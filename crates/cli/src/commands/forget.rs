//! `ringtrue forget`: somebody, or what was kept for long enough, leaves a store; and which datasets and
//! detectors held it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringtrue_core::task::Expiry;
use ringtrue_core::{Digest, Event, EventTime, LabelEntry, PseudonymKey, Task, plural};
use ringtrue_intake::habits::without;
use ringtrue_intake::history::Level;
use ringtrue_model::HISTORY;
use ringtrue_store::artefact::Files;
use ringtrue_store::{
    Affected, Fate, Forgetting, Judge, KeyUse, SetAside, Store, StoreError, Subject, artefact,
};
use serde::Serialize;

use crate::args::Forget;
use crate::commands::forget_elsewhere::{self, Registry, marked_before, warn_of_strangers};
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
    /// Labels in the label store that went.
    labels_removed: u64,
    /// Labels whose events have other ids without what they lost.
    labels_moved: u64,
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
    /// Whether its memory of users and hosts held somebody who is forgotten.
    memory_holds: bool,
    /// The digest that it has since its memory was written anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest_after: Option<Digest>,
    /// Its files with another memory, and their folder.
    #[serde(skip)]
    anew: Option<(PathBuf, Files)>,
}

/// Somebody who is to be forgotten, and as whom he appears among the users and hosts of events that go.
struct Somebody {
    subject: Subject,
    actors: BTreeSet<(Level, String)>,
}

impl Somebody {
    fn new(subject: Subject) -> Self {
        let spelt = subject.spellings().iter();
        let both =
            spelt.flat_map(|name| [(Level::User, name.clone()), (Level::Host, name.clone())]);
        Self {
            actors: both.collect(),
            subject,
        }
    }

    /// Returns a detector's files without him in its memory; `None` if it does not remember him.
    fn leave(&self, files: &Files) -> Outcome<Option<Files>> {
        let Some((_, memory)) = files.iter().find(|(name, _)| name == HISTORY) else {
            return Ok(None);
        };
        let names = self.actors.iter().map(|(level, name)| (*level, &**name));
        let memory = without(memory, names)
            .or_fail(|| "cannot read a detector's memory of users and hosts".to_owned())?;
        Ok(memory.map(|memory| {
            let mut files = files.clone();
            for (_, bytes) in files.iter_mut().filter(|(name, _)| name == HISTORY) {
                bytes.clone_from(&memory);
            }
            files
        }))
    }
}

impl Judge for Somebody {
    fn event(&mut self, event: &Event, keys: &[KeyUse]) -> Fate {
        let fate = self.subject.event(event, keys);
        if fate == Fate::Remove {
            for (level, field) in [(Level::User, "user"), (Level::Host, "host")] {
                let name = event.value(field).text();
                if let Some(name) = name.filter(|name| self.subject.is_in(name, keys)) {
                    self.actors.insert((level, name.to_string()));
                }
            }
        }
        fate
    }

    fn is_removed(&mut self, row: &SetAside, keys: &[KeyUse]) -> bool {
        self.subject.is_removed(row, keys)
    }

    fn is_label_removed(&mut self, entry: &LabelEntry) -> bool {
        self.subject.is_label_removed(entry)
    }
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

    fn is_label_removed(&mut self, _: &LabelEntry) -> bool {
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
            let forgetting = begin(&store, &mut judge)?;
            act(arguments, &store, forgetting, None, &tombstone)?
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
    let tombstone = store.key().tombstone(subject.trim());
    let subject =
        Subject::new(subject, known).or_fail(|| "cannot look for this value".to_owned())?;
    let mut somebody = Somebody::new(subject);
    let forgetting = begin(store, &mut somebody)?;
    act(arguments, store, forgetting, Some(&somebody), &tombstone)
}

fn begin<'a>(store: &'a Store, judge: &mut dyn Judge) -> Outcome<Forgetting<'a>> {
    let begun = store.begin_forget(judge);
    begun.map_err(|error| store_failure("cannot forget", &error))
}

fn act(
    arguments: &Forget,
    store: &Store,
    forgetting: Forgetting<'_>,
    somebody: Option<&Somebody>,
    tombstone: &str,
) -> Outcome<Forgotten> {
    let affected = forgetting.affected().clone();
    let mut detectors = detectors(arguments, store, &affected, somebody)?;
    let registries = arguments
        .registry
        .iter()
        .map(|folder| Registry::open(folder));
    let registries: Vec<Registry> = registries.collect::<Outcome<_>>()?;
    warn_of_others(store, &registries)?;
    for registry in &registries {
        let found = of_registry(registry, store, (&affected, tombstone), somebody)?;
        if !arguments.dry_run {
            let marks = found.iter().flat_map(|(detector, under)| {
                under.iter().map(|under| (detector.digest, under.clone()))
            });
            registry.mark(&marks.collect::<Vec<_>>())?;
        }
        detectors.extend(found.into_iter().map(|(detector, _)| detector));
    }
    if !arguments.dry_run {
        // Memories go first: as long as the events are there, a second attempt finds the same people.
        for detector in &mut detectors {
            if let Some((folder, files)) = detector.anew.take() {
                let written = artefact::write_folder(&folder, &files);
                let cannot = "cannot write a detector without its memory of the subject";
                detector.digest_after =
                    Some(written.map_err(|error| store_failure(cannot, &error))?);
            }
        }
        let digests = detectors.iter();
        let digests: Vec<Digest> = digests
            .flat_map(|detector| [Some(detector.digest), detector.digest_after])
            .flatten()
            .collect();
        let done = forgetting.commit(tombstone, &digests);
        done.map_err(|error| store_failure("cannot forget", &error))?;
    }
    let datasets = affected.datasets.iter().map(|dataset| OfDataset {
        digest: dataset.digest,
        events: dataset.events,
    });
    Ok(Forgotten {
        format: FORMAT,
        dry_run: arguments.dry_run,
        tombstone: tombstone.to_owned(),
        events_removed: affected.removed,
        events_shortened: affected.shortened,
        set_aside_rows: affected.set_aside,
        labels_removed: affected.labels,
        labels_moved: affected.labels_moved,
        segments_rewritten: affected.segments,
        datasets: datasets.collect(),
        detectors,
    })
}

/// Returns the detectors that learned from a dataset that changes, whose files hold the value, or whose memory of users and
/// hosts holds him.
fn detectors(
    arguments: &Forget,
    store: &Store,
    affected: &Affected,
    somebody: Option<&Somebody>,
) -> Outcome<Vec<OfDetector>> {
    let cannot = |error: StoreError| store_failure("cannot read a detector", &error);
    let mut found = BTreeMap::new();
    for digest in store.detectors().map_err(cannot)? {
        let files = store.detector(&digest).map_err(cannot)?;
        let concerned = concerned(digest, None, &files, affected, somebody)?;
        found.extend(concerned.map(|detector| ((digest, None), detector)));
    }
    for folder in folders(arguments) {
        let files = artefact::read_folder(&folder).map_err(cannot)?;
        let digest = artefact::identify(&files).map_err(cannot)?;
        let concerned = concerned(digest, Some(&folder), &files, affected, somebody)?;
        found.extend(concerned.map(|detector| ((digest, Some(folder)), detector)));
    }
    Ok(found.into_values().collect())
}

/// Returns the detectors of another store that learned from what goes or went before, or that hold somebody, each with the
/// tombstones that it is marked under.
fn of_registry(
    registry: &Registry,
    store: &Store,
    (affected, tombstone): (&Affected, &str),
    somebody: Option<&Somebody>,
) -> Outcome<Vec<(OfDetector, BTreeSet<String>)>> {
    let before = marked_before(store)?;
    let mut found = Vec::new();
    for (digest, files) in &registry.detectors {
        let now = concerned(*digest, None, files, affected, somebody)?;
        let dataset = dataset_of(files);
        let mut under = dataset
            .and_then(|it| before.get(&it).cloned())
            .unwrap_or_default();
        if now.is_some() {
            under.insert(tombstone.to_owned());
        }
        let detector = now.or_else(|| {
            dataset
                .filter(|_| !under.is_empty())
                .map(|dataset| OfDetector {
                    digest: *digest,
                    place: String::new(),
                    dataset,
                    holds_value: false,
                    memory_holds: false,
                    digest_after: None,
                    anew: None,
                })
        });
        found.extend(detector.map(|detector| {
            let place = registry.title();
            (OfDetector { place, ..detector }, under)
        }));
    }
    Ok(found)
}

/// Warns of detectors of the stores at hand whose events are in none of them.
fn warn_of_others(store: &Store, registries: &[Registry]) -> Outcome<()> {
    let stores = std::iter::once(store).chain(registries.iter().map(Registry::store));
    let own = forget_elsewhere::detectors(store)?;
    let own = own.iter().map(|it| (it, "the store".to_owned()));
    let theirs = registries
        .iter()
        .flat_map(|registry| registry.detectors.iter().map(|it| (it, registry.title())));
    let learned = own
        .chain(theirs)
        .filter_map(|((digest, files), place)| Some((*digest, place, dataset_of(files)?)));
    warn_of_strangers(stores, learned)
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

/// Tells of one detector, in the store or in a folder; `None` if it is not concerned. What the store holds is called by its
/// content, and cannot become another.
fn concerned(
    digest: Digest,
    folder: Option<&Path>,
    files: &Files,
    affected: &Affected,
    somebody: Option<&Somebody>,
) -> Outcome<Option<OfDetector>> {
    let Some(dataset) = dataset_of(files) else {
        return Ok(None);
    };
    let learned = affected
        .datasets
        .iter()
        .any(|other| other.digest == dataset);
    let holds_value = somebody.is_some_and(|somebody| {
        let subject = &somebody.subject;
        files.iter().any(|(_, bytes)| subject.is_in_bytes(bytes))
    });
    let left = somebody.map(|somebody| somebody.leave(files)).transpose()?;
    let left = left.flatten();
    let detector = OfDetector {
        digest,
        place: folder.map_or_else(|| "the store".to_owned(), |it| it.display().to_string()),
        dataset,
        holds_value,
        memory_holds: left.is_some(),
        digest_after: None,
        anew: folder.map(Path::to_path_buf).zip(left),
    };
    let is_concerned = learned || holds_value || detector.memory_holds;
    Ok(is_concerned.then_some(detector))
}

/// Returns the dataset that a detector learned from; `None` if the files are no detector's.
fn dataset_of(files: &Files) -> Option<Digest> {
    let document = files.iter().find(|(name, _)| name == "detector.json")?;
    let document: serde_json::Value = serde_json::from_slice(&document.1).ok()?;
    let dataset = document.get("card")?.get("dataset")?;
    dataset.as_str()?.parse().ok()
}

fn summarize(forgotten: &Forgotten) {
    let done = if forgotten.dry_run {
        "would go"
    } else {
        "gone"
    };
    let nothing = forgotten.segments_rewritten == 0
        && forgotten.set_aside_rows == 0
        && forgotten.labels_removed == 0;
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
    if forgotten.labels_removed > 0 {
        let labels = plural(forgotten.labels_removed, "label", "labels");
        note(&format!("{done}: {labels} that people or programs gave"));
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
        if detector.memory_holds {
            note(&memory_sentence(detector, forgotten.dry_run));
        }
    }
    if !nothing && !forgotten.dry_run {
        note("backups and other copies of the store are not reached");
    }
}

fn memory_sentence(detector: &OfDetector, dry_run: bool) -> String {
    let place = &detector.place;
    match detector.digest_after {
        Some(digest) => format!(
            "the memory of users and hosts of the detector ({place}) was written anew without it: the detector is now {digest}"
        ),
        None if dry_run => format!(
            "the memory of users and hosts of the detector ({place}) would be written anew without it"
        ),
        None => format!(
            "the memory of users and hosts of the detector ({place}) holds it: train anew and remove it"
        ),
    }
}
