//! A sample of the events of files, for verbs that look at events together and keep no store.
//!
//! ```text
//!   files ──pass──► events ──used──► Gathered (all of a class, or a stated part)
//! ```

use std::path::PathBuf;

use ringtrue_core::{Event, PseudonymKey, Task, View};
use ringtrue_intake::mapping::{Role, Stated};
use ringtrue_vet::{Sample, SampleSize, Sampled};

use crate::args::Looking;
use crate::commands::{note, now};
use crate::failure::{Failure, Outcome};
use crate::input::{Aside, Assumed, Met, Passing, Reading, pass_file};
use crate::keys;
use crate::progress::{Bar, called};
use crate::task_file::{self, Chosen};
use crate::used::Used;

/// The events that are looked at, as they come.
pub(crate) struct Gathered {
    used: Used,
    sample: Sample,
    excluded: Vec<u64>,
}

impl Gathered {
    /// Starts for a task; at most `events_max` events of a class are looked at.
    pub(crate) fn new(task: &Task, events_max: usize) -> Outcome<Self> {
        let used = Used::new(task)?;
        let size = SampleSize {
            events_max,
            copies: task.vetting.copies,
            ..SampleSize::default()
        };
        Ok(Self {
            excluded: vec![0; used.conditions()],
            used,
            sample: Sample::new(size),
        })
    }

    /// Takes the next event in; `row` is its place in the input, or among the events of a store.
    pub(crate) fn observe(&mut self, event: &Event, row: u64) {
        match self.used.excludes(event) {
            Some(condition) => self.excluded[condition] += 1,
            None => self.sample.observe(event, row, self.used.content(event)),
        }
    }

    /// Returns how many events were observed: benign, malicious, others.
    pub(crate) fn observed(&self) -> [u64; 3] {
        self.sample.observed()
    }

    /// Returns the events that were taken, in time order.
    pub(crate) fn finish(self) -> Vec<Sampled> {
        self.sample.finish()
    }

    /// Refuses events of which none has a label.
    pub(crate) fn check_labelled(&self) -> Outcome<()> {
        let [benign, malicious, undecided] = self.observed();
        if benign + malicious > 0 {
            return Ok(());
        }
        if undecided == 0 {
            return Err(Failure::cannot_tell("no event could be looked at")
                .hint("the input holds no row, or all of them were set aside or left out"));
        }
        Err(unlabelled())
    }

    /// Returns sentences on what was not used.
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.used.sentences(&self.excluded)
    }
}

/// Says that no event has a label, and how one is given.
pub(crate) fn unlabelled() -> Failure {
    Failure::cannot_tell("no event has a label").hint(
        "a label column named `label` with words such as benign, malicious, 0, 1 is recognised; others are named in a task.toml",
    )
}

/// What passed by.
pub(crate) struct Passed<T> {
    /// What was kept of it.
    pub(crate) kept: T,
    pub(crate) reading: Reading,
    /// What was assumed, in sentences.
    pub(crate) sentences: Vec<String>,
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
}

/// How files are passed.
pub(crate) struct Way<'a, T> {
    pub(crate) looking: &'a Looking,
    /// The files, in order.
    pub(crate) files: &'a [PathBuf],
    /// What the input must hold.
    pub(crate) needed: &'a [Role],
    /// Takes an event in; its row counts from 0 over all files.
    pub(crate) each: fn(&mut T, u64, &View<'_>),
}

/// Lets the events of files pass by; rows that cannot be read are told on standard error.
pub(crate) fn pass<T>(
    way: &Way<'_, T>,
    begin: impl FnOnce(&Task) -> Outcome<T>,
) -> Outcome<Passed<T>> {
    let looking = way.looking;
    let chosen = task_file::choose(&looking.reading, way.files)?;
    let key = looking.key.as_deref().map(keys::read).transpose()?;
    pass_as(way, chosen, key, begin)
}

/// Does what [`pass`] does, with a task and a key that were chosen before.
pub(crate) fn pass_as<T>(
    way: &Way<'_, T>,
    chosen: Chosen,
    key: Option<PseudonymKey>,
    begin: impl FnOnce(&Task) -> Outcome<T>,
) -> Outcome<Passed<T>> {
    let reading = Reading {
        task: chosen.task,
        // Without a key of one's own, pseudonyms tell equal from different here and mean nothing elsewhere.
        key: key.unwrap_or_else(|| PseudonymKey::new([0; 32])),
        now: now()?,
        needed: way.needed.to_vec(),
        stated: Stated::Needed,
    };
    let mut pass = Pass {
        kept: begin(&reading.task)?,
        each: way.each,
        file: String::new(),
        before: 0,
        in_file: 0,
        bar: Bar::counter("reading"),
        passed: 0,
        set_aside: 0,
    };
    let mut assumed = Assumed::default();
    for file in way.files {
        pass.file = called(file);
        pass_file(file, &reading, &mut assumed, &mut pass)?;
        assumed.check_privacy(&reading.task, &pass.file)?;
        pass.before += std::mem::take(&mut pass.in_file);
    }
    if pass.set_aside > SHOWN_ASIDE {
        note(&format!("set aside: {} rows in all", pass.set_aside));
    }
    assumed.settle_names(&reading.task);
    let mut sentences = chosen.assumed;
    sentences.extend(assumed.sentences);
    Ok(Passed {
        kept: pass.kept,
        reading,
        sentences,
        set_aside: pass.set_aside,
    })
}

/// The events as they pass by.
struct Pass<T> {
    kept: T,
    each: fn(&mut T, u64, &View<'_>),
    file: String,
    /// Rows of the files before, and of this one up to its last event.
    before: u64,
    in_file: u64,
    bar: Bar,
    passed: u64,
    set_aside: u64,
}

impl<T> Passing for Pass<T> {
    fn event(&mut self, row: u64, view: &View<'_>) {
        (self.each)(&mut self.kept, self.before + row, view);
        self.in_file = row + 1;
        self.passed += 1;
    }

    fn aside(&mut self, aside: Aside) {
        if self.set_aside < SHOWN_ASIDE {
            let Aside { line, reason, .. } = aside;
            note(&format!("set aside: {} line {line}: {reason}", self.file));
        }
        self.set_aside += 1;
    }

    fn pause(&mut self, _: &Met<'_>) -> Outcome<()> {
        self.bar.advance(std::mem::take(&mut self.passed));
        Ok(())
    }
}

const SHOWN_ASIDE: u64 = 5;
