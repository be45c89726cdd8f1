//! How often turns pay: history is replayed at several cadences and windows.
//!
//! ```text
//!   labelled events ──History──► Grid ──replayed: a training at each step, for each window──► trial::cadence ──► Planned
//! ```

mod asked;
mod grid;
mod history;
mod replay;

pub(crate) use asked::{CadenceDays, WindowDays};
pub(crate) use grid::Grid;
pub(crate) use history::History;
pub(crate) use replay::{Planned, Replaying, replayed};
