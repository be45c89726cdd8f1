//! One turn of retraining, from what is known by now to a challenger that waits for its signatures.
//!
//! ```text
//!   verdict log, labels, stored events ──gather──► past.ndjson, weights.ndjson, later.ndjson
//!        ──train (`run`: vet, learn, try, attack)──► challenger ──gate──► answer ──► sign-off
//! ```
//!
//! A turn is a folder with its state; each step writes into a folder of its own attempt and is done once the state says so, in one atomic write.
//! Who comes after an interruption goes on with the first step that is not done.
//!
//! `plan` asks beforehand how often turns pay: it replays what was gathered.

mod due;
mod gather;
mod plan;
mod state;
mod steps;
mod written;

pub(crate) use due::is_due;
pub(crate) use gather::{Gathering, Known, gather};
pub(crate) use plan::{CadenceDays, Grid, History, Planned, Replaying, WindowDays, replayed};
pub(crate) use state::{Answer, State, Step, Turns};
pub(crate) use steps::{gate, train};
pub(crate) use written::check_privacy;
