//! G050: on sets that somebody named (incidents, customer escapes, golden false positives) no verdict that was right may
//! become wrong, not one.

use ringtrue_core::Label;

use crate::compare::flip_counts;
use crate::gate::decide::{Evidence, Found, MustKeep};
use crate::gate::report::{GateCheck, Unit};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let answers = evidence.must_keep.iter().map(answer);
    found.answers.extend(answers);
}

fn answer(set: &MustKeep) -> GateCheck {
    let counts = flip_counts(&set.pairs.events);
    let lost = counts.negative();
    let decided = set
        .pairs
        .events
        .iter()
        .filter(|pair| pair.label != Label::Unsure);
    let events = decided.count();
    GateCheck {
        code: "G050".to_owned(),
        name: "must-keep set".to_owned(),
        subject: Some(set.name.clone()),
        // An empty set keeps nothing, which is no proof of anything.
        passed: if events == 0 { None } else { Some(lost == 0) },
        measured: Some(lost as f64),
        low: None,
        high: None,
        limit: Some(0.0),
        unit: Unit::Events,
        more_events: None,
        says: format!(
            "{} newly missed and {} newly blocked in error of {events} events of `{}`",
            counts.newly_missed, counts.newly_blocked_in_error, set.name
        ),
    }
}
