//! The audit log's words: who decided what about which detector, on what grounds, and what follows from it.
//!
//! ```text
//!   Payload (entry, signature, signed head) ──store──► Recorded (number, time, link, digest)
//!                                                          ├──► Aliases: which detector is champion, since when, by what right
//!                                                          ├──► stopgaps: what is stopped beside the champion
//!                                                          ├──► Demands: what a promotion still lacks, and who disagreed
//!                                                          └──► flaws: what in the log does not hold
//! ```
//!
//! Aliases are kept nowhere else: they are what the entries come to, so that there is one thing to write, to sync and to
//! protect. Pure: the entries come in as values, times as arguments.

mod alias;
mod check;
mod demand;
mod entry;
mod stopgap;

pub use alias::{Alias, Aliases, Held};
pub use check::{Flaw, Found, Head, flaws};
pub use demand::{Candidate, Demands, GateSeen, HeldTo, SignOffs, Unmet};
pub use entry::{
    Acceptance, Authority, Entry, Move, Moved, Objection, Origin, Payload, Recorded, Registration,
    Removal,
};
pub use stopgap::{Lift, STOPGAPS_MAX, Stood, Stopgap, stopgaps};
