//! A detector: model, calibration, thresholds, and what must be known to use and judge it.
//!
//! ```text
//!   detector.json (this format)   forest.txt (LightGBM text)   linear-<view>.bin (weights)
//!   history.bin (what users and hosts did before)   reference.json (what scores and signals were like where it was judged)
//! ```

use std::collections::BTreeMap;

use ringtrue_core::signal::SignalDeclaration;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{Action, Digest, KeyId, Row, Score, SignalSchema};
use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::forest::{Forest, ForestError};
use crate::linear::{LinearModel, LinearModelError, View};
use crate::model::{Contribution, Model, Rung};
use crate::scope::Scope;
use crate::single::SingleSignal;
use crate::text::TextModels;
use crate::threshold::Operating;

/// The format of `detector.json` that is written.
pub const FORMAT: u32 = 1;

const DOCUMENT: &str = "detector.json";
const FOREST: &str = "forest.txt";
/// The file of [`Detector::history`].
pub const HISTORY: &str = "history.bin";
/// The file of [`Detector::reference`].
pub const REFERENCE: &str = "reference.json";
/// Where the first versions kept the key of the pseudonyms.
const KEY: &str = "pseudonym.key";

/// A threshold that was to hold a false-positive rate, chosen on benign events later than training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nominal {
    /// The false-positive rate that it is named after.
    pub fpr: f64,
    /// The score from which events are flagged; `None` if there were too few benign events to tell.
    pub threshold: Option<f64>,
}

/// What must be known of a detector to use and judge it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The task's name.
    pub name: String,
    /// Digest of the task.
    pub task: Digest,
    /// Digest of the dataset that it was trained from.
    pub dataset: Digest,
    /// Version of the program that trained it.
    pub version: String,
    /// The seed of training.
    pub seed: u64,
    /// Training, calibration and threshold events by class: malicious, then benign.
    pub trained_on: [u64; 2],
    /// See [`Card::trained_on`].
    pub calibrated_on: [u64; 2],
    /// First moment after the last training event, RFC 3339; `None` for data without times.
    pub trained_before: Option<String>,
    /// Whether its scores are probabilities that later events confirmed; a model trained elsewhere is not
    /// calibrated until somebody does it.
    #[serde(default = "yes")]
    pub calibrated: bool,
    /// Whether the detector may be promoted and served; false with the reason in `gaps`.
    pub fit: bool,
    /// What was assumed, in sentences.
    pub assumed: Vec<String>,
    /// TESSERACT's constraints that the data could not hold, in sentences.
    pub waived: Vec<String>,
    /// What it is known to miss or was never judged on, in sentences.
    pub gaps: Vec<String>,
}

impl Card {
    /// Returns the card of a detector that is used before anything is known of it, and never kept.
    #[must_use]
    pub const fn unsaid(task: Digest) -> Self {
        Self {
            name: String::new(),
            task,
            dataset: task,
            version: String::new(),
            seed: 0,
            trained_on: [0; 2],
            calibrated_on: [0; 2],
            trained_before: None,
            calibrated: true,
            fit: false,
            assumed: Vec::new(),
            waived: Vec::new(),
            gaps: Vec::new(),
        }
    }
}

const fn yes() -> bool {
    true
}

/// What is trained, stored and served.
#[derive(Clone, Debug, PartialEq)]
pub struct Detector {
    /// The parts of the score.
    pub model: Model,
    /// From margins to probabilities.
    pub calibration: Calibration,
    /// Thresholds and what was expected of them.
    pub operating: Operating,
    /// Thresholds by nominal false-positive rate.
    pub nominal: Vec<Nominal>,
    /// The signals of a row.
    pub schema: SignalSchema,
    /// How events become rows and tokens: written and read by whoever computes signals.
    pub reader: serde_json::Value,
    /// The task that it answers, as TOML text.
    pub task: String,
    /// The id of the key of the pseudonyms that stand for private values, if the task makes any: under
    /// another key, what is scored would not match what was trained on. The key itself is no part of a
    /// detector, since whoever has it can test guesses at the values.
    pub key: Option<KeyId>,
    /// What users and hosts did until the end of its data, for the signals that tell what is unusual for them: written
    /// and read by whoever computes signals.
    pub history: Option<Vec<u8>>,
    /// What scores and signals were like where it was judged, for noticing that the world has moved: written and read by whoever watches.
    pub reference: Option<Vec<u8>>,
    /// What it has seen; `None` for a model trained elsewhere, of which that is not known.
    pub scope: Option<Scope>,
    /// What must be known of it.
    pub card: Card,
}

/// A detector's answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The model's raw score: before calibration, and before the link of a model trained elsewhere.
    pub margin: f64,
    /// The calibrated probability.
    pub score: Score,
    /// What is done.
    pub action: Action,
}

/// Files are no detector, or rows do not fit it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetectorError {
    /// A file is missing.
    #[error("the detector lacks the file `{0}`")]
    Missing(String),
    /// `detector.json` does not read.
    #[error("`detector.json` does not read")]
    Document(#[source] serde_json::Error),
    /// It was written by a version whose detectors held the key of their pseudonyms, made in another way.
    #[error("the detector holds the key of its pseudonyms in `{KEY}`, as detectors no longer do")]
    CarriesKey,
    /// It was written by a later version.
    #[error("the detector has format {0}, this program reads up to {FORMAT}")]
    Format(u32),
    /// The forest does not read.
    #[error("`forest.txt` does not read")]
    Forest(#[source] ForestError),
    /// A linear model does not read.
    #[error("`{0}` does not read")]
    Linear(String, #[source] LinearModelError),
    /// The parts do not fit together.
    #[error("the detector's parts do not fit together: {0}")]
    Parts(&'static str),
    /// A row belongs to another schema.
    #[error("rows of schema {found} do not fit a detector of schema {expected}")]
    Schema {
        /// Short digest of the detector's schema.
        expected: String,
        /// Short digest of the rows' schema.
        found: String,
    },
}

/// `detector.json`.
#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    rung: Rung,
    single: Option<SingleSignal>,
    views: Vec<View>,
    linear_weight: f64,
    calibration: Calibration,
    operating: Operating,
    nominal: Vec<Nominal>,
    schema: SignalSchema,
    schema_digest: Digest,
    reader: serde_json::Value,
    task: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<KeyId>,
    /// Whether there is a [`HISTORY`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    history: bool,
    /// Whether there is a [`REFERENCE`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    reference: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<Scope>,
    card: Card,
}

impl Detector {
    /// Checks once, before any row, that rows are made under this detector's schema.
    ///
    /// # Errors
    ///
    /// [`DetectorError::Schema`] if `schema` is another one's digest.
    pub fn accept(&self, schema: Digest) -> Result<(), DetectorError> {
        let expected = self.schema.digest();
        if schema == expected {
            return Ok(());
        }
        let (expected, found) = (expected.short(), schema.short());
        Err(DetectorError::Schema { expected, found })
    }

    /// Returns the answer for a row of a schema that [`Self::accept`] let pass, and the event's buckets
    /// ([`Model::to_buckets`]).
    #[must_use]
    pub fn score(&self, row: Row<'_>, buckets: &[u32]) -> Scored {
        self.answer(self.model.margin(row, buckets))
    }

    /// Returns the answer for a margin of this detector's model.
    #[must_use]
    pub fn answer(&self, margin: f64) -> Scored {
        let probability = self.probability(margin);
        // A sigmoid lies in [0, 1]; only a NaN margin does not, and it is as good as unknown.
        let score = Score::new(probability).or_else(|| Score::new(0.0));
        let score = score.unwrap_or_else(|| unreachable!("0 is a probability"));
        Scored {
            margin,
            score,
            action: self.operating.thresholds.action(score),
        }
    }

    /// Returns the calibrated probability of a margin.
    #[must_use]
    pub fn probability(&self, margin: f64) -> f64 {
        match self.model.rung() {
            Rung::AlwaysBenign => 0.0,
            _ => self.calibration.probability(self.model.log_odds(margin)),
        }
    }

    /// Returns the first signal whose value training saw nothing like; `None` if the row is covered, or if
    /// nobody knows what the model was trained on.
    #[must_use]
    pub fn gap(&self, row: Row<'_>) -> Option<&SignalDeclaration> {
        let signal = self.scope.as_ref()?.gap(row)?;
        self.schema.signals.get(signal)
    }

    /// Returns the strongest reasons for a malicious score: parts that raised the margin, strongest
    /// first, each with its meaning in an analyst's words.
    #[must_use]
    pub fn reasons(&self, row: Row<'_>, buckets: &[u32], most: usize) -> Vec<Reason> {
        let raised = self.model.contributions(row, buckets);
        raised
            .into_iter()
            .filter(|contribution| contribution.margin() > 0.0)
            .take(most)
            .map(|contribution| self.reason(&contribution, row))
            .collect()
    }

    fn reason(&self, contribution: &Contribution, row: Row<'_>) -> Reason {
        let margin = contribution.margin();
        let signal = match contribution {
            Contribution::Signal { column, .. } => self.schema.signals.get(*column).map(|signal| {
                let value = Some(row.get(*column)).filter(|value| value.is_finite());
                (signal.name.clone(), signal.meaning.clone(), value)
            }),
            Contribution::Text { .. } => None,
        };
        let (signal, meaning, value) = signal.unwrap_or_else(|| {
            (
                "text".to_owned(),
                "it reads like the malicious ones in training".to_owned(),
                None,
            )
        });
        Reason {
            signal,
            meaning,
            value,
            margin,
        }
    }

    /// Returns the thresholds for review and block.
    #[must_use]
    pub const fn thresholds(&self) -> Thresholds {
        self.operating.thresholds
    }

    /// Returns the files of the stored form, by name.
    ///
    /// # Errors
    ///
    /// [`DetectorError::Document`] if the document cannot be written as JSON.
    pub fn to_files(&self) -> Result<Vec<(String, Vec<u8>)>, DetectorError> {
        let document = Document {
            format: FORMAT,
            rung: self.model.rung(),
            single: self.model.single.clone(),
            views: self
                .model
                .text
                .models()
                .iter()
                .map(LinearModel::view)
                .collect(),
            linear_weight: self.model.linear_weight,
            calibration: self.calibration,
            operating: self.operating,
            nominal: self.nominal.clone(),
            schema: self.schema.clone(),
            schema_digest: self.schema.digest(),
            reader: self.reader.clone(),
            task: self.task.clone(),
            key: self.key,
            history: self.history.is_some(),
            reference: self.reference.is_some(),
            scope: self.scope.clone(),
            card: self.card.clone(),
        };
        let mut json = serde_json::to_vec_pretty(&document).map_err(DetectorError::Document)?;
        json.push(b'\n');
        let mut files = vec![(DOCUMENT.to_owned(), json)];
        if let Some(forest) = &self.model.forest {
            files.push((FOREST.to_owned(), forest.to_bytes().to_vec()));
        }
        for (name, bytes) in [(HISTORY, &self.history), (REFERENCE, &self.reference)] {
            files.extend(bytes.iter().map(|bytes| (name.to_owned(), bytes.clone())));
        }
        files.extend(
            self.model
                .text
                .models()
                .iter()
                .map(|linear| (linear_file(linear.view()), linear.to_bytes())),
        );
        Ok(files)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    ///
    /// [`DetectorError`] if a file is missing, does not read, is of a later format, or the parts do
    /// not fit together.
    pub fn from_files(files: &BTreeMap<String, Vec<u8>>) -> Result<Self, DetectorError> {
        let json = files
            .get(DOCUMENT)
            .ok_or(DetectorError::Missing(DOCUMENT.to_owned()))?;
        check_format(json)?;
        if files.contains_key(KEY) {
            return Err(DetectorError::CarriesKey);
        }
        let document: Document = serde_json::from_slice(json).map_err(DetectorError::Document)?;
        if document.schema.digest() != document.schema_digest {
            return Err(DetectorError::Parts(
                "the schema is not the one that its digest names",
            ));
        }
        let model = Model {
            single: document.single,
            text: read_text(&document.views, files)?,
            forest: read_forest(document.rung, files)?,
            linear_weight: document.linear_weight,
        };
        let width = document.schema.signals.len();
        if model
            .forest
            .as_ref()
            .is_some_and(|forest| forest.width() != width)
        {
            return Err(DetectorError::Parts(
                "the forest reads another number of signals",
            ));
        }
        if document
            .scope
            .as_ref()
            .is_some_and(|scope| scope.ranges.len() != width)
        {
            return Err(DetectorError::Parts(
                "the scope tells of another number of signals",
            ));
        }
        if model.rung() != document.rung {
            return Err(DetectorError::Parts(
                "the files do not make up the rung that is named",
            ));
        }
        Ok(Self {
            model,
            calibration: document.calibration,
            operating: document.operating,
            nominal: document.nominal,
            schema: document.schema,
            reader: document.reader,
            task: document.task,
            key: document.key,
            history: read_part(HISTORY, document.history, files)?,
            reference: read_part(REFERENCE, document.reference, files)?,
            scope: document.scope,
            card: document.card,
        })
    }
}

/// Why an event scored high.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The signal's name, `text` for the linear model.
    pub signal: String,
    /// What it says, in an analyst's words.
    pub meaning: String,
    /// Its value; `None` when missing, or for text.
    pub value: Option<f64>,
    /// Log-odds that it added.
    pub margin: f64,
}

fn check_format(json: &[u8]) -> Result<(), DetectorError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } = serde_json::from_slice(json).map_err(DetectorError::Document)?;
    if format > FORMAT {
        Err(DetectorError::Format(format))
    } else {
        Ok(())
    }
}

fn read_part(
    name: &str,
    is_there: bool,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Option<Vec<u8>>, DetectorError> {
    let missing = || DetectorError::Missing(name.to_owned());
    let read = || files.get(name).cloned().ok_or_else(missing);
    is_there.then(read).transpose()
}

fn read_forest(
    rung: Rung,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<Option<Forest>, DetectorError> {
    if !matches!(rung, Rung::Forest | Rung::Both) {
        return Ok(None);
    }
    let bytes = files
        .get(FOREST)
        .ok_or(DetectorError::Missing(FOREST.to_owned()))?;
    Forest::from_bytes(bytes)
        .map(Some)
        .map_err(DetectorError::Forest)
}

fn linear_file(view: View) -> String {
    format!("linear-{}.bin", view.word())
}

fn read_text(
    views: &[View],
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<TextModels, DetectorError> {
    let models = views.iter().map(|view| read_linear(*view, files));
    TextModels::new(models.collect::<Result<_, _>>()?).ok_or(DetectorError::Parts(
        "two linear models are of one view, or differ in their number of buckets",
    ))
}

fn read_linear(
    view: View,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<LinearModel, DetectorError> {
    let name = linear_file(view);
    let bytes = files
        .get(&name)
        .ok_or_else(|| DetectorError::Missing(name.clone()))?;
    let model =
        LinearModel::from_bytes(bytes).map_err(|error| DetectorError::Linear(name, error))?;
    if model.view() == view {
        Ok(model)
    } else {
        Err(DetectorError::Parts(
            "a linear model is of another view than its file's name",
        ))
    }
}
