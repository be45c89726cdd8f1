//! The replay: a training at each step of the grid for each window, on what was known by then, asked about all that came later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use ringtrue_core::metrics::Traffic;
use ringtrue_core::split::keep_families;
use ringtrue_core::{Event, EventTime, Task};
use ringtrue_trial::cadence::{
    Answers, Priced, Recommended, Replay, Replayed, Weighed, recommend, weigh,
};
use ringtrue_vet::Sampled;

use super::asked::{CadenceDays, WindowDays};
use super::grid::Grid;
use super::history::{History, Past};
use crate::commands::label_errors::campaigns;
use crate::failure::Outcome;
use crate::filter::{Lesson, Teacher};
use crate::prepared;

/// What is replayed.
pub(crate) struct Replaying<'a> {
    pub(crate) task: &'a Task,
    pub(crate) history: &'a History,
    pub(crate) grid: &'a Grid,
    pub(crate) windows: &'a [WindowDays],
    /// Malicious events of a family that stay beyond a window.
    pub(crate) floor: usize,
    /// Price of a training.
    pub(crate) training: f64,
    pub(crate) seed: u64,
}

/// What the replay came to.
pub(crate) struct Planned {
    /// Each cadence with each window that could be trained at the start, the most frequent cadence first.
    pub(crate) weighed: Vec<(CadenceDays, WindowDays, Weighed)>,
    /// Which is recommended; `None` if that cannot be told.
    pub(crate) recommended: Option<Recommended>,
    /// For each window that was not trained at every step, how many steps those are, and why the first of them was not.
    pub(crate) untrained: Vec<(WindowDays, usize, String)>,
    /// Names of the families that first came in the replayed time, by their numbers.
    pub(crate) families: Vec<Arc<str>>,
    /// Replayed events: benign, malicious.
    pub(crate) events: [u64; 2],
}

/// Replays a history; `tell` is called after each training.
pub(crate) fn replayed(replaying: &Replaying<'_>, tell: &(dyn Fn() + Sync)) -> Outcome<Planned> {
    let (families, events) = replaying.events()?;
    let (grid, traffic) = (replaying.grid, Traffic::from(&replaying.task.cost_sheet()));
    let replay = Replay {
        events: &events,
        starts: &grid.starts,
        step_days: f64::from(grid.step_days),
    };
    let priced = Priced {
        traffic,
        training: replaying.training,
    };
    let (mut weighed, mut untrained) = (Vec::new(), Vec::new());
    for (number, window) in replaying.windows.iter().enumerate() {
        let (trained, whys) = replaying.trained(*window, &events, tell);
        untrained.extend(whys.first().map(|why| (*window, whys.len(), why.clone())));
        for (asked, cadence) in &grid.cadences {
            let of = weigh(&replay, &priced, (*cadence, number), &trained);
            weighed.extend(of.map(|it| (*asked, *window, it)));
        }
    }
    weighed.sort_by_key(|(asked, window, _)| (*asked, *window));
    let all: Vec<Weighed> = weighed.iter().map(|(_, _, it)| it.clone()).collect();
    let of_class = |class: bool| events.iter().filter(|it| it.malicious == class).count() as u64;
    Ok(Planned {
        weighed,
        recommended: recommend(&all, &replay, traffic),
        untrained,
        families,
        events: [false, true].map(of_class),
    })
}

impl Replaying<'_> {
    /// Returns the events that are replayed, and the families that are new in them.
    fn events(&self) -> Outcome<(Vec<Arc<str>>, Vec<Replayed>)> {
        let from = self.grid.starts.first().copied().unwrap_or(EventTime(0));
        let named = |it: &Past| it.event.family.clone().filter(|_| it.malicious);
        let (before, after): (Vec<&Past>, Vec<&Past>) =
            self.history.events.iter().partition(|it| it.time < from);
        let old: BTreeSet<Arc<str>> = before.into_iter().filter_map(named).collect();
        let after: Vec<(usize, &Past)> = after
            .into_iter()
            .filter_map(|it| Some((self.grid.step(it.time)?, it)))
            .collect();
        let campaigns = self.campaigns(&after)?;
        let sheet = self.task.cost_sheet();
        let mut numbers: BTreeMap<Arc<str>, u32> = BTreeMap::new();
        let mut families = Vec::new();
        let mut number = |name: Arc<str>| {
            *numbers.entry(name).or_insert_with_key(|name| {
                families.push(Arc::clone(name));
                u32::try_from(families.len() - 1).unwrap_or(u32::MAX)
            })
        };
        let each = after.iter().zip(campaigns).map(|((step, it), campaign)| {
            let family = named(it).filter(|name| !old.contains(name));
            Replayed {
                time: it.time,
                known: it.known,
                step: *step,
                malicious: it.malicious,
                // Prices of slices may read signals, and replayed detectors have readers of their own.
                prices: sheet.prices_for(&it.event, |_, _| false),
                stands_for: it.stands_for,
                campaign,
                family: family.map(&mut number),
            }
        });
        let events = each.collect();
        Ok((families, events))
    }

    /// Returns the group of near-duplicates of each event.
    fn campaigns(&self, events: &[(usize, &Past)]) -> Outcome<Vec<u32>> {
        let each = (0..).zip(events).map(|(row, (_, it))| Sampled {
            event: it.event.clone(),
            row,
        });
        let mut sampled: Vec<Sampled> = each.collect();
        let reader = prepared::reader(&mut sampled, self.task)?;
        let texts = sampled.iter().map(|it| prepared::text(&it.event, &reader));
        Ok(campaigns(self.task.kind, &texts.collect::<Vec<String>>()))
    }

    /// Trains at every step, and says why where that was not possible.
    fn trained(
        &self,
        window: WindowDays,
        events: &[Replayed],
        tell: &(dyn Fn() + Sync),
    ) -> (Vec<Option<Answers>>, Vec<String>) {
        let steps = self.grid.starts.par_iter().enumerate();
        let each: Vec<Result<Answers, String>> = steps
            .map(|(step, start)| {
                let answers = self.answers(window, *start, (step, events));
                tell();
                answers.map_err(|failure| failure.in_line())
            })
            .collect();
        let whys = each.iter().filter_map(|it| it.as_ref().err().cloned());
        let whys = whys.collect();
        (each.into_iter().map(Result::ok).collect(), whys)
    }

    /// Trains at the start of a step, and asks about the events from then on.
    fn answers(
        &self,
        window: WindowDays,
        start: EventTime,
        (step, events): (usize, &[Replayed]),
    ) -> Outcome<Answers> {
        let sheet = self.task.cost_sheet();
        let teacher = Teacher {
            task: self.task,
            sheet: &sheet,
            seed: self.seed,
        };
        let filter = teacher.teach(&self.lessons(window, start), start)?;
        let first = events.partition_point(|it| it.step < step);
        let later = self.history.events.iter();
        let later = later.filter(|it| self.grid.step(it.time).is_some_and(|of| of >= step));
        let later: Vec<Event> = later.map(|it| it.event.clone()).collect();
        Ok(Answers {
            first,
            actions: filter.would(later),
        })
    }

    /// Returns what is learned from at a time: what was known by then of the window, and of each family a floor of what is older.
    fn lessons(&self, window: WindowDays, start: EventTime) -> Vec<Lesson<'_>> {
        let events = &self.history.events;
        let known = (0_u32..).zip(events);
        let known = known.filter(|(_, it)| it.time < start && it.known <= start);
        let from = window.days().map(|days| start.plus_days(-i64::from(days)));
        let (older, recent): (Vec<u32>, Vec<u32>) = known
            .map(|(at, _)| at)
            .partition(|at| from.is_some_and(|from| events[*at as usize].time < from));
        let family = |at: u32| {
            let it = &events[at as usize];
            it.event.family.clone().filter(|_| it.malicious)
        };
        let mut learned = keep_families(family, &recent, &older, self.floor);
        learned.extend(recent);
        let lesson = |at: u32| {
            let it = &events[at as usize];
            Lesson {
                event: &it.event,
                malicious: it.malicious,
                stands_for: it.stands_for,
            }
        };
        learned.into_iter().map(lesson).collect()
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::Kind;

    use super::super::history::tests::history;
    use super::*;

    #[test]
    fn nothing_is_learned_that_was_not_known() {
        // The day, the day on which the label was known, and whether it is malicious.
        let events = [
            (0, Some(1), true),
            (10, Some(11), true),
            (20, Some(20), false),
            (30, Some(90), true),
            (50, Some(51), false),
            (60, Some(60), true),
            (61, Some(61), true),
        ];
        let history = history(&events, None).unwrap();
        let day = |day: i64| EventTime::from_date(2024, 1, 1).plus_days(day);
        let grid = Grid::over(&history, &["7".parse().unwrap()], (Some(day(50)), None));
        let (task, grid) = (
            Task::assumed(Kind::Url),
            grid.unwrap_or_else(|_| panic!("a grid")),
        );
        let replaying = |floor: usize| Replaying {
            task: &task,
            history: &history,
            grid: &grid,
            windows: &[],
            floor,
            training: 0.0,
            seed: 1,
        };
        let learned = |floor: usize, window: &str, at: i64| -> Vec<f64> {
            let replaying = replaying(floor);
            let lessons = replaying.lessons(window.parse().unwrap(), day(at));
            let days = lessons
                .iter()
                .map(|it| it.event.time.unwrap().days_since(day(0)));
            days.collect()
        };
        // The label of day 30 comes on day 90; day 60 is still to come, as on day 60 itself.
        assert_eq!(learned(0, "all", 60), [0.0, 10.0, 20.0, 50.0]);
        assert_eq!(
            learned(0, "all", 91),
            [0.0, 10.0, 20.0, 30.0, 50.0, 60.0, 61.0]
        );
        // A window forgets, but for the latest events of each family, as far as they were known.
        assert_eq!(learned(0, "40", 60), [20.0, 50.0]);
        assert_eq!(learned(1, "40", 60), [10.0, 20.0, 50.0]);
        assert_eq!(learned(1, "11", 61), [50.0, 60.0]);
    }

    #[test]
    fn families_are_new_that_first_come_in_the_replayed_time() {
        let events: Vec<(i64, Option<i64>, bool)> =
            (0..40).map(|day| (day, Some(day), day >= 20)).collect();
        let history = history(&events, None).unwrap();
        let day = |day: i64| EventTime::from_date(2024, 1, 1).plus_days(day);
        let task = Task::assumed(Kind::Url);
        let of = |from: i64| {
            let grid = Grid::over(&history, &["5".parse().unwrap()], (Some(day(from)), None));
            let grid = grid.unwrap_or_else(|_| panic!("a grid"));
            let replaying = Replaying {
                task: &task,
                history: &history,
                grid: &grid,
                windows: &[],
                floor: 0,
                training: 0.0,
                seed: 1,
            };
            let (families, events) = replaying.events().unwrap_or_else(|_| panic!("events"));
            (
                families.len(),
                events.iter().filter(|it| it.family.is_some()).count(),
                events.len(),
            )
        };
        assert_eq!(of(10), (1, 20, 30));
        assert_eq!(of(30), (0, 0, 10));
    }
}
