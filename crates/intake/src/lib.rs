//! Hostile bytes in, events and rows out.
//!
//! ```text
//!   text ──► url::UrlParts ──► url::signals (declared columns) ──► row
//!                         └──► text::tokens (hashed n-grams)   ──► online linear model
//! ```
//!
//! Nothing here opens a file, reads a clock or prints. Whatever the bytes are, a parser returns
//! what it understood and a list of issues: it never fails and never panics.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

pub mod text;
pub mod url;
