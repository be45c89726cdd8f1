//! What the texts alone say: how like each event is to those that are known to be malicious, or that people confirmed.

use ringtrue_core::Label;
use ringtrue_model::train::{LinearParameters, fit_linear};
use ringtrue_model::{Examples, Model, TextModels, View, margins, sigmoid};

use super::few::Few;
use super::pool::Pool;
use crate::errors::EVENTS_MIN;

/// Passes over the few events that are known, and those that they are compared with.
const FEW_EPOCHS: u32 = 15;
/// Passes over the few events that people confirmed.
const CONFIRMED_EPOCHS: u32 = 20;

/// Compares the texts with those of the few that are known to be malicious. A text of many words counts for no more than one of few.
/// `None` without text.
pub(super) fn of_few(few: &Few<'_>) -> Option<Vec<f64>> {
    let events = few.pool.events;
    if events.parameters.views.is_empty() {
        return None;
    }
    let parameters = LinearParameters {
        epochs: FEW_EPOCHS,
        ..parameters(few.pool)
    };
    let mut likeness = vec![0.0; few.pool.len()];
    let mut scratch = Vec::new();
    for half in &few.halves {
        let margins = told(&few.examples(), &half.learned, &parameters, &half.asked);
        for (asked, margin) in half.asked.iter().zip(margins) {
            let words = events.tokens.get(*asked as usize, &mut scratch).len();
            let root = (words.max(1) as f64).sqrt();
            likeness[*asked as usize] += sigmoid(margin / root);
        }
    }
    Some(likeness)
}

/// Compares the texts with those that people confirmed, of both classes: what nobody labelled is taken for nothing. `None` without text,
/// or with fewer than [`EVENTS_MIN`] confirmed events of a class.
pub(super) fn of_confirmed(pool: &Pool<'_>) -> Option<Vec<f64>> {
    let is = |at: u32, label: Label| {
        let stand = pool.stand[at as usize];
        stand.confirmed && !stand.disputed && stand.label == Some(label)
    };
    let all = || (0_u32..).take(pool.len());
    let called = |label: Label| all().filter(|at| is(*at, label)).collect::<Vec<u32>>();
    let (malicious, benign) = (called(Label::Malicious), called(Label::Benign));
    let few = malicious.len().min(benign.len()) < EVENTS_MIN;
    if pool.events.parameters.views.is_empty() || few {
        return None;
    }
    let is_malicious: Vec<bool> = all().map(|at| is(at, Label::Malicious)).collect();
    let examples = Examples {
        rows: pool.events.rows,
        tokens: pool.events.tokens,
        malicious: &is_malicious,
        weight: &vec![1.0; pool.len()],
        entity: pool.events.entity,
    };
    let parameters = LinearParameters {
        epochs: CONFIRMED_EPOCHS,
        benign_balance: 1.0,
        ..parameters(pool)
    };
    let mut learned = [malicious, benign].concat();
    learned.sort_unstable();
    Some(told(
        &examples,
        &learned,
        &parameters,
        &all().collect::<Vec<u32>>(),
    ))
}

/// So few events have hardly a word in common across entities: each counts.
const fn parameters(pool: &Pool<'_>) -> LinearParameters {
    LinearParameters {
        entities_min: 1,
        ..pool.events.parameters.linear
    }
}

/// Returns the margins that what learned some events gives others.
fn told(
    examples: &Examples<'_>,
    learned: &[u32],
    parameters: &LinearParameters,
    asked: &[u32],
) -> Vec<f64> {
    let text = fit_linear(View::Whole, examples, learned, parameters);
    let model = Model {
        text: TextModels::new(vec![text]).unwrap_or_default(),
        linear_weight: 1.0,
        ..Model::default()
    };
    margins(&model, examples, asked)
}
