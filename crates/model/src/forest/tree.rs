//! One tree, as nodes that point at each other, in the form that all libraries' trees are brought into.
//!
//! ```text
//!   value <= threshold, or value in a set ──► left, else right;   missing ──► where the rule says
//! ```
//!
//! `value < t` of a library that reads 32 bits is `value <= t'`, where `t'` is the next smaller such number; a library
//! that reads missing as 0 has a rule that sends missing where 0 goes. So the form loses nothing. A node takes 24 bytes.

use std::cmp::Ordering;

/// What a split does with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Left if the value is at most the threshold; NaN goes left.
    NanLeft,
    /// The same, but NaN goes right.
    NanRight,
    /// The same, but zero (within [`ZERO`]) and NaN go left.
    ZeroLeft,
    /// The same, but zero and NaN go right.
    ZeroRight,
    /// Left if the value is in the set that the threshold numbers; NaN goes left.
    SetNanLeft,
    /// The same, but NaN goes right.
    SetNanRight,
}

/// The values that a split on a category sends left.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Set {
    /// Values whose whole part, cut towards 0, is a code with its bit set; all else is outside (LightGBM).
    Codes(Vec<u32>),
    /// Values that are no code (below 0 or from 2^24) or whose bit is not set, cut towards 0 (XGBoost).
    AllBut(Vec<u32>),
    /// This value alone (ONNX's `BRANCH_EQ`).
    Value(f64),
}

/// Where a branch leads: a node's number, or a leaf's, inverted, as LightGBM writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Next(pub(crate) i32);

impl Next {
    /// Returns the leaf's number, `None` for a node.
    pub(crate) fn leaf(self) -> Option<usize> {
        usize::try_from(!self.0).ok()
    }

    /// Returns the node's number, `None` for a leaf.
    pub(crate) fn node(self) -> Option<usize> {
        usize::try_from(self.0).ok()
    }
}

/// An inner node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) threshold: f64,
    pub(crate) feature: u32,
    pub(crate) left: Next,
    pub(crate) right: Next,
    pub(crate) rule: Rule,
}

/// A tree: every node but the first has one parent, which stands before it, so each walk ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) leaves: Vec<f64>,
    /// How much training data came through each node, then through each leaf: rows (LightGBM) or the sum of their second
    /// derivatives (XGBoost). Empty if the file does not say.
    pub(crate) covers: Vec<f64>,
    /// The sets of splits on categories.
    pub(crate) sets: Vec<Set>,
}

/// LightGBM's `kZeroThreshold`: the float nearest to 1e-35, which is a little more.
pub(crate) const ZERO: f64 = 1.000_000_018_002_509_5e-35;

/// LightGBM's codes of categories, which have 32 bits, end here.
const CODES_I32_END: f64 = 2_147_483_648.0;

/// XGBoost's codes of categories end here.
const CODES_END: f64 = 16_777_216.0;

impl Set {
    /// Returns the number of words that the set takes.
    pub(crate) const fn words(&self) -> usize {
        match self {
            Self::Codes(words) | Self::AllBut(words) => words.len(),
            Self::Value(_) => 1,
        }
    }

    fn contains(&self, value: f64) -> bool {
        match self {
            Self::Codes(words) => (value > -1.0 && value < CODES_I32_END) && has(words, value),
            Self::AllBut(words) => !(0.0..CODES_END).contains(&value) || !has(words, value),
            Self::Value(only) => value.partial_cmp(only) == Some(Ordering::Equal),
        }
    }
}

/// Returns whether the bit of a code is set.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "codes are cut towards 0; the caller has checked the range"
)]
fn has(words: &[u32], value: f64) -> bool {
    let code = value as usize;
    words
        .get(code / 32)
        .is_some_and(|word| word >> (code % 32) & 1 == 1)
}

impl Rule {
    /// Returns the same rule with missing values sent left, or right.
    pub(crate) const fn with_missing(self, left: bool) -> Self {
        match (self, left) {
            (Self::NanLeft | Self::NanRight, true) => Self::NanLeft,
            (Self::NanLeft | Self::NanRight, false) => Self::NanRight,
            (Self::ZeroLeft | Self::ZeroRight, true) => Self::ZeroLeft,
            (Self::ZeroLeft | Self::ZeroRight, false) => Self::ZeroRight,
            (Self::SetNanLeft | Self::SetNanRight, true) => Self::SetNanLeft,
            (Self::SetNanLeft | Self::SetNanRight, false) => Self::SetNanRight,
        }
    }

    /// Returns whether the rule asks for membership in a set.
    pub(crate) const fn reads_set(self) -> bool {
        matches!(self, Self::SetNanLeft | Self::SetNanRight)
    }
}

impl Node {
    /// Returns the number of the set that the node asks for, which stands where other splits have their threshold.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index as a float"
    )]
    pub(crate) const fn set(&self) -> usize {
        self.threshold as usize
    }
}

impl Tree {
    /// Returns where a walk starts: at the only leaf if there is no node.
    pub(crate) fn start(&self) -> Next {
        Next(if self.nodes.is_empty() { !0 } else { 0 })
    }

    /// Returns the number of the leaf that is reached when `value` gives the signals.
    pub(crate) fn leaf(&self, value: impl Fn(usize) -> f64) -> usize {
        let mut next = self.start();
        while let Some(node) = next.node().and_then(|node| self.nodes.get(node)) {
            next = self.step(node, value(node.feature as usize));
        }
        next.leaf().unwrap_or(0)
    }

    /// Returns the value of the leaf that is reached when `value` gives the signals.
    pub(crate) fn value(&self, value: impl Fn(usize) -> f64) -> f64 {
        self.leaves.get(self.leaf(value)).copied().unwrap_or(0.0)
    }

    /// Returns where a node sends a value.
    pub(crate) fn step(&self, node: &Node, value: f64) -> Next {
        if self.goes_left(node, value) {
            node.left
        } else {
            node.right
        }
    }

    /// Returns whether a node sends a value left.
    pub(crate) fn goes_left(&self, node: &Node, value: f64) -> bool {
        match node.rule {
            Rule::NanLeft => value.is_nan() || value <= node.threshold,
            // A comparison with NaN is false: right.
            Rule::NanRight => value <= node.threshold,
            Rule::ZeroLeft => is_none(value) || value <= node.threshold,
            Rule::ZeroRight => !is_none(value) && value <= node.threshold,
            Rule::SetNanLeft => value.is_nan() || self.in_set(node, value),
            Rule::SetNanRight => !value.is_nan() && self.in_set(node, value),
        }
    }

    fn in_set(&self, node: &Node, value: f64) -> bool {
        self.sets
            .get(node.set())
            .is_some_and(|set| set.contains(value))
    }

    /// Returns whether this is a tree: every branch leads forward to a node, or to a leaf, that exists, and
    /// each but the first node has one parent; likewise each leaf.
    pub(crate) fn is_sound(&self) -> bool {
        let mut parents = vec![0_u8; self.nodes.len() + self.leaves.len()];
        for (position, node) in self.nodes.iter().enumerate() {
            for next in [node.left, node.right] {
                let place = match (next.leaf(), next.node()) {
                    (Some(leaf), _) if leaf < self.leaves.len() => self.nodes.len() + leaf,
                    (_, Some(child)) if child > position && child < self.nodes.len() => child,
                    _ => return false,
                };
                if let Some(count) = parents.get_mut(place) {
                    *count = count.saturating_add(1);
                }
            }
            if node.rule.reads_set() && node.set() >= self.sets.len() {
                return false;
            }
        }
        let (nodes, leaves) = parents.split_at(self.nodes.len());
        let ones = |counts: &[u8]| counts.iter().all(|count| *count == 1);
        match nodes.split_first() {
            Some((root, others)) => *root == 0 && ones(others) && ones(leaves),
            None => leaves.len() == 1,
        }
    }

    /// Returns the mean value below each node, weighted by the training data that came through (evenly where
    /// the file does not say how much did).
    pub(crate) fn means(&self) -> Vec<f64> {
        let mut means = vec![0.0; self.nodes.len()];
        for (position, node) in self.nodes.iter().enumerate().rev() {
            let share = self.left_share(node);
            let [left, right] = [node.left, node.right].map(|next| self.mean(next, &means));
            if let Some(mean) = means.get_mut(position) {
                *mean = share * left + (1.0 - share) * right;
            }
        }
        means
    }

    /// Returns the share of the training data that a node sends left; a half where the file does not say.
    pub(crate) fn left_share(&self, node: &Node) -> f64 {
        let left = self.cover(node.left);
        let all = left + self.cover(node.right);
        if all > 0.0 { left / all } else { 0.5 }
    }

    /// Returns the value of a leaf, or the mean below a node.
    pub(crate) fn mean(&self, next: Next, means: &[f64]) -> f64 {
        let value = match next.leaf() {
            Some(leaf) => self.leaves.get(leaf),
            None => next.node().and_then(|node| means.get(node)),
        };
        value.copied().unwrap_or(0.0)
    }

    /// Returns how much training data came through a branch; 0 if the file does not say.
    pub(crate) fn cover(&self, next: Next) -> f64 {
        let place = match next.leaf() {
            Some(leaf) => Some(self.nodes.len() + leaf),
            None => next.node(),
        };
        let cover = place.and_then(|place| self.covers.get(place));
        cover.copied().unwrap_or(0.0)
    }
}

/// Returns whether LightGBM's zero-as-missing reads a value as none.
fn is_none(value: f64) -> bool {
    value.is_nan() || value.abs() <= ZERO
}
