//! Tables: typed columns, so that every renderer aligns and writes a cell the same way.

use serde::Serialize;

use crate::estimate::{Estimate, Form};

/// A table. A row with fewer cells than columns ends in empty cells; cells beyond the columns are not shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Table {
    /// What the table shows.
    pub caption: String,
    /// The columns, left to right.
    pub columns: Vec<Column>,
    /// The rows, most important first: long tables show only the first rows until unfolded.
    pub rows: Vec<Vec<Cell>>,
    /// What to know when reading it; may be empty.
    pub note: String,
}

/// A column's heading and what its cells hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// The heading.
    pub title: String,
    /// What its cells hold.
    #[serde(flatten)]
    pub kind: ColumnKind,
}

impl Column {
    /// Returns a column.
    #[must_use]
    pub fn new(title: impl Into<String>, kind: ColumnKind) -> Self {
        Self {
            title: title.into(),
            kind,
        }
    }
}

/// What the cells of a column hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "form", rename_all = "snake_case")]
pub enum ColumnKind {
    /// Words.
    Text,
    /// Evidence to be read letter by letter, such as a URL or a command.
    Code,
    /// A digest or an id: the first 12 characters are shown.
    Digest,
    /// Numbers, written in this form and aligned on the right.
    Figure(Form),
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing belongs here.
    Empty,
    /// Words, evidence or a digest, by the column's kind.
    Text(String),
    /// A number; in a column without a form it is written as [`Form::Number`].
    Estimate(Estimate),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Estimate(Estimate::exact(value))
    }
}

impl From<Estimate> for Cell {
    fn from(estimate: Estimate) -> Self {
        Self::Estimate(estimate)
    }
}
