//! Time to protect: from a new family's first confirmed sample to the detector that catches it.

use std::collections::BTreeMap;

use ringtrue_core::{Action, EventTime};

use super::replay::{Answers, Replay, Standing};

/// Events of a family below which nothing is said of whether a detector catches it.
const EVENTS_MIN: usize = 5;

/// What a cadence comes to for one family.
#[derive(Clone, Debug, PartialEq)]
pub struct Protected {
    /// The number of the family.
    pub family: u32,
    /// When its first sample was confirmed.
    pub confirmed: EventTime,
    /// Its events in the replayed time.
    pub events: usize,
    /// Days from then to the training of the detector that catches it: 0 if the one that stood there did, `None` if none did while there were events to
    /// tell by. The middle over the steps on which the cadence may begin.
    pub days: Option<f64>,
    /// Its events that were let through before, in the mean over those steps.
    pub passed: f64,
    /// What they cost.
    pub cost: f64,
}

/// What a cadence comes to for new families.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Protection {
    /// The families of which enough events came after one was confirmed, in the order of their numbers.
    pub by_family: Vec<Protected>,
    /// Median days; `None` if there is no family, or half of them were never caught.
    pub median_days: Option<f64>,
    /// Families that were never caught.
    pub never: usize,
    /// Events that were let through before a family was caught, in the mean over the families; `None` without any.
    pub passed: Option<f64>,
}

/// A family's events, by their places.
struct Life {
    places: Vec<usize>,
    confirmed: EventTime,
}

/// Follows each family under a cadence that stands as `standing` says, phase by phase. A detector catches a family if it does not allow at least half of its
/// later events, of which there must be five.
pub(super) fn protection(
    replay: &Replay<'_>,
    trained: &[Option<Answers>],
    standing: &[Standing],
) -> Protection {
    let mut lives: BTreeMap<u32, Life> = BTreeMap::new();
    for (place, event) in replay.events.iter().enumerate() {
        let Some(family) = event.family else {
            continue;
        };
        let confirmed = event.known.max(event.time);
        let life = lives.entry(family).or_insert_with(|| Life {
            places: Vec::new(),
            confirmed,
        });
        life.places.push(place);
        life.confirmed = life.confirmed.min(confirmed);
    }
    let by_family: Vec<Protected> = lives
        .into_iter()
        .filter(|(_, life)| life.since(replay, life.confirmed).len() >= EVENTS_MIN)
        .map(|(family, life)| life.protected(family, replay, trained, standing))
        .collect();
    let days = by_family.iter().map(|it| it.days).collect();
    let passed: f64 = by_family.iter().map(|it| it.passed).sum();
    Protection {
        median_days: middle(days),
        passed: (!by_family.is_empty()).then(|| passed / by_family.len() as f64),
        never: by_family.iter().filter(|it| it.days.is_none()).count(),
        by_family,
    }
}

impl Life {
    /// Returns its events from a time on.
    fn since(&self, replay: &Replay<'_>, time: EventTime) -> &[usize] {
        let is_before = |place: &usize| replay.events.get(*place).is_some_and(|it| it.time < time);
        let from = self.places.partition_point(is_before);
        self.places.get(from..).unwrap_or_default()
    }

    fn protected(
        &self,
        family: u32,
        replay: &Replay<'_>,
        trained: &[Option<Answers>],
        standing: &[Standing],
    ) -> Protected {
        let (mut days, mut passed, mut cost) = (Vec::new(), 0.0, 0.0);
        for standing in standing {
            let caught = self.caught(replay, trained, standing);
            days.push(caught.map(|at| at.days_since(self.confirmed)));
            for place in &self.places {
                let Some(event) = replay.events.get(*place) else {
                    continue;
                };
                let is_early = caught.is_none_or(|caught| event.time < caught);
                if is_early && standing.action(trained, *place, event) == Action::Allow {
                    passed += event.stands_for;
                    cost += event.stands_for * event.prices.false_negative;
                }
            }
        }
        let phases = standing.len().max(1) as f64;
        Protected {
            family,
            confirmed: self.confirmed,
            events: self.places.len(),
            days: middle(days),
            passed: passed / phases,
            cost: cost / phases,
        }
    }

    /// Returns since when it is caught: since it was confirmed if the detector that stood there does, else since the first training whose detector does.
    fn caught(
        &self,
        replay: &Replay<'_>,
        trained: &[Option<Answers>],
        standing: &Standing,
    ) -> Option<EventTime> {
        let started = |start: &&EventTime| **start <= self.confirmed;
        let step = replay.starts.iter().take_while(started).count();
        let step = step.saturating_sub(1);
        let now = std::iter::once((standing.at(step), self.confirmed));
        let later = standing.after(step).filter_map(|training| {
            let start = replay.starts.get(training)?;
            Some((training, *start))
        });
        let catches = |(training, from): &(usize, EventTime)| {
            let events = self.since(replay, *from);
            let answers = trained.get(*training).and_then(Option::as_ref);
            let is_caught =
                |place: &&usize| answers.is_some_and(|it| it.action(**place) != Action::Allow);
            events.len() >= EVENTS_MIN
                && 2 * events.iter().filter(is_caught).count() >= events.len()
        };
        now.chain(later).find(catches).map(|(_, from)| from)
    }
}

/// Returns the middle of days, the smaller one of two; what never came is later than all.
fn middle(mut days: Vec<Option<f64>>) -> Option<f64> {
    days.sort_by(|a, b| {
        let day = |it: &Option<f64>| it.unwrap_or(f64::INFINITY);
        day(a).total_cmp(&day(b))
    });
    days.get(days.len().saturating_sub(1) / 2)
        .copied()
        .flatten()
}
