//! How good scores are, each figure with the interval that the number of events allows.
//!
//! ```text
//!   scores, labels ──► Ranking (sorted once) ──► roc_auc, average precision, TPR at an FPR
//!                          │                 └──► reliability bins, calibration of the tail
//!                          └──► bootstrap: the difference between two detectors, with its interval
//!   scores, labels, prices ──► CostSums ──► money per 1,000 events, alerts a day
//!   figures after learning more and more ──► learning_curve: what more would add
//!   a rate, a width ──► needed: how many events show it
//!   events that changed ──► mcnemar, paired: worse than before, or luck?
//! ```
//!
//! Rows that nobody decided (unsure) have no class and never come here, but for their price. A score
//! that is not a number is an error, never the lowest or the highest score.

pub mod aut;
pub mod bootstrap;
pub mod calibration;
pub mod cost;
pub mod error;
pub mod interval;
pub mod learning_curve;
pub mod mcnemar;
pub mod merge;
pub mod needed;
pub mod operating;
pub mod paired;
pub mod ranking;

pub use aut::aut;
pub use bootstrap::{Difference, Pair, bootstrap_each, paired_bootstrap, ranking_bootstrap};
pub use calibration::{
    ReliabilityBin, TailCalibration, brier, brier_at_share, reliability, tail_calibration_error,
};
pub use cost::{CostSummary, CostSums, PricedEvents, Traffic, cost_summary};
pub use error::MetricError;
pub use interval::{
    Rate, Unsupported, clopper_pearson, effective_interval, supported, upper_bound,
};
pub use mcnemar::{holm, mcnemar, mcnemar_worse};
pub use merge::{ConfusionCounts, RateCounts};
pub use operating::{OperatingPoint, precision_at_share, tpr_at_fpr};
pub use paired::{GroupChanges, PairedChanges};
pub use ranking::{Ranking, average_precision, average_precision_at_share, roc_auc};
