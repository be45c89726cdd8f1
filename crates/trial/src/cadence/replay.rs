//! The replayed events, and which detector would have stood before each of them.

use std::num::NonZeroU32;

use ringtrue_core::cost::Prices;
use ringtrue_core::{Action, EventTime};

/// How often a detector is trained, in steps of the grid; a rarer one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cadence {
    /// Every so many steps.
    Every(NonZeroU32),
    /// Only at the start.
    Never,
}

/// An event of the replayed time that somebody decided on.
#[derive(Clone, Copy, Debug)]
pub struct Replayed {
    /// When it happened.
    pub time: EventTime,
    /// When its label was known.
    pub known: EventTime,
    /// The step of the grid in which it happened.
    pub step: usize,
    /// Its class.
    pub malicious: bool,
    /// What mistakes on it cost.
    pub prices: Prices,
    /// How many events of the traffic it stands for.
    pub stands_for: f64,
    /// The group of its near-duplicates.
    pub campaign: u32,
    /// Its family, if it is malicious and that family first came in the replayed time.
    pub family: Option<u32>,
}

/// What a detector would do with every event from its training on.
#[derive(Clone, Debug)]
pub struct Answers {
    /// The place of the first of those events.
    pub first: usize,
    /// Actions, one an event.
    pub actions: Vec<Action>,
}

impl Answers {
    /// Returns what it would do with the event at a place; what came before its training is allowed, since it did not stand there.
    #[must_use]
    pub fn action(&self, place: usize) -> Action {
        let at = place.checked_sub(self.first);
        let action = at.and_then(|at| self.actions.get(at)).copied();
        action.unwrap_or(Action::Allow)
    }
}

/// A replayed history.
#[derive(Clone, Copy, Debug)]
pub struct Replay<'a> {
    /// The events, in the order of time.
    pub events: &'a [Replayed],
    /// The times of the grid at which detectors are trained.
    pub starts: &'a [EventTime],
    /// Days between them.
    pub step_days: f64,
}

impl Cadence {
    /// Returns on how many steps it may begin.
    pub(super) const fn phases(self) -> usize {
        match self {
            Self::Every(steps) => steps.get() as usize,
            Self::Never => 1,
        }
    }

    /// Returns whether a detector is trained at a step if the first one after the start is trained at step `phase`.
    const fn is_due(self, phase: usize, step: usize) -> bool {
        match self {
            Self::Every(steps) => {
                step >= phase && (step - phase).is_multiple_of(steps.get() as usize)
            }
            Self::Never => false,
        }
    }

    /// Returns how often it is trained after the start in so many steps.
    #[must_use]
    pub const fn trainings(self, steps: usize) -> usize {
        match self {
            Self::Every(every) => steps.saturating_sub(1) / every.get() as usize,
            Self::Never => 0,
        }
    }

    /// Returns its days; `None` for never.
    #[must_use]
    pub fn days(self, step_days: f64) -> Option<f64> {
        match self {
            Self::Every(steps) => Some(f64::from(steps.get()) * step_days),
            Self::Never => None,
        }
    }
}

/// Which detector stands in each step, by the step in which it was trained.
pub(super) struct Standing(Vec<usize>);

impl Standing {
    /// Follows a cadence from a phase on. Where a detector could not be trained, the one before stays.
    pub(super) fn of(cadence: Cadence, phase: usize, trained: &[Option<Answers>]) -> Self {
        let mut last = 0;
        let each = trained.iter().enumerate().map(|(step, answers)| {
            if cadence.is_due(phase, step) && answers.is_some() {
                last = step;
            }
            last
        });
        Self(each.collect())
    }

    /// Returns the training whose detector stands in a step.
    pub(super) fn at(&self, step: usize) -> usize {
        self.0.get(step).copied().unwrap_or(0)
    }

    /// Returns the trainings whose detectors come to stand after a step, in order.
    pub(super) fn after(&self, step: usize) -> impl Iterator<Item = usize> + '_ {
        let numbered = self.0.iter().enumerate().skip(step + 1);
        numbered
            .filter(|(step, training)| step == *training)
            .map(|(step, _)| step)
    }

    /// Returns what is done with an event.
    pub(super) fn action(
        &self,
        trained: &[Option<Answers>],
        place: usize,
        event: &Replayed,
    ) -> Action {
        let answers = trained.get(self.at(event.step)).and_then(Option::as_ref);
        answers.map_or(Action::Allow, |it| it.action(place))
    }
}
