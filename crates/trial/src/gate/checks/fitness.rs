//! G001: a detector that vetting calls unfit is not promoted, whatever it catches.

use crate::gate::decide::{Evidence, Found};
use crate::gate::report::GateCheck;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let reasons = evidence.unfit;
    let says = if reasons.is_empty() {
        "vetting found nothing that blocks it".to_owned()
    } else {
        format!("its card calls it unfit: {}", reasons.join("; "))
    };
    found.answers.push(GateCheck {
        passed: Some(reasons.is_empty()),
        ..GateCheck::open(("G001", "fit to be used"), says)
    });
}
