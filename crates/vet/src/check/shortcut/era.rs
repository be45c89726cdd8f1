//! Era: does time alone tell the classes apart, and what lies outside the time that both share?

use ringtrue_core::{EventTime, Label};

use super::ERA;
use crate::alone::{Alone, time_numbers};
use crate::data::Data;
use crate::finding::{Effect, Finding, Remedy, Severity, Subject};
use crate::lines;
use ringtrue_core::task::figures::per_cent;

/// Parts into which the time from the first to the last event is cut, at most.
const PARTS_MAX: u32 = 60;
/// Events of the smaller class for each part, so that a part without it means something.
const PART_EVENTS: usize = 20;
/// Part of its even share that a class must have in a part of time, to be there.
const DENSITY_MIN: f64 = 0.1;
/// Events that a class must have there.
const THERE_MIN: usize = 3;
/// Share of a class outside the shared time that is told.
const TOLD_MIN: f64 = 0.2;
/// Share that blocks, if what is left can be learned from.
const BLOCKING_MIN: f64 = 0.5;
/// Area under the curve of time alone that is told.
const SEPARATES_MIN: f64 = 0.9;
/// Area of time alone that blocks, beside the share outside.
const DECIDES_MIN: f64 = 0.8;
/// Events of a class that must be left for an exclusion to be advised.
const LEFT_MIN: usize = 100;
/// Times that a shared time is narrowed: what was excluded changes what is dense.
const ROUNDS: usize = 4;
/// One in so many events may lie before, and as many after all parts: a few wrong times stretch nothing.
const TAIL_ONE_IN: usize = 500;
const DAY: i64 = 86_400_000_000;

pub(super) fn check(data: &Data<'_>, alone: &Alone<'_, '_>) -> Option<Finding> {
    let times = Times::of(data)?;
    let numbers = time_numbers(&data.times);
    let of_members: Vec<f64> = alone
        .members
        .iter()
        .map(|at| numbers[*at as usize])
        .collect();
    let score = alone.score_by_campaign(&alone.ranges(&of_members)).ok()?;
    let shared = times.shared();
    let [benign, malicious] = times.outside(shared.as_ref());
    let most = benign.max(malicious);
    if most < TOLD_MIN && score.interval[0] < SEPARATES_MIN {
        return None;
    }
    let window =
        shared.filter(|shared| times.left(shared).into_iter().all(|left| left >= LEFT_MIN));
    let blocks = most >= BLOCKING_MIN && score.interval[0] >= DECIDES_MIN && window.is_some();
    let severity = if blocks {
        Severity::Blocking
    } else {
        Severity::Warning
    };
    let title = format!(
        "{} of malicious and {} of benign events lie outside the time that both classes share, and time alone reaches an AUC of {:.3}",
        per_cent(malicious),
        per_cent(benign),
        score.auc
    );
    let remedy = match &window {
        Some(window) if most > 0.0 => remedy(data, window, &times),
        _ => Remedy::advice(
            "collect both classes from the same months; until then a figure may rest on what changed between them",
        ),
    };
    let finding = Finding::new(ERA, severity, Subject::columns(["time"]), title, remedy)
        .meaning(
            "Whatever changed over the years (how links are written, which programs send mail) tells the classes apart as well as what is \
             malicious, and a detector takes either. No split by time is fair either: one side of it lacks a class.",
        )
        .effect(Effect::estimated("auc of time alone", score.auc, score.interval))
        .evidence(times.examples(window.as_ref()));
    Some(finding)
}

fn remedy(data: &Data<'_>, window: &Window, times: &Times) -> Remedy {
    let [benign, malicious] = times.left(window);
    let mut conditions: Vec<String> = data.task.vetting.exclude.clone();
    let is_short = window.end.0 - window.start.0 < 30 * DAY;
    let text = |time: EventTime| {
        if is_short {
            time.to_string()
        } else {
            time.date()
        }
    };
    if times.any(|time| time < window.start) {
        conditions.push(format!("time < '{}'", text(window.start)));
    }
    if times.any(|time| time >= window.end) {
        conditions.push(format!("time >= '{}'", text(window.end)));
    }
    Remedy::task(
        format!(
            "use only the time that both share: {benign} benign and {malicious} malicious of the events looked at are left"
        ),
        lines::exclude(conditions),
    )
}

/// Returns whether a class is there in a part of time, given its counts in all.
fn is_there(counts: &[usize], part: usize) -> bool {
    let even = counts.iter().sum::<usize>() as f64 / counts.len().max(1) as f64;
    counts[part] >= THERE_MIN && counts[part] as f64 >= even * DENSITY_MIN
}

/// A time in which both classes are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    start: EventTime,
    /// The first moment after it.
    end: EventTime,
}

impl Window {
    fn holds(&self, time: EventTime) -> bool {
        self.start <= time && time < self.end
    }
}

/// The times of the classes, benign first, in order.
struct Times {
    of: [Vec<(EventTime, u32)>; 2],
}

impl Times {
    /// Returns nothing unless most events of each class have a time and some differ.
    fn of(data: &Data<'_>) -> Option<Self> {
        let of = [Label::Benign, Label::Malicious].map(|label| {
            let members = data.of_class(label);
            let count = members.len();
            let known = |at: u32| data.times[at as usize].map(|time| (time, at));
            let mut times: Vec<(EventTime, u32)> = members.into_iter().filter_map(known).collect();
            times.sort_unstable();
            (times, count)
        });
        let is_timed =
            |(times, count): &(Vec<_>, usize)| times.len() * 2 > *count && times.len() >= 10;
        of.iter().all(is_timed).then(|| Self {
            of: of.map(|(times, _)| times),
        })
    }

    fn any(&self, holds: impl Fn(EventTime) -> bool) -> bool {
        self.of.iter().flatten().any(|(time, _)| holds(*time))
    }

    /// Returns the time from the first to the last moment at which both classes are there.
    fn shared(&self) -> Option<Window> {
        let mut window = self.whole()?;
        for _ in 0..ROUNDS {
            let narrowed = self.narrowed(&window)?;
            if narrowed == window {
                break;
            }
            window = narrowed;
        }
        Some(window)
    }

    /// Returns the time of all events but for a few at each end.
    fn whole(&self) -> Option<Window> {
        let mut all: Vec<EventTime> = self.of.iter().flatten().map(|(time, _)| *time).collect();
        all.sort_unstable();
        let skipped = all.len() / TAIL_ONE_IN;
        let (first, last) = (*all.get(skipped)?, *all.get(all.len() - 1 - skipped)?);
        Some(Window {
            start: first,
            end: EventTime(last.0 + 1),
        })
    }

    fn narrowed(&self, window: &Window) -> Option<Window> {
        let fewest = self.of.iter().map(Vec::len).min().unwrap_or(0);
        let parts = u32::try_from(fewest / PART_EVENTS).unwrap_or(PARTS_MAX);
        let parts = parts.clamp(1, PARTS_MAX);
        let width = ((window.end.0 - window.start.0) / i64::from(parts)).max(1);
        let part = |time: EventTime| {
            let part = u32::try_from((time.0 - window.start.0) / width).unwrap_or(0);
            part.min(parts - 1) as usize
        };
        let mut counts = [vec![0_usize; parts as usize], vec![0_usize; parts as usize]];
        for (class, times) in self.of.iter().enumerate() {
            for (time, _) in times.iter().filter(|(time, _)| window.holds(*time)) {
                counts[class][part(*time)] += 1;
            }
        }
        let are_there = |part: &u32| counts.iter().all(|counts| is_there(counts, *part as usize));
        let first = (0..parts).find(are_there)?;
        let last = (0..parts).rev().find(are_there)?;
        let edge = |part: u32| EventTime(window.start.0 + i64::from(part) * width);
        Some(Window {
            start: edge(first),
            end: if last + 1 == parts {
                window.end
            } else {
                edge(last + 1)
            },
        })
    }

    /// Returns how many events of each class lie within, benign first.
    fn left(&self, window: &Window) -> [usize; 2] {
        [0, 1].map(|class: usize| {
            self.of[class]
                .iter()
                .filter(|(time, _)| window.holds(*time))
                .count()
        })
    }

    /// Returns the share of each class outside, benign first; all of both if no time is shared.
    fn outside(&self, window: Option<&Window>) -> [f64; 2] {
        let Some(window) = window else {
            return [1.0; 2];
        };
        let left = self.left(window);
        [0, 1].map(|class: usize| 1.0 - left[class] as f64 / self.of[class].len().max(1) as f64)
    }

    /// Returns events that lie outside, of both classes.
    fn examples(&self, window: Option<&Window>) -> Vec<u32> {
        let outside = |class: usize| {
            let is_out = move |(time, _): &&(EventTime, u32)| {
                window.is_none_or(|window| !window.holds(*time))
            };
            self.of[class]
                .iter()
                .filter(is_out)
                .map(|(_, at)| *at)
                .take(5)
        };
        outside(0).chain(outside(1)).collect()
    }
}
