//! Outdated? How old the events are, whether old ones help, where time has holes, and whether old events are only what survived.

mod survivors;

use ringtrue_core::metrics::{Pair, Ranking, paired_bootstrap};
use ringtrue_core::task::figures::count;
use ringtrue_core::{EventTime, Label};

use crate::check::Check;
use crate::code::Code;
use crate::data::Data;
use crate::finding::{Effect, Finding, Owner, Remedy, Severity, Subject};
use crate::lines;
use crate::probe::RESAMPLES;

const OLD: Code = Check::Outdated.code("V091", "old events", Owner::Analyst);
const OLDEST: Code = Check::Outdated.code(
    "V092",
    "what the oldest events are worth",
    Owner::DataScientist,
);
const HOLE: Code = Check::Outdated.code("V093", "months without events", Owner::Analyst);
const SURVIVORS: Code = Check::Outdated.code(
    "V094",
    "events collected densely in one stretch only",
    Owner::Analyst,
);
const NO_TIME: Code = Check::Outdated.code("V095", "no times", Owner::Analyst);
/// What this check answers with.
pub(super) const CODES: &[Code] = &[OLD, OLDEST, HOLE, SURVIVORS, NO_TIME];

/// Days after which the newest malicious, and benign, event is old.
///
/// # Source
///
/// The corpus policy of Apache `SpamAssassin`: spam no older than 6 months, ham no older than 18.
const DAYS_MAX: [(Label, f64); 2] = [(Label::Malicious, 183.0), (Label::Benign, 548.0)];
/// A change of the area under the curve that is worth a decision.
const CHANGE_MIN: f64 = 0.002;
/// Months in a row without an event of a class that are a hole, and the probability of so many by chance below which they are one, if events
/// came as sparsely as in the months beside it: with so many places to look at, none in a million streams.
const HOLE_MONTHS_MIN: usize = 2;
const HOLE_LOG_PROBABILITY_MAX: f64 = -20.0;
/// Months on each side of a hole that say how many events were to be expected in it.
const BESIDE: usize = 3;
/// Events of a class from which its months are looked at.
const CLASS_EVENTS_MIN: usize = 30;

pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let known = data.times.iter().flatten().count();
    if data.is_empty() || known * 2 <= data.len() {
        return no_time(data, known).into_iter().collect();
    }
    let mut findings = survivors::findings(data);
    findings.extend(old(data));
    findings.extend(oldest(data));
    findings.extend(hole(data));
    findings
}

fn no_time(data: &Data<'_>, known: usize) -> Option<Finding> {
    if data.is_empty() {
        return None;
    }
    let title = format!(
        "{} of {} events have a time: age, order and drift cannot be told",
        count(known as f64),
        count(data.len() as f64)
    );
    let remedy = Remedy::task(
        "name the column of the time, if there is one",
        "[columns]\ntime = \"first_seen\"",
    );
    let meaning = "Figures rest on a split at random, which is kinder than the future.";
    let share = known as f64 / data.len() as f64;
    let finding = Finding::new(
        NO_TIME,
        Severity::CannotTell,
        Subject::default(),
        title,
        remedy,
    );
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("share of events with a time", share)),
    )
}

/// Returns the times of a class, earliest first.
fn times_of(data: &Data<'_>, label: Label) -> Vec<EventTime> {
    // Events are in time order already.
    let of_class = data
        .labels
        .iter()
        .zip(&data.times)
        .filter(|(it, _)| **it == label);
    of_class.filter_map(|(_, time)| *time).collect()
}

fn old(data: &Data<'_>) -> Option<Finding> {
    let mut said = Vec::new();
    let mut worst = 0.0_f64;
    for (label, days_max) in DAYS_MAX {
        let times = times_of(data, label);
        let (Some(oldest), Some(newest)) = (times.first(), times.last()) else {
            continue;
        };
        let age = data.now.days_since(*newest);
        if age > days_max {
            worst = worst.max(age);
            said.push(format!(
                "the newest {label} event is of {}, {} days ago (the oldest of {})",
                newest.date(),
                count(age.floor()),
                oldest.date()
            ));
        }
    }
    if said.is_empty() {
        return None;
    }
    let remedy = Remedy::command(
        "add events of the last months: malicious ones no older than 6 months, benign ones no older than 18",
        format!("ringtrue vet --kind {} FILE... NEWER_EVENTS", data.kind()),
    );
    let meaning = "Threats and traffic have moved on since; how fast is told by the figures of later months, and how far since then by nothing here.";
    let finding = Finding::new(
        OLD,
        Severity::Warning,
        Subject::default(),
        said.join("; "),
        remedy,
    );
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("days since the newest event", worst.floor())),
    )
}

/// Learns with and without the oldest third, and asks both the later events.
fn oldest(data: &Data<'_>) -> Option<Finding> {
    let (earlier, later) = data.halves()?;
    let (whole, asked) = data.later_margins()?.as_ref().ok()?;
    let cut = data.times[*earlier.get(earlier.len() / 3)? as usize]?;
    let newer: Vec<u32> = earlier
        .iter()
        .copied()
        .filter(|at| data.times[*at as usize] >= Some(cut))
        .collect();
    let (without, _) = data.probe_margins(&newer, &later).ok()?;
    let malicious: Vec<bool> = asked
        .iter()
        .map(|at| data.malicious[*at as usize])
        .collect();
    let groups: Vec<u32> = asked
        .iter()
        .map(|at| data.campaigns()[*at as usize])
        .collect();
    let pair = Pair {
        first: whole,
        second: &without,
        malicious: &malicious,
        groups: Some(&groups),
    };
    let change = paired_bootstrap(RESAMPLES, data.seed, &pair, Ranking::roc_auc).ok()?;
    let interval = format!("{:+.4} to {:+.4}", change.low, change.high);
    let (severity, meaning, remedy) = if change.low > CHANGE_MIN {
        let line = lines::exclude([format!("time < '{}'", cut.date())]);
        let remedy = Remedy::task("learn without them", line);
        (
            Severity::Warning,
            "What they teach no longer holds.",
            remedy,
        )
    } else if change.high < -CHANGE_MIN {
        (
            Severity::Note,
            "They still help.",
            Remedy::advice("keep them"),
        )
    } else {
        (
            Severity::Note,
            "They matter little.",
            Remedy::advice("keep them, or leave them out to train faster"),
        )
    };
    let title = format!(
        "learning without the oldest third, before {}, changes the area under the curve on the later quarter by {:+.4} ({interval})",
        cut.date(),
        change.value,
    );
    let finding = Finding::new(OLDEST, severity, Subject::default(), title, remedy);
    let effect = Effect::estimated(
        "auc gained without the oldest third",
        change.value,
        [change.low, change.high],
    );
    Some(finding.meaning(meaning).effect(effect))
}

/// The months from a class's first event to its last, with how many events each holds.
struct Months {
    /// The first month's number.
    first: i32,
    counts: Vec<u64>,
}

/// Months that are counted, at most: a single wrong time does not make a million of them.
const MONTHS_MAX: usize = 1_200;

impl Months {
    /// Counts times, earliest first; `None` without any, or over more than a century.
    fn of(times: &[EventTime]) -> Option<Self> {
        let first = number(*times.first()?);
        let len = usize::try_from(number(*times.last()?) - first).ok()? + 1;
        if len > MONTHS_MAX {
            return None;
        }
        let mut counts = vec![0; len];
        for time in times {
            let place = usize::try_from(number(*time) - first).ok()?;
            *counts.get_mut(place)? += 1;
        }
        Some(Self { first, counts })
    }

    /// Returns the first moment of the month at `place`.
    fn start(&self, place: usize) -> EventTime {
        let number = self.first + i32::try_from(place).unwrap_or(i32::MAX / 2) - 1;
        let year = i16::try_from(number.div_euclid(12)).unwrap_or(i16::MAX);
        let month = i8::try_from(number.rem_euclid(12) + 1).unwrap_or(1);
        EventTime::from_date(year, month, 1)
    }
}

/// Returns a month's place in the calendar.
fn number(time: EventTime) -> i32 {
    let (year, month) = time.month();
    i32::from(year) * 12 + i32::from(month)
}

/// The longest run of months without an event of a class, if so many are no chance.
fn hole(data: &Data<'_>) -> Option<Finding> {
    let found = [Label::Benign, Label::Malicious]
        .into_iter()
        .filter_map(|label| {
            let times = times_of(data, label);
            if times.len() < CLASS_EVENTS_MIN {
                return None;
            }
            let months = Months::of(&times)?;
            let (start, len) = longest_run(&months.counts)?;
            let expected = rate_beside(&months.counts, start, len) * len as f64;
            let is_hole = len >= HOLE_MONTHS_MIN && -expected < HOLE_LOG_PROBABILITY_MAX;
            is_hole.then(|| (len, label, months.start(start), months.start(start + len)))
        });
    let holes: Vec<(usize, Label, EventTime, EventTime)> = found.collect();
    let longest = holes.iter().map(|(len, ..)| *len).max()?;
    let said: Vec<String> = holes
        .iter()
        .map(|(len, label, from, to)| {
            format!(
                "no {label} event in {len} months in a row, from {} to {}",
                from.date(),
                to.date()
            )
        })
        .collect();
    let remedy = Remedy::advice(
        "find out why nothing was collected, and collect it; else begin after the hole",
    );
    let meaning = "A detector learns nothing of those months, and a stretch on the other side of a hole is from another time.";
    let finding = Finding::new(
        HOLE,
        Severity::Warning,
        Subject::default(),
        said.join("; "),
        remedy,
    );
    Some(
        finding
            .meaning(meaning)
            .effect(Effect::exact("months without events", longest as f64)),
    )
}

/// Returns the events a month on the sparser side of a run of empty months.
fn rate_beside(counts: &[u64], start: usize, len: usize) -> f64 {
    let rate = |months: &[u64]| months.iter().sum::<u64>() as f64 / months.len().max(1) as f64;
    let before = counts.get(start.saturating_sub(BESIDE)..start);
    let after = counts.get(start + len..counts.len().min(start + len + BESIDE));
    rate(before.unwrap_or(&[])).min(rate(after.unwrap_or(&[])))
}

/// Returns where the longest run of empty months begins, and how long it is.
fn longest_run(counts: &[u64]) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let mut start = None;
    for (place, count) in counts.iter().enumerate() {
        if *count > 0 {
            start = None;
            continue;
        }
        let from = *start.get_or_insert(place);
        let len = place + 1 - from;
        if best.is_none_or(|(_, longest)| len > longest) {
            best = Some((from, len));
        }
    }
    best
}

/// Events that are dated a day or more after the data is vetted.
#[cfg(test)]
mod tests;
