//! Labels: which of them are wrong, how sure that is, and what experts' rules say in their place.
//!
//! ```text
//!   labelled events (rows, tokens, entities) ──errors──► ranked suspects, each with its probability and reasons,
//!                                                        and how many of them are wrong
//!   rule files, events ────────────────rules──► what each rule covers and how often it is right; votes, which are no labels
//! ```
//!
//! Nothing here opens a file, reads a clock or changes a label: people decide.

pub mod errors;
pub mod rules;
