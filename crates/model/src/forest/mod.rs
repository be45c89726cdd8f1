//! The forest: an additive ensemble of binary decision trees, whoever trained it.
//!
//! ```text
//!   LightGBM text ──lightgbm::read──► Forest ──► margin(row), contributions(row)
//! ```
//!
//! Every library's trees are held in one normal form ([`Tree`]). What differs stands beside it: the precision in
//! which a library reads values and adds leaves up, where its sum starts, and its link to a probability. Margins are
//! therefore the library's own to the bit.

mod lightgbm;
mod shap;
mod tree;

pub use lightgbm::ForestError;
pub use shap::{Interventional, PathDependent, Shap, ShapError};
use tree::Tree;

/// The precision in which a library reads values and adds leaves up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    /// 32 bits: values are rounded to it before they are compared (XGBoost, ONNX).
    Single,
    /// 64 bits (LightGBM).
    Double,
}

/// How a margin becomes the library's own prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
    /// `1 / (1 + exp(-slope * margin))`.
    Sigmoid {
        /// The slope, 1 for all but the `sigmoid` parameter.
        slope: f64,
    },
    /// The margin is a probability (random forests) or a plain number (regression).
    Identity,
}

/// What the sum of leaves is combined with; all in the forest's [`Arithmetic`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sum {
    /// The sum starts at this number (XGBoost's base margin; 0 for LightGBM).
    From(f64),
    /// This number is added after the leaves (ONNX's base value).
    Plus(f64),
    /// The sum starts at 0 and is divided by the number of trees (LightGBM's random forest).
    Mean,
}

/// An ensemble of decision trees that gives a margin for a row of signals.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    /// What its signals are called in the model, in their order; empty if the file does not say.
    names: Vec<String>,
    width: usize,
    trees: Vec<Tree>,
    /// For each tree the mean value below each of its nodes.
    means: Vec<Vec<f64>>,
    arithmetic: Arithmetic,
    sum: Sum,
    link: Link,
    source: String,
}

impl Forest {
    /// Reads LightGBM's text form of a binary model.
    ///
    /// # Errors
    ///
    /// [`ForestError`] if the text is damaged, or holds what cannot be represented exactly (linear
    /// leaves, several classes).
    pub fn from_lightgbm(text: &str) -> Result<Self, ForestError> {
        lightgbm::read(text)
    }

    /// Returns the stored form: the LightGBM text that it was read from.
    #[must_use]
    pub fn to_text(&self) -> &str {
        &self.source
    }

    /// Returns the number of signals of a row.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Returns the names of the signals of a row, in order; empty if the model's file does not name them.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the number of trees.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.trees.len()
    }

    /// Returns whether there is no tree.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.trees.is_empty()
    }

    /// Returns how a margin becomes the library's own prediction.
    #[must_use]
    pub const fn link(&self) -> Link {
        self.link
    }

    /// Returns the library's raw score for a row of [`Self::width`] signals.
    #[must_use]
    pub fn margin<V: Copy + Into<f64>>(&self, row: &[V]) -> f64 {
        let leaves = self
            .trees
            .iter()
            .map(|tree| tree.value(|feature| self.value(row, feature)));
        self.arithmetic.sum(self.sum, leaves, self.trees.len())
    }

    /// Returns the number of the leaf that a row reaches in each tree. Rows that share many are alike to the forest.
    #[must_use]
    pub fn leaves<V: Copy + Into<f64>>(&self, row: &[V]) -> Vec<u32> {
        let leaf = |tree: &Tree| tree.leaf(|feature| self.value(row, feature));
        let leaves = self.trees.iter().map(leaf);
        leaves
            .map(|leaf| u32::try_from(leaf).unwrap_or(u32::MAX))
            .collect()
    }

    /// Returns the numbers that splits compare a signal with, ascending, each once.
    #[must_use]
    pub fn thresholds(&self, signal: usize) -> Vec<f64> {
        let nodes = self.trees.iter().flat_map(|tree| &tree.nodes);
        let mut thresholds: Vec<f64> = nodes
            .filter(|node| node.feature as usize == signal && !node.rule.reads_set())
            .map(|node| node.threshold)
            .collect();
        thresholds.sort_by(f64::total_cmp);
        thresholds.dedup();
        thresholds
    }

    /// Returns, for each signal, what the splits on it added to the margin: each step of a row's
    /// path adds the difference of the nodes' mean values to the split's signal.
    ///
    /// # Source
    ///
    /// Saabas, "Interpreting random forests", 2014.
    #[must_use]
    pub fn contributions<V: Copy + Into<f64>>(&self, row: &[V]) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for (tree, means) in self.trees.iter().zip(&self.means) {
            self.add_contributions(tree, means, row, &mut sums);
        }
        sums
    }

    fn add_contributions<V: Copy + Into<f64>>(
        &self,
        tree: &Tree,
        means: &[f64],
        row: &[V],
        sums: &mut [f64],
    ) {
        let mut next = tree.start();
        while let Some(node) = next.node().and_then(|node| tree.nodes.get(node)) {
            let before = tree.mean(next, means);
            let feature = node.feature as usize;
            next = tree.step(node, self.value(row, feature));
            if let Some(sum) = sums.get_mut(feature) {
                *sum += tree.mean(next, means) - before;
            }
        }
    }

    /// Returns a signal of a row as the library reads it; one that the row lacks is missing.
    fn value<V: Copy + Into<f64>>(&self, row: &[V], feature: usize) -> f64 {
        let value = row.get(feature).map_or(f64::NAN, |value| (*value).into());
        self.arithmetic.read(value)
    }
}

impl Arithmetic {
    /// Returns a value as the library reads it.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the library's own rounding"
    )]
    fn read(self, value: f64) -> f64 {
        match self {
            Self::Single => f64::from(value as f32),
            Self::Double => value,
        }
    }

    /// Returns the combined sum of `count` leaves, in their order.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "the library's own rounding"
    )]
    fn sum(self, sum: Sum, leaves: impl Iterator<Item = f64>, count: usize) -> f64 {
        let start = match sum {
            Sum::From(start) => start,
            Sum::Plus(_) | Sum::Mean => 0.0,
        };
        let total = match self {
            Self::Double => leaves.fold(start, |total, leaf| total + leaf),
            Self::Single => f64::from(leaves.fold(start as f32, |total, leaf| total + leaf as f32)),
        };
        match sum {
            Sum::From(_) => total,
            Sum::Plus(base) => self.read(total + base),
            Sum::Mean => self.read(total / count.max(1) as f64),
        }
    }
}
