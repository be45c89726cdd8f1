//! Labelled files read for a detector, without a store: what `try` and `signals` judge on.
//!
//! Batch by batch: of an event stay its row and what judging needs. An event that comes again in another
//! file is counted and judged once, as if a store had kept it. What users and hosts did is followed as the events come,
//! labelled or not.

use std::collections::HashMap;
use std::path::PathBuf;

use ringtrue_core::{Event, EventId, Label, plural};
use ringtrue_intake::mapping::Stated;

use crate::commands::ingest::LABELLED;
use crate::commands::note;
use crate::corpus::{Context, Corpus, Entry, Index};
use crate::decisions::Decisions;
use crate::detector_folder::{self, Loaded};
use crate::failure::{Failure, Outcome};
use crate::files::expand;
use crate::habits::Memory;
use crate::input::{Aside, Assumed, Reading, read_file};
use crate::journey::slices;
use crate::progress::{Bar, called};
use crate::served::lacking;

/// What was seen while reading.
#[derive(Default)]
pub(crate) struct Read {
    /// Events without a label: not judged.
    pub(crate) unlabelled: u64,
    /// Events whose label in the files does not hold.
    pub(crate) settled: u64,
    /// Events that came before: not judged again.
    pub(crate) repeated: u64,
    /// The first rows that were set aside, each with its file.
    pub(crate) aside: Vec<(String, Aside)>,
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
    /// What was assumed.
    pub(crate) assumed: Assumed,
    /// Sentences about columns that the detector reads and the files lack.
    pub(crate) lacking: Vec<String>,
    /// Sentences about events that what the detector remembers of users and hosts does not suit.
    pub(crate) of_habits: Vec<String>,
}

impl Read {
    /// Says on standard error what was not read as it stood.
    pub(crate) fn tell(&self) {
        for sentence in self.lacking.iter().chain(&self.of_habits) {
            note(&format!("warning: {sentence}"));
        }
        for (file, aside) in &self.aside {
            note(&format!(
                "set aside: {file} line {}: {}",
                aside.line, aside.reason
            ));
        }
        if self.set_aside > 0 {
            note(&format!(
                "{} set aside and not judged",
                plural(self.set_aside, "row was", "rows were")
            ));
        }
        if self.repeated > 0 {
            note(&format!(
                "{} judged once",
                plural(
                    self.repeated,
                    "event came again and was",
                    "events came again and were"
                )
            ));
        }
    }
}

const SHOWN_ASIDE: usize = 5;

/// Reads the labelled events of `files`, computes their rows, and hands both to `each`.
pub(crate) fn with_labelled<T>(
    loaded: &Loaded,
    files: &[PathBuf],
    each: impl FnOnce(&Corpus<'_>, &Read) -> Outcome<T>,
) -> Outcome<T> {
    with_decided(loaded, files, &Decisions::none(&loaded.task), each)
}

/// Does what [`with_labelled`] does, with the labels that hold instead of those that stand in the files.
pub(crate) fn with_decided<T>(
    loaded: &Loaded,
    files: &[PathBuf],
    decisions: &Decisions,
    each: impl FnOnce(&Corpus<'_>, &Read) -> Outcome<T>,
) -> Outcome<T> {
    let slices = slices(&loaded.task)?;
    let sheet = loaded.task.cost_sheet();
    let context = Context {
        reader: &loaded.reader,
        sheet: &sheet,
        slices: &slices,
        revealed: loaded.revealed(),
    };
    let mut taken = Taken {
        context: &context,
        corpus: Corpus::new(&context, &Index::default()),
        index: Index::default(),
        memory: Memory::of(loaded),
        decisions,
        repeats: Repeats::default(),
    };
    let mut read = pass_labelled(files, loaded, &reading(loaded)?, &mut taken)?;
    read.of_habits = taken.memory.sentences();
    read.tell();
    let Taken {
        mut corpus,
        mut index,
        ..
    } = taken;
    if index.entries.is_empty() {
        return Err(Failure::cannot_tell("no event has a label"));
    }
    index.settle();
    corpus.arrange(&index);
    each(&corpus, &read)
}

/// Which events came before, in another file.
#[derive(Default)]
pub(crate) struct Repeats {
    /// How often each event stood in one of the files before, at most.
    seen: HashMap<EventId, u32>,
    /// How often it stood in this file so far.
    here: HashMap<EventId, u32>,
}

impl Repeats {
    /// Takes an event in; returns whether it came before. Equal rows of one file are as many events, as in a store.
    pub(crate) fn is_repeat(&mut self, id: EventId) -> bool {
        let here = self.here.entry(id).or_default();
        *here += 1;
        *here <= self.seen.get(&id).copied().unwrap_or(0)
    }

    /// Ends a file: what it held may be met again in the next one.
    #[expect(
        clippy::iter_over_hash_type,
        reason = "the order of largest counts does not matter"
    )]
    pub(crate) fn end_file(&mut self) {
        for (id, here) in self.here.drain() {
            let seen = self.seen.entry(id).or_default();
            *seen = here.max(*seen);
        }
    }
}

/// Takes the events of labelled files in.
pub(crate) trait Taking {
    /// Takes the next events, each with its row in the file.
    fn take(&mut self, events: Vec<(u64, Event)>, read: &mut Read);

    /// Ends a file.
    fn end_file(&mut self);
}

/// What stays of the events.
struct Taken<'a> {
    context: &'a Context<'a>,
    corpus: Corpus<'a>,
    index: Index,
    memory: Memory<'a>,
    decisions: &'a Decisions,
    repeats: Repeats,
}

impl Taking for Taken<'_> {
    /// Takes the labelled events in, and counts the others.
    fn take(&mut self, events: Vec<(u64, Event)>, read: &mut Read) {
        let mut events: Vec<Event> = events.into_iter().map(|(_, event)| event).collect();
        for event in &mut events {
            read.settled += u64::from(self.decisions.settle(event));
        }
        events.retain(|event| {
            let Some(label) = event.label else {
                read.unlabelled += 1;
                return true;
            };
            let id = event.id();
            if self.repeats.is_repeat(id) {
                read.repeated += 1;
                return false;
            }
            self.index.entries.push(entry(event, id, label));
            true
        });
        let mut habits = self.memory.follow(&events.iter().collect::<Vec<_>>());
        let is_labelled: Vec<bool> = events.iter().map(|event| event.label.is_some()).collect();
        habits.retain(&is_labelled);
        events.retain(|event| event.label.is_some());
        self.corpus
            .append(self.context, &mut events, |at| habits.of(at));
    }

    fn end_file(&mut self) {
        self.repeats.end_file();
    }
}

fn entry(event: &Event, id: EventId, label: Label) -> Entry {
    Entry {
        time: event.time,
        known: event.usable_from(),
        label,
        id,
        cluster: 0,
    }
}

/// Returns how labelled files are read for a detector.
pub(crate) fn reading(loaded: &Loaded) -> Outcome<Reading> {
    Ok(Reading {
        needed: LABELLED.to_vec(),
        stated: Stated::Needed,
        ..detector_folder::reading(loaded)?
    })
}

/// Reads files batch by batch for a detector, and counts what is not taken as it stands.
pub(crate) fn pass_labelled(
    files: &[PathBuf],
    loaded: &Loaded,
    reading: &Reading,
    taking: &mut dyn Taking,
) -> Outcome<Read> {
    let mut read = Read::default();
    let mut assumed = Assumed::default();
    let bar = Bar::counter("reading");
    for file in expand(files)? {
        read_file(&file, reading, &mut assumed, &mut |batch| {
            bar.advance(batch.events.len() as u64);
            taking.take(batch.events, &mut read);
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
        taking.end_file();
    }
    read.lacking = lacking(loaded, &assumed.fields)?;
    read.assumed = assumed;
    Ok(read)
}
