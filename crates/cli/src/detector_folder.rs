//! A detector read from its folder, ready to score events.

use std::path::Path;

use ringtrue_core::task::Reader as Audience;
use ringtrue_core::{Digest, Kind, PseudonymKey, Task};
use ringtrue_intake::history::History;
use ringtrue_intake::mapping::Stated;
use ringtrue_intake::{ReaderSpec, SignalReader};
use ringtrue_model::{Detector, DetectorError, HISTORY};
use ringtrue_report::{Document, json, markdown};
use ringtrue_store::artefact;

use crate::args::ReaderName;
use crate::commands::ingest::store_failure;
use crate::commands::now;
use crate::failure::{Failure, OrFail, Outcome};
use crate::input::Reading;
use crate::keys;
use crate::revealed::Revealed;

/// A detector with the reader of its signals and its task.
pub(crate) struct Loaded {
    /// What its stored form is called by; `None` before it is stored.
    pub(crate) id: Option<Digest>,
    pub(crate) detector: Detector,
    pub(crate) reader: SignalReader,
    pub(crate) task: Task,
    /// What users and hosts did until the end of its data; `None` if its signals tell of no habits.
    pub(crate) history: Option<History>,
    /// Makes the pseudonyms that it was trained on.
    pub(crate) key: PseudonymKey,
    /// Who reads what is told of it.
    pub(crate) audience: Option<Audience>,
}

impl Loaded {
    /// Makes ready a detector that was just trained, for events that have their pseudonyms: it has no key, and what users and hosts did
    /// before an event is for its caller to tell.
    pub(crate) fn of(detector: &Detector, reader: &SignalReader, task: &Task) -> Outcome<Self> {
        let cannot = || "the detector cannot be used".to_owned();
        Ok(Self {
            id: None,
            detector: detector.clone(),
            reader: SignalReader::new(reader.spec().clone()).or_fail(cannot)?,
            task: task.clone(),
            history: None,
            key: PseudonymKey::new([0; 32]),
            audience: None,
        })
    }

    /// Returns what of an event may be shown.
    pub(crate) const fn revealed(&self) -> Revealed<'_> {
        Revealed::new(&self.task, self.audience)
    }

    /// Returns how its inputs are read: no column must be there but those that it cannot do without, which are asked for as they come.
    pub(crate) fn reading(&self) -> Outcome<Reading> {
        Ok(Reading {
            task: self.task.clone(),
            key: self.key.clone(),
            now: now()?,
            needed: Vec::new(),
            stated: Stated::Optional,
        })
    }

    /// Names who reads what is told of it.
    pub(crate) fn read_by(mut self, reader: Option<ReaderName>) -> Self {
        self.audience = reader.map(Audience::from);
        self
    }
}

/// Reads a detector; every file's digest is checked first. `key` is the file with the key of its pseudonyms.
pub(crate) fn read(folder: &Path, key: Option<&Path>) -> Outcome<Loaded> {
    let cannot = || format!("cannot use the detector `{}`", folder.display());
    let files = artefact::read_folder(folder).map_err(|error| match no_detector(folder) {
        Some(reason) => Failure::new(format!("{}: {reason}", cannot()))
            .hint("`ringtrue run --out DIR` makes one in `DIR/detector`"),
        None => store_failure(&cannot(), &error),
    })?;
    let id = artefact::identify(&files).map_err(|error| store_failure(&cannot(), &error))?;
    let detector = Detector::from_files(&files.into_iter().collect()).or_fail(cannot)?;
    let spec: ReaderSpec = serde_json::from_value(detector.reader.clone()).or_fail(cannot)?;
    let task = task(&detector, spec.kind).map_err(|cause| {
        let mut failure = Failure::new(cannot());
        failure.causes.push(cause);
        failure
    })?;
    let reader = SignalReader::new(spec).or_fail(cannot)?;
    detector.accept(reader.digest()).or_fail(cannot).map_err(|failure| {
        failure.hint("this program computes other signals than the one that trained it: use that version, or train again")
    })?;
    let history = history(&detector, &reader, cannot)?;
    let key = keys::of_detector(folder, detector.key, &task, key)?;
    Ok(Loaded {
        id: Some(id),
        detector,
        reader,
        task,
        history,
        key,
        audience: None,
    })
}

/// Says why there is no detector in a folder, if there is none.
fn no_detector(folder: &Path) -> Option<String> {
    let manifest = |folder: &Path| folder.join("manifest.json").exists();
    if manifest(folder) {
        return None;
    }
    if manifest(&folder.join("detector")) {
        return Some("the detector is in `detector` in it".to_owned());
    }
    Some(if folder.exists() {
        "no detector is there".to_owned()
    } else {
        "there is no such folder".to_owned()
    })
}

/// Reads what users and hosts did, where the detector's signals tell of it.
fn history(
    detector: &Detector,
    reader: &SignalReader,
    cannot: impl Fn() -> String,
) -> Outcome<Option<History>> {
    if reader.habits() == 0 {
        return Ok(None);
    }
    let bytes = detector.history.as_ref();
    let bytes = bytes.ok_or_else(|| DetectorError::Missing(HISTORY.to_owned()));
    let history = reader.history_from(bytes.or_fail(&cannot)?);
    history.map(Some).or_fail(cannot)
}

/// Writes a detector's folder, with its card, in one step.
pub(crate) fn save(folder: &Path, detector: &Detector, card: &Document) -> Outcome<()> {
    let cannot = || format!("cannot write the detector into `{}`", folder.display());
    let mut files = detector.to_files().or_fail(cannot)?;
    let json = json::render(card).or_fail(cannot)?;
    files.push(("card.json".to_owned(), json.into_bytes()));
    files.push(("card.md".to_owned(), markdown::render(card).into_bytes()));
    artefact::write_folder(folder, &files).map_err(|error| store_failure(&cannot(), &error))?;
    Ok(())
}

fn task(detector: &Detector, kind: Kind) -> Result<Task, String> {
    if detector.task.is_empty() {
        return Ok(Task::assumed(kind));
    }
    Task::parse(&detector.task).map_err(|error| error.to_string())
}
