//! The label store as the verbs of `label` meet it: which store, which task.

use std::path::Path;

use ringtrue_core::{Kind, Task};
use ringtrue_store::log::TornTail;
use ringtrue_store::{EventQuery, Store};

use crate::args::Reading;
use crate::commands::ingest::{open, store_failure};
use crate::commands::note;
use crate::failure::{Failure, Outcome};
use crate::task_file;

/// Opens a store that is there: a misspelt path makes none.
pub(crate) fn existing(path: &Path) -> Outcome<Store> {
    if !path.join("FORMAT").is_file() {
        return Err(
            Failure::new(format!("there is no store in `{}`", path.display()))
                .hint("`ringtrue ingest --store STORE FILE` makes one; `run --out OUT` has one in OUT/store"),
        );
    }
    open(path)
}

/// Returns the task that labels answer: the stated one, or the assumed one for the kind of the store's events.
pub(crate) fn task(store: &Store, reading: &Reading) -> Outcome<Task> {
    if let Some(path) = &reading.task {
        return task_file::read(path).map(|(task, _)| task);
    }
    let kind = match reading.kind {
        Some(kind) => Kind::from(kind),
        None => kind(store)?,
    };
    Ok(Task::assumed(kind))
}

/// Returns the kind of the store's first event.
fn kind(store: &Store) -> Outcome<Kind> {
    let cannot = |error| store_failure("cannot read the events", &error);
    let mut events = store.read_events(&EventQuery::default()).map_err(cannot)?;
    let first = events.next().transpose().map_err(cannot)?;
    let first = first.and_then(|batch| batch.first().map(|event| event.kind));
    first.ok_or_else(|| {
        Failure::cannot_tell(format!(
            "the store `{}` holds no events",
            store.path().display()
        ))
    })
}

/// Tells of an end that was cut off.
pub(crate) fn tell_torn(torn: Option<TornTail>) {
    if let Some(torn) = torn {
        let became = if torn.holds_records {
            "are unfinished or damaged, and whole labels stand in them: they were moved into a file `*.torn` in `logs/labels`"
        } else {
            "were never finished and were cut off: nobody was told that they are kept"
        };
        note(&format!(
            "warning: the last {} bytes of the label store {became}",
            torn.bytes
        ));
    }
}
