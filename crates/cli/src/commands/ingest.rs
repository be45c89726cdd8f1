//! `ringtrue ingest`: reads files of events into a store.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ringtrue_core::digest::DigestBuilder;
use ringtrue_core::task::Expiry;
use ringtrue_core::{Digest, Task, plural};
use ringtrue_intake::mapping::{Role, Stated};
use ringtrue_store::{IngestSource, IngestSummary, SetAside, Store, StoreError};
use serde::Serialize;

use crate::args::Ingest;
use crate::commands::{note, now, print_json};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::files::expand;
use crate::input::{Aside, Assumed, Reading, read_file};
use crate::keys;
use crate::progress::{Bar, called};
use crate::relabelling::Relabelling;
use crate::task_file;

/// What came of the files.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Ingested {
    /// Events that the store did not have.
    pub(crate) added: u64,
    /// Events that it had already.
    pub(crate) repeated: u64,
    /// Known events that have another label now, which was taken over.
    pub(crate) relabelled: u64,
    /// Events that the task keeps no longer, and that were not kept.
    pub(crate) expired: u64,
    /// Rows that could not be read, in the store's `set-aside` folder with line and reason.
    pub(crate) set_aside: u64,
    /// What was assumed.
    pub(crate) assumed: Vec<String>,
    /// The first few reasons with file and line.
    pub(crate) first_set_aside: Vec<SetAside>,
}

const SHOWN_ASIDE: usize = 5;

impl Ingested {
    /// Remembers set-aside rows to show, up to a few.
    fn show_aside(&mut self, rows: impl IntoIterator<Item = SetAside>) {
        let room = SHOWN_ASIDE.saturating_sub(self.first_set_aside.len());
        self.first_set_aside.extend(rows.into_iter().take(room));
    }
}

/// Runs the verb.
pub(crate) fn run(arguments: &Ingest) -> Outcome {
    let files = expand(&arguments.files)?;
    let chosen = task_file::choose(&arguments.reading, &files)?;
    let store = open(&arguments.store)?;
    let reading = Reading {
        task: chosen.task,
        key: keys::of_store(&store, arguments.key.as_deref())?,
        now: now()?,
        needed: Vec::new(),
        stated: Stated::Needed,
    };
    let sources = sources(&files, &reading.task)?;
    let ingested = into_store(&store, &files, &sources, &reading)?;
    if arguments.json {
        print_json(&ingested)?;
    } else {
        for sentence in chosen.assumed.iter().chain(&ingested.assumed) {
            note(&format!("assumed: {sentence}"));
        }
        summarize(&ingested, &arguments.store);
    }
    Ok(Exit::Done)
}

/// Says in words what came of the files.
pub(crate) fn summarize(ingested: &Ingested, store: &Path) {
    note(&format!(
        "{} added, {} known already, {} set aside",
        plural(ingested.added, "event", "events"),
        ingested.repeated,
        plural(ingested.set_aside, "row", "rows")
    ));
    if ingested.expired > 0 {
        note(&format!(
            "{} left out",
            plural(
                ingested.expired,
                "event is older than the task keeps it and was",
                "events are older than the task keeps them and were"
            )
        ));
    }
    if ingested.relabelled > 0 {
        note(&format!(
            "{}, which is taken over",
            plural(
                ingested.relabelled,
                "known event has another label than when it was stored",
                "known events have another label than when they were stored"
            )
        ));
    }
    for row in &ingested.first_set_aside {
        note(&format!("  {} line {}: {}", row.file, row.line, row.reason));
    }
    if ingested.set_aside > 0 {
        note(&format!(
            "all set-aside rows: {}",
            store.join("set-aside").display()
        ));
    }
}

/// Opens a store.
pub(crate) fn open(path: &Path) -> Outcome<Store> {
    Store::open(path).map_err(|error| {
        store_failure(
            &format!("cannot open the store `{}`", path.display()),
            &error,
        )
    })
}

/// Turns a store's error into a failure.
pub(crate) fn store_failure(what: &str, error: &StoreError) -> Failure {
    Failure::new(what).because(error).hint(error.hint())
}

/// Reads files into a store, each as the ingest of its [`sources`] that is there whole or not at all.
pub(crate) fn into_store(
    store: &Store,
    files: &[PathBuf],
    sources: &[IngestSource],
    reading: &Reading,
) -> Outcome<Ingested> {
    let mut ingested = Ingested::default();
    let mut assumed = Assumed::default();
    for (file, source) in files.iter().zip(sources) {
        let summary = one(store, file, source, reading, &mut assumed, &mut ingested)?;
        ingested.added += summary.added;
        ingested.repeated += summary.repeated;
        ingested.set_aside += summary.set_aside;
    }
    assumed.settle_names(&reading.task);
    ingested.assumed = assumed.sentences.into_iter().collect();
    Ok(ingested)
}

/// Returns what a store remembers of each file: its name, its content, and the rules by which `task` reads it.
pub(crate) fn sources(files: &[PathBuf], task: &Task) -> Outcome<Vec<IngestSource>> {
    let rules = task.reading_digest();
    let source = |file: &PathBuf| -> Outcome<IngestSource> {
        Ok(IngestSource {
            name: called(file),
            digest: digest(file)?,
            task: Some(rules),
        })
    };
    files.iter().map(source).collect()
}

/// Returns the digest of a regular file's bytes: a file that was read before is told at once.
fn digest(file: &Path) -> Outcome<Option<Digest>> {
    if !file.is_file() {
        return Ok(None);
    }
    let cannot = || format!("cannot read `{}`", file.display());
    let mut handle = File::open(file).or_fail(cannot)?;
    let mut builder = DigestBuilder::default();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = handle.read(&mut buffer).or_fail(cannot)?;
        if count == 0 {
            return Ok(Some(builder.finish()));
        }
        builder.stream(&buffer[..count]);
    }
}

fn one(
    store: &Store,
    file: &Path,
    source: &IngestSource,
    reading: &Reading,
    assumed: &mut Assumed,
    ingested: &mut Ingested,
) -> Outcome<IngestSummary> {
    let failed = |error: &StoreError| {
        store_failure(
            &format!("cannot keep the events of `{}`", source.name),
            error,
        )
    };
    if let Some(known) = store.known_ingest(source).map_err(|error| failed(&error))? {
        // Nothing is kept again, but what was assumed and set aside holds for this time too.
        read_file(file, reading, assumed, &mut |batch| {
            ingested.show_aside(batch.aside.into_iter().map(|row| set_aside(source, row)));
            Ok(())
        })?;
        return Ok(IngestSummary {
            added: 0,
            repeated: known.added + known.repeated,
            ..known
        });
    }
    let bar = Bar::counter("reading");
    let mut told = Relabelling::begin(store)?;
    let mut ingest = store.begin_ingest(source).map_err(|error| failed(&error))?;
    if let Some(used) = keys::used(&reading.task, &reading.key) {
        ingest.note_key(used);
    }
    read_file(file, reading, assumed, &mut |batch| {
        let mut events: Vec<_> = batch.events.into_iter().map(|(_, event)| event).collect();
        let read = events.len();
        events.retain_mut(|event| reading.task.expire(event, reading.now) != Expiry::Event);
        ingested.expired += (read - events.len()) as u64;
        ingest.push(&events).map_err(|error| failed(&error))?;
        told.meet(&events);
        for row in batch.aside {
            let row = set_aside(source, row);
            ingest.set_aside(&row).map_err(|error| failed(&error))?;
            ingested.show_aside([row]);
        }
        bar.advance(read as u64);
        Ok(())
    })?;
    assumed.check_privacy(&reading.task, &source.name)?;
    let summary = ingest.commit().map_err(|error| failed(&error))?;
    if summary.repeated > 0 {
        ingested.relabelled += told.take_over(store, source, reading)?;
    }
    Ok(summary)
}

fn set_aside(source: &IngestSource, row: Aside) -> SetAside {
    SetAside {
        file: source.name.clone(),
        line: row.line,
        reason: row.reason,
        excerpt: row.content,
    }
}

/// The columns that judging needs.
pub(crate) const LABELLED: [Role; 1] = [Role::Label];
