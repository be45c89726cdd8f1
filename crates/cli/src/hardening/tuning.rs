//! What measures are tried on: events that are neither trained on nor judged.
//!
//! ```text
//!   plan ──several families or sources of malicious events──► some of them held back whole
//!       └──else──► what the run holds back for calibration, or a fifth of the entities
//! ```
//!
//! Events of families that were trained on are found whatever is done, where classes lie far apart: they tell no measure from another.

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::Label;
use ringtrue_core::split::stratified_group_folds;
use ringtrue_trial::Plan;

use crate::commands::note;
use crate::corpus::{Corpus, NO_NAME};

/// Folds of which one is held out where all events are trained on.
const FOLDS: u32 = 5;
/// Families, or sources, from which on some are held out whole: two must be left to learn from.
const KINDS_MIN: usize = 3;
/// Malicious events on each side of which figures can be made.
const EVENTS_MIN: usize = 30;

/// What is known of each event, by its position.
struct Known<'a> {
    labels: &'a [Label],
    entity: &'a [u32],
    /// The family, or the source.
    kind: &'a [u32],
}

impl Known<'_> {
    fn is_malicious(&self, at: u32) -> bool {
        self.labels.get(at as usize) == Some(&Label::Malicious)
    }

    fn kind(&self, at: u32) -> u32 {
        self.kind.get(at as usize).copied().unwrap_or(NO_NAME)
    }

    fn entity(&self, at: u32) -> u32 {
        self.entity.get(at as usize).copied().unwrap_or(0)
    }
}

/// Returns the plan by which measures are compared: with families of malicious events held back whole where there are several, or
/// sources; else the one of the run where it holds events back for calibration, else four fifths of the training events, with the
/// last fifth of their entities held back.
pub(super) fn tuning(plan: &Plan, corpus: &Corpus<'_>) -> Plan {
    let known = |kind| Known {
        labels: &corpus.labels,
        entity: &corpus.entity,
        kind,
    };
    let usual = usual(plan, &known(&corpus.family));
    for (name, kind) in [("families", &corpus.family), ("sources", &corpus.source)] {
        if let Some(plan) = by_kind(plan, &usual, &known(kind)) {
            note(&format!(
                "measures are compared on {name} of malicious events that none of them was trained on"
            ));
            return plan;
        }
    }
    usual
}

/// Returns the plan that holds no kind back.
fn usual(plan: &Plan, known: &Known<'_>) -> Plan {
    if !plan.calibrate.is_empty() {
        return Plan {
            train: plan.train.clone(),
            calibrate: plan.calibrate.clone(),
            test: Vec::new(),
        };
    }
    let train = plan.train.iter();
    let folds = folds(&plan.train, known, FOLDS, |at| known.entity(at));
    let (held, left): (Vec<_>, Vec<_>) = train.zip(folds).partition(|(_, fold)| *fold == 0);
    let positions = |members: Vec<(&u32, u32)>| members.into_iter().map(|(at, _)| *at).collect();
    Plan {
        train: positions(left),
        calibrate: positions(held),
        test: Vec::new(),
    }
}

fn folds(positions: &[u32], known: &Known<'_>, folds: u32, group: impl Fn(u32) -> u32) -> Vec<u32> {
    let label = |at: &u32| known.labels.get(*at as usize).copied();
    let labels: Vec<Label> = positions.iter().filter_map(label).collect();
    let groups: Vec<u32> = positions.iter().map(|at| group(*at)).collect();
    stratified_group_folds(&groups, &labels, folds)
}

/// Returns the usual plan with about a fifth of the malicious events held back, by kinds; `None` where kinds are too few, or too few
/// events would be left on a side. Events without a kind are one.
fn by_kind(plan: &Plan, usual: &Plan, known: &Known<'_>) -> Option<Plan> {
    let all = plan.train.iter().chain(&plan.calibrate).copied();
    let malicious: Vec<u32> = all.filter(|at| known.is_malicious(*at)).collect();
    let kinds: BTreeSet<u32> = malicious.iter().map(|at| known.kind(*at)).collect();
    if kinds.iter().filter(|kind| **kind != NO_NAME).count() < KINDS_MIN {
        return None;
    }
    let folds = folds(&malicious, known, FOLDS, |at| known.kind(at));
    let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
    for fold in &folds {
        *sizes.entry(*fold).or_default() += 1;
    }
    let (held, _) = sizes
        .iter()
        .min_by_key(|(_, size)| (**size * FOLDS as usize).abs_diff(malicious.len()))?;
    let members = malicious.iter().zip(&folds);
    let held: Vec<u32> = members
        .filter(|(_, fold)| *fold == held)
        .map(|(at, _)| *at)
        .collect();
    let kinds: BTreeSet<u32> = held.iter().map(|at| known.kind(*at)).collect();
    let entities: BTreeSet<u32> = held.iter().map(|at| known.entity(*at)).collect();
    let is_left = |at: &u32| !kinds.contains(&known.kind(*at));
    let learned = plan.train.iter().copied();
    let learned: Vec<u32> = learned
        .filter(|at| known.is_malicious(*at) && is_left(at))
        .filter(|at| !entities.contains(&known.entity(*at)))
        .collect();
    if held.len() < EVENTS_MIN || learned.len() < EVENTS_MIN {
        return None;
    }
    let with_benign = |malicious: Vec<u32>, of: &[u32]| {
        let benign = of.iter().copied().filter(|at| !known.is_malicious(*at));
        let mut positions: Vec<u32> = malicious.into_iter().chain(benign).collect();
        positions.sort_unstable();
        positions
    };
    let mut train = with_benign(learned, &usual.train);
    train.retain(|at| !entities.contains(&known.entity(*at)));
    Some(Plan {
        train,
        calibrate: with_benign(held, &usual.calibrate),
        test: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 600 events, every second one malicious, of as many kinds as `kinds` in turn.
    fn check(kinds: u32, calibrate: u32) -> (Option<Plan>, Vec<Label>, Vec<u32>) {
        let labels: Vec<Label> = (0..600)
            .map(|at| [Label::Benign, Label::Malicious][at % 2])
            .collect();
        let entity: Vec<u32> = (0..600).map(|at| at / 2).collect();
        let kind: Vec<u32> = (0..600)
            .map(|at| if at % 2 == 1 { at / 2 % kinds } else { NO_NAME })
            .collect();
        let known = Known {
            labels: &labels,
            entity: &entity,
            kind: &kind,
        };
        let plan = Plan {
            train: (0..600 - calibrate).collect(),
            calibrate: (600 - calibrate..600).collect(),
            test: Vec::new(),
        };
        let usual = usual(&plan, &known);
        let found = by_kind(&plan, &usual, &known);
        (found, labels, kind)
    }

    #[test]
    fn kinds_of_malicious_events_are_held_back_whole() {
        for calibrate in [0, 200] {
            let (plan, labels, kind) = check(6, calibrate);
            let plan = plan.unwrap();
            let kinds = |positions: &[u32]| -> BTreeSet<u32> {
                let malicious = positions.iter().filter(|at| **at % 2 == 1);
                malicious.map(|at| kind[*at as usize]).collect()
            };
            let (learned, held) = (kinds(&plan.train), kinds(&plan.calibrate));
            assert!(learned.is_disjoint(&held), "{learned:?} {held:?}");
            assert_eq!(learned.len() + held.len(), 6);
            for positions in [&plan.train, &plan.calibrate] {
                assert!(positions.is_sorted_by(|one, other| one < other));
                let benign = |at: &&u32| labels[**at as usize] == Label::Benign;
                assert!(positions.iter().filter(benign).count() > 30);
            }
            let both = plan.train.iter().filter(|at| plan.calibrate.contains(at));
            assert_eq!(both.count(), 0);
        }
    }

    #[test]
    fn two_kinds_are_too_few() {
        assert!(check(2, 0).0.is_none());
        assert!(check(3, 0).0.is_some());
    }
}
