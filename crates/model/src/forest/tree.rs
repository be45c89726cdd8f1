//! One tree, as nodes that point at each other.
//!
//! A node takes 24 bytes, so that a forest of a few hundred small trees stays in a core's cache.

/// What a split does with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Left if the value is at most the threshold; NaN is read as 0.
    Number,
    /// The same, but zero (within 1e-35) and NaN go left.
    ZeroLeft,
    /// The same, but zero and NaN go right.
    ZeroRight,
    /// The same as a number, but NaN goes left.
    NanLeft,
    /// The same, but NaN goes right.
    NanRight,
    /// Left if the code's bit is set in the list that the threshold numbers; missing and unknown codes
    /// go right.
    Category,
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

/// A tree; every branch to a node points forward, so each walk ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) leaves: Vec<f64>,
    /// Mean value of the training rows that came through each node.
    pub(crate) means: Vec<f64>,
    /// The bit sets of categorical splits.
    pub(crate) categories: Vec<Vec<u32>>,
}

/// LightGBM's `kZeroThreshold`.
const ZERO: f64 = 1e-35;

impl Tree {
    fn start(&self) -> Next {
        Next(if self.nodes.is_empty() { !0 } else { 0 })
    }

    pub(crate) fn value(&self, row: &[f32]) -> f64 {
        let mut next = self.start();
        while let Some(node) = next.node() {
            next = self.step(node, row);
        }
        self.mean(next)
    }

    pub(crate) fn add_contributions(&self, row: &[f32], sums: &mut [f64]) {
        let mut next = self.start();
        while let Some(node) = next.node() {
            next = self.step(node, row);
            let feature = self.nodes.get(node).map(|node| node.feature as usize);
            if let Some(sum) = feature.and_then(|feature| sums.get_mut(feature)) {
                *sum += self.mean(next) - self.means.get(node).copied().unwrap_or(0.0);
            }
        }
    }

    fn mean(&self, next: Next) -> f64 {
        let value = match next.leaf() {
            Some(leaf) => self.leaves.get(leaf),
            None => next.node().and_then(|node| self.means.get(node)),
        };
        value.copied().unwrap_or(0.0)
    }

    fn step(&self, node: usize, row: &[f32]) -> Next {
        let Some(node) = self.nodes.get(node) else {
            return Next(!0);
        };
        let value = row
            .get(node.feature as usize)
            .map_or(f64::NAN, |value| f64::from(*value));
        if self.goes_left(node, value) {
            node.left
        } else {
            node.right
        }
    }

    fn goes_left(&self, node: &Node, value: f64) -> bool {
        match node.rule {
            Rule::NanLeft if value.is_nan() => true,
            // A comparison with NaN is false: right.
            Rule::NanLeft | Rule::NanRight => value <= node.threshold,
            Rule::Number => or_zero(value) <= node.threshold,
            Rule::ZeroLeft => or_zero(value).abs() <= ZERO || value <= node.threshold,
            Rule::ZeroRight => or_zero(value).abs() > ZERO && value <= node.threshold,
            Rule::Category => code(value)
                .and_then(|code| {
                    let words = self.categories.get(place(node.threshold))?;
                    Some(words.get(code / 32)? >> (code % 32) & 1 == 1)
                })
                .unwrap_or(false),
        }
    }
}

fn or_zero(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "LightGBM truncates"
)]
fn code(value: f64) -> Option<usize> {
    (value > -1.0 && value < f64::from(i32::MAX)).then_some(value as usize)
}

/// Returns the number of a bit set, which stands where other splits have their threshold.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index as a float"
)]
pub(crate) fn place(threshold: f64) -> usize {
    threshold as usize
}
