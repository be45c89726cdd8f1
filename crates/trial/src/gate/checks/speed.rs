//! G070 and G071: how long one verdict takes, beside the old detector's and on its own. Asked where time was taken.

use crate::compare::report::Performance;
use crate::gate::decide::{Evidence, Found};
use crate::gate::report::{GateCheck, Unit};

/// Where no limit is stated, a verdict may take so many times as long.
const RATIO_MAX: f64 = 3.0;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let Some(performance) = evidence.comparison.performance else {
        return;
    };
    if let Some(ratio) = evidence.comparison.latency_ratio {
        let limit = evidence.limits.latency_ratio_max.unwrap_or(RATIO_MAX);
        found.answers.push(answer(
            ("G070", "slower than before", Unit::Ratio),
            (ratio, limit),
            says_ratio(&performance),
        ));
    }
    if let Some(limit) = evidence.limits.latency_milliseconds_max {
        let slowest = performance.new_microseconds_p99 / 1_000.0;
        let says = format!("99 of 100 verdicts take no more than {slowest:.3} milliseconds");
        found.answers.push(answer(
            ("G071", "time of one verdict", Unit::Milliseconds),
            (slowest, limit),
            says,
        ));
    }
}

fn says_ratio(performance: &Performance) -> String {
    format!(
        "one verdict takes {:.1} microseconds, and took {:.1}",
        performance.new_microseconds, performance.old_microseconds
    )
}

fn answer(
    (code, name, unit): (&str, &str, Unit),
    (measured, limit): (f64, f64),
    says: String,
) -> GateCheck {
    GateCheck {
        passed: Some(measured <= limit),
        measured: Some(measured),
        limit: Some(limit),
        unit,
        ..GateCheck::open((code, name), says)
    }
}
