//! G012 to G014: money and alerts a day against limits of their own, and the money of single parts. Asked where the task states a
//! limit. What a part costs is what its events add to a day of all traffic.

use ringtrue_core::task::PartLimits;

use super::cost::{Measured, events_for_one_error};
use super::parts::named;
use crate::compare::{ADay, Dimension, Pair, a_day};
use crate::gate::decide::{Evidence, Found};
use crate::gate::power::{Allowed, more_by_interval, three_ways};
use crate::gate::report::{GateCheck, Unit};

/// What parts there can be limits for.
const DIMENSIONS: [Dimension; 4] = [
    Dimension::Family,
    Dimension::Source,
    Dimension::Tenant,
    Dimension::Slice,
];

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let limits = evidence.limits;
    let cost = |pair: &Pair| pair.cost_of(pair.new.action);
    let alerts = |pair: &Pair| pair.alerts_of(pair.new.action);
    if let Some(limit) = limits.cost_per_day_max {
        let spent = sum(evidence, None, cost);
        found
            .answers
            .push(cost_within(evidence, (spent, limit), None));
    }
    if let Some(limit) = limits.alerts_per_day_max {
        let made = sum(evidence, None, alerts);
        let asked = ("G013", "alerts within their limit", Unit::AlertsPerDay);
        let answer = within(evidence, (made, limit), asked, ("alerts a day", None));
        found.answers.push(answer);
    }
    for part in &limits.limits {
        let of_dimension = |dimension: &Dimension| Some((*dimension, named(part, *dimension)?));
        let parts = DIMENSIONS.iter().filter_map(of_dimension);
        for named in parts {
            of_part(evidence, part, named, found);
        }
    }
}

/// A part: what it is told apart by, and its name.
type Part<'a> = (Dimension, &'a str);

fn of_part(evidence: &Evidence<'_>, limits: &PartLimits, part: Part<'_>, found: &mut Found) {
    let pairs = evidence.pairs;
    let (dimension, name) = part;
    let is_judged = pairs
        .decided()
        .any(|pair| pairs.is_of_part(pair, dimension, name));
    let sum = |of: fn(&Pair) -> f64| {
        let sum = sum(evidence, Some(part), of);
        sum.filter(|_| is_judged)
    };
    if let Some(limit) = limits.cost_per_day_max {
        let spent = sum(|pair| pair.cost_of(pair.new.action));
        let answer = cost_within(evidence, (spent, limit), Some(name));
        found.answers.push(answer);
    }
    if let Some(limit) = limits.cost_increase_per_day_max {
        let asked = ("G014", "cost of a part", Unit::MoneyPerDay);
        let old = sum(|pair| pair.cost_of(pair.old.action));
        let Some((rise, old)) = sum(Pair::cost_rise).zip(old) else {
            found.answers.push(unseen(asked, limit, Some(name)));
            return;
        };
        let measured = Measured {
            value: rise.value,
            interval: rise.interval(),
            error: rise.error,
            old: old.value,
            allowed: Allowed::stated_or(Some(limit), 0.0),
        };
        let what = format!("{} a day", evidence.sheet.currency);
        found
            .claims
            .push(measured.claim(evidence, asked, Some(name), &what));
    }
}

/// Adds up over the events of a part, or over all.
fn sum(evidence: &Evidence<'_>, part: Option<Part<'_>>, of: impl Fn(&Pair) -> f64) -> Option<ADay> {
    let pairs = evidence.pairs;
    a_day(pairs, evidence.sheet.into(), |pair| match part {
        Some((dimension, name)) if !pairs.is_of_part(pair, dimension, name) => 0.0,
        _ => of(pair),
    })
}

fn cost_within(
    evidence: &Evidence<'_>,
    spent: (Option<ADay>, f64),
    subject: Option<&str>,
) -> GateCheck {
    let asked = ("G012", "cost within its limit", Unit::MoneyPerDay);
    let what = format!("{} a day", evidence.sheet.currency);
    within(evidence, spent, asked, (&what, subject))
}

/// Answers whether a sum is within a limit: by its interval, so that chance decides nothing.
fn within(
    evidence: &Evidence<'_>,
    (sum, limit): (Option<ADay>, f64),
    asked: (&str, &str, Unit),
    (what, subject): (&str, Option<&str>),
) -> GateCheck {
    let Some(sum) = sum else {
        return unseen(asked, limit, subject);
    };
    let (code, name, unit) = asked;
    let (low, high) = sum.interval();
    // Nothing is spent below nothing.
    let low = low.max(0.0);
    let passed = three_ways(high <= limit, low > limit);
    let judged = &evidence.comparison.judged;
    let events = judged.malicious + judged.benign;
    let for_one_error = events_for_one_error((sum.value, sum.error), limit, events);
    let more = for_one_error.map(|needed| more_by_interval(needed, events));
    let of = subject.map_or_else(String::new, |name| format!(" for `{name}`"));
    let says = format!("{:.1} {what}{of} ({low:.1} to {high:.1})", sum.value);
    GateCheck {
        subject: subject.map(str::to_owned),
        passed,
        measured: Some(sum.value),
        low: Some(low),
        high: Some(high),
        limit: Some(limit),
        unit,
        more_events: more.filter(|_| passed.is_none()),
        ..GateCheck::open((code, name), says)
    }
}

/// Answers where events are missing.
fn unseen((code, name, unit): (&str, &str, Unit), limit: f64, subject: Option<&str>) -> GateCheck {
    let says = subject.map_or_else(
        || "events of both classes are needed to tell".to_owned(),
        |name| format!("no event of `{name}` was judged, or none of the other class"),
    );
    GateCheck {
        subject: subject.map(str::to_owned),
        limit: Some(limit),
        unit,
        ..GateCheck::open((code, name), says)
    }
}
