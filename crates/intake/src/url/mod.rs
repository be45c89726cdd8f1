//! URLs: parsed as browsers do, turned into signals.
//!
//! ```text
//!   text ──► split (as written) ─┐
//!        └─► WHATWG parser ──────┴─► UrlParts ──► Facts ──► one value per declared signal
//! ```
//!
//! Signals look at what was written (an address spelled in octal, a needless percent-encoding)
//! as well as at what a browser makes of it. Nothing here resolves or opens a URL.

mod address;
mod domain;
mod facts;
mod lexicon;
mod parts;
mod randomness;
mod script;
mod signal;
mod split;
pub(crate) mod tally;
pub mod text;

pub use address::AddressSpelling;
pub use domain::SuffixKind;
pub use parts::{ParseIssue, UrlParts};
pub use signal::{schema, signals, signals_of};
