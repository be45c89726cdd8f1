//! A detector by what somebody typed: a folder, or in a store an alias or the first digits of an id.

use std::path::{Path, PathBuf};

use ringtrue_core::audit::{Alias, Aliases, Stopgap, stopgaps};
use ringtrue_core::{Digest, EventTime};
use ringtrue_server::run::Standing;
use ringtrue_server::stopgaps::Stopgaps;
use ringtrue_store::Store;
use ringtrue_store::artefact::{self, Files};

use crate::args::Which;
use crate::commands::ingest::store_failure;
use crate::commands::{note, now};
use crate::failure::{Failure, Outcome};
use crate::label_store::existing;
use crate::registry::unreadable;

/// Digits of an id that are taken for one, at least.
const DIGITS_MIN: usize = 4;
/// Digits of a whole id.
const DIGITS: usize = 64;

/// What somebody typed.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    /// A folder, an alias, or the first digits of an id.
    pub(crate) name: &'a Path,
    /// The store whose detectors are meant.
    pub(crate) store: Option<&'a Path>,
}

impl<'a> From<&'a Path> for Named<'a> {
    fn from(name: &'a Path) -> Self {
        Self { name, store: None }
    }
}

impl<'a> From<&'a PathBuf> for Named<'a> {
    fn from(name: &'a PathBuf) -> Self {
        Self { name, store: None }
    }
}

impl<'a> From<&'a Which> for Named<'a> {
    fn from(which: &'a Which) -> Self {
        Self {
            name: &which.detector,
            store: which.store.as_deref(),
        }
    }
}

/// Where a detector stands.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In a folder of its own.
    Folder(PathBuf),
    /// In the store of this folder, under its id.
    Store(PathBuf, Digest),
}

impl Place {
    /// Returns the folder of the store that may keep its key.
    pub(crate) fn store(&self) -> Option<PathBuf> {
        match self {
            Self::Folder(folder) => folder.parent().map(|beside| beside.join("store")),
            Self::Store(store, _) => Some(store.clone()),
        }
    }

    /// Returns the folder of its files, where what is said of it may be left beside them.
    pub(crate) fn folder(&self) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.clone(),
            Self::Store(store, id) => store.join("detectors").join(id.to_string()),
        }
    }

    /// Returns what people call it.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            Self::Store(store, id) => format!("{} of {}", id.short(), store.display()),
        }
    }
}

/// A detector that was found.
pub(crate) struct Found {
    pub(crate) files: Files,
    pub(crate) id: Digest,
    pub(crate) place: Place,
}

/// Finds a detector; the digest of every file is checked.
pub(crate) fn find(named: Named<'_>) -> Outcome<Found> {
    match (named.store, spelt(named.name)) {
        (Some(path), Some(name)) => {
            let store = existing(path)?;
            let id = resolve(&store, name)?;
            from_store(&store, id)
        }
        (_, name) => from_folder(named.name, name),
    }
}

/// Returns the id of a detector that is named by the alias of what was promoted; `None` if it is named in another way, and nobody
/// promoted it by that name.
pub(crate) fn promoted(named: Named<'_>) -> Outcome<Option<Digest>> {
    let alias = spelt(named.name).and_then(alias_of);
    match (named.store, alias) {
        (Some(path), Some((task, alias @ Alias::Champion))) => {
            of_alias(&existing(path)?, task, alias).map(Some)
        }
        _ => Ok(None),
    }
}

/// Returns what is to decide of the events of a task: the detector if it is named as [`promoted`] says, and the stopgaps of the store.
pub(crate) fn standing(named: Named<'_>, task: &str) -> Outcome<Standing> {
    let Some(path) = named.store else {
        return Ok(Standing::default());
    };
    let store = existing(path)?;
    Ok(Standing {
        champion: promoted(named)?,
        stopgaps: Stopgaps::new(stopgaps_in_force(&store, task, now()?)?),
    })
}

/// Returns the stopgaps of a task that hold at a time, as far as is known now.
pub(crate) fn stopgaps_in_force(
    store: &Store,
    task: &str,
    now: EventTime,
) -> Outcome<Vec<Stopgap>> {
    let audit = store.audit().map_err(|error| unreadable(store, &error))?;
    let all = stopgaps(&audit.entries, task).into_iter();
    Ok(all
        .filter(|it| it.holds(now))
        .map(|it| it.stopgap)
        .collect())
}

/// Reads a detector of a store.
pub(crate) fn from_store(store: &Store, id: Digest) -> Outcome<Found> {
    let cannot = format!("cannot use the detector `{}`", id.short());
    let files = store
        .detector(&id)
        .map_err(|error| store_failure(&cannot, &error))?;
    let place = Place::Store(store.path().to_path_buf(), id);
    Ok(Found { files, id, place })
}

fn from_folder(folder: &Path, name: Option<&str>) -> Outcome<Found> {
    let cannot = || format!("cannot use the detector `{}`", folder.display());
    let read = artefact::read_folder(folder);
    let read = read.map_err(|error| match no_detector(folder, name) {
        Some((reason, hint)) => Failure::new(format!("{}: {reason}", cannot())).hint(hint),
        None => store_failure(&cannot(), &error),
    });
    let files = read?;
    let id = artefact::identify(&files).map_err(|error| store_failure(&cannot(), &error))?;
    let place = Place::Folder(folder.to_path_buf());
    Ok(Found { files, id, place })
}

/// Says why there is no detector in a folder, if there is none, and what to do.
fn no_detector(folder: &Path, name: Option<&str>) -> Option<(String, String)> {
    let manifest = |folder: &Path| folder.join("manifest.json").exists();
    if manifest(folder) {
        return None;
    }
    let make = "`ringtrue run --out DIR` makes one in `DIR/detector`".to_owned();
    if manifest(&folder.join("detector")) {
        return Some(("the detector is in `detector` in it".to_owned(), make));
    }
    if folder.exists() {
        return Some(("no detector is there".to_owned(), make));
    }
    let reason = "there is no such folder".to_owned();
    let hint = name.map(|name| format!("name the store that knows `{name}` with `--store DIR`"));
    Some((reason, hint.unwrap_or(make)))
}

/// Returns the name if it reads as an alias or as the first digits of an id; `./champion` is a folder.
fn spelt(name: &Path) -> Option<&str> {
    let text = name.to_str()?;
    let is_id = (DIGITS_MIN..=DIGITS).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (is_id || alias_of(text).is_some()).then_some(text)
}

/// Splits `TASK:champion` or `champion`.
fn alias_of(text: &str) -> Option<(Option<&str>, Alias)> {
    match text.rsplit_once(':') {
        Some((task, word)) => Some((Some(task), Alias::of(word)?)),
        None => Some((None, Alias::of(text)?)),
    }
}

/// Returns the id that a store knows under a name.
fn resolve(store: &Store, name: &str) -> Outcome<Digest> {
    match alias_of(name) {
        Some((task, alias)) => of_alias(store, task, alias),
        None => of_digits(store, name),
    }
}

/// Returns the one detector whose id starts with these digits.
pub(crate) fn of_digits(store: &Store, digits: &str) -> Outcome<Digest> {
    let place = store.path().display();
    let listed = store.detectors();
    let listed = listed.map_err(|error| {
        store_failure(&format!("cannot list the detectors of `{place}`"), &error)
    })?;
    let ids = listed.into_iter();
    let found: Vec<Digest> = ids
        .filter(|id| id.to_string().starts_with(digits))
        .collect();
    match found.as_slice() {
        [id] => Ok(*id),
        [] => Err(Failure::new(format!(
            "the store `{place}` has no detector whose id starts with `{digits}`"
        ))
        .hint("`ringtrue detectors list --store DIR` lists them, `ringtrue detectors add FOLDER` adds one")),
        _ => Err(Failure::new(format!(
            "{} detectors of the store `{place}` have ids that start with `{digits}`",
            found.len()
        ))
        .hint("give more digits")),
    }
}

fn of_alias(store: &Store, task: Option<&str>, alias: Alias) -> Outcome<Digest> {
    let audit = store.audit().map_err(|error| unreadable(store, &error))?;
    let aliases = Aliases::of(&audit.entries);
    let task = task_of(store, &aliases, task, alias)?;
    let held = aliases.get(&task, alias);
    let held = held.ok_or_else(|| nothing(store, Some(&task), alias))?;
    if let Some(until) = held.expired(now()?) {
        note(&format!(
            "warning: the {alias} of `{task}` stands by an override that held until {until}: put a detector in its place that passes the gate, or go back"
        ));
    }
    Ok(held.detector)
}

/// Returns the one task that has an alias, or the one that is stated.
pub(crate) fn task_of(
    store: &Store,
    aliases: &Aliases,
    task: Option<&str>,
    alias: Alias,
) -> Outcome<String> {
    if let Some(task) = task {
        return Ok(task.to_owned());
    }
    let tasks = aliases.all().filter(|(_, other, _)| *other == alias);
    let tasks: Vec<&str> = tasks.map(|(task, _, _)| task).collect();
    match tasks.as_slice() {
        [task] => Ok((*task).to_owned()),
        [] => Err(nothing(store, None, alias)),
        _ => Err(Failure::new(format!(
            "several tasks of the store `{}` have a {alias}: {}",
            store.path().display(),
            tasks.join(", ")
        ))
        .hint(format!("say which: `TASK:{alias}`, or `--task TASK`"))),
    }
}

fn nothing(store: &Store, task: Option<&str>, alias: Alias) -> Failure {
    let of = task.map_or_else(String::new, |task| format!(" of `{task}`"));
    Failure::new(format!(
        "the store `{}` has no {alias}{of}",
        store.path().display()
    ))
    .hint("`ringtrue promote DETECTOR --store DIR` makes one")
}
