//! G080: are the new detector's scores further from the truth? Asked where the task states a limit.

use crate::gate::decide::{Evidence, Found};
use crate::gate::report::{GateCheck, Unit};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let Some(limit) = evidence.limits.brier_rise_max else {
        return;
    };
    let calibration = evidence.comparison.calibration;
    let rise = calibration.new_brier.zip(calibration.old_brier);
    let rise = rise.map(|(new, old)| new - old);
    let says = rise.map_or_else(
        || "events of both classes are needed to tell".to_owned(),
        |rise| format!("the Brier score changed by {rise:+.2e}"),
    );
    found.answers.push(GateCheck {
        passed: rise.map(|rise| rise <= limit),
        measured: rise,
        limit: Some(limit),
        unit: Unit::Share,
        ..GateCheck::open(("G080", "calibration"), says)
    });
}
