//! The plan of labelling: how late labels come, what they cost, what the next ones buy, how many a claim needs, who should look at what, and when to stop.
//!
//! ```text
//!   entries, times of events ──delay, labour──► days until known, minutes a look
//!   what others decided ──people──► how often each is right, who should look at what, where two should
//!   labelled events in the order of time ──growth──► recall after learning more and more ──balance──► stop, go on, or cannot tell
//!   task, counts ──claims──► how many labels a claim needs
//! ```
//!
//! Everything is measured on what is there; nothing is assumed of who labels next but that their labels are of the mix of those so far.

mod balance;
mod claims;
mod delay;
mod growth;
mod labour;
mod people;
#[cfg(test)]
mod tests;

pub use balance::{Balance, Verdict, balance};
pub use claims::{Claim, Claimed, claims};
pub use delay::{Delay, Spread, delay};
pub use growth::{Growth, Labelled, NoGrowth, Step, growth};
pub use labour::{Labour, labour};
pub use people::{Assigned, Labeller, People, Subject, people};
