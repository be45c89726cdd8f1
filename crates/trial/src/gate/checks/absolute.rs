//! G040 and G041: recall and the false-positive rate of the new detector against limits of their own, overall and where
//! the task states them for a family, source, tenant or slice. Without a stated limit nothing is asked. Near-duplicates count as far as
//! they differ.

use std::collections::BTreeMap;

use ringtrue_core::metrics::interval::CONFIDENCE;
use ringtrue_core::metrics::{GroupChanges, PairedChanges, effective_interval};

use crate::compare::{Asked, Dimension, Pair};
use crate::gate::decide::{Evidence, Found};
use crate::gate::power::{more_by_interval, three_ways};
use crate::gate::report::{GateCheck, Unit};

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Found) {
    let limits = evidence.limits;
    let all: Vec<&Pair> = evidence.pairs.decided().collect();
    let mut ask =
        |members: &[&Pair], subject: Option<&str>, least: Option<f64>, most: Option<f64>| {
            let least = least.map(|limit| answer(members, (Asked::Caught, limit), subject));
            let most = most.map(|limit| answer(members, (Asked::Spared, limit), subject));
            found.answers.extend(least.into_iter().chain(most));
        };
    ask(
        &all,
        None,
        limits.recall_min,
        limits.false_positive_rate_max,
    );
    for part in &limits.limits {
        for (dimension, name) in [
            (Dimension::Family, &part.family),
            (Dimension::Source, &part.source),
            (Dimension::Tenant, &part.tenant),
            (Dimension::Slice, &part.slice),
        ] {
            let Some(name) = name else { continue };
            let parts = evidence.pairs.parts(dimension);
            let members = parts.get(name).map_or(&[][..], Vec::as_slice);
            ask(
                members,
                Some(name),
                part.recall_min,
                part.false_positive_rate_max,
            );
        }
    }
}

/// Answers for recall from below, and for the false-positive rate from above. Without events nobody can tell.
fn answer(members: &[&Pair], (asked, limit): (Asked, f64), subject: Option<&str>) -> GateCheck {
    let wrong = wrong(members, asked);
    let events = wrong.events;
    let is_recall = asked == Asked::Caught;
    let counted = if is_recall {
        events - wrong.worse
    } else {
        wrong.worse
    };
    let value = counted as f64 / events.max(1) as f64;
    let (low, high) = effective_interval(
        value,
        events as f64 / wrong.design_effect.max(1.0),
        CONFIDENCE,
    );
    let passed = if is_recall {
        three_ways(low >= limit, high < limit)
    } else {
        three_ways(high <= limit, low > limit)
    };
    let (code, name, what) = if is_recall {
        ("G040", "recall", "caught")
    } else {
        ("G041", "false-positive rate", "blocked in error")
    };
    let of = subject.map_or_else(String::new, |name| format!(" of `{name}`"));
    let says = format!("{counted} of {events} events{of} are {what}");
    GateCheck {
        subject: subject.map(str::to_owned),
        passed,
        measured: (events > 0).then_some(value),
        low: Some(low),
        high: Some(high),
        limit: Some(limit),
        unit: Unit::Share,
        more_events: match passed {
            None => more(&wrong, if is_recall { 1.0 - limit } else { limit }),
            Some(_) => None,
        },
        ..GateCheck::open((code, name), says)
    }
}

/// Counts the new detector's wrong verdicts, by near-duplicate group.
fn wrong(members: &[&Pair], asked: Asked) -> PairedChanges {
    let mut groups: BTreeMap<u32, GroupChanges> = BTreeMap::new();
    for pair in members.iter().filter(|pair| asked.concerns(pair.label)) {
        let group = groups.entry(pair.group).or_default();
        group.events += 1;
        group.worse += u64::from(pair.is_right(pair.new.action) == Some(false));
    }
    PairedChanges::of(groups.into_values().collect::<Vec<_>>())
}

/// Returns about how many more events would tell the share of wrong verdicts from the limit.
fn more(wrong: &PairedChanges, limit: f64) -> Option<u64> {
    let for_one_error = wrong.events_for_one_error(limit)?;
    Some(more_by_interval(for_one_error, wrong.events))
}
