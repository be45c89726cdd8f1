//! The scores: the same probe under splits that flatter less and less. The drop from one to the next is the number that matters.

use std::collections::BTreeSet;

use ringtrue_core::split::stratified_group_folds;

use crate::data::{Asked, Data};
use crate::probe::{Score, Unscored};

/// How well the classes are told apart, by how the events are split.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Asked at random: a quarter of the events, whatever they look like.
    pub random: Result<Score, Unscored>,
    /// Asked on the later quarter, for events with times.
    pub time: Option<Result<Score, Unscored>>,
    /// As `random`, but one event of each campaign, and no campaign on both sides.
    pub without_near_duplicates: Result<Score, Unscored>,
    /// For each source that is one of several of a class, by name: learned without it, and asked on it, beside the events of the other class that were not
    /// learned.
    pub without_source: Vec<(String, Result<Score, Unscored>)>,
}

/// Folds of which one is asked.
pub(crate) const FOLDS: u32 = 4;

impl Scores {
    /// Runs the probes.
    #[must_use]
    pub fn of(data: &Data<'_>) -> Self {
        let once = one_of_each(data, &data.decided());
        let campaigns: Vec<u32> = once
            .iter()
            .map(|at| data.campaigns()[*at as usize])
            .collect();
        let (apart_train, apart_test) = folded(data, &once, &campaigns);
        Self {
            random: scored(data, &data.left_out().all),
            time: data.later_margins().map(|asked| scored(data, asked)),
            without_near_duplicates: data.probe(&apart_train, &apart_test),
            without_source: without_source(data),
        }
    }
}

fn scored(data: &Data<'_>, asked: &Asked) -> Result<Score, Unscored> {
    let (margins, asked) = asked.as_ref().map_err(Clone::clone)?;
    data.score(margins, asked)
}

/// Splits members into learned and asked ones, whole groups at a time.
pub(crate) fn folded(data: &Data<'_>, members: &[u32], groups: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let labels: Vec<_> = members.iter().map(|at| data.labels[*at as usize]).collect();
    let folds = stratified_group_folds(groups, &labels, FOLDS);
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for (member, fold) in members.iter().zip(folds) {
        let part = if fold == 0 { &mut test } else { &mut train };
        part.push(*member);
    }
    (train, test)
}

/// Returns the first event of each class of each campaign.
fn one_of_each(data: &Data<'_>, members: &[u32]) -> Vec<u32> {
    let mut seen = BTreeSet::new();
    let is_first = |at: &&u32| {
        let at = **at as usize;
        seen.insert((data.campaigns()[at], data.malicious[at]))
    };
    members.iter().filter(is_first).copied().collect()
}

fn without_source(data: &Data<'_>) -> Vec<(String, Result<Score, Unscored>)> {
    let sources = data.left_out().scored.iter();
    let scored = sources.map(|source| {
        let name = data.sources.names[source.number].to_string();
        (name, source.score(data))
    });
    scored.collect()
}
