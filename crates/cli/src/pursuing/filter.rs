//! A filter: taught by past events as a policy takes them, asked what it would do with new ones.

use std::ops::ControlFlow;
use std::sync::Arc;

use ringtrue_core::split::{SplitParameters, TimedLabel, keep_families, time_split};
use ringtrue_core::verdict::Score;
use ringtrue_core::{Action, CostSheet, Event, EventTime, Label, Task};
use ringtrue_intake::SignalReader;
use ringtrue_model::train::{Run, TrainParameters};
use ringtrue_model::{Examples, Rung, margins};
use ringtrue_trial::{LearnedRung, Plan, Recipe, learn_rung};
use ringtrue_vet::Sampled;

use super::past::PastEvent;
use super::policy::{Policy, Taken};
use crate::failure::{Failure, OrFail, Outcome};
use crate::journey::parameters;
use crate::prepared::{self, Prepared};

/// What filters are taught by, beside events.
pub(super) struct School<'a> {
    pub(super) task: &'a Task,
    pub(super) sheet: &'a CostSheet,
    pub(super) seed: u64,
    /// Cycles that are learned from, the latest ones.
    pub(super) window: u32,
    /// Malicious events of a family that stay, where a policy keeps old families.
    pub(super) floor: usize,
}

/// A detector in front of the traffic.
pub(super) struct Filter {
    rung: LearnedRung,
    reader: Arc<SignalReader>,
    parameters: TrainParameters,
}

impl School<'_> {
    /// Teaches a filter by what a policy knows of the past at `now`, the start of cycle `cycle`.
    pub(super) fn teach(
        &self,
        policy: Policy,
        past: &[PastEvent],
        (cycle, now): (u32, EventTime),
    ) -> Outcome<Filter> {
        let known: Vec<(&PastEvent, Taken)> = past
            .iter()
            .filter_map(|it| Some((it, policy.takes(it, now)?)))
            .collect();
        let members: Vec<u32> = (0_u32..).take(known.len()).collect();
        let is_older = |at: &u32| known[*at as usize].0.cycle + self.window < cycle;
        let (older, recent): (Vec<u32>, Vec<u32>) = members.into_iter().partition(is_older);
        let mut learned = Vec::new();
        if policy.keeps_families() {
            let family = |at: u32| {
                let (it, taken) = &known[at as usize];
                it.family().filter(|_| taken.malicious)
            };
            learned = keep_families(family, &recent, &older, self.floor);
        }
        learned.extend(recent);
        let learned: Vec<(&PastEvent, Taken)> =
            learned.into_iter().map(|at| known[at as usize]).collect();
        self.learn(&learned, now)
    }

    /// Learns as `run` does where events are many: the latest of each class calibrate.
    fn learn(&self, learned: &[(&PastEvent, Taken)], now: EventTime) -> Outcome<Filter> {
        let mut events: Vec<Sampled> = (0..)
            .zip(learned)
            .map(|(row, (it, _))| Sampled {
                event: it.event.clone(),
                row,
            })
            .collect();
        let reader = prepared::reader(&mut events, self.task)?;
        let prepared = Prepared::of(&events, &reader);
        let parameters = parameters(self.task.kind).for_probe();
        let malicious: Vec<bool> = learned.iter().map(|(_, taken)| taken.malicious).collect();
        let stands_for: Vec<f64> = learned.iter().map(|(_, taken)| taken.stands_for).collect();
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
        let plan = plan(learned, now)?;
        let mut run = Run {
            seed: self.seed,
            threads: 1,
            progress: &mut |_, _, _| ControlFlow::Continue(()),
        };
        let rung = learn_rung(Rung::Both, &recipe, &examples, &plan, &mut run)
            .or_fail(|| "no detector could be trained in the loop".to_owned())?;
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
fn plan(learned: &[(&PastEvent, Taken)], now: EventTime) -> Outcome<Plan> {
    let mut labels: Vec<TimedLabel> = learned
        .iter()
        .map(|(it, taken)| TimedLabel {
            time: it.event.time.unwrap_or(now),
            // What is learned from is known by now.
            label_known: it.event.time.unwrap_or(now),
            label: if taken.malicious {
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
    pub(super) fn would(&self, events: Vec<Event>) -> Vec<Action> {
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
