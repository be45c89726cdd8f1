//! One tree, as nodes that point at each other.

/// Where a row goes at a node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Split {
    /// Left if the value is at most the threshold.
    Number {
        threshold: f64,
        missing: Missing,
        missing_left: bool,
    },
    /// Left if the code's bit is set; missing and unknown codes go right.
    Category { left: Vec<u32> },
}

/// Which values count as missing at a split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// None: NaN is read as 0.
    Never,
    /// Zero (within 1e-35) and NaN.
    Zero,
    /// NaN.
    Nan,
}

/// Where a branch leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Node(usize),
    Leaf(usize),
}

/// An inner node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) feature: usize,
    pub(crate) split: Split,
    pub(crate) left: Next,
    pub(crate) right: Next,
    /// Mean value of the training rows that came through.
    pub(crate) value: f64,
}

/// A tree; every [`Next`] points forward, so each walk ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) leaves: Vec<f64>,
}

/// LightGBM's `kZeroThreshold`.
const ZERO: f64 = 1e-35;

impl Node {
    fn next(&self, row: &[f32]) -> Next {
        let value = row
            .get(self.feature)
            .map_or(f64::NAN, |value| f64::from(*value));
        if self.split.goes_left(value) {
            self.left
        } else {
            self.right
        }
    }
}

impl Split {
    fn goes_left(&self, value: f64) -> bool {
        match self {
            Self::Number {
                threshold,
                missing,
                missing_left,
            } => {
                let value = if value.is_nan() && *missing != Missing::Nan {
                    0.0
                } else {
                    value
                };
                let is_missing = match missing {
                    Missing::Never => false,
                    Missing::Zero => value.abs() <= ZERO,
                    Missing::Nan => value.is_nan(),
                };
                if is_missing {
                    *missing_left
                } else {
                    value <= *threshold
                }
            }
            Self::Category { left } => code(value)
                .and_then(|code| left.get(code / 32).map(|word| word >> (code % 32) & 1 == 1))
                .unwrap_or(false),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "LightGBM truncates"
)]
fn code(value: f64) -> Option<usize> {
    (value > -1.0 && value < f64::from(i32::MAX)).then_some(value as usize)
}

impl Tree {
    fn start(&self) -> Next {
        if self.nodes.is_empty() {
            Next::Leaf(0)
        } else {
            Next::Node(0)
        }
    }

    pub(crate) fn value(&self, row: &[f32]) -> f64 {
        let mut next = self.start();
        loop {
            match next {
                Next::Leaf(leaf) => return self.leaves.get(leaf).copied().unwrap_or(0.0),
                Next::Node(node) => match self.nodes.get(node) {
                    Some(node) => next = node.next(row),
                    None => return 0.0,
                },
            }
        }
    }

    pub(crate) fn add_contributions(&self, row: &[f32], sums: &mut [f64]) {
        let mut next = self.start();
        while let Next::Node(position) = next {
            let Some(node) = self.nodes.get(position) else {
                return;
            };
            next = node.next(row);
            if let Some(sum) = sums.get_mut(node.feature) {
                *sum += self.mean(next) - node.value;
            }
        }
    }

    fn mean(&self, next: Next) -> f64 {
        match next {
            Next::Leaf(leaf) => self.leaves.get(leaf).copied().unwrap_or(0.0),
            Next::Node(node) => self.nodes.get(node).map_or(0.0, |node| node.value),
        }
    }
}
