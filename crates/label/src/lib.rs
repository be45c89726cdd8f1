//! Labels: which of them are wrong, and how sure that is.
//!
//! ```text
//!   labelled events (rows, tokens, entities) ──errors──► ranked suspects, each with its probability and reasons,
//!                                                        and how many of them are wrong
//! ```
//!
//! Nothing here opens a file, reads a clock or changes a label: people decide.

pub mod errors;
