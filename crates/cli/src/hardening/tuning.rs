//! What measures are tried on: events that are neither trained on nor judged.

use ringtrue_core::Label;
use ringtrue_core::split::stratified_group_folds;
use ringtrue_trial::Plan;

use crate::corpus::Corpus;

/// Folds of which one is held out where all events are trained on.
const FOLDS: u32 = 5;

/// Returns the plan by which measures are compared: the one of the run where it holds events back for calibration, else four fifths of
/// the training events, with the last fifth of their entities held back.
pub(super) fn tuning(plan: &Plan, corpus: &Corpus<'_>) -> Plan {
    if !plan.calibrate.is_empty() {
        return Plan {
            train: plan.train.clone(),
            calibrate: plan.calibrate.clone(),
            test: Vec::new(),
        };
    }
    let of = |at: &u32| *at as usize;
    let labels: Vec<Label> = plan.train.iter().map(|at| corpus.labels[of(at)]).collect();
    let entities: Vec<u32> = plan.train.iter().map(|at| corpus.entity[of(at)]).collect();
    let folds = stratified_group_folds(&entities, &labels, FOLDS);
    let held = |is_held: bool| {
        let members = plan.train.iter().zip(&folds);
        let members = members.filter(|(_, fold)| (**fold == 0) == is_held);
        members.map(|(at, _)| *at).collect()
    };
    Plan {
        train: held(false),
        calibrate: held(true),
        test: Vec::new(),
    }
}
