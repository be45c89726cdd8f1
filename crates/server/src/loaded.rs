//! A detector ready to score: the model, the reader of its signals, its task, its memory and the key of its pseudonyms.
//!
//! ```text
//!   files of a detector ─► Parts ─► key of its pseudonyms (for the caller to find) ─► Loaded
//! ```
//!
//! A detector whose signals this program computes in another way is refused, so that what is served is what was trained.

use ringtrue_core::task::Reader as Audience;
use ringtrue_core::{Digest, Event, KeyId, Kind, PseudonymKey, Task};
use ringtrue_intake::Reading as Signals;
use ringtrue_intake::history::{History, HistoryError};
use ringtrue_intake::reader::{DerivedError, Extent, Given, Known};
use ringtrue_intake::{ReaderSpec, SignalReader};
use ringtrue_model::{Detector, DetectorError, HISTORY};
use thiserror::Error;

use crate::revealed::Revealed;

/// Why a detector cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Its files do not read.
    #[error(transparent)]
    Detector(#[from] DetectorError),
    /// How it reads events is not understood.
    #[error("its reader does not read")]
    Reader(#[source] serde_json::Error),
    /// Its task does not hold.
    #[error("its task does not hold: {0}")]
    Task(String),
    /// A derived column does not compile.
    #[error(transparent)]
    Derived(#[from] DerivedError),
    /// This program computes other signals than the one that trained it.
    #[error(transparent)]
    Signals(DetectorError),
    /// Its memory of users and hosts does not read.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// A detector with the reader of its signals and its task.
pub struct Loaded {
    /// What its stored form is called by; `None` before it is stored.
    pub id: Option<Digest>,
    /// What scores.
    pub detector: Detector,
    /// What reads signals.
    pub reader: SignalReader,
    /// What it was trained for.
    pub task: Task,
    /// What users and hosts did until the end of its data; `None` if its signals tell of no habits.
    pub history: Option<History>,
    /// Makes the pseudonyms that it was trained on.
    pub key: PseudonymKey,
    /// Who reads what is told of it.
    pub audience: Option<Audience>,
}

impl Loaded {
    /// Reads a detector's files; `key` finds the key of its pseudonyms, by the one that it pins and its task.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the files do not make a detector whose signals this program computes, or what `key` says.
    pub fn from_files<E: From<LoadError>>(
        id: Digest,
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
        key: impl FnOnce(Option<KeyId>, &Task) -> Result<PseudonymKey, E>,
    ) -> Result<Self, E> {
        let detector =
            Detector::from_files(&files.into_iter().collect()).map_err(LoadError::Detector)?;
        let spec: ReaderSpec =
            serde_json::from_value(detector.reader.clone()).map_err(LoadError::Reader)?;
        let task = task(&detector, spec.kind)?;
        let reader = SignalReader::new(spec).map_err(LoadError::Derived)?;
        let accepted = detector.accept(reader.digest());
        accepted.map_err(LoadError::Signals)?;
        let history = history(&detector, &reader)?;
        let key = key(detector.key, &task)?;
        Ok(Self {
            id: Some(id),
            detector,
            reader,
            task,
            history,
            key,
            audience: None,
        })
    }

    /// Makes ready a detector that was just trained, for events that have their pseudonyms: it has no key, and what users and hosts did
    /// before an event is for its caller to tell.
    ///
    /// # Errors
    ///
    /// [`DerivedError`] if a derived column does not compile.
    pub fn of(
        detector: &Detector,
        reader: &SignalReader,
        task: &Task,
    ) -> Result<Self, DerivedError> {
        Ok(Self {
            id: None,
            detector: detector.clone(),
            reader: SignalReader::new(reader.spec().clone())?,
            task: task.clone(),
            history: None,
            key: PseudonymKey::new([0; 32]),
            audience: None,
        })
    }

    /// Returns what of an event may be shown.
    #[must_use]
    pub const fn revealed(&self) -> Revealed<'_> {
        Revealed::new(&self.task, self.audience)
    }

    /// Names who reads what is told of it.
    #[must_use]
    pub fn read_by(mut self, reader: Option<impl Into<Audience>>) -> Self {
        self.audience = reader.map(Into::into);
        self
    }

    /// Reads an event's signals and tokens to this extent; returns its derived columns. What a memory knows of it stays missing.
    pub fn read_event(
        &self,
        event: &mut Event,
        extent: Extent,
        signals: &mut Signals,
    ) -> Vec<Given> {
        let given = self.reader.derive(event);
        self.reader
            .read_knowing((event, Known::default()), extent, signals);
        given
    }

    /// As [`Loaded::read_event`] of the whole event, with the buckets of the tokens.
    pub fn read_signals(&self, event: &mut Event, signals: &mut Signals) -> Vec<Given> {
        self.read_knowing((event, Known::default()), Extent::Whole, signals)
    }

    /// As [`Loaded::read_signals`], to this extent and without working out once more what is known.
    pub fn read_knowing(
        &self,
        (event, known): (&mut Event, Known<'_>),
        extent: Extent,
        signals: &mut Signals,
    ) -> Vec<Given> {
        let given = self.reader.derive(event);
        self.reader.read_knowing((event, known), extent, signals);
        self.detector.model.to_buckets(&mut signals.tokens);
        given
    }

    /// Returns how much of an event its margin needs.
    #[must_use]
    pub const fn extent_of_margin(&self) -> Extent {
        if self.detector.model.reads_row() {
            Extent::Whole
        } else {
            Extent::Text
        }
    }
}

/// Reads what users and hosts did, where the detector's signals tell of it.
fn history(detector: &Detector, reader: &SignalReader) -> Result<Option<History>, LoadError> {
    if reader.habits() == 0 {
        return Ok(None);
    }
    let bytes = detector.history.as_ref();
    let bytes = bytes.ok_or_else(|| DetectorError::Missing(HISTORY.to_owned()))?;
    Ok(Some(reader.history_from(bytes)?))
}

fn task(detector: &Detector, kind: Kind) -> Result<Task, LoadError> {
    if detector.task.is_empty() {
        return Ok(Task::assumed(kind));
    }
    Task::parse(&detector.task).map_err(|error| LoadError::Task(error.to_string()))
}
