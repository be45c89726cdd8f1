//! Detection models: what is trained, stored and asked for a score.
//!
//! ```text
//!   row (signals) ──► Forest ─────┐
//!                                 ├─► margin ──Calibration──► score ──Thresholds──► action
//!   tokens (text) ──► LinearModel ┘
//! ```
//!
//! Scoring is pure and needs no trainer: training stands behind the feature `train`, which links
//! LightGBM. A detector is bytes in and bytes out; who stores them is not this crate's business.

mod calibration;
mod detector;
mod examples;
mod explain;
mod flip;
mod forest;
mod linear;
mod margins;
mod model;
mod reach;
mod scope;
mod single;
mod text;
mod threshold;
#[cfg(feature = "train")]
pub mod train;

pub use calibration::{Calibration, CalibrationError, logit, sigmoid};
pub use detector::{
    Card, Detector, DetectorError, FORMAT, HISTORY, Nominal, REFERENCE, Reason, Scored,
};
pub use examples::{Examples, TokenSource, Tokens};
pub use explain::{Explanation, Method, TextContribution};
pub use flip::{Change, Flip};
pub use forest::{
    Branch, Categories, Forest, ForestError, Format, Interventional, Link, PathDependent,
    PlainForest, PlainSplit, PlainTree, Question, Shap, ShapError,
};
pub use linear::{LinearModel, LinearModelError, View};
pub use margins::margins;
pub use model::{Contribution, Model, Rung};
pub use reach::{TextMoves, TextReach};
pub use scope::{Range, Scope};
pub use single::{Direction, SingleSignal};
pub use text::TextModels;
pub use threshold::{HeldOut, Operating, choose_thresholds, nominal_threshold};
