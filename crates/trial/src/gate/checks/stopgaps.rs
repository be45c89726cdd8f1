//! G051: what stopgaps stop, the new detector must stop by itself, so that they can end. A sample that is gone can be asked about no more.

use ringtrue_core::plural;

use crate::gate::decide::{Evidence, Found};
use crate::gate::report::{GateCheck, Unit};

/// Samples that are named.
const NAMED_MAX: usize = 5;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let samples = evidence.samples;
    if samples.is_empty() {
        return;
    }
    let missed = samples
        .iter()
        .filter(|it| it.does.is_some_and(|does| does < it.wanted));
    let missed: Vec<String> = missed.map(|it| it.event.to_string()).collect();
    let gone = samples.iter().filter(|it| it.does.is_none()).count();
    let named: Vec<&str> = missed.iter().take(NAMED_MAX).map(String::as_str).collect();
    let named = if named.is_empty() {
        String::new()
    } else {
        format!(": {}", named.join(", "))
    };
    let left_open = match gone {
        0 => String::new(),
        gone => format!(
            "; {}: lift what nobody needs any more",
            plural(gone as u64, "event is gone", "events are gone")
        ),
    };
    let says = format!(
        "{} of {} that stopgaps stop {} not stopped by itself{named}{left_open}",
        missed.len(),
        plural(samples.len() as u64, "confirmed event", "confirmed events"),
        if missed.len() == 1 { "is" } else { "are" }
    );
    found.answers.push(GateCheck {
        passed: match (missed.len(), gone) {
            (0, 0) => Some(true),
            (0, _) => None,
            _ => Some(false),
        },
        measured: Some(missed.len() as f64),
        limit: Some(0.0),
        unit: Unit::Events,
        ..GateCheck::open(("G051", "stopgaps absorbed"), says)
    });
}
