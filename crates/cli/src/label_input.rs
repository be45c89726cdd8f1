//! The events whose labels are asked about: those of files, or of a store, the task that they are asked under, and what holds of them.
//!
//! ```text
//!   files ──pass──┐
//!   store ──read──┴──► LabelInput: events in the order of time, task, store, decisions, what was assumed
//! ```

use std::path::{Path, PathBuf};

use ringtrue_core::{EventTime, PseudonymKey, Task};
use ringtrue_intake::mapping::Role;
use ringtrue_store::{EventQuery, Store};
use ringtrue_vet::Sampled;

use crate::args::Looking;
use crate::commands::ingest::store_failure;
use crate::decisions::Decisions;
use crate::detector_folder::Loaded;
use crate::failure::{Failure, Outcome};
use crate::files::expand;
use crate::gathered::{Gathered, Way, pass_as};
use crate::keys;
use crate::label_store;
use crate::progress::Bar;
use crate::task_file::{self, Chosen};

/// Where the events stand.
pub(crate) struct LabelSource<'a> {
    pub(crate) looking: &'a Looking,
    /// The store that keeps their labels; without files its events are asked about.
    pub(crate) store: Option<&'a Path>,
    pub(crate) files: &'a [PathBuf],
    /// Events of each class that are looked at, at most.
    pub(crate) sample: u32,
    /// What files must hold.
    pub(crate) needed: &'a [Role],
    /// Up to when labels of the store count; `None`: up to now.
    pub(crate) as_of: Option<EventTime>,
}

/// The events, and who keeps their labels.
pub(crate) struct LabelInput {
    /// In the order of time; equal ones as they came.
    pub(crate) events: Vec<Sampled>,
    pub(crate) task: Task,
    pub(crate) store: Option<Store>,
    /// What holds of the events by the store; without one, nothing but what they came with.
    pub(crate) decisions: Decisions,
    /// What was assumed, and what is odd about the labels, in sentences.
    pub(crate) assumed: Vec<String>,
    /// How many events the input holds: benign, malicious, others.
    pub(crate) observed: [u64; 3],
    /// Rows that were set aside.
    pub(crate) set_aside: u64,
}

impl LabelSource<'_> {
    /// Reads the events; the task and the key are those that are named, else the detector's, else the store's.
    pub(crate) fn read(&self, loaded: Option<&Loaded>) -> Outcome<LabelInput> {
        let store = self.store.map(label_store::existing).transpose()?;
        let (chosen, key) = self.chosen(store.as_ref(), loaded)?;
        let begin = |task: &Task| Gathered::new(task, self.sample as usize);
        let (gathered, task, mut assumed, set_aside) =
            if let (true, Some(store)) = (self.files.is_empty(), &store) {
                let mut gathered = begin(&chosen.task)?;
                from_store(store, &mut gathered)?;
                (gathered, chosen.task, chosen.assumed, 0)
            } else {
                let way = Way {
                    looking: self.looking,
                    files: &expand(self.files)?,
                    needed: self.needed,
                    each: |gathered: &mut Gathered, row, view| gathered.observe(&view.event(), row),
                };
                let passed = pass_as(&way, chosen, key, begin)?;
                let task = passed.reading.task;
                (passed.kept, task, passed.sentences, passed.set_aside)
            };
        assumed.extend(gathered.sentences());
        let observed = gathered.observed();
        let mut events = gathered.finish();
        if events.is_empty() {
            return Err(Failure::cannot_tell("there is no event to ask about"));
        }
        // Events that are equal to their label stand as they came: nothing else tells them.
        events.sort_by_cached_key(|it| (it.event.time, it.event.id(), it.event.label, it.row));
        let decisions = Decisions::of_any(store.as_ref(), &task, self.as_of)?;
        assumed.extend(decisions.sentences().iter().cloned());
        Ok(LabelInput {
            events,
            task,
            store,
            decisions,
            assumed,
            observed,
            set_aside,
        })
    }

    fn chosen(
        &self,
        store: Option<&Store>,
        loaded: Option<&Loaded>,
    ) -> Outcome<(Chosen, Option<PseudonymKey>)> {
        let looking = self.looking;
        let named = looking.key.as_deref().map(keys::read).transpose()?;
        let of_store = store.map(|store| store.key().clone());
        let assumed = |task: Task| Chosen {
            assumed: task.assumptions(),
            text: String::new(),
            task,
        };
        let chosen = match (loaded, store) {
            (Some(loaded), _) if looking.reading.task.is_none() => assumed(loaded.task.clone()),
            (_, Some(store)) if self.files.is_empty() => {
                assumed(label_store::task(store, &looking.reading)?)
            }
            _ => task_file::choose(&looking.reading, &expand(self.files)?)?,
        };
        let of_detector = loaded.map(|loaded| loaded.key.clone());
        Ok((chosen, named.or(of_detector).or(of_store)))
    }
}

fn from_store(store: &Store, gathered: &mut Gathered) -> Outcome<()> {
    let cannot = |error| store_failure("cannot read the events", &error);
    let bar = Bar::counter("reading");
    let mut row = 0;
    for batch in store.read_events(&EventQuery::default()).map_err(cannot)? {
        for event in batch.map_err(cannot)? {
            gathered.observe(&event, row);
            row += 1;
            bar.advance(1);
        }
    }
    Ok(())
}
