//! Learning in time order: from examples to one detector per rung and a recommendation.
//!
//! ```text
//!   train ──fit──► ladder ──scores of calibrate──► calibration, thresholds, choice of rung
//! ```
//!
//! Calibration, thresholds and choice use the latest events of each class before the judged ones. Of its own
//! class, each is later than any that the ladder was trained on; of the other class it need not be, since
//! classes are often collected at different times. Neither they nor training see an event that is judged. The ladder is not trained again on the
//! events that calibrated it: its thresholds would then belong to another model (measured on
//! PhishTank: a promised false-positive rate of 1e-2 came out a third lower).

use ringtrue_core::cost::Prices;
use ringtrue_core::metrics::MetricError;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{CostSheet, SignalSchema};
use ringtrue_model::train::{Ladder, Run, TrainError, TrainParameters, fit_ladder, fit_rung};
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
    /// What calibration, thresholds and the choice of rung are made on; class by class later than `train`.
    pub calibrate: Vec<u32>,
    /// What the result is judged on; later than both.
    pub test: Vec<u32>,
}

/// How detectors are learned.
#[derive(Clone, Copy, Debug)]
pub struct Recipe<'a> {
    /// The signals of a row.
    pub schema: &'a SignalSchema,
    /// What mistakes cost.
    pub sheet: &'a CostSheet,
    /// What mistakes cost on each example; the sheet's prices where there is none.
    pub prices: &'a [Prices],
    /// How the parts are trained.
    pub parameters: &'a TrainParameters,
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
    recipe: &Recipe<'_>,
    examples: &Examples<'_>,
    plan: &Plan,
    run: &mut Run<'_>,
) -> Result<Learned, LearnError> {
    let Recipe {
        schema, parameters, ..
    } = *recipe;
    let ladder = fit_ladder(schema, examples, &plan.train, parameters, run)?;
    let malicious = classes(examples, &plan.calibrate);
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
    let prices = prices(recipe, &plan.calibrate);
    let known = (malicious.as_slice(), prices.as_slice());
    let rungs = held_out
        .iter()
        .map(|held_out| finish(held_out, ladder.model(held_out.rung), known, recipe.sheet))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Learned { rungs, choice })
}

/// Learns one rung as [`learn`] does, without comparing it to others.
///
/// # Errors
///
/// Those of [`learn`].
pub fn learn_rung(
    rung: Rung,
    recipe: &Recipe<'_>,
    examples: &Examples<'_>,
    plan: &Plan,
    run: &mut Run<'_>,
) -> Result<LearnedRung, LearnError> {
    let model = fit_rung(
        rung,
        recipe.schema,
        examples,
        &plan.train,
        recipe.parameters,
        run,
    )?;
    let held_out = RungResult {
        rung,
        scores: margins(&model, examples, &plan.calibrate),
    };
    let malicious = classes(examples, &plan.calibrate);
    let prices = prices(recipe, &plan.calibrate);
    Ok(finish(
        &held_out,
        model,
        (&malicious, &prices),
        recipe.sheet,
    )?)
}

/// Returns what mistakes on some examples cost.
fn prices(recipe: &Recipe<'_>, members: &[u32]) -> Vec<Prices> {
    let own = |member: &u32| recipe.prices.get(*member as usize).copied();
    let price = |member: &u32| own(member).unwrap_or(recipe.sheet.prices());
    members.iter().map(price).collect()
}

/// Returns whether each of some examples is malicious.
fn classes(examples: &Examples<'_>, members: &[u32]) -> Vec<bool> {
    let class = |member: &u32| examples.malicious[*member as usize];
    members.iter().map(class).collect()
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
    model: Model,
    (malicious, prices): (&[bool], &[Prices]),
    sheet: &CostSheet,
) -> Result<LearnedRung, CalibrationError> {
    let rung = held_out.rung;
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
        return Ok(LearnedRung {
            rung,
            model,
            calibration: Calibration::NONE,
            operating,
            nominal: Vec::new(),
        });
    }
    let calibrated = calibrate(&held_out.scores, malicious, prices, sheet)?;
    Ok(LearnedRung {
        rung,
        model,
        calibration: calibrated.calibration,
        operating: calibrated.operating,
        nominal: calibrated.nominal,
    })
}

/// What is made of the margins of events that a model was not trained on.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// From margins to probabilities.
    pub calibration: Calibration,
    /// Thresholds.
    pub operating: Operating,
    /// Thresholds by nominal false-positive rate.
    pub nominal: Vec<Nominal>,
}

/// Calibrates margins (log-odds) of events that the model was not trained on, and chooses thresholds.
///
/// # Errors
///
/// [`CalibrationError`] if a class is absent.
pub fn calibrate(
    margins: &[f64],
    malicious: &[bool],
    prices: &[Prices],
    sheet: &CostSheet,
) -> Result<Calibrated, CalibrationError> {
    let calibration = Calibration::fit(margins, malicious, sheet.malicious_share)?;
    let scores: Vec<f64> = margins
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
    Ok(Calibrated {
        calibration,
        operating: choose_thresholds(&scores, malicious, prices, sheet),
        nominal,
    })
}
