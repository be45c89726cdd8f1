//! Filtered: verdicts and scores that came along with the events, and traces of a threshold at which somebody chose them.
//!
//! A column is taken for a verdict by a general word in its name; what is said of it then is measured: that all events carry the same one, that
//! a score begins or ends at an edge, or has a hole.

use std::collections::BTreeSet;

use ringtrue_core::task::figures::{count, per_cent, significant};

use super::{CARRIED, FILTERED};
use crate::check::names::has_word;
use crate::columns::{Column, Values};
use crate::data::Data;
use crate::finding::{Effect, Finding, Remedy, Severity, Subject};

/// Words by which products name what they think of an event.
const WORDS: [&str; 24] = [
    "score",
    "scores",
    "verdict",
    "detection",
    "detections",
    "detected",
    "probability",
    "confidence",
    "risk",
    "rating",
    "reputation",
    "scan",
    "scanner",
    "scanners",
    "antivirus",
    "av",
    "vt",
    "virustotal",
    "positives",
    "disposition",
    "quarantine",
    "quarantined",
    "blocked",
    "prediction",
];
/// Words of headers that products leave in mail.
const HEADER_WORDS: [&str; 5] = ["spam", "antispam", "virus", "scl", "phish"];
/// Values of which an edge or a hole is looked for, and how many of them are different.
const VALUES_MIN: usize = 100;
const DISTINCT_MIN: usize = 50;
/// Share of a score's range that must be empty.
const EMPTY_SHARE: f64 = 0.05;
/// Events on each side of a hole, in a stretch as wide: as many were to be expected in it, so none is no chance.
const BESIDE_MIN: usize = 20;
/// Columns that a finding names, at most.
const NAMED_MAX: usize = 20;

pub(super) fn findings(data: &Data<'_>) -> Vec<Finding> {
    let columns: Vec<&Column> = data
        .columns
        .all
        .iter()
        .filter(|column| has_word(&column.name, &WORDS))
        .collect();
    let mut findings: Vec<Finding> = columns
        .iter()
        .filter_map(|column| filtered(data, column))
        .collect();
    findings.extend(carried(data, &columns));
    findings
}

/// What shows that somebody chose by a column.
#[derive(Debug, PartialEq)]
enum Trace {
    Same(String),
    Begins(f64),
    Ends(f64),
    Hole(f64, f64),
}

fn filtered(data: &Data<'_>, column: &Column) -> Option<Finding> {
    let trace = match (&column.values, column.values.numbers()) {
        (Values::Words { of, words }, _) if words.len() == 1 => {
            let only = words.first().filter(|_| of.len() >= VALUES_MIN)?;
            let is_everywhere = of.iter().all(|word| *word != Values::NONE);
            is_everywhere.then(|| Trace::Same(only.to_string()))
        }
        (_, numbers) => trace_of(&numbers?),
    }?;
    let name = &column.name;
    let said = match &trace {
        Trace::Same(word) => format!(
            "every event carries the same `{name}`: `{}`",
            word.chars().take(40).collect::<String>()
        ),
        Trace::Begins(value) => format!(
            "`{name}` begins at an edge: nothing below {}, and no thinning out towards it",
            significant(*value)
        ),
        Trace::Ends(value) => format!(
            "`{name}` ends at an edge: nothing above {}, and no thinning out towards it",
            significant(*value)
        ),
        Trace::Hole(from, to) => format!(
            "`{name}` has a hole: nothing between {} and {}, and many on both sides",
            significant(*from),
            significant(*to)
        ),
    };
    let remedy = Remedy::advice(
        "find out who chose the events by it, and add some of those that were left out, drawn at random",
    );
    let finding = Finding::new(
        FILTERED,
        Severity::Warning,
        Subject::columns([name.to_string()]),
        said,
        remedy,
    );
    let meaning = "Events that an earlier filter chose are no sample of the traffic: what it let through or threw away is not learned, and figures do not hold there.";
    Some(finding.meaning(meaning).effect(Effect::exact(
        "events with a value",
        known(&column.values, data.len()) as f64,
    )))
}

fn known(values: &Values, events: usize) -> usize {
    (0..events).filter(|at| !values.is_missing(*at)).count()
}

/// Looks for an edge or a hole in a score from 0 to 1, or from 0 to 100.
fn trace_of(values: &[f64]) -> Option<Trace> {
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let distinct: BTreeSet<u64> = sorted.iter().map(|value| value.to_bits()).collect();
    if sorted.len() < VALUES_MIN || distinct.len() < DISTINCT_MIN {
        return None;
    }
    let (least, most) = (*sorted.first()?, *sorted.last()?);
    let range = if most <= 1.0 { 1.0 } else { 100.0 };
    if least < 0.0 || most > range {
        return None;
    }
    let step = (most - least) * EMPTY_SHARE;
    let within = |from: f64, to: f64| {
        sorted.partition_point(|value| *value <= to) - sorted.partition_point(|value| *value < from)
    };
    // An edge, and no tail: the last stretch before it holds at least half of its part, less than which is no chance where values lie evenly.
    let part = sorted.len() as f64 * EMPTY_SHARE / 2.0;
    if least > range * EMPTY_SHARE && within(least, least + step) as f64 >= part {
        return Some(Trace::Begins(least));
    }
    if most < range * (1.0 - EMPTY_SHARE) && within(most - step, most) as f64 >= part {
        return Some(Trace::Ends(most));
    }
    let gaps = sorted
        .windows(2)
        .filter_map(|pair| Some((*pair.first()?, *pair.last()?)));
    let (from, to) =
        gaps.max_by(|left, right| (left.1 - left.0).total_cmp(&(right.1 - right.0)))?;
    let width = to - from;
    let is_hole = width >= range * EMPTY_SHARE
        && within(from - width, from) >= BESIDE_MIN
        && within(to, to + width) >= BESIDE_MIN
        // Neither side is a single heap: scores lie closely there.
        && differ(&sorted, from - width, from) >= BESIDE_MIN / 2
        && differ(&sorted, to, to + width) >= BESIDE_MIN / 2;
    is_hole.then_some(Trace::Hole(from, to))
}

/// Returns how many different values lie from one to another.
fn differ(sorted: &[f64], from: f64, to: f64) -> usize {
    let within = sorted.iter().filter(|value| (from..=to).contains(*value));
    within
        .map(|value| value.to_bits())
        .collect::<BTreeSet<u64>>()
        .len()
}

/// Names what products thought of the events, as far as it came along.
fn carried(data: &Data<'_>, columns: &[&Column]) -> Option<Finding> {
    let present = columns
        .iter()
        .filter(|column| known(&column.values, data.len()) > 0);
    let mut names: Vec<String> = present.map(|column| column.name.to_string()).collect();
    let headers = data
        .traits
        .names
        .iter()
        .filter(|name| name.contains("header ") && has_word(name, &HEADER_WORDS));
    names.extend(headers.map(ToString::to_string));
    if names.is_empty() {
        return None;
    }
    let number = names.len();
    names.sort_unstable();
    names.truncate(NAMED_MAX);
    let is_read = |column: &&&Column| column.is_read;
    let read: Vec<String> = columns
        .iter()
        .filter(is_read)
        .map(|column| format!("{:?}", &*column.name))
        .collect();
    let title = format!(
        "{} columns or headers hold what other products thought of the events, such as `{}`",
        count(number as f64),
        names.first().map_or("", String::as_str),
    );
    let remedy = if read.is_empty() {
        Remedy::advice("ask whether the labels, or the choice of events, come from them")
    } else {
        let line = format!("[columns]\ndrop = [{}]", read.join(", "));
        Remedy::task(
            "learn without them, unless they are there when the detector decides",
            line,
        )
    };
    let carrying = data.traits.of.iter().filter(|own| {
        own.iter().any(|trait_number| {
            let name = data.traits.names.get(*trait_number as usize);
            name.is_some_and(|name| name.contains("header ") && has_word(name, &HEADER_WORDS))
        })
    });
    let share = if columns.is_empty() {
        carrying.count() as f64 / data.len().max(1) as f64
    } else {
        1.0
    };
    let meaning = format!(
        "Events that were seen by another product ({} of them) were perhaps chosen, or labelled, by its verdict: a detector then learns to agree with it.",
        per_cent(share)
    );
    let finding = Finding::new(
        CARRIED,
        Severity::Note,
        Subject::columns(names),
        title,
        remedy,
    );
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("columns and headers", number as f64)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(of: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..400).map(|at| of(f64::from(at) / 400.0)).collect()
    }

    #[test]
    fn edges_and_holes_are_seen_and_thin_tails_are_not() {
        assert_eq!(trace_of(&scores(|share| share)), None);
        assert!(matches!(
            trace_of(&scores(|share| 0.5 + share / 2.0)),
            Some(Trace::Begins(_))
        ));
        assert!(matches!(
            trace_of(&scores(|share| share * 0.8)),
            Some(Trace::Ends(_))
        ));
        let hole = |share: f64| {
            if share < 0.5 {
                share * 0.8
            } else {
                1.0 - (1.0 - share) * 0.8
            }
        };
        assert!(matches!(trace_of(&scores(hole)), Some(Trace::Hole(..))));
        // Thins out towards both ends: two dice.
        let dice: Vec<f64> = (0..20)
            .flat_map(|one| {
                (0..20).map(move |two| {
                    0.2 + f64::from(one * 20 + two) * 1e-5 + f64::from(one + two) * 0.012
                })
            })
            .collect();
        assert_eq!(trace_of(&dice), None);
        assert_eq!(trace_of(&[0.5; 400]), None);
        assert_eq!(trace_of(&[]), None);
    }

    #[test]
    fn names_are_read_word_by_word() {
        for name in [
            "spam_score",
            "Detection_Ratio",
            "vt_scan_time",
            "av_kaspersky",
            "riskRating",
            "Scanners",
        ] {
            assert!(has_word(name, &WORDS), "{name}");
        }
        for name in [
            "scoreboard",
            "average",
            "Avatar",
            "detectionist",
            "time",
            "",
        ] {
            assert!(!has_word(name, &WORDS), "{name}");
        }
    }
}
