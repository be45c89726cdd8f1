//! Forgetting beyond one store: detectors that another store keeps (`run --store REGISTRY`), and those whose events are elsewhere.
//!
//! ```text
//!   events of the store ──forgotten──► its datasets, no longer whole ──named by the cards of──► detectors of registries: marked there
//! ```
//!
//! A registry holds detectors under their content, which cannot become another: what learned from somebody who is forgotten is
//! marked and told, and removed by whoever answers for it (`ringtrue detectors remove`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringtrue_core::Digest;
use ringtrue_store::artefact::Files;
use ringtrue_store::{Store, StoreError};

use crate::commands::ingest::store_failure;
use crate::commands::note;
use crate::failure::Outcome;
use crate::label_store::existing;

/// Another store, and what it keeps.
pub(super) struct Registry {
    store: Store,
    pub(super) detectors: Vec<(Digest, Files)>,
}

impl Registry {
    /// Opens the store of a folder and reads its detectors.
    pub(super) fn open(folder: &Path) -> Outcome<Self> {
        let store = existing(folder)?;
        let detectors = detectors(&store)?;
        Ok(Self { store, detectors })
    }

    /// Returns the store itself.
    pub(super) const fn store(&self) -> &Store {
        &self.store
    }

    /// Returns what people call it.
    pub(super) fn title(&self) -> String {
        format!("the store `{}`", self.store.path().display())
    }

    /// Marks some of its detectors, each under tombstones.
    pub(super) fn mark(&self, marks: &[(Digest, String)]) -> Outcome<()> {
        let marked = self.store.mark_detectors(marks);
        marked.map_err(|error| {
            store_failure(
                &format!("cannot mark detectors of {}", self.title()),
                &error,
            )
        })
    }
}

/// Reads every detector of a store.
pub(super) fn detectors(store: &Store) -> Outcome<Vec<(Digest, Files)>> {
    let read = || {
        let ids = store.detectors()?.into_iter();
        ids.map(|id| Ok((id, store.detector(&id)?)))
            .collect::<Result<Vec<_>, StoreError>>()
    };
    read().map_err(|error| store_failure("cannot read a detector", &error))
}

/// Returns the tombstones under which datasets of a store were marked before.
pub(super) fn marked_before(store: &Store) -> Outcome<BTreeMap<Digest, BTreeSet<String>>> {
    let marks = store.marks();
    let marks = marks.map_err(|error| store_failure("cannot read what was forgotten", &error))?;
    let mut found: BTreeMap<Digest, BTreeSet<String>> = BTreeMap::new();
    for mark in marks {
        found.entry(mark.digest).or_default().insert(mark.tombstone);
    }
    Ok(found)
}

/// Warns of detectors whose events are in none of the stores at hand: nobody could look there.
pub(super) fn warn_of_strangers<'a>(
    stores: impl Iterator<Item = &'a Store>,
    learned: impl Iterator<Item = (Digest, String, Digest)>,
) -> Outcome<()> {
    let mut known = BTreeSet::new();
    for store in stores {
        let datasets = store.datasets();
        known.extend(datasets.map_err(|error| store_failure("cannot list datasets", &error))?);
    }
    for (detector, place, dataset) in learned.filter(|(_, _, dataset)| !known.contains(dataset)) {
        note(&format!(
            "warning: detector {} ({place}) learned from dataset {}, whose events are in none of these stores: forget in the store that holds them as well, with `--registry` naming this one",
            detector.short(),
            dataset.short()
        ));
    }
    Ok(())
}
