//! Reviewing a queue key by key: what is asked, what is answered, and what must be kept before the next question.
//!
//! ```text
//!   key ──Session::press──► Keep (answers to store, now) ──kept──► the next question
//!                                    └──failed──► the same question again, with what went wrong
//! ```
//!
//! Nothing here draws, reads a key or stores anything: whoever does tells the session of it, so that a session is a sequence of
//! keys and can be replayed.

mod session;
#[cfg(test)]
mod tests;

pub use session::{Answer, Counts, Effect, Key, Mode, Session};
