//! What a profile comes to: figures to read, draw and publish.

use serde::Serialize;

use super::drift::Drift;
use super::frequent::Shown;
use crate::sample::CLASSES;

/// The data sheet of an input. Lists by class are benign, malicious, and what nobody decided on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Events observed.
    pub events: u64,
    /// By class.
    pub by_class: [u64; CLASSES],
    /// Sources with their events by class, the largest first; at most as many as the limits tell apart, and the others.
    pub sources: Vec<Part>,
    /// Months in order, or parts of events without times, with their events by class.
    pub periods: Vec<Part>,
    /// Where drift splits the events: the first period of the later part. `None` if there is but one period.
    pub later_from: Option<String>,
    /// Different contents of events.
    pub distinct_events: Distinct,
    /// Events that hold the same as an earlier one.
    pub copies: u64,
    /// The columns, in the input's order.
    pub columns: Vec<ColumnSummary>,
    /// The pairs of columns whose numbers go together, the strongest first.
    pub correlations: Vec<Correlation>,
    /// Columns of numbers beyond the limit, of which no correlation was computed.
    pub uncorrelated: Vec<String>,
}

/// Events of a source or period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is called.
    pub name: String,
    /// Events by class.
    pub by_class: [u64; CLASSES],
}

/// A number of different values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Distinct {
    /// How many, or about how many.
    pub count: f64,
    /// The relative standard error: 0 if the count is exact.
    pub relative_error: f64,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Nothing stands in it.
    Empty,
    /// Truth values.
    Boolean,
    /// Numbers.
    Number,
    /// Times.
    Time,
    /// Words.
    Word,
    /// Several of these.
    Mixed,
}

impl ColumnKind {
    /// Returns the kind's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Time => "time",
            Self::Word => "word",
            Self::Mixed => "mixed",
        }
    }
}

/// What is known of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// Events in which nothing stands.
    pub missing: u64,
    /// Different values.
    pub distinct: Distinct,
    /// Its numbers; truth values are 0 and 1, times microseconds since 1970.
    pub numbers: Option<Numbers>,
    /// The values that come most often.
    pub frequent: Vec<FrequentValue>,
    /// By how much the counts of `frequent` may lack; 0 if they are exact.
    pub frequent_lacking: u64,
    /// By class.
    pub by_class: Vec<Group>,
    /// By source; without quantiles.
    pub by_source: Vec<Group>,
    /// By month, or part of events without times.
    pub by_period: Vec<Group>,
    /// Its numbers by class.
    pub histogram: Option<Histogram>,
    /// Whether it looks different later; `None` if all events are of one period.
    pub drift: Option<Drift>,
}

/// Figures of numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Numbers {
    /// How many there are.
    pub count: u64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The standard deviation, with `n - 1`; `None` of fewer than two.
    pub deviation: Option<f64>,
    /// Shares, each with the number below which about that share lies, within [`super::RANK_ERROR`].
    pub quantiles: Vec<(f64, f64)>,
}

/// A value that comes often.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrequentValue {
    /// The value; of a long text its beginning.
    pub value: Shown,
    /// How often it comes at least.
    pub count: u64,
    /// How often it was seen by class, since it is held.
    pub by_class: [u64; CLASSES],
}

/// A column in some of the events.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// What the events are called.
    pub name: String,
    /// How many there are.
    pub events: u64,
    /// In how many of them nothing stands.
    pub missing: u64,
    /// The mean of the numbers.
    pub mean: Option<f64>,
    /// Their standard deviation.
    pub deviation: Option<f64>,
    /// Their quartiles, where they are known.
    pub quartiles: Option<[f64; 3]>,
}

/// Numbers by bin and class.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    /// The bins' edges, one more than there are bins; the first and the last bin hold what is beyond too.
    pub edges: Vec<f64>,
    /// About how many numbers of each class each bin holds.
    pub by_class: [Vec<f64>; CLASSES],
}

/// How the numbers of two columns go together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Correlation {
    /// One column.
    pub left: String,
    /// The other.
    pub right: String,
    /// Pearson's correlation, in `[-1, 1]`.
    pub pearson: f64,
    /// The events in which both numbers stand.
    pub events: u64,
}
