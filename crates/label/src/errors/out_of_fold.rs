//! Margins of models that never saw the event's entity: five folds of entities, each judged by what learned the others.

use rayon::prelude::*;
use ringtrue_core::split::stratified_group_folds;
use ringtrue_model::train::{ForestParameters, Run, TrainError, fit_forest, fit_linear};
use ringtrue_model::{Model, TextModels, View, margins};

use super::suspects::Cases;

const FOLDS: u32 = 5;
/// Events called benign that the text of a fold learns from, at most: more of them moved nothing that was measured.
const TEXT_BENIGN_MAX: usize = 40_000;
/// Events called benign that the forest of a fold learns from, at most.
const FOREST_BENIGN_MAX: usize = 20_000;
/// What purposes draws are made for.
const TEXT: u64 = 1;
const FOREST: u64 = 2;

/// Returns the margin of each case's text; `None` if the kind of events has no text to learn.
pub(super) fn text(cases: &Cases<'_>) -> Option<Vec<f64>> {
    let parameters = cases.of.events.parameters;
    if parameters.views.is_empty() {
        return None;
    }
    let examples = cases.examples();
    let parts = parts(cases, TEXT, TEXT_BENIGN_MAX);
    let told: Vec<Vec<f64>> = parts
        .par_iter()
        .map(|part| {
            let learned = fit_linear(View::Whole, &examples, &part.learned, &parameters.linear);
            let model = Model {
                text: TextModels::new(vec![learned]).unwrap_or_default(),
                linear_weight: 1.0,
                ..Model::default()
            };
            margins(&model, &examples, &positions(cases, &part.asked))
        })
        .collect();
    Some(joined(cases, &parts, &told))
}

/// Returns the margin that a forest of signals gives each case; `None` if there is no signal.
pub(super) fn forest(cases: &Cases<'_>, run: &mut Run<'_>) -> Result<Option<Vec<f64>>, TrainError> {
    if cases.of.events.rows.width() == 0 {
        return Ok(None);
    }
    let (examples, parameters) = (cases.examples(), parameters(cases));
    let parts = parts(cases, FOREST, FOREST_BENIGN_MAX);
    let mut told = Vec::new();
    for part in &parts {
        let forest = fit_forest(
            cases.of.events.schema,
            &examples,
            &part.learned,
            &parameters,
            run,
        )?;
        let model = Model {
            forest: Some(forest),
            ..Model::default()
        };
        told.push(margins(&model, &examples, &positions(cases, &part.asked)));
    }
    Ok(Some(joined(cases, &parts, &told)))
}

/// Small trees, and benign events that outweigh malicious ones: chosen on planted errors among dated links and reported
/// phishing at 0.3 % and 1 % malicious, where benign variety is what is scarce.
fn parameters(cases: &Cases<'_>) -> ForestParameters {
    ForestParameters {
        themes: cases.of.events.parameters.forest.themes.clone(),
        leaves: 15,
        benign_balance: 6.0,
        ..ForestParameters::default()
    }
}

/// A fold: what is learned (positions), and the cases that are asked.
struct Part {
    learned: Vec<u32>,
    asked: Vec<u32>,
}

/// Returns the folds of which the learned part has both classes.
fn parts(cases: &Cases<'_>, purpose: u64, benign_max: usize) -> Vec<Part> {
    let salt = (cases.salt(purpose) >> 32) as u32;
    let entities: Vec<u32> = cases
        .each(cases.of.events.entity)
        .iter()
        .map(|it| it ^ salt)
        .collect();
    let folds = stratified_group_folds(&entities, &cases.each(cases.of.labels), FOLDS);
    let part = |fold: u32| {
        let all = (0_u32..).zip(&folds);
        let (asked, learned): (Vec<_>, Vec<_>) = all.partition(|(_, of)| **of == fold);
        let (malicious, benign): (Vec<u32>, Vec<u32>) = learned
            .into_iter()
            .map(|(case, _)| case)
            .partition(|case| cases.called[*case as usize]);
        if malicious.is_empty() || benign.is_empty() {
            return None;
        }
        let benign = cases.draw(benign, benign_max, purpose ^ (u64::from(fold + 1) << 8));
        let mut learned = positions(cases, &[malicious, benign].concat());
        learned.sort_unstable();
        let asked = asked.into_iter().map(|(case, _)| case).collect();
        Some(Part { learned, asked })
    };
    (0..FOLDS).filter_map(part).collect()
}

fn positions(cases: &Cases<'_>, members: &[u32]) -> Vec<u32> {
    members
        .iter()
        .map(|case| cases.positions[*case as usize])
        .collect()
}

/// Puts the margins of the folds together; a case that no model could be asked about gets the mean of the others.
fn joined(cases: &Cases<'_>, parts: &[Part], told: &[Vec<f64>]) -> Vec<f64> {
    let mut joined = vec![f64::NAN; cases.len()];
    for (part, told) in parts.iter().zip(told) {
        for (case, margin) in part.asked.iter().zip(told) {
            joined[*case as usize] = *margin;
        }
    }
    let known = || joined.iter().filter(|margin| margin.is_finite());
    let mean = known().sum::<f64>() / known().count().max(1) as f64;
    joined
        .iter()
        .map(|margin| if margin.is_finite() { *margin } else { mean })
        .collect()
}
