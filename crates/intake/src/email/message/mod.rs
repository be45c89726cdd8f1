//! A raw message cut into heads and bodies: one pass over the bytes, whatever they are.

mod decode;
mod head;
mod walk;

pub(super) use decode::{Encoding, decode_text, decode_transfer};
pub(super) use head::{Head, is_storage_mark, read_date, read_parameters, read_text};
pub(super) use walk::{Cuts, Entity, EntityKind, walk};
