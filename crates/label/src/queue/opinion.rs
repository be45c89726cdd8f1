//! What is thought of each event before anybody looks: how probably it is malicious, and who thinks so.
//!
//! Events that nobody labelled are taken for benign labels that may be wrong, since nearly all of them are right: what finds
//! wrong labels ([`crate::errors`]) then finds the malicious ones among them, from however few are known.

use ringtrue_core::Label;
use ringtrue_model::train::Run;

use super::pool::{Pool, QueueError};
use super::texts::{of_confirmed, of_few};
use crate::errors::{EVENTS_MIN, PROBABILITY_FLOOR, RankError, Reason, Study, Suspects};

/// Who takes events for malicious.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// A detector.
    Detector,
    /// The labels of other events, by signals, text, neighbours and entities.
    Labels,
    /// The text of the few malicious events that are known.
    FewLabels,
    /// Nobody: no malicious event is known.
    Nobody,
}

impl Judge {
    /// Returns who that is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Detector => "a detector",
            Self::Labels => "the labels of other events",
            Self::FewLabels => "the text of the few events that are known to be malicious",
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
        let few = || of_few(pool, suspects.labels, run.seed);
        let (judge, probability) = match (pool.detector, &study) {
            (Some(probability), _) => (Judge::Detector, Some(probability.to_vec())),
            (None, Some(study)) => {
                let truths = study.truths().into_iter();
                let truths = truths.map(Option::unwrap_or_default).collect();
                (Judge::Labels, Some(truths))
            }
            (None, None) => (Judge::FewLabels, few()),
        };
        let (judge, probability) = match probability {
            Some(probability) => (judge, probability),
            None => (Judge::Nobody, vec![0.0; pool.len()]),
        };
        let order = match judge {
            Judge::Labels if malicious(suspects.labels) < STEADY_MIN => {
                few().map(|texts| steadied(&probability, &texts))
            }
            Judge::Labels => of_confirmed(pool).map(|texts| alternated(&probability, &texts)),
            _ => None,
        };
        Ok(Self {
            judge,
            order: order.unwrap_or_else(|| probability.clone()),
            probability,
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

fn malicious(called: &[Label]) -> usize {
    let malicious = called.iter().filter(|it| **it == Label::Malicious);
    malicious.count()
}

/// Returns an order by the product of an event's places in the orders of probability and of texts, so that neither of two that
/// know few events leads astray alone.
fn steadied(probability: &[f64], texts: &[f64]) -> Vec<f64> {
    let (one, other) = (places(probability), places(texts));
    one.iter()
        .zip(other)
        .map(|(one, other)| one + other)
        .collect()
}

/// Returns an order in which those of probability and of texts take turns.
fn alternated(probability: &[f64], texts: &[f64]) -> Vec<f64> {
    let before = |numbers: &[f64]| ranks(numbers).into_iter();
    let count = probability.len() as f64;
    before(probability)
        .zip(before(texts))
        .map(|(one, other)| count - (one as f64).min(other as f64 + 0.5))
        .collect()
}

/// Returns for each number the logarithm of the count over its place from the top, above 0 but for the last.
fn places(numbers: &[f64]) -> Vec<f64> {
    let count = numbers.len() as f64;
    let ranks = ranks(numbers).into_iter();
    ranks
        .map(|before| (count / (before as f64 + 1.0)).ln())
        .collect()
}

/// Returns for each number how many stand before it, the largest first.
fn ranks(numbers: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|one, two| numbers[*two].total_cmp(&numbers[*one]).then(one.cmp(two)));
    let mut ranks = vec![0; numbers.len()];
    for (before, at) in order.into_iter().enumerate() {
        ranks[at] = before;
    }
    ranks
}

/// Below so many malicious events, what the comparison of labels says is steadied by the texts alone.
const STEADY_MIN: usize = 3 * EVENTS_MIN;
