//! Survivors: a source that was collected in one stretch of time, and of which only what was left could be had from before and after it.
//!
//! Looked at for each source and class: months in one stretch hold far more than those outside it, and what lies outside looks different.

use ringtrue_core::Label;
use ringtrue_core::task::figures::{count, per_cent, significant};

use super::{Months, SURVIVORS};
use crate::data::{Data, NO_NAME};
use crate::density::densest;
use crate::finding::{Effect, Finding, Remedy, Severity, Subject};
use crate::lines;
use crate::probe::evenly;

/// How many times as many events the middling month of the stretch has as the one outside: what a collector does, no season and no campaign.
const FACTOR_MIN: u64 = 10;
/// Share of the events that the stretch must hold, and the months that it must last: a short burst is no collection that others survive.
const INSIDE_SHARE_MIN: f64 = 0.5;
const INSIDE_MONTHS_MIN: usize = 3;
/// Events and months outside the stretch that make it worth a word.
const OUTSIDE_EVENTS_MIN: u64 = 30;
const OUTSIDE_MONTHS_MIN: usize = 6;
/// Events of a source and class from which it is looked at.
const EVENTS_MIN: usize = 100;
/// Sources and classes that are looked at, at most: the largest.
const LOOKS_MAX: usize = 20;
/// Events of each side whose signals are compared, at most.
const COMPARED_MAX: usize = 2_000;
/// The probability of a difference by chance below which what is left differs, over all signals and looks together.
const CHANCE_MAX: f64 = 1e-3;

pub(super) fn findings(data: &Data<'_>) -> Vec<Finding> {
    let mut looks: Vec<(Label, u32, Vec<u32>)> = Vec::new();
    for label in [Label::Benign, Label::Malicious] {
        let mut by_source: std::collections::BTreeMap<u32, Vec<u32>> =
            std::collections::BTreeMap::new();
        for at in data
            .of_class(label)
            .into_iter()
            .filter(|at| data.times[*at as usize].is_some())
        {
            by_source
                .entry(data.sources.of[at as usize])
                .or_default()
                .push(at);
        }
        looks.extend(
            by_source
                .into_iter()
                .map(|(source, members)| (label, source, members)),
        );
    }
    looks.retain(|(.., members)| members.len() >= EVENTS_MIN);
    looks.sort_by_key(|(label, source, members)| {
        (std::cmp::Reverse(members.len()), *label, *source)
    });
    looks.truncate(LOOKS_MAX);
    looks
        .iter()
        .filter_map(|(label, source, members)| look(data, *label, *source, members))
        .collect()
}

fn look(data: &Data<'_>, label: Label, source: u32, members: &[u32]) -> Option<Finding> {
    let times: Vec<_> = members
        .iter()
        .filter_map(|at| data.times[*at as usize])
        .collect();
    let months = Months::of(&times)?;
    let dense = densest(&months.counts)?;
    let inside_months = dense.last + 1 - dense.first;
    let outside_months = months.counts.len() - inside_months;
    let inside_share = dense.inside as f64 / (dense.inside + dense.outside) as f64;
    let is_collection = inside_share >= INSIDE_SHARE_MIN && inside_months >= INSIDE_MONTHS_MIN;
    let is_sparse = dense.inside_median >= FACTOR_MIN * dense.outside_median.max(1);
    let is_worth_it = dense.outside >= OUTSIDE_EVENTS_MIN && outside_months >= OUTSIDE_MONTHS_MIN;
    if !(is_collection && is_sparse && is_worth_it) {
        return None;
    }
    let (from, to) = (months.start(dense.first), months.start(dense.last + 1));
    let is_inside =
        |at: &u32| data.times[*at as usize].is_some_and(|time| from <= time && time < to);
    let (inside, outside): (Vec<u32>, Vec<u32>) = members.iter().copied().partition(is_inside);
    let difference = most_different(data, &inside, &outside);
    let name = data
        .sources
        .names
        .get(source as usize)
        .filter(|_| source != NO_NAME);
    let of_source = name.map_or_else(String::new, |name| format!(" of `{name}`"));
    let mut title = format!(
        "{label} events{of_source} lie densely from {} to {} only: {} in a middling month against {} outside, where {} of them lie",
        from.date(),
        to.date(),
        count(dense.inside_median as f64),
        count(dense.outside_median as f64),
        per_cent(1.0 - inside_share),
    );
    let severity = if let Some((signal, distance)) = &difference {
        title = format!(
            "{title}, and what lies outside differs, most in `{signal}` (by {})",
            significant(*distance)
        );
        Severity::Warning
    } else {
        Severity::Note
    };
    let effect = Effect::exact(
        "share of events outside the dense stretch",
        1.0 - inside_share,
    );
    let subject = Subject::sources(name.map(ToString::to_string));
    let meaning = "Events outside are what was still there when somebody looked, or what another collector took: months of them are no sample of their time, neither to learn from nor to judge by.";
    let remedy = remedy(name.map(|name| &**name), &from.date(), &to.date());
    let finding = Finding::new(SURVIVORS, severity, subject, title, remedy);
    Some(
        finding
            .meaning(meaning)
            .effect(effect)
            .evidence(evenly(&outside, crate::finding::EVIDENCE_MAX)),
    )
}

fn remedy(source: Option<&str>, from: &str, to: &str) -> Remedy {
    let condition = match source {
        Some(source) => format!(
            "source == {} && (time < '{from}' || time >= '{to}')",
            lines::literal(source)
        ),
        None => format!("time < '{from}' || time >= '{to}'"),
    };
    Remedy::task("use the dense stretch alone", lines::exclude([condition]))
}

/// Returns the signal whose values differ most between two sets of events, with the largest distance of their distribution functions; `None`
/// if no difference is more than chance.
///
/// # Source
///
/// The bound for two samples of Smirnov, "Table for estimating the goodness of fit of empirical distributions", Annals of Mathematical
/// Statistics 19, 1948, divided among the signals by Bonferroni.
fn most_different(data: &Data<'_>, inside: &[u32], outside: &[u32]) -> Option<(String, f64)> {
    let (inside, outside) = (evenly(inside, COMPARED_MAX), evenly(outside, COMPARED_MAX));
    let of = |signal: usize| {
        let values = |members: &[u32]| -> Vec<f64> {
            let values = members.iter().map(|at| data.rows.get(*at as usize, signal));
            let mut values: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        distance(&values(&inside), &values(&outside))
    };
    let width = data.rows.width();
    let (signal, (distance, scale)) = (0..width)
        .map(|signal| (signal, of(signal)))
        .max_by(|left, right| (left.1.0 * left.1.1).total_cmp(&(right.1.0 * right.1.1)))?;
    let looks = (width * LOOKS_MAX) as f64;
    let limit = ((2.0 * looks / CHANCE_MAX).ln() / 2.0).sqrt();
    let name = data.schema.signals.get(signal)?.name.clone();
    (distance * scale > limit).then_some((name, distance))
}

/// Returns the largest distance of two distribution functions, and what it is multiplied with to be judged.
fn distance(first: &[f64], second: &[f64]) -> (f64, f64) {
    let (one, two) = (first.len() as f64, second.len() as f64);
    let (mut left, mut right) = (first.iter().peekable(), second.iter().peekable());
    let (mut below, mut largest) = ([0.0_f64; 2], 0.0_f64);
    while let Some(value) = [left.peek(), right.peek()]
        .into_iter()
        .flatten()
        .copied()
        .copied()
        .reduce(f64::min)
    {
        while left.next_if(|next| **next <= value).is_some() {
            below[0] += 1.0;
        }
        while right.next_if(|next| **next <= value).is_some() {
            below[1] += 1.0;
        }
        largest = largest.max((below[0] / one - below[1] / two).abs());
    }
    if first.is_empty() || second.is_empty() {
        return (0.0, 0.0);
    }
    (largest, (one * two / (one + two)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distribution_functions_are_as_far_apart_as_they_are() {
        let (apart, scale) = distance(&[1.0, 2.0], &[3.0, 4.0]);
        assert!((apart - 1.0).abs() < 1e-12 && (scale - 1.0).abs() < 1e-12);
        let (half, _) = distance(&[1.0, 2.0, 3.0, 4.0], &[3.0, 3.0, 4.0, 4.0]);
        assert!((half - 0.5).abs() < 1e-12);
        assert!(distance(&[1.0, 2.0], &[1.0, 2.0]).0.abs() < 1e-12);
        assert!(distance(&[], &[1.0]).0.abs() < 1e-12);
    }
}
