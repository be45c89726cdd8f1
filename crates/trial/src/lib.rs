//! Judging detectors over time: how good, how dear, how sure, on what, and how long for.
//!
//! ```text
//!   Judged (scores, labels, prices, times) ──judge──► Judgement, overall, by month and by segment
//!          └──► mistakes: groups of false positives and of the dearest misses
//!   a replayed history, trainings on a grid of times ──cadence──► how often to train anew
//!   Examples + Plan ──learn──► a detector per rung; the simplest within the noise of the best
//! ```
//!
//! Nothing here trains, reads a file or prints; the same judged events give the same judgement.

mod area;
pub mod cadence;
mod choose;
pub mod compare;
mod gain;
pub mod gate;
mod judge;
mod learn;
mod mistakes;
mod segment;

pub use choose::{Choice, Compared, RungResult, catches_less, choose_rung};
pub use gain::{Gain, gains};
pub use judge::{
    AtFpr, FPRS, Judged, Judgement, NominalResult, Setting, TrialError, Window, judge,
    judge_by_month,
};
pub use learn::{
    Calibrated, LearnError, Learned, LearnedRung, Plan, Recipe, calibrate, learn, learn_rung,
};
pub use mistakes::{Cause, Mistake, MistakeGroup, Mistakes, Remedies, WouldMiss, group_mistakes};
pub use segment::{Segment, SegmentResult, judge_segments};
