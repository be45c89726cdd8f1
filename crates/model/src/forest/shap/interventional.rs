//! Interventional TreeSHAP: an absent signal has the value that it has in a background row, each row as likely.
//!
//! ```text
//!   row, background ──► at each split: who agrees with the row goes on, who differs opens both branches
//!                  ──► leaf: its value, weighed by how many signals had to be the row's, and how many not
//! ```
//!
//! Background rows go through a tree 64 at a time, as the bits of a word; they part only where they differ in what
//! they ask of the row, and branches that no row and no background reaches are never visited.
//!
//! # Source
//!
//! Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020
//! (`interventional`). Taking many background rows along as bits is ours.

use super::paths::{Branch, Paths};
use super::{Shap, ShapError};
use crate::forest::Forest;
use crate::forest::tree::{Next, Node, Tree};

/// Background rows of one word.
const WORD: usize = 64;

/// A forest and a background, prepared for interventional values.
#[derive(Debug)]
pub struct Interventional<'a> {
    forest: &'a Forest,
    trees: Vec<Prepared>,
    /// For each word the bits of its rows.
    present: Vec<u64>,
    rows: usize,
    bias: f64,
}

/// What a tree's paths are for every row.
#[derive(Debug)]
struct Prepared {
    priors: Vec<Option<Branch>>,
    /// For each word, then each node, the background rows that it sends left.
    lefts: Vec<u64>,
}

/// Whose value a split's signal takes on the way down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Taken {
    /// Either's: both go this way.
    #[default]
    Either,
    /// The row's.
    Row,
    /// The background's.
    Background,
}

/// How many signals had to be the row's and the background's, and the Shapley weight of one of each.
#[derive(Clone, Copy, Debug, Default)]
struct Weights {
    of_row: u32,
    of_background: u32,
    /// `(r - 1)! b! / (r + b)!`: what a signal of the row gains.
    gain: f64,
    /// `r! (b - 1)! / (r + b)!`: what a signal of the background costs.
    loss: f64,
}

/// A branch still to be taken.
#[derive(Clone, Copy, Debug)]
struct Step {
    next: Next,
    branch: Branch,
    taken: Taken,
    /// Whether the signal was not yet a player.
    is_first: bool,
    parent: usize,
    mask: u64,
    weights: Weights,
}

/// A visit to a node, and the weighted leaf values below it.
#[derive(Clone, Copy, Debug)]
struct Visit {
    parent: usize,
    /// The signal that became a player on the way to this node, and whose value it takes.
    player: Option<(u32, Taken)>,
    gained: f64,
    lost: f64,
}

/// One row's way through one tree with one word of background rows.
struct Walk<'a> {
    tree: &'a Tree,
    priors: &'a [Option<Branch>],
    lefts: &'a [u64],
    values: &'a [f64],
    taken: &'a mut Vec<Taken>,
    steps: &'a mut Vec<Step>,
    visits: &'a mut Vec<Visit>,
}

impl<'a> Interventional<'a> {
    pub(super) fn new<V: Copy + Into<f64>, R: AsRef<[V]>>(
        forest: &'a Forest,
        background: &[R],
    ) -> Result<Self, ShapError> {
        if background.is_empty() {
            return Err(ShapError::NoBackground);
        }
        let mut present = Vec::new();
        let mut trees: Vec<Prepared> = forest.trees.iter().map(Prepared::new).collect();
        let mut bias = 0.0;
        for word in background.chunks(WORD) {
            let rows: Vec<Vec<f64>> = word.iter().map(|row| forest.values(row.as_ref())).collect();
            present.push(u64::MAX >> (WORD - rows.len()));
            for (tree, prepared) in forest.trees.iter().zip(&mut trees) {
                prepared.add_word(tree, &rows);
                bias += rows
                    .iter()
                    .map(|row| tree.value(|feature| read(row, feature)))
                    .sum::<f64>();
            }
        }
        Ok(Self {
            forest,
            trees,
            present,
            rows: background.len(),
            bias: bias / background.len() as f64,
        })
    }

    /// Returns the values of one row of the forest's width.
    #[must_use]
    pub fn explain<V: Copy + Into<f64>>(&self, row: &[V]) -> Shap {
        let values = self.forest.values(row);
        let mut contributions = vec![0.0; self.forest.width];
        let (mut taken, mut steps, mut visits) = (Vec::new(), Vec::new(), Vec::new());
        for (tree, prepared) in self.forest.trees.iter().zip(&self.trees) {
            // Every branch is set before it is asked for.
            taken.resize(taken.len().max(2 * tree.nodes.len()), Taken::Either);
            for (word, present) in self.present.iter().enumerate() {
                let from = word * tree.nodes.len();
                let mut walk = Walk {
                    tree,
                    priors: &prepared.priors,
                    lefts: prepared.lefts.get(from..).unwrap_or(&[]),
                    values: &values,
                    taken: &mut taken,
                    steps: &mut steps,
                    visits: &mut visits,
                };
                walk.down(*present);
                walk.up(&mut contributions);
            }
        }
        for contribution in &mut contributions {
            *contribution /= self.rows as f64;
        }
        self.forest.combined(Shap {
            bias: self.bias,
            contributions,
        })
    }
}

impl Prepared {
    fn new(tree: &Tree) -> Self {
        Self {
            priors: Paths::new(tree).priors,
            lefts: Vec::new(),
        }
    }

    fn add_word(&mut self, tree: &Tree, rows: &[Vec<f64>]) {
        self.lefts.extend(tree.nodes.iter().map(|node| {
            let feature = node.feature as usize;
            rows.iter().enumerate().fold(0, |word, (bit, row)| {
                word | u64::from(tree.goes_left(node, read(row, feature))) << bit
            })
        }));
    }
}

/// Returns a signal of a row; one that the row lacks is missing.
fn read(row: &[f64], feature: usize) -> f64 {
    row.get(feature).copied().unwrap_or(f64::NAN)
}

impl Walk<'_> {
    /// Visits what the row and the background rows can reach together.
    fn down(&mut self, present: u64) {
        self.visits.clear();
        self.steps.clear();
        if let Some(root) = self.tree.start().node() {
            self.visits.push(Visit {
                parent: 0,
                player: None,
                gained: 0.0,
                lost: 0.0,
            });
            self.open(root, 0, present, Weights::default());
        }
        while let Some(step) = self.steps.pop() {
            // All that lies below an earlier step of the same node has been visited.
            if let Some(taken) = self.taken.get_mut(step.branch.0) {
                *taken = step.taken;
            }
            let value = match step.next.leaf() {
                Some(leaf) => self.tree.leaves.get(leaf).copied().unwrap_or(0.0),
                None => 0.0,
            };
            let value = value * f64::from(step.mask.count_ones());
            let visit = self.visits.len();
            self.visits.push(Visit {
                parent: step.parent,
                player: self.player(&step),
                gained: step.weights.gain * value,
                lost: step.weights.loss * value,
            });
            if let Some(node) = step.next.node() {
                self.open(node, visit, step.mask, step.weights);
            }
        }
    }

    fn player(&self, step: &Step) -> Option<(u32, Taken)> {
        let node = self.tree.nodes.get(step.branch.node())?;
        step.is_first.then_some((node.feature, step.taken))
    }

    /// Puts a node's branches that are reached on the list.
    fn open(&mut self, position: usize, visit: usize, mask: u64, weights: Weights) {
        let Some(node) = self.tree.nodes.get(position) else {
            return;
        };
        let lefts = self.lefts.get(position).copied().unwrap_or(0);
        let row_left = self
            .tree
            .goes_left(node, read(self.values, node.feature as usize));
        let agreeing = mask & if row_left { lefts } else { !lefts };
        let step = |left: bool, taken, mask, weights| Step {
            next: side(node, left),
            branch: Branch::of(position, left),
            taken,
            is_first: false,
            parent: visit,
            mask,
            weights,
        };
        let prior = self.priors.get(position).copied().flatten();
        let prior = prior.and_then(|branch| self.taken.get(branch.0).copied());
        let differing = mask & !agreeing;
        let steps = match prior.unwrap_or_default() {
            Taken::Row => [Some(step(row_left, Taken::Row, mask, weights)), None, None],
            Taken::Background => {
                let to = |left, mask| step(left, Taken::Background, mask, weights);
                [
                    Some(to(row_left, agreeing)),
                    Some(to(!row_left, differing)),
                    None,
                ]
            }
            Taken::Either => {
                let to = |left, taken, weights| Step {
                    is_first: true,
                    ..step(left, taken, differing, weights)
                };
                [
                    Some(step(row_left, Taken::Either, agreeing, weights)),
                    Some(to(row_left, Taken::Row, weights.with_row())),
                    Some(to(!row_left, Taken::Background, weights.with_background())),
                ]
            }
        };
        let reached = steps.into_iter().flatten().filter(|step| step.mask != 0);
        self.steps.extend(reached);
    }

    /// Sums what lies below each visit, from the last on, and books it to the signals that had to be one's.
    fn up(&mut self, contributions: &mut [f64]) {
        for position in (1..self.visits.len()).rev() {
            let Some(visit) = self.visits.get(position).copied() else {
                continue;
            };
            if let Some((feature, taken)) = visit.player
                && let Some(contribution) = contributions.get_mut(feature as usize)
            {
                match taken {
                    Taken::Row => *contribution += visit.gained,
                    Taken::Background => *contribution -= visit.lost,
                    Taken::Either => {}
                }
            }
            if let Some(parent) = self.visits.get_mut(visit.parent) {
                parent.gained += visit.gained;
                parent.lost += visit.lost;
            }
        }
    }
}

const fn side(node: &Node, left: bool) -> Next {
    if left { node.left } else { node.right }
}

impl Weights {
    /// Returns the weights with one more signal that is the row's.
    fn with_row(self) -> Self {
        let (of_row, of_background) = (f64::from(self.of_row), f64::from(self.of_background));
        let all = of_row + of_background + 1.0;
        Self {
            of_row: self.of_row + 1,
            of_background: self.of_background,
            gain: if self.of_row == 0 {
                1.0 / all
            } else {
                self.gain * of_row / all
            },
            loss: self.loss * (of_row + 1.0) / all,
        }
    }

    /// Returns the weights with one more signal that is the background's.
    fn with_background(self) -> Self {
        let (of_row, of_background) = (f64::from(self.of_row), f64::from(self.of_background));
        let all = of_row + of_background + 1.0;
        Self {
            of_row: self.of_row,
            of_background: self.of_background + 1,
            gain: self.gain * (of_background + 1.0) / all,
            loss: if self.of_background == 0 {
                1.0 / all
            } else {
                self.loss * of_background / all
            },
        }
    }
}
