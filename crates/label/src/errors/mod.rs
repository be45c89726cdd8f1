//! Label errors: malicious events that are called benign, and benign ones that are called malicious.
//!
//! ```text
//!   tokens ──out of fold──► text margin ─────┐
//!   rows ────out of fold──► forest margin ───┤
//!   tokens ──nearest labelled──► 2 likenesses┼──► noise-aware logistic ──► P(label is wrong) ──► one list
//!   entity ──its other events──► 2 counts ───┘         │             ▲                            │
//!   confirmed labels ──of its origin, campaign─────────┼─────────────┘                            │
//!                                                      └──Hessian──► draws ──► expected count ◄────┘
//! ```
//!
//! No event is judged by its own label: margins come from models that never saw its entity, neighbours and counts leave
//! it out. Sources and times are never looked at, for they tell how a label was collected and not what the event is.

mod confirmed;
mod counts;
mod expected;
mod minimize;
mod neighbours;
mod noisy;
mod out_of_fold;
mod ranking;
mod reason;
mod suspects;
mod symmetric;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use expected::Expected;
pub use noisy::Noise;
pub use ranking::{Called, EVENTS_MIN, Item, PROBABILITY_FLOOR, RankError, Ranking, Study, rank};
pub use reason::{Direction, Reason};
pub use suspects::{Certainty, Suspects};
