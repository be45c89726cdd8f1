//! What is thought of each event before anybody looks: how probably it is malicious, and who thinks so.
//!
//! Events that nobody labelled are taken for benign labels that may be wrong, since nearly all of them are right: what finds
//! wrong labels ([`crate::errors`]) then finds the malicious ones among them, from however few are known.

use ringtrue_core::Label;
use ringtrue_core::random::mix;
use ringtrue_model::train::{LinearParameters, Run, fit_linear};
use ringtrue_model::{Examples, Model, TextModels, View, margins, sigmoid};

use super::pool::{Pool, QueueError};
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

/// Returns for each number the logarithm of the count over its place from the top, above 0 but for the last.
fn places(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|one, two| numbers[*two].total_cmp(&numbers[*one]).then(one.cmp(two)));
    let mut places = vec![0.0; numbers.len()];
    let count = numbers.len() as f64;
    for (before, at) in order.into_iter().enumerate() {
        places[at] = (count / (before as f64 + 1.0)).ln();
    }
    places
}

/// Below so many malicious events, what the comparison of labels says is steadied by the texts alone.
const STEADY_MIN: usize = 3 * EVENTS_MIN;
/// Events taken for benign that text learns from, at most.
const BENIGN_MAX: usize = 20_000;

/// Compares the texts with those of a few malicious events: each half of the entities by what learned the other half's events as
/// benign, and all that is known to be malicious. A text of many words counts for no more than one of few. `None` without text or
/// malicious events.
fn of_few(pool: &Pool<'_>, called: &[Label], seed: u64) -> Option<Vec<f64>> {
    if pool.events.parameters.views.is_empty() || malicious(called) == 0 {
        return None;
    }
    let is_malicious: Vec<bool> = called.iter().map(|it| *it == Label::Malicious).collect();
    let weight = vec![1.0; is_malicious.len()];
    let examples = Examples {
        rows: pool.events.rows,
        tokens: pool.events.tokens,
        malicious: &is_malicious,
        weight: &weight,
        entity: pool.events.entity,
    };
    // So few events have hardly a word in common across entities: each counts.
    let parameters = LinearParameters {
        entities_min: 1,
        ..pool.events.parameters.linear
    };
    let half = |at: &u32| mix(seed ^ u64::from(pool.events.entity[*at as usize])) & 1;
    let all = || (0_u32..).take(pool.len());
    let mut likeness = vec![0.0; pool.len()];
    let mut scratch = Vec::new();
    for asked in [0, 1] {
        let is_benign = |at: &u32| half(at) != asked && called[*at as usize] == Label::Benign;
        let mut benign: Vec<u32> = all().filter(is_benign).collect();
        benign.sort_by_cached_key(|at| (mix(seed ^ mix(u64::from(*at))), *at));
        benign.truncate(BENIGN_MAX);
        let known = all().filter(|at| is_malicious[*at as usize]);
        let mut learned: Vec<u32> = known.chain(benign).collect();
        learned.sort_unstable();
        let text = fit_linear(View::Whole, &examples, &learned, &parameters);
        let model = Model {
            text: TextModels::new(vec![text]).unwrap_or_default(),
            linear_weight: 1.0,
            ..Model::default()
        };
        let members: Vec<u32> = all().filter(|at| half(at) == asked).collect();
        for (member, margin) in members.iter().zip(margins(&model, &examples, &members)) {
            let words = pool
                .events
                .tokens
                .get(*member as usize, &mut scratch)
                .len()
                .max(1);
            likeness[*member as usize] = sigmoid(margin / (words as f64).sqrt());
        }
    }
    Some(likeness)
}
