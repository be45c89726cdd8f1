//! The grid of times at which detectors are trained: the shortest cadence from the start on.

use std::num::NonZeroU32;

use ringtrue_core::EventTime;
use ringtrue_trial::cadence::Cadence;

use super::asked::CadenceDays;
use super::history::History;
use crate::failure::{Failure, Outcome};

/// Share of the history, the first, that the first detector learns from.
const FIRST_SHARE: i64 = 3;
/// Trainings of one window, at most: what is beyond takes days.
const STEPS_MAX: usize = 2_000;

/// When detectors are trained, and which cadences follow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grid {
    /// Days between two trainings.
    pub(crate) step_days: u32,
    /// The times of the trainings.
    pub(crate) starts: Vec<EventTime>,
    /// What is replayed lies before this time.
    pub(crate) until: EventTime,
    /// The cadences as they were asked for, and in steps; the most frequent first.
    pub(crate) cadences: Vec<(CadenceDays, Cadence)>,
}

impl Grid {
    /// Lays a grid over a history, from a third of its time on unless `from` says otherwise, to its last event unless `until` does.
    pub(crate) fn over(
        history: &History,
        asked: &[CadenceDays],
        (from, until): (Option<EventTime>, Option<EventTime>),
    ) -> Outcome<Self> {
        let mut cadences = asked.to_vec();
        cadences.sort_unstable();
        cadences.dedup();
        let Some(step_days) = cadences.first().and_then(|it| it.days()) else {
            return Err(Failure::new("no cadence is asked about").hint("`--cadences 7,28,never`"));
        };
        let cadences = cadences
            .into_iter()
            .map(|it| Ok((it, in_steps(it, step_days)?)))
            .collect::<Outcome<Vec<_>>>()?;
        let [first, last] = history.ends();
        let third = EventTime(
            first
                .0
                .saturating_add(last.0.saturating_sub(first.0) / FIRST_SHARE),
        );
        let (from, after) = (from.unwrap_or(third), EventTime(last.0.saturating_add(1)));
        let until = until.unwrap_or(after).min(after);
        let starts: Vec<EventTime> = (0_i64..)
            .map(|step| from.plus_days(step.saturating_mul(i64::from(step_days))))
            .take_while(|start| *start < until)
            .take(STEPS_MAX + 1)
            .collect();
        if starts.len() > STEPS_MAX {
            return Err(Failure::new(format!(
                "a training every {step_days} days is more than {STEPS_MAX} of them"
            ))
            .hint("ask about longer cadences, or name a later `--from`"));
        }
        if starts.len() < 2 || from <= first {
            return Err(Failure::cannot_tell(format!(
                "there is nothing to replay: events lie between {first} and {last}, and detectors are trained every {step_days} days from {from} on"
            )));
        }
        Ok(Self {
            step_days,
            starts,
            until,
            cadences,
        })
    }

    /// Returns the step in which a time lies; `None` before the first one, and where nothing is replayed any more.
    pub(crate) fn step(&self, time: EventTime) -> Option<usize> {
        let steps = self.starts.partition_point(|start| *start <= time);
        steps.checked_sub(1).filter(|_| time < self.until)
    }
}

fn in_steps(cadence: CadenceDays, step_days: u32) -> Outcome<Cadence> {
    let Some(days) = cadence.days() else {
        return Ok(Cadence::Never);
    };
    let steps = NonZeroU32::new(days / step_days).filter(|_| days.is_multiple_of(step_days));
    steps.map(Cadence::Every).ok_or_else(|| {
        Failure::new(format!(
            "{days} days are no multiple of the shortest cadence, {step_days} days"
        ))
        .hint("trainings are shared among cadences: 7, 14, 28 and 56 go together")
    })
}
