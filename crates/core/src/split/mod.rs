//! Which events a detector learns from, which it is calibrated on and which it is judged by.
//!
//! ```text
//!   time, label known, label ──► time_split ──► train | calibrate | test     (and late, unsure)
//!   times ──► months: the windows of the test
//!   groups (of a column, or near-duplicates) ──► folds, where there are no times
//!   a window's members, older ones ──► keep_families: older ones that stay, so that no family is forgotten
//!   what there was to split ──► waived: the constraints that could not be kept, each with its reason
//! ```
//!
//! # Source
//!
//! The constraints C1 to C3 are those of Pendlebury et al., "TESSERACT: Eliminating Experimental Bias in
//! Malware Classification across Space and Time", USENIX Security 2019. That a label must have been
//! known before the cutoff is ours.

mod evenly;
mod floor;
mod fold;
mod time;
mod waiver;
mod window;

pub use evenly::{LATER_SHARE, earlier_and_later, evenly, evenly_by_class, halves};
pub use floor::keep_families;
pub use fold::stratified_group_folds;
pub use time::{
    ClassCounts, SplitError, SplitParameters, TimeSplit, TimedLabel, cutoff_for_share, time_split,
};
pub use waiver::{Evidence, SHARE_FACTOR_MAX, TestWindow, Waived, Waiver, waived};
pub use window::{Window, months};
