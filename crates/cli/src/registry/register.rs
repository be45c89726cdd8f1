//! Adding a detector to a store: its files under its id, and an entry in the audit log that says where it came from.

use std::path::Path;

use ringtrue_core::audit::{Acceptance, Entry, Origin, Registration};
use ringtrue_core::{Digest, EventTime, Task};
use ringtrue_model::Detector;
use ringtrue_store::artefact::Files;
use ringtrue_store::{Audit, Store};

use crate::commands::ingest::{open, store_failure};
use crate::commands::note;
use crate::failure::{OrFail, Outcome};
use crate::registry::Desk;

/// A detector that a store holds.
pub(crate) struct Registered {
    pub(crate) id: Digest,
    /// The name of its task, under which aliases stand for it.
    pub(crate) task: String,
    /// Whether it was not there before.
    pub(crate) is_new: bool,
}

/// Keeps a detector's files in the store of a folder, which is made if it is not there, and tells its id.
pub(crate) fn add(store: &Path, files: &Files, origin: Origin) -> Outcome<Registered> {
    let store = open(store)?;
    let registered = register(&store, files, origin)?;
    let done = if registered.is_new {
        "was added to"
    } else {
        "was there already, in"
    };
    note(&format!(
        "detector {} of `{}` {done} the store `{}`",
        registered.id.short(),
        registered.task,
        store.path().display()
    ));
    Ok(registered)
}

/// Does what [`add`] does, if a store is given.
pub(crate) fn also_add(store: Option<&Path>, files: &Files, origin: Origin) -> Outcome<()> {
    store.map_or(Ok(()), |store| add(store, files, origin).map(|_| ()))
}

/// Keeps a detector's files and says so in the audit log; one that is there already stays as it is.
pub(crate) fn register(store: &Store, files: &Files, origin: Origin) -> Outcome<Registered> {
    let detector = Detector::from_files(&files.iter().cloned().collect())
        .or_fail(|| "cannot add the detector".to_owned())?;
    let id = store
        .put_detector(files)
        .map_err(|error| store_failure("cannot keep the detector", &error))?;
    let desk = Desk {
        store,
        signer: None,
    };
    let is_new = desk.write(|audit, now| {
        let is_new = !is_registered(audit, id);
        let entries = is_new.then(|| entries(id, &detector, origin, now));
        Ok((entries.unwrap_or_default(), is_new))
    })?;
    let task = detector.card.name;
    Ok(Registered { id, task, is_new })
}

/// Returns whether a detector was added, and not taken out since.
fn is_registered(audit: &Audit, id: Digest) -> bool {
    let last = audit
        .entries
        .iter()
        .rev()
        .find_map(|it| match &it.payload.entry {
            Entry::Registered(it) if it.detector == id => Some(true),
            Entry::Removed(it) if it.detector == id => Some(false),
            _ => None,
        });
    last.unwrap_or(false)
}

fn entries(id: Digest, detector: &Detector, origin: Origin, now: EventTime) -> Vec<Entry> {
    let card = &detector.card;
    let mut entries = vec![Entry::Registered(Registration {
        detector: id,
        task: card.name.clone(),
        task_digest: card.task,
        dataset: card.dataset,
        origin,
    })];
    let task = Task::parse(&detector.task).ok();
    let accepted = task.map(|task| task.vetting.accepted).unwrap_or_default();
    let accepted = accepted.into_iter().filter(|it| it.holds_at(now));
    entries.extend(accepted.map(|it| {
        Entry::Accepted(Acceptance {
            detector: id,
            finding: it.finding,
            by: it.by,
            reason: it.reason,
            until: it.until,
        })
    }));
    entries
}
