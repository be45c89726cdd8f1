//! What the texts alone say: how like each event is to those that are known to be malicious, or that people confirmed.

use ringtrue_core::Label;
use ringtrue_core::random::mix;
use ringtrue_model::train::{LinearParameters, fit_linear};
use ringtrue_model::{Examples, Model, TextModels, View, margins, sigmoid};

use super::pool::Pool;
use crate::errors::EVENTS_MIN;

/// Events taken for benign that text learns from, at most.
const BENIGN_MAX: usize = 20_000;
/// Passes over the few events that people confirmed.
const CONFIRMED_EPOCHS: u32 = 20;

/// The texts of a pool, and which of them are malicious as far as is known.
struct Texts<'a> {
    pool: &'a Pool<'a>,
    is_malicious: Vec<bool>,
    weight: Vec<f32>,
}

impl<'a> Texts<'a> {
    fn of(pool: &'a Pool<'a>, is_malicious: Vec<bool>) -> Self {
        Self {
            pool,
            weight: vec![1.0; is_malicious.len()],
            is_malicious,
        }
    }

    fn examples(&self) -> Examples<'_> {
        Examples {
            rows: self.pool.events.rows,
            tokens: self.pool.events.tokens,
            malicious: &self.is_malicious,
            weight: &self.weight,
            entity: self.pool.events.entity,
        }
    }

    /// So few events have hardly a word in common across entities: each counts.
    const fn parameters(&self) -> LinearParameters {
        LinearParameters {
            entities_min: 1,
            ..self.pool.events.parameters.linear
        }
    }

    /// Learns events in any order, and returns the margins of others.
    fn asked(
        &self,
        mut learned: Vec<u32>,
        parameters: &LinearParameters,
        asked: &[u32],
    ) -> Vec<f64> {
        learned.sort_unstable();
        let examples = self.examples();
        let text = fit_linear(View::Whole, &examples, &learned, parameters);
        let model = Model {
            text: TextModels::new(vec![text]).unwrap_or_default(),
            linear_weight: 1.0,
            ..Model::default()
        };
        margins(&model, &examples, asked)
    }
}

/// Compares the texts with those of a few malicious events: each half of the entities by what learned the other half's events as
/// benign, and all that is known to be malicious. A text of many words counts for no more than one of few. `None` without text or
/// malicious events.
pub(super) fn of_few(pool: &Pool<'_>, called: &[Label], seed: u64) -> Option<Vec<f64>> {
    if pool.events.parameters.views.is_empty() || !called.contains(&Label::Malicious) {
        return None;
    }
    let is_malicious = called.iter().map(|it| *it == Label::Malicious).collect();
    let texts = Texts::of(pool, is_malicious);
    let half = |at: &u32| mix(seed ^ u64::from(pool.events.entity[*at as usize])) & 1;
    let all = || (0_u32..).take(pool.len());
    let mut likeness = vec![0.0; pool.len()];
    let mut scratch = Vec::new();
    for asked in [0, 1] {
        let is_benign = |at: &u32| half(at) != asked && called[*at as usize] == Label::Benign;
        let mut benign: Vec<u32> = all().filter(is_benign).collect();
        benign.sort_by_cached_key(|at| (mix(seed ^ mix(u64::from(*at))), *at));
        benign.truncate(BENIGN_MAX);
        let known = all().filter(|at| texts.is_malicious[*at as usize]);
        let learned = known.chain(benign).collect();
        let members: Vec<u32> = all().filter(|at| half(at) == asked).collect();
        let margins = texts.asked(learned, &texts.parameters(), &members);
        for (member, margin) in members.iter().zip(margins) {
            let words = pool.events.tokens.get(*member as usize, &mut scratch).len();
            let root = (words.max(1) as f64).sqrt();
            likeness[*member as usize] = sigmoid(margin / root);
        }
    }
    Some(likeness)
}

/// Compares the texts with those that people confirmed, of both classes: what nobody labelled is taken for nothing. `None` without text,
/// or with fewer than [`EVENTS_MIN`] confirmed events of a class.
pub(super) fn of_confirmed(pool: &Pool<'_>) -> Option<Vec<f64>> {
    let called = |label: Label| -> Vec<u32> {
        let is = |at: &u32| {
            let stand = pool.stand[*at as usize];
            stand.confirmed && !stand.disputed && stand.label == Some(label)
        };
        (0_u32..).take(pool.len()).filter(is).collect()
    };
    let (malicious, benign) = (called(Label::Malicious), called(Label::Benign));
    let few = malicious.len().min(benign.len()) < EVENTS_MIN;
    if pool.events.parameters.views.is_empty() || few {
        return None;
    }
    let mut is_malicious = vec![false; pool.len()];
    for at in &malicious {
        is_malicious[*at as usize] = true;
    }
    let texts = Texts::of(pool, is_malicious);
    let parameters = LinearParameters {
        epochs: CONFIRMED_EPOCHS,
        benign_balance: 1.0,
        ..texts.parameters()
    };
    let all: Vec<u32> = (0_u32..).take(pool.len()).collect();
    Some(texts.asked([malicious, benign].concat(), &parameters, &all))
}
