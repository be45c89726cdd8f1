//! The ladder: every rung trained on the same examples, from "always benign" to forest and text.
//!
//! The parts are trained once and shared: the top rung adds the linear margin to the forest's.

use std::ops::ControlFlow;

use ringtrue_core::SignalSchema;
use ringtrue_lightgbm::LightGbmError;
use serde::{Deserialize, Serialize};

use super::forest::{ForestParameters, fit_forest};
use super::linear::{LinearParameters, fit_linear};
use super::single::best_signal;
use crate::examples::Examples;
use crate::forest::{Forest, ForestError};
use crate::linear::View;
use crate::model::{Model, Rung};
use crate::single::SingleSignal;
use crate::text::TextModels;

/// Everything that decides what is trained, beside the examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainParameters {
    /// Bits of a token bucket's number.
    pub bits: u32,
    /// The views for which a linear model is trained; none for no text model.
    pub views: Vec<View>,
    /// Whether text alone is a rung. Where an attacker puts harmless text before what harms, it is no model to choose.
    pub text_alone: bool,
    /// How a linear model is trained.
    pub linear: LinearParameters,
    /// How the forest is trained.
    pub forest: ForestParameters,
    /// What the sum of linear margins counts for beside the forest's.
    pub linear_weight: f64,
}

impl Default for TrainParameters {
    fn default() -> Self {
        Self {
            bits: 20,
            text_alone: true,
            views: View::ALL.to_vec(),
            linear: LinearParameters::default(),
            forest: ForestParameters::default(),
            linear_weight: 0.75,
        }
    }
}

impl TrainParameters {
    /// Returns how a probe is trained: with a forest that is smaller than a detector's, for figures that are meant to be compared with each other.
    #[must_use]
    pub fn for_probe(&self) -> Self {
        Self {
            forest: ForestParameters {
                trees: 60,
                leaves: 15,
                rate: 0.15,
                leaf_examples_min: 10,
                ..self.forest.clone()
            },
            ..self.clone()
        }
    }

    /// Returns the rung that looks at all of an event.
    #[must_use]
    pub const fn whole_rung(&self) -> Rung {
        if self.views.is_empty() {
            Rung::Forest
        } else {
            Rung::Both
        }
    }
}

/// What a training run is given from outside: seed, threads, and whom to tell of its progress.
pub struct Run<'a> {
    /// Decides every random choice.
    pub seed: u64,
    /// Threads to use; the result does not depend on them.
    pub threads: u32,
    /// Called with the step's name, what is done and of how much; may stop the run.
    pub progress: &'a mut dyn FnMut(&str, u64, u64) -> ControlFlow<()>,
}

impl Run<'_> {
    pub(super) fn tell(&mut self, step: &str, done: u64, of: u64) -> ControlFlow<()> {
        (self.progress)(step, done, of)
    }

    fn step(&mut self, step: &str, done: u64) -> Result<(), TrainError> {
        match self.tell(step, done, 1) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(TrainError::Stopped),
        }
    }
}

/// Training did not end in a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// One class has no example.
    #[error("training needs examples of both classes: {malicious} malicious, {benign} benign")]
    OneClass {
        /// Malicious examples.
        malicious: usize,
        /// Benign examples.
        benign: usize,
    },
    /// The progress callback ended it.
    #[error("training was stopped")]
    Stopped,
    /// LightGBM failed.
    #[error("the forest could not be trained")]
    LightGbm(#[from] LightGbmError),
    /// LightGBM's model could not be read back.
    #[error("the trained forest could not be read back")]
    Forest(#[source] ForestError),
}

/// The trained parts of every rung.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    /// The best single signal; `None` if no signal separates anything.
    pub single: Option<SingleSignal>,
    /// The linear text models, one per view.
    pub text: TextModels,
    /// The forest of signals; `None` if there is no signal.
    pub forest: Option<Forest>,
    /// What the sum of linear margins counts for beside the forest's.
    pub linear_weight: f64,
}

impl Ladder {
    /// Returns the model of one rung.
    #[must_use]
    pub fn model(&self, rung: Rung) -> Model {
        let text = self.text.clone();
        match rung {
            Rung::AlwaysBenign => Model::default(),
            Rung::BestSignal => Model {
                single: self.single.clone(),
                ..Model::default()
            },
            Rung::Linear => Model {
                text,
                linear_weight: 1.0,
                ..Model::default()
            },
            Rung::Forest => Model {
                forest: self.forest.clone(),
                ..Model::default()
            },
            Rung::Both => Model {
                text,
                forest: self.forest.clone(),
                linear_weight: self.linear_weight,
                single: None,
            },
        }
    }
}

/// Trains the parts of every rung on the examples at `members`, which are in time order.
///
/// # Errors
///
/// [`TrainError::OneClass`] if a class has no example, [`TrainError::Stopped`] if the progress callback
/// says so, and LightGBM's own.
pub fn fit_ladder(
    schema: &SignalSchema,
    examples: &Examples<'_>,
    members: &[u32],
    parameters: &TrainParameters,
    run: &mut Run<'_>,
) -> Result<Ladder, TrainError> {
    fit_parts(&Rung::ALL, schema, examples, members, parameters, run)
}

/// Trains one rung as [`fit_ladder`] does.
///
/// # Errors
///
/// Those of [`fit_ladder`].
pub fn fit_rung(
    rung: Rung,
    schema: &SignalSchema,
    examples: &Examples<'_>,
    members: &[u32],
    parameters: &TrainParameters,
    run: &mut Run<'_>,
) -> Result<Model, TrainError> {
    let ladder = fit_parts(&[rung], schema, examples, members, parameters, run)?;
    Ok(ladder.model(rung))
}

/// Trains the parts that some rungs are made of.
fn fit_parts(
    rungs: &[Rung],
    schema: &SignalSchema,
    examples: &Examples<'_>,
    members: &[u32],
    parameters: &TrainParameters,
    run: &mut Run<'_>,
) -> Result<Ladder, TrainError> {
    let malicious = members
        .iter()
        .filter(|member| examples.malicious[**member as usize])
        .count();
    let benign = members.len() - malicious;
    if malicious == 0 || benign == 0 {
        return Err(TrainError::OneClass { malicious, benign });
    }
    let needs = |parts: &[Rung]| parts.iter().any(|rung| rungs.contains(rung));
    let mut ladder = Ladder {
        single: None,
        text: TextModels::default(),
        forest: None,
        linear_weight: parameters.linear_weight,
    };
    if needs(&[Rung::BestSignal]) {
        run.step("best signal", 0)?;
        ladder.single = best_signal(schema, examples, members);
    }
    if needs(&[Rung::Linear, Rung::Both]) {
        let mut models = Vec::new();
        for view in &parameters.views {
            run.step(&format!("text ({})", view.word()), 0)?;
            models.push(fit_linear(*view, examples, members, &parameters.linear));
        }
        ladder.text = TextModels::new(models).unwrap_or_default();
    }
    if needs(&[Rung::Forest, Rung::Both]) && examples.rows.width() > 0 {
        let forest = fit_forest(schema, examples, members, &parameters.forest, run)?;
        ladder.forest = Some(forest);
    }
    Ok(ladder)
}
