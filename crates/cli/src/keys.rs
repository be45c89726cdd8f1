//! Which key makes the pseudonyms: the store's own, one from a file, or the one that a detector pins.

use std::path::Path;

use ringtrue_core::task::PrivacyRule;
use ringtrue_core::{KeyId, PseudonymKey, Task};
use ringtrue_store::{KeyUse, Store};

use crate::commands::ingest::store_failure;
use crate::commands::note;
use crate::failure::{Failure, OrFail, Outcome};
use crate::files::read_at_most;
use crate::input::Reading;
use crate::registry::Place;

/// Most bytes of a key file.
const KEY_BYTES_MAX: u64 = 1 << 16;

/// Reads a key file.
pub(crate) fn read(path: &Path) -> Outcome<PseudonymKey> {
    let cannot = || format!("cannot use the key `{}`", path.display());
    let bytes = read_at_most(path, KEY_BYTES_MAX).or_fail(cannot)?;
    PseudonymKey::parse(&bytes).or_fail(cannot)
}

/// Returns the key under which a store's events become pseudonymous.
pub(crate) fn of_store(store: &Store, file: Option<&Path>) -> Outcome<PseudonymKey> {
    file.map_or_else(|| Ok(store.key().clone()), read)
}

/// Returns how events that a task reads use a key; `None` if they do not.
pub(crate) fn used(task: &Task, key: &PseudonymKey) -> Option<KeyUse> {
    let mut rules = task.privacy.fields.values().chain([&task.privacy.default]);
    (task.needs_key() || task.masks_secrets()).then(|| KeyUse {
        key: key.id(),
        tokenises: rules.any(|rule| *rule == PrivacyRule::Tokenise),
    })
}

/// Refuses to learn from events whose pseudonyms were made under another key: equal values would differ.
pub(crate) fn check_one(store: &Store, reading: &Reading) -> Outcome<()> {
    if !reading.task.needs_key() {
        return Ok(());
    }
    let held = store
        .ingest_keys()
        .map_err(|error| store_failure("cannot list the keys of the store", &error))?;
    let id = reading.key.id();
    match held.values().flatten().find(|used| used.key != id) {
        None => Ok(()),
        Some(other) => Err(Failure::new(format!(
            "the store `{}` holds events whose pseudonyms were made under the key `{}`, and the key is now `{id}`",
            store.path().display(),
            other.key
        ))
        .hint("a detector learns under one key: name another folder with `--out`, or the old key with `--key`")),
    }
}

/// Returns the key that a detector pins: from `file`, else from the store that it stands in or beside.
pub(crate) fn of_detector(
    place: &Place,
    pinned: Option<KeyId>,
    task: &Task,
    file: Option<&Path>,
) -> Outcome<PseudonymKey> {
    let given = file.map(read).transpose()?;
    let Some(pinned) = pinned else {
        return Ok(given.unwrap_or_else(|| PseudonymKey::new([0; 32])));
    };
    if let Some(given) = given {
        return if given.id() == pinned {
            Ok(given)
        } else {
            Err(Failure::new(format!(
                "the detector `{}` was trained under the key `{pinned}`, and the one that is given is `{}`",
                place.title(),
                given.id()
            ))
            .hint("give the key that it was trained under, or train again under the new one"))
        };
    }
    if let Some(key) = at_hand(place, pinned) {
        return Ok(key);
    }
    if task.needs_key() {
        return Err(Failure::new(format!(
            "the detector `{}` was trained under the key `{pinned}`, which is not at hand",
            place.title()
        ))
        .hint(format!(
            "give it with `--key FILE`: the store of the run keeps it as `key`, after a change of keys as `keys/{pinned}.key`"
        )));
    }
    note(&format!(
        "warning: the key `{pinned}` is not at hand (`--key FILE`): the marks of masked secrets differ from those in training"
    ));
    Ok(PseudonymKey::new([0; 32]))
}

/// Looks for a key in the store that the detector stands in, or that `run` leaves beside it.
fn at_hand(place: &Place, wanted: KeyId) -> Option<PseudonymKey> {
    let store = place.store()?;
    let places = [
        store.join("key"),
        store.join("keys").join(format!("{wanted}.key")),
    ];
    places.iter().find_map(|path| {
        let key = PseudonymKey::parse(&read_at_most(path, KEY_BYTES_MAX).ok()?).ok()?;
        (key.id() == wanted).then_some(key)
    })
}
