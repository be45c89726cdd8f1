//! What a measured loss allows to say: shown to be too large, shown to be small enough, or neither, and how many more
//! events would tell.

use ringtrue_core::metrics::interval::CONFIDENCE;
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::report::{GateCheck, Unit};

/// The chance, over all claims of a gate together, with which a detector that is no worse is refused.
pub(super) const LEVEL: f64 = 0.05;
/// As many events are asked for as let this share of such samples tell.
const POWER: f64 = 0.8;

/// What may be lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Allowed {
    /// A loss beyond this is refused if the events show it.
    pub(super) limit: f64,
    /// The loss may be larger than the limit by this much without anybody seeing it.
    pub(super) unseen: f64,
}

impl Allowed {
    /// Takes a stated limit, which holds as it stands; without one, nothing may be lost, and `unseen` may stay unseen.
    pub(super) fn stated_or(limit: Option<f64>, unseen: f64) -> Self {
        limit.map_or(Self { limit: 0.0, unseen }, |limit| Self {
            limit,
            unseen: 0.0,
        })
    }

    /// Returns the loss up to which the answer is yes.
    pub(super) const fn most(self) -> f64 {
        self.limit + self.unseen
    }

    /// Returns what more events have to tell this loss from: beyond what may stay unseen from the limit, below it from the most.
    pub(super) const fn bound(self, loss: f64) -> f64 {
        if self.refuses(loss) {
            self.limit
        } else {
            self.most()
        }
    }

    /// Says whether such a loss, once it is told, is refused.
    const fn refuses(self, loss: f64) -> bool {
        loss > self.limit && loss >= self.most()
    }
}

/// A measured loss that a gate says yes or no to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) subject: Option<String>,
    pub(super) unit: Unit,
    /// The loss; above 0 the new detector is worse.
    pub(super) measured: f64,
    /// Its two-sided 95 % interval.
    pub(super) interval: (f64, f64),
    pub(super) allowed: Allowed,
    /// How probable such a loss is if the true one is the limit.
    pub(super) p: f64,
    /// Whether nothing got worse that was right before: then nothing speaks against it, however few the events.
    pub(super) nothing_lost: bool,
    /// How many events put one standard error between the loss and [`Allowed::bound`], if the loss stays what it is; `None` if
    /// none do.
    pub(super) events_for_one_error: Option<f64>,
    /// The events that there are.
    pub(super) events: u64,
    /// What was seen, as the start of a sentence.
    pub(super) seen: String,
}

/// Answers a claim; `p` is corrected for all claims of the gate, of which there are `claims`.
pub(super) fn answer(claim: Claim, p: f64, claims: usize) -> GateCheck {
    let is_refused = p <= LEVEL && claim.measured > claim.allowed.limit;
    let is_shown = claim.interval.1 <= claim.allowed.most();
    let passed = if is_refused {
        Some(false)
    } else {
        (is_shown || claim.nothing_lost).then_some(true)
    };
    let more_events = match passed {
        None => more(&claim, claims),
        Some(_) => None,
    };
    GateCheck {
        code: claim.code.to_owned(),
        name: claim.name.to_owned(),
        passed,
        measured: Some(claim.measured),
        low: Some(claim.interval.0),
        high: Some(claim.interval.1),
        limit: Some(claim.allowed.limit),
        unit: claim.unit,
        says: sentence(&claim, passed, more_events),
        subject: claim.subject,
        more_events,
    }
}

/// Returns about how many more events would tell.
///
/// # Source
///
/// Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988, section 2.4; at the level that Holm's correction
/// leaves to the smallest p of all claims.
fn more(claim: &Claim, claims: usize) -> Option<u64> {
    let tail = if claim.allowed.refuses(claim.measured) {
        LEVEL / claims.max(1) as f64
    } else {
        (1.0 - CONFIDENCE) / 2.0
    };
    let for_one_error = claim.events_for_one_error?;
    Some(more_events(for_one_error, tail, claim.events))
}

/// Returns about how many more events than there are would tell at this tail, if so many put one standard error between what was seen and
/// what is allowed.
fn more_events(for_one_error: f64, tail: f64, events: u64) -> u64 {
    let normal = Normal::standard();
    let errors = normal.inverse_cdf(1.0 - tail) + normal.inverse_cdf(POWER);
    let needed = (for_one_error * errors * errors).ceil();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of events, and the cast saturates"
    )]
    let needed = needed.min(1e15) as u64;
    // What was counted roughly may say that there are enough when there are not.
    needed.saturating_sub(events).max(1)
}

/// Returns about how many more events would tell a figure from a limit by its 95 % interval.
pub(super) fn more_by_interval(for_one_error: f64, events: u64) -> u64 {
    more_events(for_one_error, (1.0 - CONFIDENCE) / 2.0, events)
}

/// Returns the answer to a question that holds, fails, or is open.
pub(super) const fn three_ways(holds: bool, fails: bool) -> Option<bool> {
    match (holds, fails) {
        (_, true) => Some(false),
        (true, false) => Some(true),
        (false, false) => None,
    }
}

fn sentence(claim: &Claim, passed: Option<bool>, more: Option<u64>) -> String {
    let seen = &claim.seen;
    match (passed, more) {
        (Some(false), _) => format!("{seen}: more than is allowed, and not by chance"),
        (Some(true), _) if claim.nothing_lost => format!("{seen}: nothing was lost"),
        (Some(true), _) => format!("{seen}: no more than is allowed"),
        (None, Some(more)) => format!("{seen}: about {more} more events would tell"),
        (None, None) => format!("{seen}: these events cannot tell"),
    }
}
