//! Trains the forest through LightGBM and reads it back as our own type.

use ringtrue_core::SignalSchema;
use ringtrue_core::signal::{Monotone, SignalDeclaration, SignalType};
use ringtrue_lightgbm::{Booster, Dataset, LightGbmError, Parameters};
use serde::{Deserialize, Serialize};

use super::ladder::{Run, TrainError};
use super::weights::weights;
use crate::examples::Examples;
use crate::forest::Forest;

/// How the forest is trained.
///
/// Chosen on time-ordered folds inside the training period of the PhishTank data: shallow trees on
/// few bins with a strong pull to 0 carry further into the future than large ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForestParameters {
    /// Themes whose signals the forest may weigh; none for all.
    pub themes: Vec<String>,
    /// Signals that the forest may not weigh, by name, whatever their theme.
    pub left_out: Vec<String>,
    /// Trees.
    pub trees: u32,
    /// Leaves of a tree.
    pub leaves: u32,
    /// Share of each tree's correction that is kept.
    pub rate: f64,
    /// Examples that a leaf must hold.
    pub leaf_examples_min: u32,
    /// Pull of leaf values to 0 by their square.
    pub decay: f64,
    /// Share of the signals that each tree sees.
    pub signal_share: f64,
    /// Share of the examples that each tree sees.
    pub example_share: f64,
    /// Bins that a signal's values are put in.
    pub bins: u32,
    /// See [`weights`].
    pub entity_damping: f64,
    /// See [`weights`].
    pub benign_balance: f64,
}

impl Default for ForestParameters {
    fn default() -> Self {
        Self {
            themes: Vec::new(),
            left_out: Vec::new(),
            trees: 200,
            leaves: 31,
            rate: 0.1,
            leaf_examples_min: 40,
            decay: 5.0,
            signal_share: 0.5,
            example_share: 0.8,
            bins: 127,
            entity_damping: 0.0,
            benign_balance: 0.6,
        }
    }
}

impl ForestParameters {
    /// Returns whether the forest may weigh a signal.
    fn weighs(&self, signal: &SignalDeclaration) -> bool {
        let is_of_theme = self.themes.is_empty() || self.themes.contains(&signal.theme);
        is_of_theme && !self.left_out.contains(&signal.name)
    }
}

/// Trains on the examples at `members`; `progress` is told of every tree and may stop the run.
///
/// # Errors
///
/// [`TrainError::Stopped`] if `progress` says so, [`TrainError::LightGbm`] if LightGBM fails.
pub fn fit_forest(
    schema: &SignalSchema,
    examples: &Examples<'_>,
    members: &[u32],
    parameters: &ForestParameters,
    run: &mut Run<'_>,
) -> Result<Forest, TrainError> {
    let settings = settings(schema, parameters, run);
    let dataset = dataset(schema, examples, members, parameters, &settings)?;
    let mut stopped = false;
    let trained = Booster::train(&dataset, &settings, &mut |done, of| {
        let flow = run.tell("forest", u64::from(done), u64::from(of));
        stopped |= flow.is_break();
        flow
    });
    if stopped {
        return Err(TrainError::Stopped);
    }
    Forest::from_lightgbm(&trained?.model_text()).map_err(TrainError::Forest)
}

fn settings(schema: &SignalSchema, parameters: &ForestParameters, run: &Run<'_>) -> Parameters {
    let monotone_constraints: Vec<i8> = schema
        .signals
        .iter()
        .map(|signal| match signal.monotone {
            Monotone::Free => 0,
            Monotone::Raises => 1,
            Monotone::Lowers => -1,
        })
        .collect();
    let is_free = monotone_constraints.iter().all(|sign| *sign == 0);
    Parameters {
        iterations: parameters.trees,
        num_leaves: parameters.leaves,
        learning_rate: parameters.rate,
        min_data_in_leaf: parameters.leaf_examples_min,
        lambda_l2: parameters.decay,
        feature_fraction: parameters.signal_share,
        bagging_fraction: parameters.example_share,
        bagging_freq: u32::from(parameters.example_share < 1.0),
        max_bin: parameters.bins,
        monotone_constraints: if is_free {
            Vec::new()
        } else {
            monotone_constraints
        },
        seed: u32::try_from(run.seed & 0x7fff_ffff).unwrap_or(1),
        threads: run.threads,
        ..Parameters::default()
    }
}

fn dataset(
    schema: &SignalSchema,
    examples: &Examples<'_>,
    members: &[u32],
    parameters: &ForestParameters,
    settings: &Parameters,
) -> Result<Dataset, LightGbmError> {
    let categories: Vec<usize> = (0..schema.signals.len())
        .filter(|column| schema.signals[*column].signal_type == SignalType::Category)
        .collect();
    let width = examples.rows.width();
    let mut values = Vec::with_capacity(members.len() * width);
    let is_weighed: Vec<bool> = schema
        .signals
        .iter()
        .map(|signal| parameters.weighs(signal))
        .collect();
    for member in members {
        let start = *member as usize * width;
        let row = &examples.rows.singles()[start..start + width];
        let weighed = row.iter().zip(&is_weighed);
        // A signal that is missing everywhere splits nothing.
        values
            .extend(weighed.map(|(value, is_weighed)| if *is_weighed { *value } else { f32::NAN }));
    }
    let mut dataset = Dataset::from_rows(&values, members.len(), width, settings, &categories)?;
    drop(values);
    let labels: Vec<f32> = members
        .iter()
        .map(|member| f32::from(u8::from(examples.malicious[*member as usize])))
        .collect();
    dataset.set_label(&labels)?;
    dataset.set_weight(&weights(
        examples,
        members,
        parameters.entity_damping,
        parameters.benign_balance,
    ))?;
    Ok(dataset)
}
