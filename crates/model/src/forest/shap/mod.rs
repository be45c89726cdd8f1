//! Exact Shapley values of a margin: how much each signal of one row moves it, in margin units.
//!
//! ```text
//!   Forest ──► PathDependent  (absent signals: the training data's shares at each split) ──┐
//!   Forest, background rows ──► Interventional (absent signals: taken from those rows) ────┴─► Shap
//! ```
//!
//! Both are exact for their own game, and the two games differ, so each carries its name. Neither samples,
//! and neither answers where it cannot: no shares without the training counts, no mean over an empty background.

mod interventional;
mod path_dependent;
mod paths;
mod quadrature;
#[cfg(test)]
mod tests;

pub use interventional::Interventional;
pub use path_dependent::PathDependent;

use super::{Forest, Sum};

/// What each signal of a row adds to the margin of an average row.
///
/// `bias` and the sum of `contributions` make the row's margin, within the rounding of 64-bit sums (a library that adds
/// in 32 bits differs from that by its own rounding).
#[derive(Clone, Debug, PartialEq)]
pub struct Shap {
    /// The margin of no signals: the mean over the training data (path-dependent) or over the background (interventional).
    pub bias: f64,
    /// One number for each signal of a row, in order; 0 for a signal that no split reads.
    pub contributions: Vec<f64>,
}

/// Shapley values cannot be computed.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapError {
    /// The model does not say how its training data spread over the branches.
    #[error(
        "path-dependent values need how much training data came through each branch, which the model's file \
         does not say for tree {0}; interventional values with a background of rows do not need it"
    )]
    NoCovers(usize),
    /// A path asks for more signals than any trained tree does.
    #[error("a path of tree {tree} splits on more than {most} signals", most = quadrature::SIGNALS_MAX)]
    Deep {
        /// The tree's number, from 0.
        tree: usize,
    },
    /// There is nothing to take absent signals from.
    #[error("interventional values need a background of at least one row")]
    NoBackground,
}

impl Forest {
    /// Returns what computes path-dependent values, prepared once for many rows.
    ///
    /// # Errors
    ///
    /// [`ShapError::NoCovers`] if the model's file does not say how much training data came through each
    /// branch; [`ShapError::Deep`] if a path splits on more than 1024 signals.
    pub fn path_dependent(&self) -> Result<PathDependent<'_>, ShapError> {
        PathDependent::new(self)
    }

    /// Returns the path-dependent values of one row of [`Self::width`] signals. For several rows,
    /// [`Self::path_dependent`] prepares once.
    ///
    /// # Errors
    ///
    /// Those of [`Self::path_dependent`].
    pub fn shap_path_dependent<V: Copy + Into<f64>>(&self, row: &[V]) -> Result<Shap, ShapError> {
        Ok(self.path_dependent()?.explain(row))
    }

    /// Returns what computes interventional values against background rows of [`Self::width`] signals each,
    /// prepared once for many rows.
    ///
    /// # Errors
    ///
    /// [`ShapError::NoBackground`] if there is no background row.
    pub fn interventional<V: Copy + Into<f64>, R: AsRef<[V]>>(
        &self,
        background: &[R],
    ) -> Result<Interventional<'_>, ShapError> {
        Interventional::new(self, background)
    }

    /// Returns the interventional values of one row. For several rows, [`Self::interventional`] prepares once.
    ///
    /// # Errors
    ///
    /// Those of [`Self::interventional`].
    pub fn shap_interventional<V: Copy + Into<f64>, R: AsRef<[V]>>(
        &self,
        row: &[V],
        background: &[R],
    ) -> Result<Shap, ShapError> {
        Ok(self.interventional(background)?.explain(row))
    }

    /// Returns a row's signals as the library reads them, [`Self::width`] of them.
    fn values<V: Copy + Into<f64>>(&self, row: &[V]) -> Vec<f64> {
        (0..self.width)
            .map(|feature| self.value(row, feature))
            .collect()
    }

    /// Returns the values of the forest from those of the plain sum of its trees.
    fn combined(&self, mut shap: Shap) -> Shap {
        match self.sum {
            Sum::From(base) | Sum::Plus(base) => shap.bias += base,
            Sum::Mean => {
                let count = self.trees.len().max(1) as f64;
                shap.bias /= count;
                for contribution in &mut shap.contributions {
                    *contribution /= count;
                }
            }
        }
        shap
    }
}
