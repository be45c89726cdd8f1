//! E-mail: a raw message taken apart inside limits, turned into signals and tokens.
//!
//! ```text
//!   raw bytes ─► walk (MIME, linear) ─► heads, parts ─► decode ─► text, HTML, links, attachments
//!                                                         └─► Mail ─► Facts ─► one value per declared signal
//!                                                                └─► tokens
//! ```
//!
//! Parsing never fails: what cannot be read is left out and an issue says why. Nothing here resolves a name,
//! follows a link or unpacks an archive's content. What other products thought of a message is read only
//! when a task says so.

mod address;
mod attachment;
mod envelope;
mod facts;
mod form;
mod html;
pub mod layout;
mod lexicon;
mod link;
mod mail;
mod message;
mod shape;
mod signal;
pub mod text;
mod verdict;
mod words;

pub use crate::packed::FIELD as ENCODING;
pub use envelope::{Envelope, Found, Said, envelope, with_results, without_storage_mark};
pub(crate) use form::{Form, form_of};
pub use mail::{Mail, ParseIssue};
pub use message::Encoding;
pub(crate) use message::{in_base64, in_quoted_printable};
pub use ringtrue_core::task::EmailOptions;
pub use signal::{schema, signals_of};
