//! G010 and G011: money a day, and alerts a day, in the traffic of the task.

use ringtrue_core::metrics::Difference;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::gate::decide::{Evidence, Found};
use crate::gate::power::{Allowed, Claim};
use crate::gate::report::{GateCheck, Unit};

/// Where no limit is stated, a rise of the cost by this part of it may stay unseen.
const UNSEEN_SHARE: f64 = 0.1;
/// The same of alerts; what people can handle in a day may stay unseen in any case.
const UNSEEN_ALERTS_SHARE: f64 = 0.25;

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let Some(money) = evidence.money else {
        let none = |code, name| unknown(code, name);
        found
            .answers
            .extend([none("G010", "cost"), none("G011", "alerts")]);
        return;
    };
    let limits = evidence.limits;
    let of_share = limits
        .cost_increase_share_max
        .map(|share| share * money.old_cost);
    let limit = limits.cost_increase_per_day_max.or(of_share);
    let cost = Measured {
        difference: money.cost,
        error: money.cost_error,
        old: money.old_cost,
        allowed: Allowed::stated_or(limit, UNSEEN_SHARE * money.old_cost),
    };
    found.claims.push(claim(
        evidence,
        ("G010", "cost", Unit::MoneyPerDay),
        &cost,
        &format!("{} a day", evidence.sheet.currency),
    ));
    let unseen = (UNSEEN_ALERTS_SHARE * money.old_alerts).max(evidence.sheet.alerts_per_day);
    let alerts = Measured {
        difference: money.alerts,
        error: money.alerts_error,
        old: money.old_alerts,
        allowed: Allowed::stated_or(limits.new_alerts_per_day_max, unseen),
    };
    found.claims.push(claim(
        evidence,
        ("G011", "alerts", Unit::AlertsPerDay),
        &alerts,
        "alerts a day",
    ));
}

/// A difference with what it is judged by.
struct Measured {
    difference: Difference,
    error: f64,
    old: f64,
    allowed: Allowed,
}

fn claim(
    evidence: &Evidence<'_>,
    (code, name, unit): (&'static str, &'static str, Unit),
    measured: &Measured,
    what: &str,
) -> Claim {
    let Measured {
        difference,
        error,
        old,
        allowed,
    } = measured;
    let judged = &evidence.comparison.judged;
    let events = judged.malicious + judged.benign;
    Claim {
        code,
        name,
        subject: None,
        unit,
        measured: difference.value,
        interval: (difference.low, difference.high),
        allowed: *allowed,
        p: p_above(difference.value - allowed.limit, *error),
        nothing_lost: *error <= 0.0 && difference.value <= 0.0,
        events_for_one_error: events_for_one_error(difference.value, *error, *allowed, events),
        events,
        seen: format!(
            "{:+.1} {what} ({:+.1} to {:+.1}) beside {:.1}",
            difference.value, difference.low, difference.high, old
        ),
    }
}

fn p_above(distance: f64, error: f64) -> f64 {
    if error > 0.0 && error.is_finite() {
        Normal::standard().sf(distance / error)
    } else if distance > 0.0 && error <= 0.0 {
        0.0
    } else {
        1.0
    }
}

/// Returns how many events narrow the difference until one standard error lies between it and what it is told from.
fn events_for_one_error(value: f64, error: f64, allowed: Allowed, events: u64) -> Option<f64> {
    let distance = (value - allowed.bound(value)).abs();
    let times = error / distance;
    (distance > 0.0 && times.is_finite()).then_some(events as f64 * times * times)
}

fn unknown(code: &str, name: &str) -> GateCheck {
    GateCheck {
        code: code.to_owned(),
        name: name.to_owned(),
        subject: None,
        passed: None,
        measured: None,
        low: None,
        high: None,
        limit: None,
        unit: Unit::None,
        more_events: None,
        says: "events of both classes are needed to tell".to_owned(),
    }
}
