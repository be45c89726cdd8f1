//! The queue: which few events people should look at next, why, and what the answer is worth.
//!
//! ```text
//!   events (rows, tokens, entities, campaigns, labels) ──Opinions──► probable truth, novelty, suspicion
//!                        │                                                │
//!                        └──Units (one a campaign) ──six shares──► spread over origins, picked ─┴─► items in turn, each with its propensity
//!                                     the rest ──drawn at random──► audit
//! ```
//!
//! One look answers for a whole campaign of near-copies, so that an item stands for it. What is picked on purpose says nothing
//! of rates; the audit share is drawn from all the rest with a known probability, so that weighing each answer by
//! one over its propensity estimates how many are malicious in all, without bias.

mod few;
mod item;
mod mix;
mod nearest;
mod novelty;
mod oddness;
mod opinion;
mod order;
mod pick;
mod pool;
mod signals;
mod spread;
#[cfg(test)]
mod tests;
mod texts;
mod units;

pub use item::{History, Item, Queue, Why};
pub use nearest::{Neighbour, nearest};
pub use oddness::{Odd, oddest};
pub use opinion::Judge;
pub use pick::queue;
pub use pool::{Pool, QueueError, Stand};
