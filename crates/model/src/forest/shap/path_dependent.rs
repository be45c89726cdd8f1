//! Path-dependent TreeSHAP: an absent signal goes both ways at its splits, weighted by the training data's shares.
//!
//! ```text
//!   top down:  reach = product over the path's signals of (t if the row stays on the path) + (1 - t) share
//!   bottom up: value below = on - gate * (on - off);   contribution of the split = sum over t of pull * (on - off)
//! ```
//!
//! Everything is a vector over the points `t` of a quadrature rule that is exact for the tree's deepest path. A signal
//! that a path splits on twice is one player: its share is the product of its splits' shares, and once the row has
//! left the path at one of them, the others below add nothing.
//!
//! # Source
//!
//! The values are those of Lundberg et al., "From local explanations to global understanding with explainable AI for
//! trees", 2020 (`tree_path_dependent`). That one pass up and down suffices is from Yu et al., "Linear TreeSHAP", 2022;
//! evaluating at quadrature points in place of its polynomial division, and the closed forms of a split's
//! `gate` and `pull`, are ours.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is not compiled for the machine's own width of vectors"
)]

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::paths::{Branch, Paths};
use super::quadrature::{Lanes, Rule, Rules, SIGNALS_MAX};
use super::{Shap, ShapError};
use crate::forest::Forest;
use crate::forest::tree::{Next, Tree};

/// Rows that go through a tree together, so that its nodes stay near; fewer of very wide ones.
const BLOCK_MAX: usize = 32;

/// Signals of all rows of a block.
const BLOCK_SIGNALS: usize = 1 << 16;

/// A forest, prepared for path-dependent values.
#[derive(Debug)]
pub struct PathDependent<'a> {
    forest: &'a Forest,
    trees: Vec<Prepared>,
    rules: Rules,
    bias: f64,
}

/// What a tree's paths are for every row.
#[derive(Debug)]
struct Prepared {
    splits: Vec<Split>,
    /// The points of the rule that is exact for its deepest path.
    points: usize,
}

#[derive(Clone, Copy, Debug)]
struct Split {
    /// The training data's share that goes left, of what comes through.
    share: f64,
    /// The nearest branch above on the same signal.
    prior: Option<Branch>,
    /// The product of the shares of all branches above on the same signal.
    prior_share: f64,
}

/// Where a row stands at a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Left,
    Right,
    /// The row left the path at a split on the same signal above.
    Lost,
}

/// What one row needs in one tree; kept between trees.
struct Scratch<const L: usize> {
    /// The product over the path's signals, then what a difference below the split pulls the row by.
    reach: Vec<[f64; L]>,
    /// The part of the product that goes the way that the row does not.
    gate: Vec<[f64; L]>,
    below: Vec<[f64; L]>,
}

/// One row's sums, four lanes for each signal.
struct Sums(Vec<[f64; 4]>);

struct Scratches {
    ways: Vec<Way>,
    narrow: Scratch<4>,
    wide: Scratch<8>,
}

impl<'a> PathDependent<'a> {
    pub(super) fn new(forest: &'a Forest) -> Result<Self, ShapError> {
        let mut rules = Rules::default();
        let mut trees = Vec::with_capacity(forest.trees.len());
        let mut bias = 0.0;
        for (number, (tree, means)) in forest.trees.iter().zip(&forest.means).enumerate() {
            if tree.covers.len() < tree.nodes.len() {
                return Err(ShapError::NoCovers(number));
            }
            let paths = Paths::new(tree);
            if paths.signals_max > SIGNALS_MAX {
                return Err(ShapError::Deep { tree: number });
            }
            trees.push(Prepared {
                points: rules.prepare(paths.signals_max),
                splits: splits(tree, &paths),
            });
            bias += tree.mean(tree.start(), means);
        }
        Ok(Self {
            forest,
            trees,
            rules,
            bias,
        })
    }

    /// Returns the values of one row of the forest's width.
    #[must_use]
    pub fn explain<V: Copy + Into<f64>>(&self, row: &[V]) -> Shap {
        let mut shaps = self.explain_block::<V, &[V]>(&[row]);
        shaps.pop().unwrap_or_else(|| self.shap(&Sums(Vec::new())))
    }

    /// Returns the values of each row, on all threads of the current pool; the same as row by row.
    #[must_use]
    pub fn explain_all<V, R>(&self, rows: &[R]) -> Vec<Shap>
    where
        V: Copy + Into<f64>,
        R: AsRef<[V]> + Sync,
    {
        let block = (BLOCK_SIGNALS / self.forest.width.max(1)).clamp(1, BLOCK_MAX);
        let blocks = rows.par_chunks(block);
        let shaps = blocks.map(|block| self.explain_block::<V, R>(block));
        shaps.flatten_iter().collect()
    }

    fn explain_block<V: Copy + Into<f64>, R: AsRef<[V]>>(&self, rows: &[R]) -> Vec<Shap> {
        let mut rows: Vec<(Vec<f64>, Sums)> = rows
            .iter()
            .map(|row| {
                (
                    self.forest.values(row.as_ref()),
                    Sums::new(self.forest.width),
                )
            })
            .collect();
        let nodes_max = self.trees.iter().map(|tree| tree.splits.len()).max();
        let mut scratches = Scratches::new(nodes_max.unwrap_or(0));
        Arch::new().dispatch(Block {
            explainer: self,
            rows: &mut rows,
            scratches: &mut scratches,
        });
        rows.iter().map(|(_, sums)| self.shap(sums)).collect()
    }

    fn shap(&self, sums: &Sums) -> Shap {
        self.forest.combined(Shap {
            bias: self.bias,
            contributions: sums
                .0
                .iter()
                .map(|[a, b, c, d]| (a + c) + (b + d))
                .collect(),
        })
    }
}

/// Rows and their sums, with what computing them needs.
struct Block<'a, 'b> {
    explainer: &'a PathDependent<'a>,
    rows: &'b mut [(Vec<f64>, Sums)],
    scratches: &'b mut Scratches,
}

/// The loops are plain; compiled for the machine's own width of vectors they give the same bits, faster.
impl WithSimd for Block<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let explainer = self.explainer;
        for (tree, prepared) in explainer.forest.trees.iter().zip(&explainer.trees) {
            let Some(rule) = explainer.rules.get(prepared.points) else {
                continue;
            };
            for (values, sums) in self.rows.iter_mut() {
                prepared.add(tree, rule, values, self.scratches, sums);
            }
        }
    }
}

/// Returns what each split of a tree is for every row.
fn splits(tree: &Tree, paths: &Paths) -> Vec<Split> {
    let mut splits: Vec<Split> = Vec::with_capacity(tree.nodes.len());
    for (node, prior) in tree.nodes.iter().zip(&paths.priors) {
        let above = prior.and_then(|branch| Some((branch, splits.get(branch.node())?)));
        splits.push(Split {
            share: tree.left_share(node),
            prior: *prior,
            prior_share: above.map_or(1.0, |(branch, split)| {
                split.prior_share * split.branch_share(branch.is_left())
            }),
        });
    }
    splits
}

impl Split {
    fn branch_share(&self, left: bool) -> f64 {
        if left { self.share } else { 1.0 - self.share }
    }
}

impl Prepared {
    /// Adds one tree's contributions to a row's sums.
    #[inline(always)]
    fn add(
        &self,
        tree: &Tree,
        rule: &Rule,
        values: &[f64],
        scratches: &mut Scratches,
        sums: &mut Sums,
    ) {
        let Scratches { ways, narrow, wide } = scratches;
        self.find_ways(tree, values, ways);
        match rule {
            Rule::Narrow(lanes) => {
                self.go_down(tree, lanes, ways, narrow);
                narrow.come_up(tree, ways, sums);
            }
            Rule::Wide(passes) => {
                for lanes in passes {
                    self.go_down(tree, lanes, ways, wide);
                    wide.come_up(tree, ways, sums);
                }
            }
        }
    }

    fn find_ways(&self, tree: &Tree, values: &[f64], ways: &mut Vec<Way>) {
        ways.clear();
        for (node, split) in tree.nodes.iter().zip(&self.splits) {
            let is_on = split.prior.is_none_or(|branch| {
                let side = if branch.is_left() {
                    Way::Left
                } else {
                    Way::Right
                };
                ways.get(branch.node()) == Some(&side)
            });
            let value = values.get(node.feature as usize).copied();
            ways.push(match is_on {
                false => Way::Lost,
                true if tree.goes_left(node, value.unwrap_or(f64::NAN)) => Way::Left,
                true => Way::Right,
            });
        }
    }

    /// Fills, for each node from the first on, what reaches it and how a difference below it counts.
    ///
    /// With the signal's share `z` above and the share `s` of the branch that the row does not take, the
    /// signal's factor is `f = t + (1 - t) z` above, `(1 - t) z s` off, and the rest of `f` on the
    /// row's way. So `gate = (1 - t) z s / f` is the part that goes off, and the contributions of both branches,
    /// `(1 - z') / f'` and `-1 / (1 - t)` less what the split above counted, come to `pull = z s / f^2`.
    #[inline(always)]
    fn go_down<const L: usize>(
        &self,
        tree: &Tree,
        lanes: &Lanes<L>,
        ways: &[Way],
        scratch: &mut Scratch<L>,
    ) {
        if let Some(first) = scratch.reach.first_mut() {
            *first = [1.0; L];
        }
        for (position, ((node, split), way)) in
            tree.nodes.iter().zip(&self.splits).zip(ways).enumerate()
        {
            let Some(reach) = scratch.reach.get(position).copied() else {
                return;
            };
            let away = split.branch_share(*way == Way::Right);
            let mut gate = [away; L];
            let mut pull = [0.0; L];
            if *way != Way::Lost {
                let part = split.prior_share * away;
                for lane in 0..L {
                    gate[lane] = lanes.rests[lane] * part;
                    pull[lane] = lanes.weights[lane] * part * reach[lane];
                }
                if split.prior.is_some() {
                    for lane in 0..L {
                        let factor = lanes.points[lane] + lanes.rests[lane] * split.prior_share;
                        let inverse = 1.0 / factor;
                        gate[lane] *= inverse;
                        pull[lane] *= inverse * inverse;
                    }
                }
            }
            let mut off = [0.0; L];
            let mut on = [0.0; L];
            for lane in 0..L {
                off[lane] = reach[lane] * gate[lane];
                on[lane] = reach[lane] - off[lane];
            }
            let (on_way, off_way) = way.sort(node.left, node.right);
            scratch.set(on_way, on);
            scratch.set(off_way, off);
            scratch.reach[position] = pull;
            scratch.gate[position] = gate;
        }
    }
}

impl Way {
    /// Returns what lies on the row's way and what lies off it; for a lost row left and right.
    const fn sort(self, left: Next, right: Next) -> (Next, Next) {
        match self {
            Self::Left | Self::Lost => (left, right),
            Self::Right => (right, left),
        }
    }
}

impl<const L: usize> Scratch<L> {
    fn new(nodes: usize) -> Self {
        Self {
            reach: vec![[0.0; L]; nodes],
            gate: vec![[0.0; L]; nodes],
            below: vec![[0.0; L]; nodes],
        }
    }

    #[inline(always)]
    fn set(&mut self, next: Next, reach: [f64; L]) {
        if let Some(place) = next.node().and_then(|node| self.reach.get_mut(node)) {
            *place = reach;
        }
    }

    /// Returns the value below a branch.
    #[inline(always)]
    fn get(&self, tree: &Tree, next: Next) -> [f64; L] {
        match next.leaf() {
            Some(leaf) => [tree.leaves.get(leaf).copied().unwrap_or(0.0); L],
            None => next
                .node()
                .and_then(|node| self.below.get(node))
                .copied()
                .unwrap_or([0.0; L]),
        }
    }

    /// Sums the values below each node, from the last on, and what they pull the row's signals by.
    #[inline(always)]
    fn come_up(&mut self, tree: &Tree, ways: &[Way], sums: &mut Sums) {
        for (position, (node, way)) in tree.nodes.iter().zip(ways).enumerate().rev() {
            let (on_way, off_way) = way.sort(node.left, node.right);
            let (on, off) = (self.get(tree, on_way), self.get(tree, off_way));
            let (pull, gate) = (&self.reach[position], &self.gate[position]);
            let mut pulled = [0.0; L];
            let mut below = on;
            for lane in 0..L {
                let difference = on[lane] - off[lane];
                below[lane] -= gate[lane] * difference;
                pulled[lane] = pull[lane] * difference;
            }
            self.below[position] = below;
            if *way != Way::Lost {
                sums.add(node.feature, &pulled);
            }
        }
    }
}

impl Scratches {
    fn new(nodes: usize) -> Self {
        Self {
            ways: Vec::with_capacity(nodes),
            narrow: Scratch::new(nodes),
            wide: Scratch::new(nodes),
        }
    }
}

impl Sums {
    fn new(width: usize) -> Self {
        Self(vec![[0.0; 4]; width])
    }

    #[inline(always)]
    fn add<const L: usize>(&mut self, feature: u32, lanes: &[f64; L]) {
        if let Some(sum) = self.0.get_mut(feature as usize) {
            for four in lanes.chunks_exact(4) {
                for (sum, lane) in sum.iter_mut().zip(four) {
                    *sum += lane;
                }
            }
        }
    }
}
