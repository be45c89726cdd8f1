//! What would have to change for the verdict to flip: a few signals of one event, found greedily.
//!
//! The answer is a set of changes that flips the verdict, not the cheapest one; and signals are moved one by one, as if
//! nothing else moved with them. It is meant to make a verdict understood.

use ringtrue_core::{Action, Row};
use serde::Serialize;

use crate::detector::Detector;

/// One signal that is changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Its column.
    #[serde(skip)]
    pub signal: usize,
    /// Its name.
    pub name: String,
    /// Its value in the event; `None` if it is missing.
    pub from: Option<f64>,
    /// The value that it would have to take.
    pub to: f64,
}

/// Changes that flip a verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flip {
    /// What is changed, in the order in which it was found.
    pub changes: Vec<Change>,
    /// The action that it comes to.
    pub action: Action,
    /// The score that it comes to.
    pub score: f64,
}

/// Signals that may be changed.
const CHANGES_MAX: usize = 4;
/// Values of one signal that are tried; more thresholds are thinned out evenly.
const VALUES_MAX: usize = 48;

impl Detector {
    /// Returns changes of a few signals that turn an allowed event into a flagged one, or a flagged one into an
    /// allowed one; `None` if none were found, or if no forest and no single signal decides.
    #[must_use]
    pub fn flip(&self, row: Row<'_>, buckets: &[u32]) -> Option<Flip> {
        let mut values: Vec<f64> = (0..row.len()).map(|signal| row.get(signal)).collect();
        let before = values.clone();
        let was_allowed = self.score(row, buckets).action == Action::Allow;
        let mut changes: Vec<usize> = Vec::new();
        for _ in 0..CHANGES_MAX {
            let (signal, value) = self.best_step(&mut values, buckets, was_allowed)?;
            *values.get_mut(signal)? = value;
            if !changes.contains(&signal) {
                changes.push(signal);
            }
            let scored = self.score(Row::Double(&values), buckets);
            if (scored.action == Action::Allow) != was_allowed {
                let change = |signal: usize| self.change(signal, &before, &values);
                return Some(Flip {
                    changes: changes.into_iter().filter_map(change).collect(),
                    action: scored.action,
                    score: scored.score.probability(),
                });
            }
        }
        None
    }

    fn change(&self, signal: usize, before: &[f64], after: &[f64]) -> Option<Change> {
        Some(Change {
            signal,
            name: self.schema.signals.get(signal)?.name.clone(),
            from: before.get(signal).copied().filter(|value| !value.is_nan()),
            to: *after.get(signal)?,
        })
    }

    /// Returns the one change that moves the margin furthest; `None` if none moves it the right way.
    fn best_step(&self, values: &mut [f64], buckets: &[u32], up: bool) -> Option<(usize, f64)> {
        let direction = if up { 1.0 } else { -1.0 };
        let start = direction * self.model.margin(Row::Double(values), buckets);
        let mut best = (start, None);
        for signal in 0..values.len() {
            let kept = values.get(signal).copied()?;
            for value in self.candidates(signal) {
                *values.get_mut(signal)? = value;
                let margin = direction * self.model.margin(Row::Double(values), buckets);
                if margin > best.0 {
                    best = (margin, Some((signal, value)));
                }
            }
            *values.get_mut(signal)? = kept;
        }
        best.1
    }

    /// Returns values on either side of a signal's thresholds, as far as the scope covers them.
    fn candidates(&self, signal: usize) -> Vec<f64> {
        let thresholds = match (&self.model.forest, &self.model.single) {
            (Some(forest), _) => forest.thresholds(signal),
            (None, Some(single)) if single.column == signal => self.ends(signal),
            _ => Vec::new(),
        };
        let is_whole = self
            .schema
            .signals
            .get(signal)
            .is_some_and(|signal| signal.attacker.step >= 1.0);
        let step = thresholds.len().div_ceil(VALUES_MAX).max(1);
        let sides = thresholds.into_iter().step_by(step).flat_map(|threshold| {
            if is_whole {
                [threshold.floor(), threshold.floor() + 1.0]
            } else {
                [threshold, threshold.next_up()]
            }
        });
        sides
            .filter(|value| value.is_finite() && self.reaches(signal, *value))
            .collect()
    }

    fn reaches(&self, signal: usize, value: f64) -> bool {
        let scope = self.scope.as_ref();
        scope.is_none_or(|scope| {
            let range = scope.ranges.get(signal);
            range.is_some_and(|range| range.covers(value))
        })
    }

    /// Returns the ends of a signal's range in training.
    fn ends(&self, signal: usize) -> Vec<f64> {
        let scope = self.scope.as_ref();
        let range = scope.and_then(|scope| scope.ranges.get(signal));
        range.map_or_else(Vec::new, |range| {
            range.low.into_iter().chain(range.high).collect()
        })
    }
}
