//! Labels: what holds when several spoke, who should look at what next, which labels are wrong, and what experts' rules say in their place.
//!
//! ```text
//!   labelled events (rows, tokens, entities) ──errors──► ranked suspects, each with its probability and reasons,
//!                                                        and how many of them are wrong
//!   events, labelled or not ──queue──► the few that people should look at next, why, and what the answer is worth
//!   what everybody said ──decided──► one label, a dispute, or a question that is open
//!   rule files, events ────────────────rules──► what each rule covers and how often it is right; votes, which are no labels
//!   entries, labelled events, prices ──plan──► what labels cost and buy, who should give them, when to stop
//! ```
//!
//! What learns from labels (`errors`, `plan`, `queue`) stands behind the feature `train`, which is on by default and links LightGBM.
//!
//! Nothing here opens a file, reads a clock or changes a label: people decide.

pub mod decided;
#[cfg(feature = "train")]
pub mod errors;
#[cfg(feature = "train")]
mod events;
#[cfg(feature = "train")]
pub mod plan;
#[cfg(feature = "train")]
pub mod queue;
pub mod review;
pub mod rules;
#[cfg(all(test, feature = "train"))]
mod testing;

#[cfg(feature = "train")]
pub use events::Events;
