//! The document of a finished comparison: which verdicts changed between two detectors on the same events, and what
//! that is worth.
//!
//! A rate that the events do not support is absent. What an event looks like stands in it only as far as its reader may
//! see it: whoever makes the document fills `shown`.

use ringtrue_core::metrics::{Difference, Rate};
use ringtrue_core::{Action, EventId, EventTime, Label};
use serde::{Deserialize, Serialize};

use crate::gate::{JudgedEvents, Side};

/// The format of the document that is written.
pub const FORMAT: u32 = 1;

/// A finished comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The document's format.
    pub format: u32,
    /// The detector in use.
    pub old: Side,
    /// The one that is compared with it.
    pub new: Side,
    /// The events on which both were asked.
    pub judged: JudgedEvents,
    /// Events on which the old verdict was right and the new one is wrong.
    pub negative_flips: u64,
    /// Events on which the old verdict was wrong and the new one is right.
    pub positive_flips: u64,
    /// The flips by what became of the event.
    pub counts: FlipCounts,
    /// Negative flips as a share of the events that somebody decided on, near-duplicates counted as far as they
    /// differ in its interval; `None` where the events do not support a rate.
    pub negative_flip_rate: Option<Rate>,
    /// The exact two-sided McNemar test of as many flips in either direction, over all events; `None` without flips.
    #[serde(default)]
    pub p: Option<f64>,
    /// The same by family, for malicious events; the most negative flips come first.
    pub by_family: Vec<Part>,
    /// By source.
    pub by_source: Vec<Part>,
    /// By tenant: the group column, where the task states one.
    pub by_tenant: Vec<Part>,
    /// By slice of the task.
    pub by_slice: Vec<Part>,
    /// By month, in order of time.
    pub by_month: Vec<Part>,
    /// Cost of the new verdicts less that of the old ones, in money a day at the traffic's mix of classes; `None`
    /// without events of both classes.
    pub cost_difference: Option<Difference>,
    /// Alerts a day likewise.
    pub alerts_difference: Option<Difference>,
    /// The currency of money.
    pub currency: String,
    /// How far scores are from the truth.
    pub calibration: Calibration,
    /// The new detector's time for one event over the old one's; `None` if nobody measured it.
    pub latency_ratio: Option<f64>,
    /// Speed and size of both.
    pub performance: Option<Performance>,
    /// What it costs to get past both; `None` if that was not tried.
    pub robustness: Option<Robustness>,
    /// How the training sets differ; `None` if one of them is not there.
    pub data: Option<DataDifference>,
    /// Groups of flips that have a cause in common, the largest first.
    pub causes: Vec<FlipCause>,
    /// The flips themselves, negative ones first, then in order of time.
    pub flips: Vec<Flip>,
    /// Flips beyond those listed.
    pub flips_not_listed: u64,
    /// What was not compared, in sentences.
    pub not_compared: Vec<String>,
}

impl Comparison {
    /// Returns the comparison of two detectors that are yet to be compared: no flips, and no figure.
    #[must_use]
    pub fn nothing(old: Side, new: Side, judged: JudgedEvents) -> Self {
        Self {
            format: FORMAT,
            old,
            new,
            judged,
            negative_flips: 0,
            positive_flips: 0,
            counts: FlipCounts::default(),
            negative_flip_rate: None,
            p: None,
            by_family: Vec::new(),
            by_source: Vec::new(),
            by_tenant: Vec::new(),
            by_slice: Vec::new(),
            by_month: Vec::new(),
            cost_difference: None,
            alerts_difference: None,
            currency: String::new(),
            calibration: Calibration::default(),
            latency_ratio: None,
            performance: None,
            robustness: None,
            data: None,
            causes: Vec::new(),
            flips: Vec::new(),
            flips_not_listed: 0,
            not_compared: Vec::new(),
        }
    }
}

/// What became of an event between two detectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlipKind {
    /// Malicious: was caught (blocked or reviewed) and is allowed.
    NewlyMissed,
    /// Benign: was not blocked and is.
    NewlyBlockedInError,
    /// Malicious: was allowed and is caught.
    NewlyCaught,
    /// Benign: was blocked and is not.
    NewlyReleased,
}

/// Flips by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlipCounts {
    /// Malicious events that were caught and are allowed.
    pub newly_missed: u64,
    /// Benign events that were not blocked and are.
    pub newly_blocked_in_error: u64,
    /// Malicious events that were allowed and are caught.
    pub newly_caught: u64,
    /// Benign events that were blocked and are not.
    pub newly_released: u64,
}

/// Some of the events, and how many of their verdicts flipped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The family, source, tenant, slice or month.
    pub name: String,
    /// Its events that somebody decided on.
    pub events: u64,
    /// Negative flips among them.
    pub negative_flips: u64,
    /// Positive flips among them.
    pub positive_flips: u64,
    /// The flips by kind.
    pub counts: FlipCounts,
    /// Negative flips as a share, or `None` where the events do not support a rate.
    pub negative_flip_rate: Option<Rate>,
    /// The exact two-sided McNemar test of as many flips in either direction, near-duplicates counted as far as they
    /// differ; `None` without flips.
    pub p: Option<f64>,
    /// The same after Holm's correction over all parts that were tested.
    pub p_holm: Option<f64>,
}

/// An event on which the verdict changed between right and wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// The event.
    pub id: EventId,
    /// What became of it.
    pub kind: FlipKind,
    /// When it happened.
    pub time: Option<EventTime>,
    /// What somebody decided.
    pub label: Label,
    /// Its family.
    pub family: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
    /// The old detector's calibrated probability.
    pub old_score: f64,
    /// The new one's.
    pub new_score: f64,
    /// What the old one did.
    pub old_action: Action,
    /// What the new one does.
    pub new_action: Action,
    /// What it looks like, as its reader may see it.
    pub shown: String,
    /// Number of its cause among the comparison's causes; `None` if it is listed under none.
    pub cause: Option<usize>,
}

/// Flips that have a cause in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlipCause {
    /// What became of the events.
    pub kind: FlipKind,
    /// What changed near them in the training data.
    pub attribution: Attribution,
    /// How many flips.
    pub flips: u64,
    /// The first of them, as its reader may see it.
    pub example: String,
}

/// What changed in the training data near a flip.
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// The share of one family, source or month in the training set changed, and most of the nearest rows are of it.
    Share {
        /// `family`, `source` or `month`.
        dimension: String,
        /// Which.
        name: String,
        /// Its share of the old training set.
        old: f64,
        /// Its share of the new one.
        new: f64,
    },
    /// Nothing that changed stands out among the nearest rows.
    Unattributed,
    /// The training rows are not there to look at.
    Unknown,
}

/// How far calibrated scores are from the truth, at the traffic's mix of classes; smaller is better. `None` where the
/// events do not support a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Brier score of the old detector.
    pub old_brier: Option<f64>,
    /// Of the new one.
    pub new_brier: Option<f64>,
    /// Calibration error among the old detector's highest scores.
    pub old_tail_error: Option<f64>,
    /// Among the new one's.
    pub new_tail_error: Option<f64>,
}

/// Speed and size of both detectors, measured on the same events of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Events on which time was taken.
    pub events: u64,
    /// Microseconds for one event with the old detector, signals included: the median.
    pub old_microseconds: f64,
    /// With the new one.
    pub new_microseconds: f64,
    /// The 99th percentile likewise.
    pub old_microseconds_p99: f64,
    /// With the new one.
    pub new_microseconds_p99: f64,
    /// Bytes of the old detector's files.
    pub old_bytes: u64,
    /// Of the new one's.
    pub new_bytes: u64,
}

/// What reports of before there was a unit are in.
fn minutes() -> String {
    "minutes".to_owned()
}

/// What it costs to get past both detectors, event by event, under the same attacks, seed and budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Robustness {
    /// Malicious events that were attacked.
    pub events: u64,
    /// Of these, those that get past the new detector for less than past the old one.
    pub cheaper: u64,
    /// Those that get past it for more.
    pub dearer: u64,
    /// What costs are measured in: `minutes` of the attacker's work, or `spreads` of the columns of a table.
    #[serde(default = "minutes")]
    pub unit: String,
    /// The median cost to get past the old detector; `None` if fewer than half do.
    #[serde(alias = "old_median_minutes")]
    pub old_median: Option<f64>,
    /// Past the new one.
    #[serde(alias = "new_median_minutes")]
    pub new_median: Option<f64>,
    /// The exact two-sided McNemar test of as many cheaper as dearer ones; `None` if none differ.
    pub p: Option<f64>,
    /// The seed of both.
    pub seed: u64,
}

/// How the training set of the new detector differs from the old one's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataDifference {
    /// Labelled events of the old training set.
    pub old_events: u64,
    /// Of the new one.
    pub new_events: u64,
    /// Events of both.
    pub common: u64,
    /// Events of both whose label differs.
    pub label_changes: u64,
    /// Shares of families that changed, the most first.
    pub families: Vec<ShareChange>,
    /// Of sources.
    pub sources: Vec<ShareChange>,
    /// Of months, in order of time.
    pub months: Vec<ShareChange>,
}

/// How much of the training events is of one family, source or month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareChange {
    /// Which.
    pub name: String,
    /// Events of the old training set.
    pub old_events: u64,
    /// Of the new one.
    pub new_events: u64,
    /// Share of the old training set.
    pub old: f64,
    /// Of the new one.
    pub new: f64,
}
