//! G001: a detector that vetting calls unfit is not promoted, whatever it catches.

use crate::gate::decide::{Evidence, Found};
use crate::gate::report::{GateCheck, Unit};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let reasons = evidence.unfit;
    found.answers.push(GateCheck {
        code: "G001".to_owned(),
        name: "fit to be used".to_owned(),
        subject: None,
        passed: Some(reasons.is_empty()),
        measured: None,
        low: None,
        high: None,
        limit: None,
        unit: Unit::None,
        more_events: None,
        says: if reasons.is_empty() {
            "vetting found nothing that blocks it".to_owned()
        } else {
            format!("its card calls it unfit: {}", reasons.join("; "))
        },
    });
}
