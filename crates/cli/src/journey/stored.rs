//! The events of a dataset, with the labels that hold.

use ringtrue_core::Event;
use ringtrue_store::{Dataset, Store};

use crate::commands::ingest::store_failure;
use crate::decisions::Decisions;
use crate::failure::Outcome;

/// A dataset of a store, and what was decided on its events since they came.
#[derive(Clone, Copy)]
pub(crate) struct Stored<'a> {
    pub(crate) store: &'a Store,
    pub(crate) dataset: &'a Dataset,
    pub(crate) decisions: &'a Decisions,
}

impl Stored<'_> {
    /// Returns how many events there are.
    pub(crate) const fn events(&self) -> u64 {
        self.dataset.events
    }

    /// Reads the events batch by batch; each time the same.
    pub(crate) fn batches(&self) -> impl Iterator<Item = Outcome<Vec<Event>>> + '_ {
        self.store.read_dataset(self.dataset).map(|batch| {
            let mut batch =
                batch.map_err(|error| store_failure("cannot read the events", &error))?;
            for event in &mut batch {
                self.decisions.settle(event);
            }
            Ok(batch)
        })
    }
}
