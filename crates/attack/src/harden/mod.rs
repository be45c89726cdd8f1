//! Hardening: what makes a detector harder to get past, and which of it is worth its price.
//!
//! ```text
//!   declarations ──constrained──► signals that an attacker can add to speak against them or not at all
//!                ──cheap────────► signals that the attacker moves at will, to be left out
//!   measures, each with its price and what evasion costs then ──front──► Pareto front ──► one recommended
//! ```
//!
//! Nothing here trains or attacks: who does tells what came of it.

mod front;
mod measure;
mod signals;

pub use front::{Point, Standing, standings};
pub use measure::Measure;
pub use signals::{cheap, constrained};
