//! What ringtrue knows of Linux: programs by what they do, wrappers, and telling pieces of text.

pub(super) mod marks;
mod programs;
mod wrappers;

pub(super) use marks::{Mark, Marks};
pub(super) use programs::{Class, class_of, is_shell};
pub(super) use wrappers::{Wrapper, wrapper};
