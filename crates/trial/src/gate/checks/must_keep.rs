//! G050: on sets that somebody named (incidents, customer escapes, golden false positives) no verdict that was right may
//! become wrong, not one. A set of which a row was not asked about keeps nothing for sure.

use ringtrue_core::plural;

use crate::compare::flip_counts;
use crate::compare::report::FlipCounts;
use crate::gate::decide::{Evidence, Found, MustKeep};
use crate::gate::report::{GateCheck, Unit};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let answers = evidence.must_keep.iter().map(answer);
    found.answers.extend(answers);
}

fn answer(set: &MustKeep) -> GateCheck {
    let counts = flip_counts(&set.pairs.events);
    let lost = counts.negative();
    let decided = set.pairs.decided().count();
    let unasked = set.unasked + (set.pairs.events.len() - decided) as u64;
    GateCheck {
        subject: Some(set.name.clone()),
        passed: match lost {
            1.. => Some(false),
            // An empty set keeps nothing, which is no proof of anything.
            0 => (decided > 0 && unasked == 0).then_some(true),
        },
        measured: Some(lost as f64),
        limit: Some(0.0),
        unit: Unit::Events,
        ..GateCheck::open(
            ("G050", "must-keep set"),
            says(set, counts, (decided, unasked)),
        )
    }
}

fn says(set: &MustKeep, counts: FlipCounts, (decided, unasked): (usize, u64)) -> String {
    let left_out = match unasked {
        0 => String::new(),
        rows => {
            let (one, many) = ("row was not asked about", "rows were not asked about");
            format!("; {}", plural(rows, one, many))
        }
    };
    format!(
        "{} newly missed and {} newly blocked in error of {decided} events of `{}` (content {}){left_out}",
        counts.newly_missed,
        counts.newly_blocked_in_error,
        set.name,
        // So that it is known about which events was asked.
        set.pairs.judged().digest.short()
    )
}
