//! A detector, from its folder or from a store, ready to score events.

use std::path::Path;

use ringtrue_intake::mapping::Stated;
use ringtrue_model::Detector;
use ringtrue_report::{Document, json, markdown};
use ringtrue_server::LoadError;
pub(crate) use ringtrue_server::Loaded;
use ringtrue_store::artefact::{self, Files};

use crate::commands::ingest::store_failure;
use crate::commands::now;
use crate::failure::{Failure, OrFail, Outcome};
use crate::input::Reading;
use crate::keys;
use crate::registry::{Found, Named, find};

/// Returns how a detector's inputs are read: no column must be there but those that it cannot do without, which are asked for as they come.
pub(crate) fn reading(loaded: &Loaded) -> Outcome<Reading> {
    Ok(Reading {
        task: loaded.task.clone(),
        key: loaded.key.clone(),
        now: now()?,
        needed: Vec::new(),
        stated: Stated::Optional,
    })
}

/// Reads a detector by what somebody typed; every file's digest is checked first. `key` is the file with the key of its pseudonyms.
pub(crate) fn read<'a>(named: impl Into<Named<'a>>, key: Option<&Path>) -> Outcome<Loaded> {
    load(find(named.into())?, key)
}

/// Why a detector of files is not ready.
enum Unready {
    /// It cannot be used.
    Load(LoadError),
    /// Its key is not there.
    Key(Failure),
}

impl From<LoadError> for Unready {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

/// Makes a detector of its files ready to score.
pub(crate) fn load(found: Found, key: Option<&Path>) -> Outcome<Loaded> {
    let Found { files, id, place } = found;
    let loaded = Loaded::from_files(id, files, |pinned, task| {
        keys::of_detector(&place, pinned, task, key).map_err(Unready::Key)
    });
    loaded.map_err(|unready| match unready {
        Unready::Key(failure) => failure,
        Unready::Load(error) => {
            let failure =
                Failure::new(format!("cannot use the detector `{}`", place.title())).because(&error);
            match error {
                LoadError::Signals(_) => failure.hint("this program computes other signals than the one that trained it: use that version, or train again"),
                _ => failure,
            }
        }
    })
}

/// Writes a detector's folder, with its card, in one step; returns its files.
pub(crate) fn save(folder: &Path, detector: &Detector, card: &Document) -> Outcome<Files> {
    let cannot = || format!("cannot write the detector into `{}`", folder.display());
    let mut files = detector.to_files().or_fail(cannot)?;
    let json = json::render(card).or_fail(cannot)?;
    files.push(("card.json".to_owned(), json.into_bytes()));
    files.push(("card.md".to_owned(), markdown::render(card).into_bytes()));
    artefact::write_folder(folder, &files).map_err(|error| store_failure(&cannot(), &error))?;
    Ok(files)
}
