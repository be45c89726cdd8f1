//! Learning on the corpus: the ladder, and one rung again from a later moment.

use std::ops::ControlFlow;

use ringtrue_core::cost::Prices;
use ringtrue_core::{CostSheet, Kind, SignalSchema};
use ringtrue_model::train::{self, ForestParameters, LinearParameters, TrainParameters};
use ringtrue_model::{Examples, Rung, Tokens, View};
use ringtrue_trial::{LearnError, Learned, LearnedRung, Plan, Recipe, learn, learn_rung};

use crate::args::Run;
use crate::corpus::Corpus;
use crate::failure::{Failure, Outcome};
use crate::hardening::Applied;
use crate::progress::Bar;

/// Token memory up to which tokens are remembered rather than recomputed.
const TOKEN_BYTES_MAX: usize = 2 << 30;

/// How a run's detectors are trained.
pub(crate) struct Trainer<'a> {
    schema: &'a SignalSchema,
    sheet: &'a CostSheet,
    prices: &'a [Prices],
    stands_for: &'a [f64],
    sources: &'a [u32],
    made: &'a [(u32, u32)],
    parameters: TrainParameters,
    seed: u64,
    threads: u32,
}

impl<'a> Trainer<'a> {
    /// Makes the trainer that a run's arguments ask for, of a corpus's events.
    pub(crate) fn new(
        arguments: &Run,
        kind: Kind,
        sheet: &'a CostSheet,
        corpus: &'a Corpus<'_>,
    ) -> Self {
        let mut parameters = parameters(kind);
        if arguments.without.iter().any(|theme| theme == "text") {
            parameters.views.clear();
        }
        Self {
            schema: corpus.reader.schema(),
            sheet,
            prices: &corpus.prices,
            stands_for: &corpus.stands_for,
            // Attack tools come and go, and each collection of commands holds a few: the next attack is of none of them.
            sources: if kind.has_actor() {
                &corpus.source
            } else {
                &[]
            },
            made: &[],
            parameters,
            seed: arguments.seed,
            threads: arguments.threads.unwrap_or_else(all_threads),
        }
    }

    /// Trains as a hardening says, if there is one.
    pub(crate) fn hardened(mut self, hardening: Option<&'a Applied>) -> Self {
        let Some(hardening) = hardening else {
            return self;
        };
        self.schema = &hardening.schema;
        self.made = &hardening.made;
        self.parameters
            .forest
            .left_out
            .clone_from(&hardening.left_out);
        self
    }

    /// Returns the tokens of a corpus, as the text models read them.
    pub(crate) fn tokens<'b>(&self, corpus: &'b Corpus<'_>) -> Tokens<'b> {
        Tokens::new(corpus, corpus.len(), self.parameters.bits, TOKEN_BYTES_MAX)
    }

    /// Trains, calibrates and compares every rung.
    pub(crate) fn ladder(&self, examples: &Examples<'_>, plan: &Plan) -> Outcome<Learned> {
        let bar = Bar::new("training", u64::from(self.parameters.forest.trees));
        self.with_run(&bar, |run| learn(&self.recipe(), examples, plan, run))
            .map_err(|error| {
                Failure::cannot_tell("no detector could be trained")
                    .because(&error)
                    .hint("give more labelled events of both classes")
            })
    }

    /// Trains and calibrates one rung.
    pub(crate) fn rung(
        &self,
        rung: Rung,
        examples: &Examples<'_>,
        plan: &Plan,
    ) -> Result<LearnedRung, LearnError> {
        let bar = Bar::new("training again", u64::from(self.parameters.forest.trees));
        self.with_run(&bar, |run| {
            learn_rung(rung, &self.recipe(), examples, plan, run)
        })
    }

    fn recipe(&self) -> Recipe<'_> {
        Recipe {
            schema: self.schema,
            sheet: self.sheet,
            prices: self.prices,
            stands_for: self.stands_for,
            sources: self.sources,
            made: self.made,
            parameters: &self.parameters,
        }
    }

    fn with_run<T>(&self, bar: &Bar, learn: impl FnOnce(&mut train::Run<'_>) -> T) -> T {
        let mut progress = |step: &str, done: u64, _: u64| {
            if step == "forest" {
                bar.at(done);
            }
            ControlFlow::Continue(())
        };
        learn(&mut train::Run {
            seed: self.seed,
            threads: self.threads,
            progress: &mut progress,
        })
    }
}

/// Returns how detectors of a kind are trained.
pub(crate) fn parameters(kind: Kind) -> TrainParameters {
    match kind {
        // A byte for each weight, so that they take half the memory: URLs are judged as well, and faster. Commands were
        // judged worse.
        Kind::Url => TrainParameters {
            linear: LinearParameters {
                steps_max: 127,
                ..LinearParameters::default()
            },
            ..TrainParameters::default()
        },
        // Chosen on time-ordered windows in the older half of the corpus of SpamAssassin.
        Kind::Email => TrainParameters {
            linear: LinearParameters {
                epochs: 6,
                ..LinearParameters::default()
            },
            linear_weight: 2.0,
            ..TrainParameters::default()
        },
        // What single signals weigh follows the sources that were trained on and says nothing of others (measured on `cmd_lines`
        // with one malicious source left out): the forest weighs what experts know, and text counts a little beside it.
        Kind::Command | Kind::Session => TrainParameters {
            forest: ForestParameters {
                themes: ["suspicion", "habit", "rhythm"].map(str::to_owned).into(),
                signal_share: 1.0,
                ..ForestParameters::default()
            },
            linear_weight: 0.1,
            text_alone: false,
            ..TrainParameters::default()
        },
        // A table's tokens have no sides, and its columns say in the forest what they say as tokens.
        Kind::Table => TrainParameters {
            views: vec![View::Whole],
            linear_weight: 0.25,
            ..TrainParameters::default()
        },
    }
}

/// Returns the corpus as training reads it.
pub(crate) fn examples<'a>(corpus: &'a Corpus<'_>, tokens: &'a Tokens<'a>) -> Examples<'a> {
    Examples {
        rows: &corpus.rows,
        tokens,
        malicious: &corpus.malicious,
        weight: &corpus.weight,
        entity: &corpus.entity,
    }
}

pub(crate) fn all_threads() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(1))
}
