//! A raw message cut into heads and bodies: one pass over the bytes, whatever they are.

mod decode;
mod encode;
mod head;
mod quoted;
mod walk;

pub use decode::Encoding;
pub(super) use decode::{decode_text, decode_transfer};
pub(crate) use encode::{in_base64, in_quoted_printable};
pub(super) use head::{Head, is_storage_mark, read_date, read_text};
pub(super) use walk::{Cuts, Entity, EntityKind, Shown, walk};
