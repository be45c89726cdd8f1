//! Poisoning: how many events somebody must plant among those that a detector learns from.
//!
//! ```text
//!   aim (open a backdoor, hide a family) ──Trigger, copies, flips──► planted events ──caller trains──► how much is hidden
//!                                     needed ◄── the smallest number that was enough ◄──────────────────────┘
//! ```
//!
//! Training is the caller's: nothing here knows a detector.

mod needed;
mod trigger;

pub use needed::{Needed, needed};
pub use trigger::Trigger;
