//! Attacks: what it costs to get past a detector.
//!
//! ```text
//!   declarations, task ──threat──► what the attacker may change, in words
//!   benign material, seeds ──artefact──► changed URLs, mails, commands that the detector allows
//!   Forest ──exact──► cheapest change of a row, with bounds that hold whenever it is stopped
//! ```
//!
//! A search reads no clock: its caller says when to stop. A figure of robustness is an imperfect proxy for what
//! attackers do, so its assumptions ([`threat`]) stand beside it.

pub mod artefact;
pub mod exact;
pub mod harden;
pub mod poison;
pub mod threat;
