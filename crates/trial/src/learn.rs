//! Learning in time order: from examples to one detector per rung and a recommendation.
//!
//! ```text
//!   train ──fit──► ladder ──scores of calibrate──► calibration, thresholds, choice of rung
//! ```
//!
//! Calibration, thresholds and choice use only events later than any that the ladder was trained on,
//! and neither they nor training see an event that is judged. The ladder is not trained again on the
//! events that calibrated it: its thresholds would then belong to another model (measured on
//! PhishTank: a promised false-positive rate of 1e-2 came out a third lower).

use ringtrue_core::metrics::MetricError;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{CostSheet, SignalSchema};
use ringtrue_model::train::{Ladder, Run, TrainError, TrainParameters, fit_ladder};
use ringtrue_model::{
    Calibration, CalibrationError, Examples, Model, Nominal, Operating, Rung, choose_thresholds,
    nominal_threshold,
};

use crate::choose::{Choice, RungResult, choose_rung};
use crate::judge::FPRS;

/// Which examples serve which purpose; positions, ascending.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What the ladder is trained on.
    pub train: Vec<u32>,
    /// What calibration, thresholds and the choice of rung are made on; later than `train`.
    pub calibrate: Vec<u32>,
    /// What the result is judged on; later than both.
    pub test: Vec<u32>,
}

/// One rung, ready to answer.
#[derive(Clone, Debug)]
pub struct LearnedRung {
    /// The rung.
    pub rung: Rung,
    /// Its trained model.
    pub model: Model,
    /// From margins to probabilities.
    pub calibration: Calibration,
    /// Its thresholds.
    pub operating: Operating,
    /// Thresholds by nominal false-positive rate.
    pub nominal: Vec<Nominal>,
}

/// What learning came to.
#[derive(Clone, Debug)]
pub struct Learned {
    /// Every rung that could be trained, simplest first.
    pub rungs: Vec<LearnedRung>,
    /// Which is recommended and why.
    pub choice: Choice,
}

/// Learning did not end in detectors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LearnError {
    /// Training failed.
    #[error("training failed")]
    Train(#[from] TrainError),
    /// Calibration failed.
    #[error("calibration failed")]
    Calibration(#[from] CalibrationError),
    /// The rungs could not be compared.
    #[error("the rungs could not be compared")]
    Compare(#[from] MetricError),
}

/// Learns from `examples` as `plan` says.
///
/// # Errors
///
/// [`LearnError`] if a class is absent from the training or the calibration part, training is
/// stopped, or LightGBM fails.
pub fn learn(
    schema: &SignalSchema,
    examples: &Examples<'_>,
    plan: &Plan,
    sheet: &CostSheet,
    parameters: &TrainParameters,
    run: &mut Run<'_>,
) -> Result<Learned, LearnError> {
    let ladder = fit_ladder(schema, examples, &plan.train, parameters, run)?;
    let malicious: Vec<bool> = plan
        .calibrate
        .iter()
        .map(|member| examples.malicious[*member as usize])
        .collect();
    let entities: Vec<u32> = plan
        .calibrate
        .iter()
        .map(|member| examples.entity[*member as usize])
        .collect();
    let held_out: Vec<RungResult> = rungs(&ladder)
        .into_iter()
        .map(|rung| RungResult {
            rung,
            scores: margins(&ladder.model(rung), examples, &plan.calibrate),
        })
        .collect();
    let choice = choose_rung(&held_out, &malicious, &entities, run.seed)?;
    let rungs = held_out
        .iter()
        .map(|held_out| finish(held_out, &ladder, &malicious, sheet))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Learned { rungs, choice })
}

/// Returns the rungs that a ladder has the parts for, simplest first.
fn rungs(ladder: &Ladder) -> Vec<Rung> {
    Rung::ALL
        .into_iter()
        .filter(|rung| ladder.model(*rung).rung() == *rung)
        .collect()
}

/// Events whose forest margins are computed together.
const EVENTS_AT_ONCE: usize = 1 << 12;

/// Returns the margins that `model` gives the examples at `members`.
#[must_use]
pub fn margins(model: &Model, examples: &Examples<'_>, members: &[u32]) -> Vec<f64> {
    use rayon::prelude::*;
    members
        .par_chunks(EVENTS_AT_ONCE)
        .map_init(Vec::new, |scratch, members| {
            let positions = members.iter().map(|member| *member as usize);
            let linear: Vec<f64> = positions
                .clone()
                .map(|position| {
                    if model.reads_text() {
                        model.linear_margin(examples.tokens.get(position, scratch))
                    } else {
                        model.linear_margin(&[])
                    }
                })
                .collect();
            model.margins(
                positions.map(|position| examples.rows.row(position)),
                &linear,
            )
        })
        .flatten_iter()
        .collect()
}

fn finish(
    held_out: &RungResult,
    ladder: &Ladder,
    malicious: &[bool],
    sheet: &CostSheet,
) -> Result<LearnedRung, CalibrationError> {
    let rung = held_out.rung;
    let model = ladder.model(rung);
    if rung == Rung::AlwaysBenign {
        let thresholds = Thresholds {
            review: Thresholds::NEVER,
            block: Thresholds::NEVER,
        };
        let operating = Operating {
            thresholds,
            alerts_per_day: 0.0,
            alert_worth: 0.0,
        };
        let calibration = Calibration {
            a: 1.0,
            b: 1.0,
            c: 0.0,
        };
        return Ok(LearnedRung {
            rung,
            model,
            calibration,
            operating,
            nominal: Vec::new(),
        });
    }
    let calibration = Calibration::fit(&held_out.scores, malicious, sheet.malicious_share)?;
    let scores: Vec<f64> = held_out
        .scores
        .iter()
        .map(|margin| calibration.probability(*margin))
        .collect();
    let benign: Vec<f64> = scores
        .iter()
        .zip(malicious)
        .filter(|(_, malicious)| !**malicious)
        .map(|(score, _)| *score)
        .collect();
    let nominal = FPRS
        .into_iter()
        .map(|fpr| Nominal {
            fpr,
            threshold: nominal_threshold(&benign, fpr),
        })
        .collect();
    let operating = choose_thresholds(&scores, malicious, sheet);
    Ok(LearnedRung {
        rung,
        model,
        calibration,
        operating,
        nominal,
    })
}
