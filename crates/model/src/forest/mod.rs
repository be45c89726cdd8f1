//! The forest: an additive ensemble of binary decision trees, whoever trained it.
//!
//! ```text
//!   LightGBM text ─────────lightgbm─┐
//!   XGBoost JSON, UBJSON ──xgboost──┼──► Forest ──► margin(row), contributions(row)
//!   ONNX tree ensemble ────onnx─────┘
//! ```
//!
//! Every library's trees are held in one normal form ([`Tree`]). What differs stands beside it: the precision in
//! which a library reads values and adds leaves up, where its sum starts, and its link to a probability. Margins are
//! therefore the library's own to the bit.

mod engine;
mod error;
mod grow;
mod lightgbm;
mod onnx;
mod plain;
mod shap;
mod tree;
mod ubjson;
mod xgboost;

pub use error::ForestError;
pub use plain::{Branch, PlainForest, PlainSplit, PlainTree, Question};
use rayon::prelude::*;
pub use shap::{Interventional, PathDependent, Shap, ShapError};

use engine::Engine;
use tree::Tree;

use crate::calibration::sigmoid;

/// Signals that a row may have; a damaged file names more and would have as many held.
const WIDTH_MAX: usize = 1 << 20;

/// The form of a model's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// LightGBM's text.
    LightGbmText,
    /// XGBoost's JSON.
    XgboostJson,
    /// XGBoost's binary twin of its JSON.
    XgboostUbjson,
    /// An ONNX model around one tree ensemble.
    Onnx,
}

/// The values of a column of categories, for which a row holds their positions in this list.
///
/// A value that is not in the list is missing (NaN in a row).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Categories {
    /// The signal's position in a row; `None` if the file does not tell which of its signals this is.
    pub feature: Option<usize>,
    /// The values, numbers as their text.
    pub values: Vec<String>,
}

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
    /// The margin, a sum over trees, is divided by their number (LightGBM's random forest without a sigmoid).
    Mean {
        /// The number of trees.
        count: usize,
    },
}

impl Link {
    /// Returns the library's own prediction for a margin: a probability, or a plain number.
    #[must_use]
    pub fn prediction(self, margin: f64) -> f64 {
        match self {
            Self::Sigmoid { slope } => sigmoid(slope * margin),
            Self::Identity => margin,
            Self::Mean { count } => margin / count.max(1) as f64,
        }
    }
}

/// What the sum of leaves is combined with; all in the forest's [`Arithmetic`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sum {
    /// The sum starts at this number (XGBoost's base margin; 0 for LightGBM).
    From(f64),
    /// This number is added after the leaves (ONNX's base value).
    Plus(f64),
    /// The sum starts at 0 and is divided by the number of trees (ONNX's average).
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
    categories: Vec<Categories>,
    format: Format,
    source: Vec<u8>,
    engine: Engine,
}

/// Rows that one thread scores at a time.
const ROWS: usize = 1 << 12;

impl Forest {
    /// Reads a model's file in any of the [`Format`]s, which it recognises.
    ///
    /// All trees of the file count: LightGBM writes the best ones of a training that stopped early, XGBoost all.
    ///
    /// # Errors
    ///
    /// [`ForestError`] if the file is of no known form, is damaged, or holds what cannot be represented exactly
    /// (several classes or targets, linear leaves, a link other than the logistic one or none, other ONNX operators).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ForestError> {
        let forest = match recognise(bytes).ok_or(ForestError::Unknown)? {
            Format::LightGbmText => match std::str::from_utf8(bytes) {
                Ok(text) => lightgbm::read(text),
                Err(error) => Err(ForestError::Form {
                    form: "LightGBM's text",
                    fault: error.to_string(),
                }),
            },
            Format::XgboostJson => xgboost::read_json(bytes),
            Format::XgboostUbjson => xgboost::read_ubjson(bytes),
            Format::Onnx => onnx::read(bytes),
        };
        forest.map(Self::made)
    }

    /// Reads LightGBM's text form of a model with one output.
    ///
    /// # Errors
    ///
    /// [`ForestError`] if the text is damaged, or holds what cannot be represented exactly (linear
    /// leaves, several classes).
    pub fn from_lightgbm(text: &str) -> Result<Self, ForestError> {
        lightgbm::read(text).map(Self::made)
    }

    /// Makes the fast forms, so that the first row does not wait for them.
    fn made(self) -> Self {
        self.engine.make(&self.trees, self.arithmetic);
        self
    }

    /// Returns the stored form: the bytes that it was read from.
    #[must_use]
    pub fn to_bytes(&self) -> &[u8] {
        &self.source
    }

    /// Returns the form of the file that it was read from.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Returns the lists of values of its columns of categories, where the model's file holds them: as pandas had
    /// them when LightGBM or XGBoost (since 3.1) was trained on its tables.
    #[must_use]
    pub fn categories(&self) -> &[Categories] {
        &self.categories
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
        let forest = (self.trees.as_slice(), self.arithmetic);
        let total = self.engine.sum(forest, self.start(), row);
        self.finish(total)
    }

    /// Appends the library's raw score of each row to `out`; rows of [`Self::width`] signals stand one after the
    /// other, and what is left over at the end is no row. Equal to [`Self::margin`] of each, and much faster.
    pub fn margins<V: Copy + Into<f64>>(&self, rows: &[V], out: &mut Vec<f64>) {
        let forest = (self.trees.as_slice(), self.arithmetic);
        let first = out.len();
        self.engine
            .sums(forest, self.start(), (rows, self.width), out);
        for margin in out.iter_mut().skip(first) {
            *margin = self.finish(*margin);
        }
    }

    /// Returns the same as [`Self::margins`], scored by the threads of the caller's pool.
    #[must_use]
    pub fn margins_in_parallel<V: Copy + Into<f64> + Sync>(&self, rows: &[V]) -> Vec<f64> {
        let parts = rows.par_chunks(ROWS * self.width.max(1)).map(|rows| {
            let mut margins = Vec::new();
            self.margins(rows, &mut margins);
            margins
        });
        parts.flatten_iter().collect()
    }

    /// Returns the margin by walking the trees as they are: what the fast forms have to equal.
    #[cfg(test)]
    fn margin_by_walking<V: Copy + Into<f64>>(&self, row: &[V]) -> f64 {
        let leaves = self
            .trees
            .iter()
            .map(|tree| tree.value(|feature| self.value(row, feature)));
        self.finish(self.arithmetic.sum(self.start(), leaves))
    }

    /// Returns where the sum of leaves starts.
    const fn start(&self) -> f64 {
        match self.sum {
            Sum::From(start) => start,
            Sum::Plus(_) | Sum::Mean => 0.0,
        }
    }

    /// Returns the margin of a sum of leaves.
    fn finish(&self, total: f64) -> f64 {
        match self.sum {
            Sum::From(_) => total,
            Sum::Plus(base) => self.arithmetic.read(total + base),
            Sum::Mean => self.arithmetic.read(total / self.trees.len().max(1) as f64),
        }
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

/// Returns the form of a model's file, by how it opens.
fn recognise(bytes: &[u8]) -> Option<Format> {
    /// The field `ir_version`, a number, which all writers of ONNX put first.
    const IR_VERSION: u8 = 0x08;
    let text = bytes.trim_ascii_start();
    match (bytes, text) {
        ([b'{', b'i' | b'U' | b'I' | b'l' | b'L', ..], _) => Some(Format::XgboostUbjson),
        (_, [b'{', ..]) => Some(Format::XgboostJson),
        ([b't', b'r', b'e', b'e', b'\r' | b'\n', ..], _) => Some(Format::LightGbmText),
        ([IR_VERSION, ..], _) => Some(Format::Onnx),
        _ => None,
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

    /// Returns the sum of leaves, in their order.
    #[cfg(test)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the library's own rounding"
    )]
    fn sum(self, start: f64, leaves: impl Iterator<Item = f64>) -> f64 {
        match self {
            Self::Double => leaves.fold(start, |total, leaf| total + leaf),
            Self::Single => f64::from(leaves.fold(start as f32, |total, leaf| total + leaf as f32)),
        }
    }
}
