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
        let says = "events of both classes are needed to tell";
        let open = |asked| GateCheck::open(asked, says.to_owned());
        let asked = [("G010", "cost"), ("G011", "alerts")];
        found.answers.extend(asked.map(open));
        return;
    };
    let limits = evidence.limits;
    let of_share = limits
        .cost_increase_share_max
        .map(|share| share * money.old_cost);
    let limit = limits.cost_increase_per_day_max.or(of_share);
    let interval = |difference: Difference| (difference.low, difference.high);
    let cost = Measured {
        value: money.cost.value,
        interval: interval(money.cost),
        error: money.cost_error,
        old: money.old_cost,
        allowed: Allowed::stated_or(limit, UNSEEN_SHARE * money.old_cost),
    };
    let money_a_day = format!("{} a day", evidence.sheet.currency);
    let asked = ("G010", "cost", Unit::MoneyPerDay);
    found
        .claims
        .push(cost.claim(evidence, asked, None, &money_a_day));
    let unseen = (UNSEEN_ALERTS_SHARE * money.old_alerts).max(evidence.sheet.alerts_per_day);
    let alerts = Measured {
        value: money.alerts.value,
        interval: interval(money.alerts),
        error: money.alerts_error,
        old: money.old_alerts,
        allowed: Allowed::stated_or(limits.new_alerts_per_day_max, unseen),
    };
    let asked = ("G011", "alerts", Unit::AlertsPerDay);
    found
        .claims
        .push(alerts.claim(evidence, asked, None, "alerts a day"));
}

/// A difference with what it is judged by.
pub(super) struct Measured {
    pub(super) value: f64,
    pub(super) interval: (f64, f64),
    pub(super) error: f64,
    pub(super) old: f64,
    pub(super) allowed: Allowed,
}

impl Measured {
    /// Makes the claim that the difference is not too large.
    pub(super) fn claim(
        &self,
        evidence: &Evidence<'_>,
        (code, name, unit): (&'static str, &'static str, Unit),
        subject: Option<&str>,
        what: &str,
    ) -> Claim {
        let judged = &evidence.comparison.judged;
        let events = judged.malicious + judged.benign;
        let (low, high) = self.interval;
        let of = subject.map_or_else(String::new, |name| format!(" for `{name}`"));
        Claim {
            code,
            name,
            subject: subject.map(str::to_owned),
            unit,
            measured: self.value,
            interval: self.interval,
            allowed: self.allowed,
            p: p_above(self.value - self.allowed.limit, self.error),
            nothing_lost: self.error <= 0.0 && self.value <= 0.0,
            events_for_one_error: events_for_one_error(
                (self.value, self.error),
                self.allowed.bound(self.value),
                events,
            ),
            events,
            seen: format!(
                "{:+.1} {what}{of} ({low:+.1} to {high:+.1}) beside {:.1}",
                self.value, self.old
            ),
        }
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

/// Returns how many events narrow a figure until one standard error lies between it and what it is told from.
pub(super) fn events_for_one_error(
    (value, error): (f64, f64),
    bound: f64,
    events: u64,
) -> Option<f64> {
    let distance = (value - bound).abs();
    let times = error / distance;
    (distance > 0.0 && times.is_finite()).then_some(events as f64 * times * times)
}
