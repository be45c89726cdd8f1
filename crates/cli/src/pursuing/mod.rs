//! The loop of filter, labels and retraining against attackers who adapt, played under policies of retraining.
//!
//! ```text
//!   Pursuit ──cycle──► Filter ──actions──► Past (what may be known of each event, and since when)
//!      ▲                 │  ▲                 │
//!      └──stopped or not─┘  └──taught by what a Policy knows of the past
//! ```
//!
//! Truth is kept beside what may be known, and judges alone: no policy reads it.

mod chase;
mod measured;
mod past;
mod policy;
mod school;
mod summed;

pub(crate) use chase::{Chase, chase};
pub(crate) use measured::Played;
pub(crate) use policy::Policy;
pub(crate) use summed::{Mean, Summed};
