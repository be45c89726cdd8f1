//! G002: what a detector learned from says nothing of what it makes of events to come.

use ringtrue_core::plural;

use crate::gate::decide::{Evidence, Found};
use crate::gate::report::{GateCheck, Unit};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let Some(learned_from) = evidence.learned_from else {
        return;
    };
    let judged = &evidence.comparison.judged;
    let events = judged.malicious + judged.benign;
    let share = learned_from as f64 / events.max(1) as f64;
    let limit = evidence.limits.learned_from_share_max.unwrap_or(0.0);
    let says = format!(
        "{} of {events} may have been learned from",
        plural(learned_from, "event", "events")
    );
    found.answers.push(GateCheck {
        passed: (share <= limit).then_some(true),
        measured: Some(share),
        limit: Some(limit),
        unit: Unit::Share,
        ..GateCheck::open(("G002", "asked about the future"), says)
    });
}
