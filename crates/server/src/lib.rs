//! Verdicts inline: the one path from an event to what is done with it, and the doors through which events come.
//!
//! ```text
//!   bytes of a request ─reading─► events ─► engine ─► batch::Scorer ─► answers ─► ledger (synced) ─► who asked
//!                                             ▲ swap: other detectors take over
//!   verdict log ─replay─► the same score, bit for bit
//! ```

pub mod answer;
pub mod batch;
pub mod canary;
mod clock;
pub mod config;
pub mod engine;
pub mod explained;
pub mod feedback;
pub mod habits;
pub mod http;
pub mod kept;
pub mod ledger;
mod line;
pub mod loaded;
pub mod metrics;
pub mod milter;
pub mod reading;
pub mod replay;
pub mod retention;
pub mod revealed;
pub mod route;
pub mod run;
pub mod sample;
pub mod settings;
pub mod stopgaps;
pub mod stream;
pub mod verdict;

pub use loaded::{LoadError, Loaded};
