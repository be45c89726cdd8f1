//! The door for mail servers: a filter (milter) that Postfix and Sendmail ask about each mail before they take it.
//!
//! ```text
//!   mail server ─packets─► session ─► letter: the mail's bytes ─► engine ─► verdict log ─► headers, hold, defer, refuse
//! ```
//!
//! `packet`, `negotiation`, `session` and `letter` touch nothing: what a mail server may send is told apart there.

mod connection;
mod deciding;
pub mod letter;
mod listener;
mod metrics;
pub mod negotiation;
pub mod options;
pub mod packet;
mod reply;
mod room;
pub mod session;

pub use listener::{Listener, serve};
pub use metrics::MilterMetrics;
pub use options::{MilterError, MilterOptions};
