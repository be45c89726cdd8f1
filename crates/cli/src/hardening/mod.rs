//! Hardening in a run: the recommended rung is trained again under each measure, attacked, and the best that pays is taken.
//!
//! ```text
//!   plan ──Tuning──► training part, held-out part
//!   training part ──attack by the last detector──► changed events ──append──► corpus ─┐ round by round
//!   Measure ──Applied (schema, signals left out, changed events)──► rung ◄────────────┘
//!      └──► held-out part: cost, what is caught, attack, latency ──► Tried ──standings──► Hardened
//! ```
//!
//! What is attacked for examples is trained on, what a measure is chosen by is not, and neither is judged on.

mod applied;
mod examples;
mod harden;
mod tried;
mod tuning;

pub(crate) use applied::Applied;
pub(crate) use harden::{Ground, Hardened, hardened};
pub(crate) use tried::Tried;
