//! Streams of events with known truth.
//!
//! [`UrlStream`] is an iterator of URLs as a proxy, a mail gateway and users would report them over
//! months: benign sites with their habits, campaigns that start, peak and die, families that keep
//! being born, seasons, labels that come late and are now and then wrong. All of it is invented,
//! from a grammar and word lists of our own, and marked synthetic.
//!
//! ```text
//!   clock ──► moment, scene ──┬──► population ──► site ──► habit ──────────────┐
//!                             └──► roster ──► family, campaign ──► host, kit ──┴──► URL
//!   truth ──► labels (delay, errors, doubts) ──► SimulatedEvent ──► CSV record
//! ```
//!
//! [`Pursuit`] is such a stream in cycles, whose attackers see after each which of their events were stopped, and answer.
//!
//! Nothing here opens a file, reads a clock or keeps what it has produced: memory does not grow with
//! the stream, and the same parameters give the same events on every machine.

mod benign;
mod campaign;
mod clock;
pub mod csv;
mod labels;
pub mod pursuit;
mod site;
pub mod stream;
mod text;
mod words;

pub use csv::{csv_header, push_csv_record};
pub use pursuit::{Pursuit, PursuitEvent, PursuitParameters};
pub use stream::{SimulateError, SimulatedEvent, UrlParameters, UrlStream};
