//! All checks together: their claims corrected for being many, and the answer.

use ringtrue_core::metrics::holm;
use ringtrue_core::task::Gate;
use ringtrue_core::{Action, CostSheet, EventId};

use super::checks;
use super::power::{Claim, answer};
use super::report::{GateCheck, GateReport, decision};
use crate::compare::{Comparison, Money, Pairs};

/// What a gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The events with both answers, in order.
    pub pairs: &'a Pairs,
    /// What came of comparing them.
    pub comparison: &'a Comparison,
    /// What the verdicts cost, with the errors; `None` without events of both classes.
    pub money: Option<&'a Money>,
    /// Sets on which nothing may get worse.
    pub must_keep: &'a [MustKeep],
    /// What stopgaps stop.
    pub samples: &'a [Sample],
    /// The limits of the task.
    pub limits: &'a Gate,
    /// Its prices and its traffic.
    pub sheet: &'a CostSheet,
    /// How many of the events with a class either detector may have learned from; `None` if nothing tells.
    pub learned_from: Option<u64>,
    /// Why vetting calls the new detector unfit; empty if it does not.
    pub unfit: &'a [String],
}

/// A set of events on which nothing may get worse.
#[derive(Clone, Debug)]
pub struct MustKeep {
    /// The name of its file.
    pub name: String,
    /// Its events with both answers.
    pub pairs: Pairs,
    /// Rows of the file that were not asked about: without a label, not readable, or not read by either detector.
    pub unasked: u64,
}

/// The sample of a stopgap, and what the new detector does with it by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The event.
    pub event: EventId,
    /// What the stopgap does with what is like it.
    pub wanted: Action,
    /// What the detector does; `None` if the event is gone.
    pub does: Option<Action>,
}

/// What a check found: answers, and claims that are answered once all are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) answers: Vec<GateCheck>,
    pub(super) claims: Vec<Claim>,
}

/// Runs every check and decides; `task` is the digest of the task that the limits are of.
#[must_use]
pub fn gate(evidence: &Evidence<'_>, task: ringtrue_core::Digest, version: &str) -> GateReport {
    let mut found = Found::default();
    for check in checks::ALL {
        check(evidence, &mut found);
    }
    let values: Vec<f64> = found.claims.iter().map(|claim| claim.p).collect();
    let corrected = holm(&values);
    let claims = found.claims.into_iter().zip(corrected);
    let mut all = found.answers;
    all.extend(claims.map(|(claim, p)| answer(claim, p, values.len())));
    // Answers of one code stay in the order in which their check gave them.
    all.sort_by(|left, right| left.code.cmp(&right.code));
    let comparison = evidence.comparison;
    GateReport {
        format: super::report::FORMAT,
        decision: decision(&all),
        old: comparison.old.clone(),
        new: comparison.new.clone(),
        judged: comparison.judged,
        task,
        version: version.to_owned(),
        checks: all,
        comparison: comparison.clone(),
    }
}
