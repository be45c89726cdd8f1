//! Histories: what users, hosts and the fleet usually do, and how unusual the next event is.
//!
//! ```text
//!   events in time order ─► History::observe ─┬─► Novelty, from what came before ─► signals
//!                                             └─► the event is taken in
//!   end of training ─► to_bytes ─► detector ─► from_bytes ─► the same stream goes on in serving
//! ```
//!
//! There is one state: training replays it in time order and serving continues it, so that no row sees its
//! own future. Everything in it is bounded, holds numbers instead of names, and is merged from parts. It
//! has no clock: times come with events, and where they lack, order serves.

mod counts;
mod entity;
mod format;
mod key;
mod measure;
mod replay;
mod seen;
mod signal;
mod state;

pub use entity::HistoryParameters;
pub use format::HistoryError;
pub use key::{HistoryKey, KeyId, Level};
pub use measure::{LevelNovelty, Novelty};
pub use replay::{Past, replay};
pub use seen::{Observation, Seen};
pub use signal::{append_signals, schema};
pub use state::{First, History};

#[cfg(test)]
mod tests;
