//! Labelled files read for a detector, without a store: what `try` and `signals` judge on.

use std::path::PathBuf;

use ringtrue_core::{Event, Label};

use crate::commands::ingest::LABELLED;
use crate::commands::now;
use crate::corpus::{Context, Corpus, Entry, Index};
use crate::detector_folder::Loaded;
use crate::failure::{Failure, Outcome};
use crate::input::{Aside, Assumed, Reading, expand, read_file};
use crate::journey::slices;
use crate::progress::{Bar, called};

/// What was seen while reading.
#[derive(Default)]
pub(crate) struct Read {
    /// Events without a label: not judged.
    pub(crate) unlabelled: u64,
    /// The first rows that were set aside, each with its file.
    pub(crate) aside: Vec<(String, Aside)>,
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
    /// What was assumed.
    pub(crate) assumed: Assumed,
}

const SHOWN_ASIDE: usize = 5;

/// Reads the labelled events of `files`, computes their rows, and hands both to `each`.
pub(crate) fn with_labelled<T>(
    loaded: &Loaded,
    files: &[PathBuf],
    each: impl FnOnce(&Corpus<'_>, &Read) -> Outcome<T>,
) -> Outcome<T> {
    let (mut events, read) = read(files, loaded)?;
    let index = index(&events);
    if index.entries.is_empty() {
        return Err(Failure::cannot_tell("no event has a label"));
    }
    let slices = slices(&loaded.task)?;
    let sheet = loaded.task.cost_sheet();
    let context = Context {
        reader: &loaded.reader,
        sheet: &sheet,
        slices: &slices,
    };
    let mut corpus = Corpus::new(&context, &index);
    let bar = Bar::new("signals", events.len() as u64);
    for batch in events.chunks_mut(8_192) {
        corpus.push(&context, batch);
        bar.advance(batch.len() as u64);
    }
    drop(bar);
    each(&corpus, &read)
}

fn read(files: &[PathBuf], loaded: &Loaded) -> Outcome<(Vec<Event>, Read)> {
    let reading = Reading {
        task: loaded.task.clone(),
        key: loaded.detector.pseudonym_key.unwrap_or_default(),
        now: now()?,
        needed: LABELLED.to_vec(),
    };
    let (mut events, mut read) = (Vec::new(), Read::default());
    let mut assumed = Assumed::default();
    let bar = Bar::counter("reading");
    for file in expand(files)? {
        read_file(&file, &reading, &mut assumed, &mut |batch| {
            bar.advance(batch.events.len() as u64);
            for (_, event) in batch.events {
                match event.label {
                    Some(_) => events.push(event),
                    None => read.unlabelled += 1,
                }
            }
            read.set_aside += batch.aside.len() as u64;
            let room = SHOWN_ASIDE.saturating_sub(read.aside.len());
            let name = called(&file);
            read.aside.extend(
                batch
                    .aside
                    .into_iter()
                    .take(room)
                    .map(|aside| (name.clone(), aside)),
            );
            Ok(())
        })?;
    }
    read.assumed = assumed;
    Ok((events, read))
}

fn index(events: &[Event]) -> Index {
    let mut index = Index::default();
    index.entries.extend(events.iter().map(|event| Entry {
        time: event.time,
        known: event.usable_from(),
        label: event.label.unwrap_or(Label::Unsure),
        id: event.id(),
        cluster: 0,
    }));
    index.settle();
    index
}
