//! How often to train anew: what a replayed history says of each cadence, and of each window that is learned from.
//!
//! ```text
//!   trainings on a grid of times, each window ──what each would do with later events──► Answers
//!        ──which of them stands when──► Standing ──prices──► cost a day with its error ──► recommended cadence
//!                                           └──families──► days until a new one is caught
//! ```
//!
//! Detectors are shared: a cadence of 28 days uses every fourth training of a grid of 7. On which step of the grid somebody begins is nobody's choice, so
//! each cadence is replayed from every step on which it may begin, and what it costs is the mean: the luck of single trainings counts for less.
//! All of them start with the same detector, that of the first step.

mod cost;
mod protect;
mod recommend;
mod replay;
#[cfg(test)]
mod tests;

pub use cost::{Priced, Weighed, weigh};
pub use protect::{Protected, Protection};
pub use recommend::{Compared, Recommended, TRAININGS_MIN, recommend};
pub use replay::{Answers, Cadence, Replay, Replayed};
