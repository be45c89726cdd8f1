//! Filters as small as vetting's probes, taught by labelled events and asked what they would do with others: what loops and replays train by the hundred.

use std::ops::ControlFlow;
use std::sync::Arc;

use ringtrue_core::split::{SplitParameters, TimedLabel, time_split};
use ringtrue_core::verdict::Score;
use ringtrue_core::{Action, CostSheet, Event, EventTime, Label, Task};
use ringtrue_intake::SignalReader;
use ringtrue_model::train::{Run, TrainParameters};
use ringtrue_model::{Examples, margins};
use ringtrue_trial::{LearnedRung, Plan, Recipe, learn_rung};
use ringtrue_vet::Sampled;

use crate::failure::{Failure, OrFail, Outcome};
use crate::journey::parameters;
use crate::prepared::{self, Prepared};

/// What filters are taught by, beside events.
#[derive(Clone, Copy)]
pub(crate) struct Teacher<'a> {
    pub(crate) task: &'a Task,
    pub(crate) sheet: &'a CostSheet,
    pub(crate) seed: u64,
}

/// An event that is learned from.
#[derive(Clone, Copy)]
pub(crate) struct Lesson<'a> {
    pub(crate) event: &'a Event,
    pub(crate) malicious: bool,
    /// How many events it stands for.
    pub(crate) stands_for: f64,
}

/// A detector in front of the traffic.
pub(crate) struct Filter {
    rung: LearnedRung,
    reader: Arc<SignalReader>,
    parameters: TrainParameters,
}

impl Teacher<'_> {
    /// Teaches a filter by what is known at `now`, as `run` does where events are many: the latest of each class calibrate.
    pub(crate) fn teach(&self, lessons: &[Lesson<'_>], now: EventTime) -> Outcome<Filter> {
        let mut events: Vec<Sampled> = (0..)
            .zip(lessons)
            .map(|(row, it)| Sampled {
                event: it.event.clone(),
                row,
            })
            .collect();
        let reader = prepared::reader(&mut events, self.task)?;
        let prepared = Prepared::of(&events, &reader);
        let parameters = parameters(self.task.kind).for_probe();
        let malicious: Vec<bool> = lessons.iter().map(|it| it.malicious).collect();
        let stands_for: Vec<f64> = lessons.iter().map(|it| it.stands_for).collect();
        let tokens = prepared.tokens(parameters.bits);
        let examples = Examples {
            rows: &prepared.rows,
            tokens: &tokens,
            malicious: &malicious,
            weight: &as_weights(&stands_for),
            entity: &prepared.entity,
        };
        let recipe = Recipe {
            schema: reader.schema(),
            sheet: self.sheet,
            prices: &[],
            stands_for: &stands_for,
            sources: &[],
            made: &[],
            parameters: &parameters,
        };
        let plan = plan(lessons, now)?;
        let mut run = Run {
            seed: self.seed,
            threads: 1,
            progress: &mut |_, _, _| ControlFlow::Continue(()),
        };
        let rung = learn_rung(parameters.whole_rung(), &recipe, &examples, &plan, &mut run)
            .or_fail(|| "no detector could be trained".to_owned())?;
        Ok(Filter {
            rung,
            reader: Arc::new(reader),
            parameters,
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "weights need no more than f32"
)]
fn as_weights(stands_for: &[f64]) -> Vec<f32> {
    stands_for.iter().map(|times| *times as f32).collect()
}

/// Says which of the events train and which calibrate, class by class the latest.
fn plan(lessons: &[Lesson<'_>], now: EventTime) -> Outcome<Plan> {
    let mut labels: Vec<TimedLabel> = lessons
        .iter()
        .map(|it| TimedLabel {
            time: it.event.time.unwrap_or(now),
            // What is learned from is known by now.
            label_known: it.event.time.unwrap_or(now),
            label: if it.malicious {
                Label::Malicious
            } else {
                Label::Benign
            },
        })
        .collect();
    // It stands for what is to come, which a split wants to see.
    labels.push(TimedLabel {
        time: now,
        label_known: now,
        label: Label::Unsure,
    });
    let split = time_split(&labels, now, &SplitParameters::default())
        .map_err(|error| Failure::cannot_tell(error.to_string()))?;
    let positions = |rows: Vec<usize>| -> Vec<u32> {
        let mut rows: Vec<u32> = rows
            .into_iter()
            .filter_map(|row| u32::try_from(row).ok())
            .collect();
        rows.sort_unstable();
        rows
    };
    Ok(Plan {
        train: positions(split.train),
        calibrate: positions(split.calibrate),
        test: Vec::new(),
    })
}

impl Filter {
    /// Returns what it would do with each of some events.
    pub(crate) fn would(&self, events: Vec<Event>) -> Vec<Action> {
        let events: Vec<Sampled> = (0..)
            .zip(events)
            .map(|(row, event)| Sampled { event, row })
            .collect();
        let prepared = Prepared::of(&events, &self.reader);
        let tokens = prepared.tokens(self.parameters.bits);
        let examples = Examples {
            rows: &prepared.rows,
            tokens: &tokens,
            malicious: &vec![false; events.len()],
            weight: &vec![1.0; events.len()],
            entity: &prepared.entity,
        };
        let members: Vec<u32> = (0_u32..).take(events.len()).collect();
        let action = |margin: f64| {
            let score = Score::new(self.rung.calibration.probability(margin));
            // A detector that knows no score blocks nothing.
            score.map_or(Action::Allow, |score| {
                self.rung.operating.thresholds.action(score)
            })
        };
        let margins = margins(&self.rung.model, &examples, &members);
        margins.into_iter().map(action).collect()
    }
}
