//! The scores: the same probe under splits that flatter less and less. The drop from one to the next is the number that matters.

use std::collections::BTreeSet;

use ringtrue_core::split::stratified_group_folds;

use crate::data::Data;
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
const FOLDS: u32 = 4;
/// Sources that are left out one by one, at most; the largest.
const SOURCES_MAX: usize = 8;
/// Events of a source that make it worth leaving out.
const SOURCE_EVENTS_MIN: usize = 30;

impl Scores {
    /// Runs the probes.
    #[must_use]
    pub fn of(data: &Data<'_>) -> Self {
        let decided = data.decided();
        let (train, test) = folded(data, &decided, &decided);
        let once = one_of_each(data, &decided);
        let campaigns: Vec<u32> = once
            .iter()
            .map(|at| data.campaigns()[*at as usize])
            .collect();
        let (apart_train, apart_test) = folded(data, &once, &campaigns);
        Self {
            random: data.probe(&train, &test),
            time: data
                .halves()
                .map(|(earlier, later)| data.probe(&earlier, &later)),
            without_near_duplicates: data.probe(&apart_train, &apart_test),
            without_source: without_source(data),
        }
    }
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
    let mut sources: Vec<(usize, Vec<u32>)> =
        data.sources.members().into_iter().enumerate().collect();
    sources.retain(|(_, members)| members.len() >= SOURCE_EVENTS_MIN);
    if sources.len() < 2 {
        return Vec::new();
    }
    sources.sort_by_key(|(number, members)| (std::cmp::Reverse(members.len()), *number));
    sources.truncate(SOURCES_MAX);
    sources.sort_by_key(|(number, _)| *number);
    let scored = sources.into_iter().map(|(number, members)| {
        let name = data.sources.names[number].to_string();
        (name, left_out(data, &members))
    });
    scored.collect()
}

/// Learns without some events and asks about them, beside a quarter of the others.
fn left_out(data: &Data<'_>, members: &[u32]) -> Result<Score, Unscored> {
    let out: BTreeSet<u32> = members.iter().copied().collect();
    let others: Vec<u32> = data
        .decided()
        .into_iter()
        .filter(|at| !out.contains(at))
        .collect();
    let (train, beside) = folded(data, &others, &others);
    let mut test: Vec<u32> = members.to_vec();
    // Both classes are asked: the one that the source lacks comes from the others.
    for malicious in [false, true] {
        let is_of = |at: &&u32| data.malicious[**at as usize] == malicious;
        if members.iter().filter(is_of).count() < crate::probe::CLASS_EVENTS_MIN {
            test.extend(beside.iter().filter(is_of));
        }
    }
    test.sort_unstable();
    data.probe(&train, &test)
}
