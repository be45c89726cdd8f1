//! A forest as far as it can vary within reach of one row.
//!
//! ```text
//!   trees ──prune (walk with the ranges in reach)──► splits that can go both ways ──► axes: signals cut into cells
//!                                                                               └──► trees over cells, leaves as boxes
//! ```
//!
//! A tree that can reach one leaf only is a constant, one that asks of one signal only is a cost of that signal's
//! cells. Leaves are signed, so that the attacker always wants the sum to be low.

use ringtrue_core::Precision;

use super::ensemble::{Ensemble, Link, small};
use super::ground::{Goal, Ground, Side};
use super::prune::{Pruning, Walked};

/// A signal, cut into cells by the splits that can go both ways.
pub(super) struct Axis {
    pub(super) signal: usize,
    /// The cell of the row's own value.
    pub(super) home: u32,
    /// What it costs to be in each cell: 0 at home, rising on both sides.
    pub(super) costs: Vec<f64>,
    /// The reachable value of each cell that is nearest to the row's own.
    pub(super) values: Vec<f64>,
    /// What single-signal trees add in each cell.
    pub(super) own: Vec<f64>,
    /// The axis' pairs, in order of trees.
    pub(super) pairs: Vec<u32>,
    /// Signals of one number cost once.
    pub(super) group: Option<u32>,
}

impl Axis {
    pub(super) fn cells(&self) -> u32 {
        small(self.costs.len())
    }
}

/// A split of a pruned tree: cells up to `rank` go left.
#[derive(Clone, Copy)]
pub(super) struct Split {
    pub(super) axis: u32,
    pub(super) rank: u32,
    pub(super) left: Link,
    pub(super) right: Link,
}

/// A tree that asks of several axes.
pub(super) struct Pruned {
    /// Where its splits start; links are relative to the problem's arrays.
    pub(super) root: Link,
    /// Its leaves in the problem's array.
    pub(super) leaves: std::ops::Range<usize>,
    /// Its pairs.
    pub(super) pairs: std::ops::Range<usize>,
}

/// A tree and an axis that it asks of.
pub(super) struct Pair {
    pub(super) tree: u32,
    pub(super) axis: u32,
    /// The segments into which the tree cuts the axis, in the problem's array.
    pub(super) segments: std::ops::Range<usize>,
    /// Where the codes of the tree's leaves start.
    pub(super) codes: usize,
}

/// What is within reach.
pub(super) struct Problem {
    pub(super) axes: Vec<Axis>,
    pub(super) splits: Vec<Split>,
    pub(super) leaves: Vec<f64>,
    pub(super) trees: Vec<Pruned>,
    pub(super) pairs: Vec<Pair>,
    /// The cell after the last of each segment.
    pub(super) segment_ends: Vec<u32>,
    /// Which segments a leaf covers: the first, times the number of the pair's segments, plus the last.
    pub(super) codes: Vec<u32>,
    /// The sum of the trees that do not vary.
    pub(super) constant: f64,
    /// The goal is reached by sums up to this,
    pub(super) target: f64,
    /// give or take this for the rounding of the library's own sum.
    pub(super) slack: f64,
}

/// Cuts of a signal that pruned trees ask of.
struct Marked {
    /// For each cut of the signal whether it is asked of, and later its rank among the cells.
    ranks: Vec<u32>,
}

const UNMARKED: u32 = u32::MAX;

impl Problem {
    /// Prunes the forest to what changes of single signals up to a cost of `reach` can vary.
    pub(super) fn new(ground: &Ground<'_>, goal: &Goal, reach: f64) -> Self {
        let ensemble = ground.ensemble;
        let sign = match goal.side {
            Side::AtMost(_) => 1.0,
            Side::Above(_) => -1.0,
        };
        let mut marked: Vec<Option<Marked>> = (0..ground.row.len()).map(|_| None).collect();
        let mut pruning = Pruning::new(ground, reach);
        let mut trees = Vec::with_capacity(ensemble.roots.len());
        let mut constant = 0.0;
        let (mut partial, mut rounding) = ([ensemble.start; 2], 0.0);
        for root in &ensemble.roots {
            let tree = pruning.prune(ground, *root);
            let leaves = &pruning.leaves[tree.leaves.clone()];
            partial[0] += leaves.iter().copied().fold(f64::INFINITY, f64::min);
            partial[1] += leaves.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            rounding += partial[0].abs().max(partial[1].abs());
            if let [leaf] = leaves {
                constant += sign * leaf;
                continue;
            }
            for (signal, cut, _, _) in &pruning.splits[tree.splits.clone()] {
                let signal = *signal as usize;
                let marks = marked[signal].get_or_insert_with(|| Marked {
                    ranks: vec![UNMARKED; ensemble.cuts[signal].len()],
                });
                marks.ranks[*cut as usize] = 0;
            }
            trees.push(tree);
        }
        let (target, slack) = aim(ensemble, goal, rounding);
        let mut problem = Self {
            axes: Vec::new(),
            splits: Vec::new(),
            leaves: Vec::new(),
            trees: Vec::new(),
            pairs: Vec::new(),
            segment_ends: Vec::new(),
            codes: Vec::new(),
            constant,
            target,
            slack,
        };
        let places = problem.lay_axes(ground, &mut marked);
        let mut room = Room::default();
        for tree in &trees {
            problem.add((&pruning, tree), sign, (&places, &marked), &mut room);
        }
        for (number, pair) in (0_u32..).zip(&problem.pairs) {
            problem.axes[pair.axis as usize].pairs.push(number);
        }
        problem
    }

    /// Makes the axes of the marked cuts, and turns the marks into ranks. Returns each signal's axis.
    fn lay_axes(&mut self, ground: &Ground<'_>, marked: &mut [Option<Marked>]) -> Vec<u32> {
        let mut places = vec![UNMARKED; marked.len()];
        for (signal, marked) in marked.iter_mut().enumerate() {
            let Some(marked) = marked else { continue };
            places[signal] = small(self.axes.len());
            let cuts = &ground.ensemble.cuts[signal];
            let asked = marked.ranks.iter_mut().zip(cuts);
            // Cuts with no reachable value between them are one.
            let mut around: Vec<(f64, f64)> = Vec::new();
            for (rank, cut) in asked.filter(|(rank, _)| **rank != UNMARKED) {
                let here = ground.around(signal, *cut);
                if around
                    .last()
                    .is_none_or(|last| last.0.total_cmp(&here.0).is_ne())
                {
                    around.push(here);
                }
                *rank = small(around.len() - 1);
            }
            let from = ground.row[signal];
            let home = around.iter().filter(|(_, above)| *above <= from).count();
            let values: Vec<f64> = (0..=around.len())
                .map(|cell| match cell.cmp(&home) {
                    std::cmp::Ordering::Less => around[cell].0,
                    std::cmp::Ordering::Equal => from,
                    std::cmp::Ordering::Greater => around[cell - 1].1,
                })
                .collect();
            let costs = values.iter().map(|value| ground.cost(signal, value - from));
            self.axes.push(Axis {
                signal,
                home: small(home),
                costs: costs.collect(),
                own: vec![0.0; values.len()],
                values,
                pairs: Vec::new(),
                group: ground.moves[signal].group,
            });
        }
        places
    }

    /// Takes a pruned tree in.
    fn add(
        &mut self,
        (pruning, tree): (&Pruning, &Walked),
        sign: f64,
        (places, marked): (&[u32], &[Option<Marked>]),
        room: &mut Room,
    ) {
        let first = self.splits.len();
        let leaf = self.leaves.len();
        let shifted = |link: Link| match link.follow() {
            Ok(node) => Link::node(first + node - tree.splits.start),
            Err(number) => Link::leaf(leaf + number - tree.leaves.start),
        };
        let values = pruning.leaves[tree.leaves.clone()].iter();
        self.leaves.extend(values.map(|value| sign * value));
        let asked = &mut room.asked;
        asked.clear();
        for (signal, cut, left, right) in &pruning.splits[tree.splits.clone()] {
            let axis = places[*signal as usize];
            let ranks = marked[*signal as usize].as_ref();
            let rank = ranks.map_or(0, |marked| marked.ranks[*cut as usize]);
            asked.push((axis, rank));
            self.splits.push(Split {
                axis,
                rank,
                left: shifted(*left),
                right: shifted(*right),
            });
        }
        asked.sort_unstable();
        asked.dedup();
        let start = shifted(tree.start);
        let leaves = leaf..self.leaves.len();
        if asked.first().map(|ask| ask.0) == asked.last().map(|ask| ask.0) {
            self.add_own(start, asked.first().map_or(0, |ask| ask.0));
            self.splits.truncate(first);
            self.leaves.truncate(leaf);
            return;
        }
        let tree = small(self.trees.len());
        let pairs = self.pairs.len();
        for part in asked.chunk_by(|one, other| one.0 == other.0) {
            let axis = part[0].0;
            let segments = self.segment_ends.len();
            self.segment_ends.extend(part.iter().map(|ask| ask.1 + 1));
            self.segment_ends.push(self.axes[axis as usize].cells());
            self.pairs.push(Pair {
                tree,
                axis,
                segments: segments..self.segment_ends.len(),
                codes: self.codes.len(),
            });
            self.codes.resize(self.codes.len() + leaves.len(), 0);
        }
        self.trees.push(Pruned {
            root: start,
            leaves,
            pairs: pairs..self.pairs.len(),
        });
        self.span_leaves(room);
    }

    /// Adds a tree that asks of one axis only to that axis' own values.
    fn add_own(&mut self, root: Link, axis: u32) {
        let cells = self.axes[axis as usize].cells();
        for cell in 0..cells {
            let mut link = root;
            let leaf = loop {
                match link.follow() {
                    Err(leaf) => break leaf,
                    Ok(split) => {
                        let split = self.splits[split];
                        link = if cell <= split.rank {
                            split.left
                        } else {
                            split.right
                        };
                    }
                }
            };
            self.axes[axis as usize].own[cell as usize] += self.leaves[leaf];
        }
    }

    /// Writes down which segments the leaves of the last tree cover.
    fn span_leaves(&mut self, room: &mut Room) {
        let Some(tree) = self.trees.last() else {
            return;
        };
        let pairs = &self.pairs[tree.pairs.clone()];
        let spans = &mut room.spans;
        spans.clear();
        spans.extend(pairs.iter().map(|pair| [0, pair.segments.len() - 1]));
        room.steps.push(Spanning::Visit(tree.root));
        while let Some(step) = room.steps.pop() {
            let link = match step {
                Spanning::Visit(link) => link,
                Spanning::Span(place, span) => {
                    spans[place] = span;
                    continue;
                }
            };
            match link.follow() {
                Err(leaf) => {
                    for (pair, [from, to]) in pairs.iter().zip(spans.iter()) {
                        let code = from * pair.segments.len() + to;
                        self.codes[pair.codes + leaf - tree.leaves.start] = small(code);
                    }
                }
                Ok(split) => {
                    let split = self.splits[split];
                    let asked = |pair: &Pair| pair.axis == split.axis;
                    let place = pairs.iter().position(asked).unwrap_or(0);
                    let ends = &self.segment_ends[pairs[place].segments.clone()];
                    let segment = ends.iter().take_while(|end| **end <= split.rank).count();
                    let [from, to] = spans[place];
                    room.steps.extend([
                        Spanning::Span(place, [from, to]),
                        Spanning::Visit(split.right),
                        Spanning::Span(place, [from.max(segment + 1), to]),
                        Spanning::Visit(split.left),
                        Spanning::Span(place, [from, to.min(segment)]),
                    ]);
                }
            }
        }
    }
}

/// What the walk over a tree's leaves does next.
enum Spanning {
    /// Visits a part of the tree.
    Visit(Link),
    /// Sets the segments that are left of a pair.
    Span(usize, [usize; 2]),
}

/// Room that the trees share while they are taken in.
#[derive(Default)]
struct Room {
    asked: Vec<(u32, u32)>,
    spans: Vec<[usize; 2]>,
    steps: Vec<Spanning>,
}

/// Returns the signed sum of leaves up to which a goal is reached, and how far the library's own sum may be from ours:
/// `rounding` sums up the largest magnitude of each partial sum.
pub(super) fn aim(ensemble: &Ensemble<'_>, goal: &Goal, rounding: f64) -> (f64, f64) {
    let unit = match ensemble.precision {
        Precision::Single => f64::from(f32::EPSILON),
        Precision::Double => f64::EPSILON,
    };
    let [low, high] = goal.beside;
    let sum = |margin: f64| margin * ensemble.divisor - ensemble.start;
    let target = match goal.side {
        Side::AtMost(bound) => sum(bound - low),
        Side::Above(bound) => -sum(bound - high),
    };
    let ends = (target.abs() + ensemble.start.abs()) / ensemble.divisor + low.abs() + high.abs();
    // Half a unit for each addition, as much again for our own sums, and some for what is added at the end.
    let slack = rounding * (0.51 * unit + f64::EPSILON) + 4.0 * unit * ends * ensemble.divisor;
    (target, slack + OWN_ROUNDING)
}

/// What the sums of diffusion may be off by, after all their small steps.
const OWN_ROUNDING: f64 = 1e-9;
