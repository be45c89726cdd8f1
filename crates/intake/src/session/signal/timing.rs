//! Timing: how long a session lasts, and whether its pace is that of a person.

use ringtrue_core::EventTime;
use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme, share};
use crate::declare::single;
use crate::session::facts::Step;

/// A person needs longer than this to type a command.
const QUICK_SECONDS: f64 = 1.0;
/// Gaps within this share of the median are as regular as a machine's.
const REGULAR_SHARE: f64 = 0.1;
/// Fewer gaps than this have no rhythm.
const RHYTHM_GAPS_MIN: usize = 3;
const MICROS_PER_SECOND: f64 = 1e6;

/// The pace of a session; NaN where times lack.
pub(in crate::session) struct Timing {
    span: f32,
    median: f32,
    longest: f32,
    quick: f32,
    regular: f32,
    backwards: f32,
}

impl Timing {
    pub(in crate::session) fn read(steps: &[Step<'_>]) -> Self {
        let times: Vec<EventTime> = steps.iter().filter_map(|step| step.time).collect();
        let mut gaps: Vec<f64> = times
            .iter()
            .zip(times.iter().skip(1))
            .map(|(one, next)| next.0.saturating_sub(one.0) as f64 / MICROS_PER_SECOND)
            .collect();
        let backwards = gaps.iter().filter(|gap| **gap < 0.0).count();
        for gap in &mut gaps {
            *gap = gap.max(0.0);
        }
        gaps.sort_by(f64::total_cmp);
        let median = gaps.get(gaps.len() / 2).copied().unwrap_or(f64::NAN);
        let quick = gaps.iter().filter(|gap| **gap < QUICK_SECONDS).count();
        let is_regular = |gap: &&f64| (**gap - median).abs() <= REGULAR_SHARE * median;
        let regular = gaps.iter().filter(is_regular).count();
        let regular = share(regular as f32, gaps.len() as f32);
        let span = times.iter().max().zip(times.iter().min());
        let span = span.map_or(f64::NAN, |(last, first)| {
            last.0.saturating_sub(first.0) as f64 / MICROS_PER_SECOND
        });
        let is_timed = !gaps.is_empty();
        Self {
            span: if is_timed { single(span) } else { f32::NAN },
            median: single(median),
            longest: gaps.last().map_or(f32::NAN, |gap| single(*gap)),
            quick: share(quick as f32, gaps.len() as f32),
            regular: if gaps.len() < RHYTHM_GAPS_MIN {
                f32::NAN
            } else {
                regular
            },
            backwards: if is_timed { backwards as f32 } else { f32::NAN },
        }
    }
}

pub(in crate::session) const THEME: Theme = Theme {
    name: "session_timing",
    together: &[],
    privacy: Privacy::Derived,
    // A pause is a line of a script.
    cost_minutes: 1.0,
    signals: &[
        Signal::seconds(
            "session_span_seconds",
            "of how long the session lasts",
            |facts| facts.timing.span,
        ),
        Signal::seconds(
            "session_gap_seconds",
            "of the usual pause between commands",
            |facts| facts.timing.median,
        ),
        Signal::seconds(
            "session_longest_gap_seconds",
            "of the longest pause between commands",
            |facts| facts.timing.longest,
        ),
        Signal::share(
            "session_quick_share",
            "of the commands that came faster than a person types",
            |facts| facts.timing.quick,
        ),
        Signal::share(
            "session_regular_share",
            "of the pauses that are as even as a machine's",
            |facts| facts.timing.regular,
        ),
        Signal::count(
            "session_back_in_time",
            "of how often a command is dated before the one above it",
            |facts| facts.timing.backwards,
        )
        .movable(Movable::Up),
    ],
};
