//! The forest laid open: every split a comparison, for those who search it rather than score with it.
//!
//! ```text
//!   Forest ──plain──► trees of "value <= cut" and where missing goes; margin = (start + sum of leaves) / divisor
//! ```
//!
//! What LightGBM's zero-as-missing sends elsewhere becomes a chain of comparisons, so that a branch may be named twice.
//! A split on a set of categories stays a question ([`Forest::sends_left`]): sets have no order to search along.

use ringtrue_core::Precision;

use super::tree::{Next, Node, Rule, Tree, ZERO};
use super::{Arithmetic, Forest, Sum};

/// Where a branch of a [`PlainTree`] leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// To a split, by its position.
    Split(usize),
    /// To a leaf, by its position.
    Leaf(usize),
}

/// What a split asks of its signal's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Question {
    /// Whether it is at most this number, which the forest's precision holds.
    AtMost(f64),
    /// Whether it is in a set; the number is the node's, for [`Forest::sends_left`].
    InSet(usize),
}

/// A split: left if the answer is yes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlainSplit {
    /// The signal's position in a row.
    pub signal: usize,
    /// What is asked.
    pub question: Question,
    /// Whether a missing value goes left.
    pub missing_left: bool,
    /// Where yes leads.
    pub left: Branch,
    /// Where no leads.
    pub right: Branch,
}

/// A tree; each split stands before what its branches lead to.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainTree {
    /// The splits, the root first; none if the tree is a single leaf.
    pub splits: Vec<PlainSplit>,
    /// The leaves' values.
    pub leaves: Vec<f64>,
}

/// A forest laid open. Its margin is `(start + sum of leaves) / divisor`, up to the rounding of the library's sum.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainForest {
    /// The trees, in the order in which the library adds them.
    pub trees: Vec<PlainTree>,
    /// The precision in which values are read and leaves are added.
    pub precision: Precision,
    /// What is added to the leaves.
    pub start: f64,
    /// What the sum is divided by.
    pub divisor: f64,
}

impl Forest {
    /// Returns the forest laid open.
    #[must_use]
    pub fn plain(&self) -> PlainForest {
        let (start, divisor) = match self.sum {
            Sum::From(number) | Sum::Plus(number) => (number, 1.0),
            Sum::Mean => (0.0, self.trees.len().max(1) as f64),
        };
        PlainForest {
            trees: self.trees.iter().map(plain).collect(),
            precision: match self.arithmetic {
                Arithmetic::Single => Precision::Single,
                Arithmetic::Double => Precision::Double,
            },
            start,
            divisor,
        }
    }

    /// Returns whether the node `node` of the tree `tree` sends a value left, read as the library reads it; false if
    /// there is no such node.
    #[must_use]
    pub fn sends_left(&self, tree: usize, node: usize, value: f64) -> bool {
        let tree = self.trees.get(tree);
        let node = tree.and_then(|tree| Some((tree, tree.nodes.get(node)?)));
        node.is_some_and(|(tree, node)| tree.goes_left(node, self.arithmetic.read(value)))
    }
}

/// A side of a split.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Left,
    Right,
}

/// Comparisons, each with the side that values up to its cut take; what passes all of them takes the other side of
/// the last.
type Chain = Vec<(f64, Side)>;

/// Returns the comparisons that a node comes to; `None` for a set.
fn chain(node: &Node) -> Option<Chain> {
    use Side::{Left, Right};
    let cut = node.threshold;
    let below_zero = (-ZERO).next_down();
    Some(match node.rule {
        Rule::NanLeft | Rule::NanRight => vec![(cut, Left)],
        Rule::ZeroLeft if cut >= ZERO => vec![(cut, Left)],
        Rule::ZeroLeft if cut >= -ZERO => vec![(ZERO, Left)],
        Rule::ZeroLeft => vec![(cut, Left), (below_zero, Right), (ZERO, Left)],
        Rule::ZeroRight if cut < -ZERO => vec![(cut, Left)],
        Rule::ZeroRight if cut <= ZERO => vec![(below_zero, Left)],
        Rule::ZeroRight => vec![(below_zero, Left), (ZERO, Right), (cut, Left)],
        Rule::SetNanLeft | Rule::SetNanRight => return None,
    })
}

fn plain(tree: &Tree) -> PlainTree {
    let chains: Vec<Option<Chain>> = tree.nodes.iter().map(chain).collect();
    let lengths = chains
        .iter()
        .map(|chain| chain.as_ref().map_or(1, Vec::len));
    let heads: Vec<usize> = lengths
        .scan(0, |next, length| {
            let head = *next;
            *next += length;
            Some(head)
        })
        .collect();
    let branch = |next: Next| {
        let head = next.node().and_then(|node| heads.get(node));
        let head = head.copied().map(Branch::Split);
        head.unwrap_or(Branch::Leaf(next.leaf().unwrap_or(0)))
    };
    let mut splits = Vec::new();
    for (position, (node, chain)) in tree.nodes.iter().zip(&chains).enumerate() {
        let (left, right) = (branch(node.left), branch(node.right));
        let signal = node.feature as usize;
        let missing = match node.rule {
            Rule::NanLeft | Rule::ZeroLeft | Rule::SetNanLeft => Side::Left,
            Rule::NanRight | Rule::ZeroRight | Rule::SetNanRight => Side::Right,
        };
        let Some(chain) = chain else {
            splits.push(PlainSplit {
                signal,
                question: Question::InSet(position),
                missing_left: missing == Side::Left,
                left,
                right,
            });
            continue;
        };
        for (link, (cut, side)) in chain.iter().enumerate() {
            let (yes, no) = match side {
                Side::Left => (left, right),
                Side::Right => (right, left),
            };
            let is_last = link + 1 == chain.len();
            splits.push(PlainSplit {
                signal,
                question: Question::AtMost(*cut),
                // A missing value goes on along the chain until a link leads where it has to go.
                missing_left: *side == missing,
                left: yes,
                right: if is_last {
                    no
                } else {
                    Branch::Split(splits.len() + 1)
                },
            });
        }
    }
    PlainTree {
        splits,
        leaves: tree.leaves.clone(),
    }
}
