//! What a stopgap hangs on: the confirmed event, what else is like it, and the detectors that would stop it by themselves.
//!
//! ```text
//!   verdict log, store ──► the event ──label store──► confirmed? ──► its sketch ──► known events that are like it
//!   audit log ──► champions since it was confirmed ──► the first that stops it by itself
//! ```

mod caught;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ringtrue_core::audit::Stopgap;
use ringtrue_core::{Event, EventId, Label};
use ringtrue_store::{EventQuery, Store};

use crate::args::Beside;
use crate::commands::ingest::store_failure;
use crate::commands::serve;
use crate::decisions::Decisions;
use crate::detector_folder::{self, Loaded};
use crate::failure::Outcome;
use crate::label_store::existing;
use crate::registry::Named;
use crate::verdict_log::logged;

pub(crate) use caught::{Caught, Champions, alone};

/// The detector that stopgaps stand beside, and what is known of its traffic.
pub(crate) struct Post {
    pub(crate) records: Records,
    pub(crate) loaded: Loaded,
}

/// A store with labels, and the verdict log.
pub(crate) struct Records {
    pub(crate) store: Store,
    log: PathBuf,
}

/// Known events that are like one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alike {
    pub(crate) malicious: u64,
    pub(crate) benign: BTreeSet<EventId>,
    /// Nobody said what they are.
    pub(crate) unknown: u64,
}

impl Post {
    pub(crate) fn of(beside: &Beside) -> Outcome<Self> {
        let named = Named {
            name: &beside.detector,
            store: Some(&beside.store),
        };
        Ok(Self {
            records: Records::of(&beside.store, beside.log.as_deref())?,
            loaded: detector_folder::read(named, None)?,
        })
    }

    /// Returns the name under which the detector's stopgaps stand.
    pub(crate) fn task(&self) -> &str {
        &self.loaded.detector.card.name
    }
}

impl Records {
    pub(crate) fn of(store: &Path, log: Option<&Path>) -> Outcome<Self> {
        Ok(Self {
            store: existing(store)?,
            log: serve::folder(log, Some(store))?,
        })
    }

    /// Returns these events, as far as the verdict log or the store has them.
    pub(crate) fn events(&self, wanted: &BTreeSet<EventId>) -> Outcome<BTreeMap<EventId, Event>> {
        let mut found = BTreeMap::new();
        self.each(&mut |event| {
            let id = event.id();
            if wanted.contains(&id) {
                found.entry(id).or_insert(event);
            }
        })?;
        Ok(found)
    }

    /// Returns the known events that a stopgap would stop, but for its own, each once.
    pub(crate) fn alike(&self, stopgap: &Stopgap, decisions: &Decisions) -> Outcome<Alike> {
        let (mut alike, mut met) = (Alike::default(), BTreeSet::from([stopgap.event]));
        self.each(&mut |mut event| {
            let id = event.id();
            if !met.insert(id) || !Stopgap::sketch(&event).is_some_and(|it| stopgap.is_like(&it)) {
                return;
            }
            decisions.settle(&mut event);
            match event.label {
                Some(Label::Malicious) => alike.malicious += 1,
                Some(Label::Benign) => {
                    alike.benign.insert(id);
                }
                Some(Label::Unsure) | None => alike.unknown += 1,
            }
        })?;
        Ok(alike)
    }

    /// Returns how many verdicts each stopgap made, by its event.
    pub(crate) fn stopped(&self) -> Outcome<BTreeMap<EventId, u64>> {
        let mut stopped = BTreeMap::new();
        if self.log.is_dir() {
            for logged in logged(&self.log)? {
                if let Some(stop) = logged?.decision.stopgap {
                    *stopped.entry(stop.like).or_default() += 1;
                }
            }
        }
        Ok(stopped)
    }

    /// Looks at each event of the verdict log, and then at each of the store.
    fn each(&self, look: &mut dyn FnMut(Event)) -> Outcome<()> {
        if self.log.is_dir() {
            for logged in logged(&self.log)? {
                if let Some(event) = logged?.event {
                    look(event);
                }
            }
        }
        let cannot = |error| store_failure("cannot read the events", &error);
        let stored = self.store.read_events(&EventQuery::default());
        for batch in stored.map_err(cannot)? {
            for event in batch.map_err(cannot)? {
                look(event);
            }
        }
        Ok(())
    }
}
