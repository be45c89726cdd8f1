//! Which trees are scored together, and how.
//!
//! ```text
//!   trees ──plan──► runs of trees: by masks | by binned walk | as they are
//! ```
//!
//! The trees of a run share one table of cut points, so a run ends where the table would get too large for the caches.
//! Whatever a model's file holds, the tables stay within a small multiple of its size: a tree that would need more is
//! walked as it is.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::columns::{Asked, Question};
use super::sets::Sets;
use crate::forest::tree::{Node, Rule, Set, Tree};

/// How a run of trees is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Many rows at a time by bit masks, one row by compact nodes.
    Masks,
    /// By compact nodes.
    Walk,
    /// By the nodes as they were read.
    Plain,
}

/// A run of trees.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) trees: Range<usize>,
    pub(super) way: Way,
}

/// Leaves of a tree that masks are used for: their numbers fit into a byte, and beyond it walking costs no more.
pub(super) const MASKS_LEAVES_MAX: usize = 256;
/// Different questions of a run by masks: their masks for 512 rows take a mebibyte.
const MASKS_QUESTIONS_MAX: usize = 16_000;
/// Different questions of a run of compact nodes.
const WALK_QUESTIONS_MAX: usize = 1 << 20;
/// Cut points of one signal in a run: bins fit into 16 bits.
const CUTS_MAX: usize = 60_000;
/// Signals of a run: places of their bins fit into 16 bits.
const COLUMNS_MAX: usize = 12_000;
/// Different sets that a run of compact nodes asks for; each is looked up for each row.
const WALK_SETS_MAX: usize = 1_000;

/// What a node asks, as the file says it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Ask {
    Threshold {
        feature: u32,
        bits: u64,
        rule: u8,
    },
    Set {
        feature: u32,
        place: usize,
        rule: u8,
    },
}

impl Ask {
    fn of(tree: usize, node: &Node, sets: &Sets) -> Option<Self> {
        let (feature, rule) = (node.feature, node.rule as u8);
        if node.rule.reads_set() {
            let place = sets.place(tree, node)?;
            Some(Self::Set {
                feature,
                place,
                rule,
            })
        } else {
            let bits = node.threshold.to_bits();
            Some(Self::Threshold {
                feature,
                bits,
                rule,
            })
        }
    }

    /// Returns the signal, and the number of cut points that the question needs; `None` if it cannot be had.
    fn cuts(self, sets: &Sets) -> Option<(u32, usize)> {
        match self {
            Self::Threshold { feature, rule, .. } => {
                let none = rule == Rule::ZeroLeft as u8 || rule == Rule::ZeroRight as u8;
                Some((feature, if none { 3 } else { 1 }))
            }
            Self::Set { feature, place, .. } => {
                Some((feature, 2 * sets.spans(place)?.spans.len() + 1))
            }
        }
    }
}

/// A run that more trees may join.
struct Open {
    way: Way,
    asks: HashSet<Ask>,
    cuts: HashMap<u32, usize>,
    sets: usize,
}

impl Open {
    fn new(way: Way) -> Self {
        Self {
            way,
            asks: HashSet::new(),
            cuts: HashMap::new(),
            sets: 0,
        }
    }

    /// Takes in a tree's questions, unless the run would get too large.
    fn join(&mut self, asks: &HashSet<Ask>, sets: &Sets) -> bool {
        let fresh: Vec<Ask> = asks.difference(&self.asks).copied().collect();
        let mut more: BTreeMap<u32, usize> = BTreeMap::new();
        for ask in &fresh {
            let Some((feature, cuts)) = ask.cuts(sets) else {
                return false;
            };
            *more.entry(feature).or_default() += cuts;
        }
        let (questions_max, sets_max) = match self.way {
            Way::Masks => (MASKS_QUESTIONS_MAX, MASKS_QUESTIONS_MAX),
            Way::Walk | Way::Plain => (WALK_QUESTIONS_MAX, WALK_SETS_MAX),
        };
        let asked_sets = fresh.iter().filter(|ask| matches!(ask, Ask::Set { .. }));
        let asked_sets = self.sets + asked_sets.count();
        let new_columns = more.keys().filter(|key| !self.cuts.contains_key(key));
        let columns = self.cuts.len() + new_columns.count();
        let has = |feature| self.cuts.get(feature).copied().unwrap_or(0);
        if self.asks.len() + fresh.len() > questions_max
            || asked_sets > sets_max
            || columns > COLUMNS_MAX
            || more
                .iter()
                .any(|(feature, cuts)| has(feature) + cuts > CUTS_MAX)
        {
            return false;
        }
        for (feature, cuts) in more {
            *self.cuts.entry(feature).or_default() += cuts;
        }
        self.asks.extend(fresh);
        self.sets = asked_sets;
        true
    }
}

/// Returns the runs, which cover all trees in their order.
pub(super) fn plan(trees: &[Tree], sets: &Sets) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = Open::new(Way::Plain);
    for (position, tree) in trees.iter().enumerate() {
        let way = way(position, tree, sets);
        let mut add = |way: Way, joined: bool| match runs.last_mut() {
            Some(run) if joined && run.way == way => run.trees.end = position + 1,
            _ => runs.push(Run {
                trees: position..position + 1,
                way,
            }),
        };
        let Some((way, asks)) = way else {
            open = Open::new(Way::Plain);
            add(Way::Plain, true);
            continue;
        };
        if open.way == way && open.join(&asks, sets) {
            add(way, true);
            continue;
        }
        open = Open::new(way);
        if open.join(&asks, sets) {
            add(way, false);
        } else {
            open = Open::new(Way::Plain);
            add(Way::Plain, true);
        }
    }
    runs
}

/// Returns how a tree would be scored and what its nodes ask; `None` if it has to be walked as it is.
fn way(position: usize, tree: &Tree, sets: &Sets) -> Option<(Way, HashSet<Ask>)> {
    let way = if tree.leaves.len() > MASKS_LEAVES_MAX {
        Way::Walk
    } else {
        Way::Masks
    };
    let asks: HashSet<Ask> = tree
        .nodes
        .iter()
        .map(|node| Ask::of(position, node, sets))
        .collect::<Option<_>>()?;
    // Each set of a file is asked for once. Where one large set serves many splits, tables would outgrow the file.
    let cuts: Option<usize> = asks
        .iter()
        .map(|ask| ask.cuts(sets).map(|(_, cuts)| cuts))
        .sum();
    let words: usize = tree.sets.iter().map(Set::words).sum();
    (cuts? <= 32 * words + 4 * tree.nodes.len()).then_some((way, asks))
}

/// Returns whether one row's answers to all sets of a run may be looked up before its trees are walked.
pub(super) fn may_walk(asked: &Asked) -> bool {
    let questions = asked.questions.iter().flatten();
    let sets: BTreeSet<_> = questions
        .filter(|question| matches!(question, Question::Member { .. }))
        .collect();
    sets.len() <= WALK_SETS_MAX
}
