//! The grid of times at which detectors are trained: the shortest cadence from the start on.

use std::num::NonZeroU32;

use ringtrue_core::EventTime;
use ringtrue_trial::cadence::Cadence;

use super::asked::CadenceDays;
use super::history::History;
use crate::failure::{Failure, Outcome};

/// The first detector learns from the first of so many parts of the history's time.
const FIRST_PART: i64 = 3;
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
        let after = EventTime(last.0.saturating_add(1));
        let until = until.unwrap_or(after).min(after);
        let third = until.0.saturating_sub(first.0) / FIRST_PART;
        let from = from.unwrap_or(EventTime(first.0.saturating_add(third)));
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

#[cfg(test)]
mod tests {
    use super::super::history::tests::history;
    use super::*;

    fn laid(cadences: &str, ends: (Option<i64>, Option<i64>)) -> Outcome<Grid> {
        // One event a day, from day 0 to day 90.
        let events: Vec<(i64, Option<i64>, bool)> =
            (0..=90).map(|day| (day, Some(day), day % 2 == 0)).collect();
        let asked: Vec<CadenceDays> = cadences.split(',').map(|it| it.parse().unwrap()).collect();
        let day = |day: i64| EventTime::from_date(2024, 1, 1).plus_days(day);
        Grid::over(
            &history(&events, None).unwrap(),
            &asked,
            (ends.0.map(day), ends.1.map(day)),
        )
    }

    #[test]
    fn a_third_of_the_time_comes_first_and_the_shortest_cadence_is_the_step() {
        let grid = laid("never,28,7,14,7", (None, None)).unwrap();
        let day = |day: i64| EventTime::from_date(2024, 1, 1).plus_days(day);
        assert_eq!((grid.step_days, grid.starts.len()), (7, 9));
        assert_eq!(grid.starts[1], day(37));
        let cadences: Vec<String> = grid.cadences.iter().map(|it| it.0.to_string()).collect();
        assert_eq!(cadences, ["7 days", "14 days", "28 days", "never"]);
        assert_eq!(grid.cadences[2].1.days(7.0), Some(28.0));
        assert_eq!((grid.step(day(29)), grid.step(day(30))), (None, Some(0)));
        assert_eq!((grid.step(day(90)), grid.step(day(91))), (Some(8), None));
        // What is not replayed counts for nothing, where the first part ends neither.
        let half = laid("7", (None, Some(46))).unwrap();
        assert_eq!(
            (half.starts.first(), half.starts.len()),
            (Some(&EventTime(day(0).0 + 46 * 86_400_000_000 / 3)), 5)
        );
        assert_eq!(half.step(day(46)), None);
        assert_eq!(laid("7", (Some(60), None)).unwrap().starts[0], day(60));
    }

    #[test]
    fn cadences_that_share_no_trainings_and_spans_without_any_are_refused() {
        for (cadences, ends, said) in [
            ("7,30", (None, None), "no multiple"),
            ("never", (None, None), "no cadence"),
            ("7", (Some(90), None), "nothing to replay"),
            ("7", (Some(-1), None), "nothing to replay"),
            ("7", (None, Some(-400)), "nothing to replay"),
        ] {
            let refused = laid(cadences, ends).unwrap_err();
            assert!(refused.what.contains(said), "{}", refused.what);
        }
    }
}
