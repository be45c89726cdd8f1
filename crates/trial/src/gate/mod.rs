//! The gate: may a new detector replace the one in use?
//!
//! ```text
//!   Evidence (pairs, comparison, money, must-keep sets, ...) ──one file a check──► Claims and answers
//!        claims ──Holm over all that rest on chance──► power::answer ──► yes / no / cannot tell, how many events would tell
//!                                                      GateReport ◄── decision: the strictest ──┘
//! ```
//!
//! A claim is refused if the events show that the loss is beyond what is allowed, and holds if they show that it is not
//! beyond what may stay unseen. Between the two nobody can tell, and the gate says so. Over all claims together a detector
//! that is no worse is refused in at most one case of twenty.

mod checks;
mod decide;
mod power;
pub mod report;
#[cfg(test)]
mod tests;

pub use decide::{Evidence, MustKeep, Sample, gate};
pub use report::{
    Decision, GATE_FILE, GateCheck, GateReport, GateReportError, JudgedEvents, Side, Unit, decision,
};
