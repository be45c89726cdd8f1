//! What holds of an event when several have spoken: one label, a dispute, or a question that is still open.
//!
//! ```text
//!   entries in the order of appending ──► Ledger (by event) ──State at a time, by the task's rules──► label, dispute, open
//!                                             └──► Agreement per pair of labellers
//! ```
//!
//! The later word of the same somebody takes the place of the earlier one; the most trusted methods that spoke decide, and
//! if those disagree nobody guesses: the event is disputed, and counts as unsure until somebody settles it.

mod agreement;
mod known;
mod ledger;
mod state;

pub use agreement::{Agreement, Agreements, Unmeasured, agreements};
pub use known::{Known, alike};
pub use ledger::{Ledger, Standing};
pub use state::{Decided, Own, State};

#[cfg(test)]
mod tests;
