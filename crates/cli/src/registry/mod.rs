//! The registry at the rim: detectors by the names that people type, people and their keys, entries of the audit log.
//!
//! ```text
//!   champion, 5f0c1d, FOLDER ──named──► files and id of a detector
//!   people.toml, key file ──people──► who signs          entries ──desk──► store::append_audit, signed where a key is at hand
//! ```

mod desk;
mod named;
mod parts;
mod people;
mod proposal;
mod register;
mod words;

pub(crate) use desk::{Desk, UNFINISHED, unreadable};
pub(crate) use named::{
    Found, Named, Place, find, from_store, of_digits, promoted, standing, stopgaps_in_force,
    task_of,
};
pub(crate) use parts::Parts;
pub(crate) use people::{Signer, new_key, read_people};
pub(crate) use proposal::{
    Proposal, REPORT_BYTES_MAX, Stood, propose, stood, unmet_on_record, why_unfit,
};
pub(crate) use register::{add, also_add, register};
pub(crate) use words::entry_line;
