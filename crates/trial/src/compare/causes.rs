//! Why verdicts flipped: each flip is attributed to a family, source or month whose share of the training set changed
//! and that most of its nearest training rows are of; flips of one cause are told together.
//!
//! A share that changed near a flip is a lead, not a proof: the rows of a family that came may be the ones that taught
//! the change, or may have come along with them.

use std::collections::BTreeMap;

use super::data::{TrainingEvent, share_changes};
use super::pairs::Dimension;
use super::report::{Attribution, FlipCause, FlipKind, ShareChange};

/// Training rows that are looked at near a flip.
pub const NEAREST: usize = 20;
/// The part of the nearest rows that must be of what changed.
const NEAR_SHARE_MIN: f64 = 0.5;
/// By how many times a share must have changed to be a change.
const RATIO_MIN: f64 = 1.25;
/// The least that a share must have changed by.
const CHANGE_MIN: f64 = 0.002;

/// The shares of a training set that changed.
#[derive(Clone, Debug, Default)]
pub struct ChangedShares {
    by_name: BTreeMap<(&'static str, String), ShareChange>,
}

impl ChangedShares {
    /// Finds those of two training sets.
    #[must_use]
    pub fn of(old: &[TrainingEvent], new: &[TrainingEvent]) -> Self {
        let mut by_name = BTreeMap::new();
        for dimension in [Dimension::Family, Dimension::Source, Dimension::Month] {
            for change in share_changes(old, new, dimension) {
                if is_change(&change) {
                    by_name.insert((dimension.word(), change.name.clone()), change);
                }
            }
        }
        Self { by_name }
    }

    /// Attributes a flip by its nearest training rows: of the shares that changed and that most of them are of, the one
    /// that changed by the most times.
    #[must_use]
    pub fn attribute(&self, nearest: &[&TrainingEvent]) -> Attribution {
        let mut near: BTreeMap<(&'static str, String), u32> = BTreeMap::new();
        for event in nearest {
            for dimension in [Dimension::Family, Dimension::Source, Dimension::Month] {
                if let Some(name) = event.name(dimension) {
                    *near.entry((dimension.word(), name)).or_default() += 1;
                }
            }
        }
        let enough = NEAR_SHARE_MIN * nearest.len().max(1) as f64;
        let candidates = near
            .into_iter()
            .filter(|(_, count)| f64::from(*count) >= enough);
        let changed = candidates.filter_map(|(key, _)| self.by_name.get_key_value(&key));
        let most = changed.max_by(|(left_name, left), (right_name, right)| {
            times(left)
                .total_cmp(&times(right))
                .then_with(|| right_name.cmp(left_name))
        });
        most.map_or(Attribution::Unattributed, |((dimension, name), change)| {
            Attribution::Share {
                dimension: (*dimension).to_owned(),
                name: name.clone(),
                old: change.old,
                new: change.new,
            }
        })
    }
}

fn is_change(change: &ShareChange) -> bool {
    (change.new - change.old).abs() >= CHANGE_MIN && times(change) >= RATIO_MIN.ln()
}

/// Returns the logarithm of how many times the share changed, up or down; a share that came or went counts as a change
/// from or to a millionth.
fn times(change: &ShareChange) -> f64 {
    (change.new.max(1e-6) / change.old.max(1e-6)).ln().abs()
}

/// A flip with what it is attributed to.
#[derive(Clone, Debug)]
pub struct Attributed {
    /// What became of the event.
    pub kind: FlipKind,
    /// What changed near it.
    pub attribution: Attribution,
    /// What it looks like, as its reader may see it.
    pub shown: String,
}

/// Groups flips by kind and attribution, the largest group first; returns the groups and the number of each flip's.
#[must_use]
pub fn causes(flips: &[Attributed]) -> (Vec<FlipCause>, Vec<usize>) {
    let mut found: Vec<FlipCause> = Vec::new();
    let mut numbers = Vec::with_capacity(flips.len());
    for flip in flips {
        let same =
            |cause: &FlipCause| cause.kind == flip.kind && cause.attribution == flip.attribution;
        let number = found.iter().position(same).unwrap_or(found.len());
        match found.get_mut(number) {
            Some(cause) => cause.flips += 1,
            None => found.push(FlipCause {
                kind: flip.kind,
                attribution: flip.attribution.clone(),
                flips: 1,
                example: flip.shown.clone(),
            }),
        }
        numbers.push(number);
    }
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(found.get(*at).map_or(0, |cause| cause.flips)));
    let mut places = vec![0; found.len()];
    for (place, at) in order.iter().enumerate() {
        if let Some(slot) = places.get_mut(*at) {
            *slot = place;
        }
    }
    let sorted = order
        .iter()
        .filter_map(|at| found.get(*at).cloned())
        .collect();
    let numbers = numbers
        .iter()
        .filter_map(|at| places.get(*at).copied())
        .collect();
    (sorted, numbers)
}
