//! Labels: what holds when several spoke, who should look at what next, and which labels are wrong.
//!
//! ```text
//!   labelled events (rows, tokens, entities) ──errors──► ranked suspects, each with its probability and reasons,
//!                                                        and how many of them are wrong
//!   events, labelled or not ──queue──► the few that people should look at next, why, and what the answer is worth
//!   what everybody said ──decided──► one label, a dispute, or a question that is open
//! ```
//!
//! Nothing here opens a file, reads a clock or changes a label: people decide.

pub mod decided;
pub mod errors;
pub mod queue;
pub mod review;
#[cfg(test)]
mod testing;
