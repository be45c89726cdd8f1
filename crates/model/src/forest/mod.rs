//! The forest: an additive ensemble of binary decision trees.
//!
//! ```text
//!   LightGBM text ──text::read──► Forest ──► margin(row), contributions(row)
//! ```
//!
//! Splits, missing values and categories follow LightGBM's rules to the bit; sums run over the
//! trees in order, in double precision.

mod text;
mod tree;

pub use text::ForestError;
pub(crate) use tree::{Node, Tree};

/// A gradient-boosted forest that returns log-odds.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    width: usize,
    trees: Vec<Tree>,
    source: String,
}

impl Forest {
    /// Reads LightGBM's text form of a binary model.
    ///
    /// # Errors
    ///
    /// [`ForestError`] if the text is damaged, or holds what cannot be represented exactly (linear
    /// leaves, several classes, averaged output).
    pub fn from_lightgbm(text: &str) -> Result<Self, ForestError> {
        text::read(text)
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

    /// Returns the log-odds for a row of [`Self::width`] signals.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        self.trees.iter().map(|tree| tree.value(row)).sum()
    }

    /// Returns, for each signal, the log-odds that the splits on it added: each step of a row's
    /// path adds the difference of the nodes' mean values to the split's signal.
    ///
    /// # Source
    ///
    /// Saabas, "Interpreting random forests", 2014.
    #[must_use]
    pub fn contributions(&self, row: &[f32]) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for tree in &self.trees {
            tree.add_contributions(row, &mut sums);
        }
        sums
    }
}
