//! Learning in time order: from examples to one detector per rung and a recommendation.
//!
//! ```text
//!   train ──fit──► ladder ──scores of what it did not see──► calibration, thresholds, choice of rung
//! ```
//!
//! Calibration, thresholds and choice use the latest events of each class before the judged ones. Of its own
//! class, each is later than any that the ladder was trained on; of the other class it need not be, since
//! classes are often collected at different times. Neither they nor training see an event that is judged. The ladder is not trained again on the
//! events that calibrated it: its thresholds would then belong to another model (measured on
//! PhishTank: a promised false-positive rate of 1e-2 came out a third lower).
//!
//! Where events are few, holding some of them back costs more than it tells: all are trained on then, and each is scored by a
//! ladder that was trained without its entity and all others of its fold (cross-fitting).

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::cost::Prices;
use ringtrue_core::metrics::MetricError;
use ringtrue_core::split::stratified_group_folds;
use ringtrue_core::verdict::Thresholds;
use ringtrue_core::{CostSheet, Label, SignalSchema};
use ringtrue_model::train::{Ladder, Run, TrainError, TrainParameters, fit_ladder, fit_rung};
use ringtrue_model::{
    Calibration, CalibrationError, Examples, HeldOut, Model, Nominal, Operating, Rung,
    choose_thresholds, margins, nominal_threshold,
};

use crate::choose::{Choice, RungResult, choose_rung};
use crate::judge::FPRS;

/// Which examples serve which purpose; positions, ascending.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What the ladder is trained on.
    pub train: Vec<u32>,
    /// What calibration, thresholds and the choice of rung are made on, class by class later than `train`. Empty: they are
    /// made on `train`, cross-fitted.
    pub calibrate: Vec<u32>,
    /// What the result is judged on; later than both.
    pub test: Vec<u32>,
}

impl Plan {
    /// Returns what calibration, thresholds and the choice of rung are made on.
    #[must_use]
    pub fn calibrated_on(&self) -> &[u32] {
        if self.calibrate.is_empty() {
            &self.train
        } else {
            &self.calibrate
        }
    }
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
    /// How many events of the traffic each example stands for: the inverse of the probability that it was looked at; 1 where there is none. Calibration
    /// and thresholds read it. What is fitted reads [`Examples::weight`], into which the caller multiplies it; rungs are compared on the events as they
    /// are.
    pub stands_for: &'a [f64],
    /// Where each example comes from, if what is malicious will next come from elsewhere: cross-fitting then leaves the
    /// malicious examples of a source out together. Empty otherwise.
    pub sources: &'a [u32],
    /// What attacks made of malicious examples: the example that was changed and what came of it, ascending. It is trained on
    /// wherever that one is, and serves nothing else: it tells neither how common nor how probable anything is.
    pub made: &'a [(u32, u32)],
    /// How the parts are trained.
    pub parameters: &'a TrainParameters,
}

impl Recipe<'_> {
    /// Returns members with what was made of them, each behind its own.
    fn with_made(&self, members: &[u32]) -> Vec<u32> {
        let mut all = Vec::with_capacity(members.len() + self.made.len());
        for member in members {
            all.push(*member);
            let first = self.made.partition_point(|(of, _)| of < member);
            let own = self.made.iter().skip(first);
            let own = own.take_while(|(of, _)| of == member);
            all.extend(own.map(|(_, made)| *made));
        }
        all
    }
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
    /// The rung has no part that could be trained on these examples.
    #[error("the rung could not be trained: {}", .0.title())]
    Untrained(Rung),
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
    let folds = folds(recipe, examples, plan);
    let fitted = fit(examples, plan, &folds, run, |members, run| {
        let members = &recipe.with_made(members);
        let ladder = fit_ladder(schema, examples, members, parameters, run)?;
        let of_rung = |rung| (rung, ladder.model(rung));
        let rungs = rungs(&ladder).into_iter();
        let is_offered = |rung: &Rung| parameters.text_alone || *rung != Rung::Linear;
        Ok(rungs.filter(is_offered).map(of_rung).collect())
    })?;
    let members = plan.calibrated_on();
    let malicious = classes(examples, members);
    let entities = entities(examples, members);
    let (models, held_out): (Vec<Model>, Vec<RungResult>) = fitted.into_iter().unzip();
    let choice = choose_rung(&held_out, &malicious, &entities, run.seed)?;
    let (prices, stands_for) = (prices(recipe, members), stands_for(recipe, members));
    let known = HeldOut {
        malicious: &malicious,
        prices: &prices,
        stands_for: &stands_for,
    };
    let rungs = held_out
        .iter()
        .zip(models)
        .map(|(held_out, model)| finish(held_out, model, &known, recipe.sheet))
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
    let Recipe {
        schema, parameters, ..
    } = *recipe;
    let folds = folds(recipe, examples, plan);
    let mut fitted = fit(examples, plan, &folds, run, |members, run| {
        let members = &recipe.with_made(members);
        let model = fit_rung(rung, schema, examples, members, parameters, run)?;
        Ok(vec![(rung, model)])
    })?;
    let (model, held_out) = fitted.pop().ok_or(LearnError::Untrained(rung))?;
    let members = plan.calibrated_on();
    let known = HeldOut {
        malicious: &classes(examples, members),
        prices: &prices(recipe, members),
        stands_for: &stands_for(recipe, members),
    };
    Ok(finish(&held_out, model, &known, recipe.sheet)?)
}

/// Folds of cross-fitting, where sources do not part it.
const FOLDS: u32 = 5;

/// Trains models on the training part, and scores with each what it did not see: the calibration part, or the training part
/// fold by fold.
fn fit(
    examples: &Examples<'_>,
    plan: &Plan,
    folds: &[u32],
    run: &mut Run<'_>,
    models: impl Fn(&[u32], &mut Run<'_>) -> Result<Vec<(Rung, Model)>, TrainError>,
) -> Result<Vec<(Model, RungResult)>, TrainError> {
    let scored = |(rung, model): (Rung, Model)| {
        let scores = margins(&model, examples, &plan.calibrate);
        (model, RungResult { rung, scores })
    };
    let fitted = models(&plan.train, run)?.into_iter().map(scored);
    let mut fitted: Vec<(Model, RungResult)> = fitted.collect();
    if !plan.calibrate.is_empty() {
        return Ok(fitted);
    }
    for (_, held_out) in &mut fitted {
        held_out.scores = vec![0.0; plan.train.len()];
    }
    for fold in folds.iter().copied().collect::<BTreeSet<u32>>() {
        let (places, members) = in_fold(folds, &plan.train, |of| of == fold);
        let (_, others) = in_fold(folds, &plan.train, |of| of != fold);
        let of_fold = models(&others, run)?;
        // What a fold says nothing of cannot be calibrated: a rung that some fold has not the parts for goes.
        fitted.retain(|(_, held_out)| of_fold.iter().any(|(rung, _)| *rung == held_out.rung));
        for (rung, model) in of_fold {
            let Some((_, held_out)) = fitted.iter_mut().find(|(_, it)| it.rung == rung) else {
                continue;
            };
            for (place, margin) in places.iter().zip(margins(&model, examples, &members)) {
                held_out.scores[*place] = margin;
            }
        }
    }
    Ok(fitted)
}

/// Returns the members whose fold is asked for, with their places.
fn in_fold(
    folds: &[u32],
    members: &[u32],
    is_asked: impl Fn(u32) -> bool,
) -> (Vec<usize>, Vec<u32>) {
    let numbered = members.iter().zip(folds).enumerate();
    let asked = numbered.filter(|(_, (_, fold))| is_asked(**fold));
    asked.map(|(place, (member, _))| (place, *member)).unzip()
}

/// Returns the fold of each member of the training part, if that is cross-fitted: entities stay whole, unless a class has fewer of
/// them than there are folds, and so do the sources of what is malicious, if the recipe names them.
fn folds(recipe: &Recipe<'_>, examples: &Examples<'_>, plan: &Plan) -> Vec<u32> {
    if !plan.calibrate.is_empty() {
        return Vec::new();
    }
    let members = &plan.train;
    let malicious = classes(examples, members);
    let label = |malicious: &bool| {
        if *malicious {
            Label::Malicious
        } else {
            Label::Benign
        }
    };
    let labels: Vec<Label> = malicious.iter().map(label).collect();
    let entities = entities(examples, members);
    if let Some(folds) = folds_of_sources(recipe.sources, members, (&malicious, &entities)) {
        return folds;
    }
    let distinct = |class: bool| {
        let of_class = entities.iter().zip(&malicious);
        let of_class = of_class.filter(|(_, malicious)| **malicious == class);
        let distinct: BTreeSet<&u32> = of_class.map(|(entity, _)| entity).collect();
        distinct.len()
    };
    if distinct(true).min(distinct(false)) < FOLDS as usize {
        return stratified_group_folds(members, &labels, FOLDS);
    }
    stratified_group_folds(&entities, &labels, FOLDS)
}

/// Malicious examples of a source that are few tell nothing of how well a source is recognised that was not trained on.
const SOURCE_EXAMPLES_MIN: usize = 30;

/// Returns a fold for each source that has enough malicious examples, with a share of the benign ones; the other malicious ones go
/// with the first. `None` if there are not two such sources.
fn folds_of_sources(
    sources: &[u32],
    members: &[u32],
    (malicious, entities): (&[bool], &[u32]),
) -> Option<Vec<u32>> {
    let source = |member: &u32| sources.get(*member as usize).copied();
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for (member, _) in members.iter().zip(malicious).filter(|(_, it)| **it) {
        *counts.entry(source(member)?).or_default() += 1;
    }
    counts.retain(|_, count| *count >= SOURCE_EXAMPLES_MIN);
    let fold_of: BTreeMap<u32, u32> = counts.into_keys().zip(0_u32..).collect();
    let folds = u32::try_from(fold_of.len()).unwrap_or(u32::MAX);
    if folds < 2 {
        return None;
    }
    let benign = stratified_group_folds(entities, &vec![Label::Benign; members.len()], folds);
    let each = members.iter().zip(malicious).zip(benign);
    Some(
        each.map(|((member, malicious), benign)| {
            let of_source = source(member).and_then(|source| fold_of.get(&source).copied());
            if *malicious {
                of_source.unwrap_or(0)
            } else {
                benign
            }
        })
        .collect(),
    )
}

fn entities(examples: &Examples<'_>, members: &[u32]) -> Vec<u32> {
    let entity = |member: &u32| examples.entity[*member as usize];
    members.iter().map(entity).collect()
}

/// Returns what mistakes on some examples cost.
fn prices(recipe: &Recipe<'_>, members: &[u32]) -> Vec<Prices> {
    let own = |member: &u32| recipe.prices.get(*member as usize).copied();
    let price = |member: &u32| own(member).unwrap_or(recipe.sheet.prices());
    members.iter().map(price).collect()
}

/// Returns how many events each of some examples stands for; none if each stands for one.
fn stands_for(recipe: &Recipe<'_>, members: &[u32]) -> Vec<f64> {
    if recipe.stands_for.is_empty() {
        return Vec::new();
    }
    let own = |member: &u32| recipe.stands_for.get(*member as usize).copied();
    let times = |member: &u32| own(member).unwrap_or(1.0);
    members.iter().map(times).collect()
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

fn finish(
    held_out: &RungResult,
    model: Model,
    known: &HeldOut<'_>,
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
    let calibrated = calibrate(&held_out.scores, known, sheet)?;
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
    known: &HeldOut<'_>,
    sheet: &CostSheet,
) -> Result<Calibrated, CalibrationError> {
    let HeldOut {
        malicious,
        stands_for,
        ..
    } = *known;
    let calibration = Calibration::fit(margins, malicious, stands_for, sheet.malicious_share)?;
    let scores: Vec<f64> = margins
        .iter()
        .map(|margin| calibration.probability(*margin))
        .collect();
    let (benign, times): (Vec<f64>, Vec<f64>) = (0..scores.len())
        .filter(|at| !malicious[*at])
        .map(|at| (scores[at], known.stands_for(at)))
        .unzip();
    let nominal = FPRS
        .into_iter()
        .map(|fpr| Nominal {
            fpr,
            threshold: nominal_threshold(&benign, &times, fpr),
        })
        .collect();
    Ok(Calibrated {
        calibration,
        operating: choose_thresholds(&scores, known, sheet),
        nominal,
    })
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use ringtrue_core::{Digest, RowBlock};
    use ringtrue_model::{TokenSource, Tokens};

    use super::*;

    struct NoTokens;

    impl TokenSource for NoTokens {
        fn tokens(&self, _: usize, tokens: &mut Vec<u32>) {
            tokens.clear();
        }
    }

    #[test]
    fn what_was_made_of_examples_is_trained_on_where_they_are() {
        let schema = SignalSchema {
            code: String::new(),
            signals: Vec::new(),
        };
        let recipe = Recipe {
            schema: &schema,
            sheet: &CostSheet::default(),
            prices: &[],
            stands_for: &[],
            sources: &[],
            made: &[(0, 6), (2, 7), (2, 8)],
            parameters: &TrainParameters::default(),
        };
        assert_eq!(recipe.with_made(&[0, 1, 2, 3]), [0, 6, 1, 2, 7, 8, 3]);
        assert_eq!(recipe.with_made(&[1, 2]), [1, 2, 7, 8]);
        assert!(recipe.with_made(&[]).is_empty());
    }

    #[test]
    fn a_rung_that_some_fold_lacks_is_not_compared() {
        let mut rows = RowBlock::new(Digest::of(b""), 1);
        rows.extend_missing(6);
        let tokens = Tokens::new(&NoTokens, 6, 4, 0);
        let examples = Examples {
            rows: &rows,
            tokens: &tokens,
            malicious: &[true, false, true, false, true, false],
            weight: &[1.0; 6],
            entity: &[0, 1, 2, 3, 4, 5],
        };
        let plan = Plan {
            train: (0..6).collect(),
            ..Plan::default()
        };
        let mut progress = |_: &str, _: u64, _: u64| ControlFlow::Continue(());
        let mut run = Run {
            seed: 1,
            threads: 1,
            progress: &mut progress,
        };
        // Without the examples 4 and 5 there is no best signal.
        let models = |members: &[u32], _: &mut Run<'_>| {
            let mut rungs = vec![(Rung::AlwaysBenign, Model::default())];
            if members.contains(&4) {
                rungs.push((Rung::BestSignal, Model::default()));
            }
            Ok(rungs)
        };
        let fitted = fit(&examples, &plan, &[0, 0, 1, 1, 2, 2], &mut run, models).expect("trains");
        let rungs: Vec<Rung> = fitted.iter().map(|(_, it)| it.rung).collect();
        assert_eq!(rungs, [Rung::AlwaysBenign]);
        assert_eq!(fitted[0].1.scores.len(), 6);
    }
}
