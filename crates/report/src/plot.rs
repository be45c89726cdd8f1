//! Plots as data: axes, series and markers. Renderers that cannot draw use the description.
//!
//! Points that are NaN or infinite are gaps: nothing is drawn there, and nothing fails.

use serde::Serialize;

use crate::estimate::Form;

/// One plot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plot {
    /// What the plot shows.
    pub title: String,
    /// What a reader who cannot see it needs to know: how to read it and what stands out.
    pub description: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, back to front.
    pub series: Vec<Series>,
    /// Lines across the whole plot, such as thresholds.
    pub markers: Vec<Marker>,
}

/// One axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Axis {
    /// What it measures, with its unit.
    pub label: String,
    /// How numbers become places.
    #[serde(flatten)]
    pub scale: Scale,
    /// The first and last number shown; taken from what is drawn if `None`.
    pub range: Option<(f64, f64)>,
    /// How its numbers are written.
    pub form: Form,
}

impl Axis {
    /// Returns an axis whose range is taken from what is drawn.
    #[must_use]
    pub fn new(label: impl Into<String>, scale: Scale, form: Form) -> Self {
        Self {
            label: label.into(),
            scale,
            range: None,
            form,
        }
    }

    /// Returns the axis with a fixed range.
    #[must_use]
    pub fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }
}

/// How numbers become places along an axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "scale", rename_all = "snake_case")]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal factors; numbers at or below 0 lie on the axis' lower end.
    Log,
    /// Log odds, for probabilities of which the small and the large matter alike.
    Logit,
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time,
    /// The numbers 0, 1, 2, ... stand for these names.
    Category {
        /// The names.
        names: Vec<String>,
    },
}

/// Something drawn, with its name in the legend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// What it stands for; decides colour and dashes.
    pub role: Role,
    /// How it is drawn, and where.
    #[serde(flatten)]
    pub marks: Marks,
}

impl Series {
    /// Returns a series.
    #[must_use]
    pub fn new(name: impl Into<String>, role: Role, marks: Marks) -> Self {
        Self {
            name: name.into(),
            role,
            marks,
        }
    }
}

/// What a series stands for. The same role looks the same in every plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the report is about.
    Main,
    /// The benign class.
    Benign,
    /// The malicious class.
    Malicious,
    /// What it is compared with; several get different dashes.
    Rival,
    /// What chance, the ideal or a target would give.
    Reference,
}

/// How a series is drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "style", rename_all = "snake_case")]
pub enum Marks {
    /// A line, with a band where points have intervals.
    Line {
        /// From left to right.
        points: Vec<Point>,
    },
    /// A line that keeps its height until the next point.
    Step {
        /// From left to right.
        points: Vec<Point>,
    },
    /// Separate points, with whiskers where they have intervals.
    Points {
        /// In any order.
        points: Vec<Point>,
    },
    /// One bar for each point, from the axis up.
    Bars {
        /// In any order.
        points: Vec<Point>,
    },
    /// An area between two heights.
    Band {
        /// From left to right.
        ranges: Vec<Range>,
    },
    /// Adjoining bars with widths of their own.
    Histogram {
        /// From left to right.
        bins: Vec<Bin>,
    },
}

/// A place, with the interval of its height where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Along the horizontal axis.
    pub x: f64,
    /// Along the vertical axis.
    pub y: f64,
    /// The interval's lower end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The interval's upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

impl Point {
    /// Returns a point without an interval.
    #[must_use]
    pub const fn new(x: f64, y: f64) -> Self {
        Self {
            x,
            y,
            low: None,
            high: None,
        }
    }

    /// Returns the point with an interval.
    #[must_use]
    pub const fn within(mut self, low: f64, high: f64) -> Self {
        self.low = Some(low);
        self.high = Some(high);
        self
    }
}

/// Two heights at one place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// Along the horizontal axis.
    pub x: f64,
    /// The lower height.
    pub low: f64,
    /// The upper height.
    pub high: f64,
}

/// One bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Its height.
    pub count: f64,
}

/// A line across the plot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Marker {
    /// The axis that the line crosses.
    pub side: Side,
    /// Where it crosses.
    pub at: f64,
    /// What stands beside it, in a few words.
    pub label: String,
}

/// The axis that a marker crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The horizontal axis: a vertical line.
    X,
    /// The vertical axis: a horizontal line.
    Y,
}
