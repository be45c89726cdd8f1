//! Hostile bytes in, events and rows out: the trust boundary.
//!
//! ```text
//!   bytes ──source──► record ──mapping, build (privacy)──► event ──reader──► row, tokens
//! ```
//!
//! Nothing here opens a file or the network; a parser returns what it understood and what was wrong,
//! and every size has a limit.
#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

pub mod build;
pub mod command;
mod declare;
pub mod email;
mod evidence;
pub mod habits;
pub mod history;
mod letters;
pub mod mapping;
pub mod names;
mod packed;
pub mod parts;
pub mod privacy;
pub mod reader;
pub mod secret;
pub mod session;
pub mod source;
pub mod table;
pub mod text;
pub mod traits;
pub mod url;

pub use build::{EventBuilder, Refused};
pub use evidence::{mail_bytes, packed_mail, set_mail_bytes, title};
pub use habits::{Actors, HabitSpec};
pub use letters::Lettered;
pub use mapping::{Mapping, MappingError, Role, guess_kind};
pub use reader::{LeftOut, ReaderSpec, Reading, SignalReader};
