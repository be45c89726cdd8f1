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
pub(crate) mod domain;
mod facts;
pub(crate) mod lexicon;
mod parts;
pub(crate) mod randomness;
pub(crate) mod script;
mod signal;
mod split;
pub(crate) mod tally;
pub mod text;

pub use address::AddressSpelling;
pub(crate) use address::{is_internal_four as address_is_internal, spelling as address_spelling};
pub use domain::SuffixKind;
pub use parts::{ParseIssue, UrlParts};
pub use signal::{schema, signals, signals_of};
