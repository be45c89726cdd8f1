//! G060: is the new detector easier to get past, event by event, under the same attacks? Asked where both were attacked, or the task
//! states a limit: then, without attacks, nobody can tell.

use ringtrue_core::metrics::PairedChanges;
use ringtrue_core::metrics::interval::CONFIDENCE;

use crate::gate::decide::{Evidence, Found};
use crate::gate::power::{Allowed, Claim};
use crate::gate::report::{GateCheck, Unit};

const CODE: &str = "G060";
const NAME: &str = "easier to get past";
/// Where no limit is stated, so many more events may get cheaper than dearer, as a share, without anybody seeing it.
const UNSEEN: f64 = 0.1;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let stated = evidence.limits.robustness_drop_max;
    let open = |says: &str| GateCheck {
        limit: stated,
        unit: Unit::Share,
        ..GateCheck::open((CODE, NAME), says.to_owned())
    };
    let Some(tried) = &evidence.comparison.robustness else {
        let demanded = stated.map(|_| open("neither detector was attacked: `--attack 200` does"));
        found.answers.extend(demanded);
        return;
    };
    let changes = PairedChanges {
        events: tried.events,
        worse: tried.cheaper,
        better: tried.dearer,
        design_effect: 1.0,
    };
    let Some(measured) = changes.drop() else {
        let demanded = stated.map(|_| open("no event that both detectors flag was attacked"));
        found.answers.extend(demanded);
        return;
    };
    let allowed = Allowed::stated_or(stated, UNSEEN);
    found.claims.push(Claim {
        code: CODE,
        name: NAME,
        subject: None,
        unit: Unit::Share,
        measured,
        interval: changes.interval(CONFIDENCE),
        allowed,
        p: changes.p_above(allowed.limit),
        nothing_lost: changes.worse == 0,
        events_for_one_error: changes.events_for_one_error(allowed.bound(measured)),
        events: changes.events,
        seen: format!(
            "{} of {} attacked events get past it for less, {} for more",
            tried.cheaper, tried.events, tried.dearer
        ),
    });
}
