//! What is thought of each event before anybody looks: how probably it is malicious, and who thinks so.
//!
//! Events that nobody labelled are taken for benign labels that may be wrong, since nearly all of them are right: what finds
//! wrong labels ([`crate::errors`]) then finds the malicious ones among them, from however few are known.

use ringtrue_core::Label;
use ringtrue_model::train::Run;

use super::few::Few;
use super::order::order;
use super::pool::{Pool, QueueError};
use crate::errors::{PROBABILITY_FLOOR, RankError, Reason, Study, Suspects};

/// Who takes events for malicious.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// A detector.
    Detector,
    /// The labels of other events, by signals, text, neighbours and entities.
    Labels,
    /// The few malicious events that are known, by their signals and texts.
    FewLabels,
    /// How odd the signals are: nothing is known to be malicious, or nothing is left to compare it with.
    Oddness,
    /// Nobody: no malicious event is known, and events have no signals.
    Nobody,
}

impl Judge {
    /// Returns whether odd signals have the say, or most of it.
    #[must_use]
    pub const fn goes_by_oddness(self) -> bool {
        matches!(self, Self::FewLabels | Self::Oddness)
    }

    /// Returns who that is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Detector => "a detector",
            Self::Labels => "the labels of other events; unlabelled ones are taken for benign",
            Self::FewLabels => "the few events that are known to be malicious",
            Self::Oddness => "how odd their signals are: nothing that is known tells events apart",
            Self::Nobody => "nobody: no event is known to be malicious",
        }
    }
}

/// What is thought of each event.
pub(super) struct Opinions<'a> {
    pub(super) judge: Judge,
    /// How probably malicious each is; 0 where nobody thinks anything.
    pub(super) probability: Vec<f64>,
    /// What is looked at first: larger for what is more probably malicious, above 0 where anybody thinks anything.
    pub(super) order: Vec<f64>,
    /// How probably the label of each is wrong, where it has one that people do not stand for; else 0.
    pub(super) suspicion: Vec<f64>,
    study: Option<Study<'a>>,
}

impl<'a> Opinions<'a> {
    pub(super) fn of(
        pool: &Pool<'a>,
        suspects: &Suspects<'a>,
        run: &mut Run<'_>,
    ) -> Result<Self, QueueError> {
        let study = match Study::of(suspects, run) {
            Ok(study) => Some(study),
            Err(RankError::Few { .. }) => None,
            Err(RankError::Length) => return Err(QueueError::Length),
            Err(RankError::Train(error)) => return Err(error.into()),
        };
        let judge = match (pool.detector, &study) {
            (Some(_), _) => Judge::Detector,
            (None, Some(_)) => Judge::Labels,
            (None, None) if Few::tells(suspects.labels) => Judge::FewLabels,
            (None, None) => Judge::Oddness,
        };
        let truths = study.as_ref().map(Study::truths);
        let truths = truths.map(|it| it.into_iter().map(Option::unwrap_or_default).collect());
        let probability: Option<Vec<f64>> = pool.detector.map(<[f64]>::to_vec).or(truths);
        let found = match judge {
            Judge::Detector => probability.clone(),
            _ => order(pool, suspects.labels, probability.as_deref(), run)?,
        };
        let judge = if found.is_some() {
            judge
        } else {
            Judge::Nobody
        };
        let nothing = || vec![0.0; pool.len()];
        Ok(Self {
            judge,
            order: found.unwrap_or_else(nothing),
            probability: probability.unwrap_or_else(nothing),
            suspicion: suspicion(pool, study.as_ref()),
            study,
        })
    }

    /// Returns whether probabilities are more than an order.
    pub(super) const fn is_calibrated(&self) -> bool {
        matches!(self.judge, Judge::Detector | Judge::Labels)
    }

    /// Returns what speaks against the label that the event at `position` has, or for malicious if it has none.
    pub(super) fn reasons(&self, position: u32) -> Vec<Reason> {
        let study = self.study.as_ref();
        study.map_or_else(Vec::new, |study| study.reasons(position))
    }
}

fn suspicion(pool: &Pool<'_>, study: Option<&Study<'_>>) -> Vec<f64> {
    let mut suspicion = vec![0.0; pool.len()];
    let ranking = study.map(|study| study.ranking(usize::MAX));
    for item in ranking.iter().flat_map(|ranking| &ranking.items) {
        let position = item.position as usize;
        let label = pool.stand[position].label;
        let is_labelled = label.is_some_and(|it| it != Label::Unsure);
        if is_labelled && item.probability >= PROBABILITY_FLOOR {
            suspicion[position] = item.probability;
        }
    }
    suspicion
}
