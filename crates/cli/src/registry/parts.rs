//! What a detector is made of, part by part, each by its digest: equal parts have equal digests.
//!
//! The id of a detector covers all of it, for its stored form holds each part; this tells which part of it another id comes from.

use ringtrue_core::Digest;
use ringtrue_core::digest::DigestBuilder;
use ringtrue_model::{Detector, REFERENCE};
use ringtrue_store::artefact::Files;
use serde::Serialize;

use crate::failure::{OrFail, Outcome};

/// The document that holds everything but the models' own files.
const DOCUMENT: &str = "detector.json";

/// The parts of a detector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Parts {
    /// Forest, weights and memory.
    pub(crate) model: Digest,
    /// Calibration and thresholds.
    pub(crate) decision: Digest,
    /// The dataset that it learned from.
    pub(crate) dataset: Digest,
    /// The signals of a row.
    pub(crate) schema: Digest,
    /// The task.
    pub(crate) task: Digest,
    /// How events are read and encoded.
    pub(crate) parameters: Digest,
    /// What is known of it, as its card says.
    pub(crate) card: Digest,
    /// The program that made it.
    pub(crate) version: String,
    /// The seed of training.
    pub(crate) seed: u64,
}

impl Parts {
    /// Returns the parts of a detector with its stored files.
    pub(crate) fn of(detector: &Detector, files: &Files) -> Outcome<Self> {
        let cannot = || "cannot tell the detector's parts".to_owned();
        let of = |value: serde_json::Result<Vec<u8>>| value.map(|bytes| Digest::of(&bytes));
        let decision = (
            &detector.calibration,
            &detector.operating,
            &detector.nominal,
        );
        let parameters = (&detector.reader, detector.key, detector.model.linear_weight);
        let card = &detector.card;
        let known = (card, &detector.scope, &detector.reference);
        Ok(Self {
            model: model(files),
            decision: of(serde_json::to_vec(&decision)).or_fail(cannot)?,
            dataset: card.dataset,
            schema: detector.schema.digest(),
            task: card.task,
            parameters: of(serde_json::to_vec(&parameters)).or_fail(cannot)?,
            card: of(serde_json::to_vec(&known)).or_fail(cannot)?,
            version: card.version.clone(),
            seed: card.seed,
        })
    }

    /// Returns the digests with their names.
    pub(crate) const fn named(&self) -> [(&'static str, Digest); 7] {
        [
            ("model", self.model),
            ("decision", self.decision),
            ("dataset", self.dataset),
            ("schema", self.schema),
            ("task", self.task),
            ("parameters", self.parameters),
            ("card", self.card),
        ]
    }
}

/// Returns the digest of the models' own files.
fn model(files: &Files) -> Digest {
    let mut own: Vec<&(String, Vec<u8>)> = files
        .iter()
        .filter(|(name, _)| name != DOCUMENT && name != REFERENCE && !name.starts_with("card."))
        .collect();
    own.sort();
    let mut builder = DigestBuilder::default();
    for (name, bytes) in own {
        builder.piece(name.as_bytes()).piece(bytes);
    }
    builder.finish()
}
