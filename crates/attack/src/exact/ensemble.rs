//! A forest as flat arrays, made once for all rows.

use ringtrue_core::Precision;
use ringtrue_model::{Branch, Forest, PlainForest, PlainSplit, PlainTree, Question};

/// Where a branch leads: a node's number, or a leaf's, inverted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link(i32);

impl Link {
    pub(super) fn node(number: usize) -> Self {
        Self(i32::try_from(number).unwrap_or(i32::MAX))
    }

    pub(super) fn leaf(number: usize) -> Self {
        Self(!Self::node(number).0)
    }

    /// Returns a node's number, or a leaf's as an error.
    #[inline]
    #[expect(clippy::cast_sign_loss, reason = "both sides are 0 or more")]
    pub(super) const fn follow(self) -> Result<usize, usize> {
        if self.0 >= 0 {
            Ok(self.0 as usize)
        } else {
            Err(!self.0 as usize)
        }
    }
}

/// What a node asks of its signal's value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ask {
    /// Whether it is at most the cut of this number among the signal's.
    AtMost { cut: f64, number: u32 },
    /// Whether the forest's own node sends it left.
    InSet { tree: u32, node: u32 },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) signal: u32,
    pub(super) left: Link,
    pub(super) right: Link,
    pub(super) missing_left: bool,
    pub(super) ask: Ask,
}

/// Places at which a tree may cut one signal: a table of all pairs of them is kept.
pub const CUTS_MAX: usize = 512;

/// A forest cannot be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnsembleError {
    /// A tree cuts one signal at too many places.
    #[error("a tree cuts one signal at more than {CUTS_MAX} places: {0}")]
    Cuts(usize),
}

/// A forest laid out for searching.
#[derive(Clone, Debug)]
pub struct Ensemble<'f> {
    pub(super) forest: &'f Forest,
    pub(super) nodes: Vec<Node>,
    pub(super) leaves: Vec<f64>,
    /// Where each tree starts.
    pub(super) roots: Vec<Link>,
    /// For each signal its cuts, ascending, each once.
    pub(super) cuts: Vec<Vec<f64>>,
    /// Whether a split asks whether the signal is in a set.
    pub(super) in_sets: Vec<bool>,
    pub(super) precision: Precision,
    pub(super) start: f64,
    pub(super) divisor: f64,
    /// The largest magnitudes that the partial sums of leaves can have, summed.
    pub(super) rounding: f64,
}

impl<'f> Ensemble<'f> {
    /// Lays a forest out.
    ///
    /// # Errors
    ///
    /// [`EnsembleError::Cuts`] if a tree cuts one signal at more than [`CUTS_MAX`] places.
    pub fn new(forest: &'f Forest) -> Result<Self, EnsembleError> {
        let plain = forest.plain();
        let mut ensemble = Self {
            forest,
            nodes: Vec::new(),
            leaves: Vec::new(),
            roots: Vec::new(),
            cuts: vec![Vec::new(); forest.width()],
            in_sets: vec![false; forest.width()],
            precision: plain.precision,
            start: plain.start,
            divisor: plain.divisor,
            rounding: rounding(&plain),
        };
        for tree in &plain.trees {
            for split in &tree.splits {
                match split.question {
                    Question::AtMost(cut) => ensemble.cuts[split.signal].push(cut),
                    Question::InSet(_) => ensemble.in_sets[split.signal] = true,
                }
            }
        }
        for cuts in &mut ensemble.cuts {
            cuts.sort_by(f64::total_cmp);
            cuts.dedup_by(|one, other| one.total_cmp(other).is_eq());
        }
        for (number, tree) in plain.trees.iter().enumerate() {
            ensemble.add(number, tree)?;
        }
        Ok(ensemble)
    }

    fn add(&mut self, number: usize, tree: &PlainTree) -> Result<(), EnsembleError> {
        let mut asked: Vec<(usize, u64)> = tree.splits.iter().filter_map(asked).collect();
        asked.sort_unstable();
        asked.dedup();
        for cuts in asked.chunk_by(|one, other| one.0 == other.0) {
            if cuts.len() > CUTS_MAX {
                return Err(EnsembleError::Cuts(cuts.len()));
            }
        }
        let (nodes, leaves) = (self.nodes.len(), self.leaves.len());
        let link = |branch: Branch| match branch {
            Branch::Split(split) => Link::node(nodes + split),
            Branch::Leaf(leaf) => Link::leaf(leaves + leaf),
        };
        self.roots.push(if tree.splits.is_empty() {
            Link::leaf(leaves)
        } else {
            Link::node(nodes)
        });
        for split in &tree.splits {
            let ask = match split.question {
                Question::AtMost(cut) => {
                    let cuts = &self.cuts[split.signal];
                    let place = cuts.binary_search_by(|other| other.total_cmp(&cut));
                    let number = small(place.unwrap_or_else(|place| place));
                    Ask::AtMost { cut, number }
                }
                Question::InSet(node) => Ask::InSet {
                    tree: small(number),
                    node: small(node),
                },
            };
            self.nodes.push(Node {
                signal: small(split.signal),
                left: link(split.left),
                right: link(split.right),
                missing_left: split.missing_left,
                ask,
            });
        }
        self.leaves.extend(&tree.leaves);
        Ok(())
    }

    /// Returns the signals that a split asks of by a set: they have no order to move along, and are held.
    #[must_use]
    pub fn asked_by_sets(&self) -> Vec<usize> {
        let signals = self.in_sets.iter().enumerate();
        signals
            .filter_map(|(signal, asked)| asked.then_some(signal))
            .collect()
    }

    /// Returns which way a node sends a value.
    pub(super) fn sends_left(&self, node: &Node, value: f64) -> bool {
        match node.ask {
            _ if value.is_nan() => node.missing_left,
            Ask::AtMost { cut, .. } => value <= cut,
            Ask::InSet { tree, node } => {
                self.forest.sends_left(tree as usize, node as usize, value)
            }
        }
    }
}

/// Returns the signal of a split, and its cut as bits.
fn asked(split: &PlainSplit) -> Option<(usize, u64)> {
    match split.question {
        Question::AtMost(cut) => Some((split.signal, cut.to_bits())),
        Question::InSet(_) => None,
    }
}

fn rounding(plain: &PlainForest) -> f64 {
    let (mut least, mut most) = (plain.start, plain.start);
    let sums = plain.trees.iter().map(|tree| {
        least += tree.leaves.iter().copied().fold(f64::INFINITY, f64::min);
        most += tree
            .leaves
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        least.abs().max(most.abs())
    });
    sums.sum()
}

/// Narrows an index, which a model's file keeps far below 2^32.
#[inline]
pub(super) fn small(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
