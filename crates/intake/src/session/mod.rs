//! Sessions: commands in order, with or without times.
//!
//! ```text
//!   field ─► Session::parse ─► lines ─► (what a command is: programs, stages) ─► Step ─► signals, tokens
//! ```
//!
//! Nothing here looks into a command: what its programs are and which stages of an intrusion it serves is
//! told by who reads commands, in a [`Step`] for each.

mod facts;
mod parse;
mod signal;
mod stage;
pub mod text;

pub use facts::Step;
pub use parse::{Form, Line, Session, SessionIssue};
pub use signal::{append_signals, schema};
pub use stage::{Stage, Stages};

#[cfg(test)]
mod tests;
