//! What a cadence costs a day: mistakes and reviews in the traffic's mix of classes, and the trainings.

use ringtrue_core::EventTime;
use ringtrue_core::metrics::Traffic;

use super::protect::{Protection, protection};
use super::replay::{Answers, Cadence, Replay, Standing};
use crate::compare::{ADay, Part, a_day_of};

/// What prices hang on.
#[derive(Clone, Copy, Debug)]
pub struct Priced {
    /// The deployment's traffic.
    pub traffic: Traffic,
    /// Price of one training: the labels and the looks of people that it takes.
    pub training: f64,
}

/// What a cadence with a window comes to.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The cadence.
    pub cadence: Cadence,
    /// The number of the window.
    pub window: usize,
    /// Trainings after the start.
    pub trainings: usize,
    /// Mistakes and reviews a day; its error is the larger of that over campaigns and that over months.
    pub mistakes: ADay,
    /// Trainings a day, in money.
    pub training: f64,
    /// How long new families were about.
    pub protection: Protection,
    /// What mistakes and reviews cost, event by event.
    by_event: Vec<f64>,
}

/// Weighs a cadence with a window, whose detectors stand in `trained` in the order of the grid. `None` if the first one could not be trained, or
/// events of a class are lacking.
#[must_use]
pub fn weigh(
    replay: &Replay<'_>,
    priced: &Priced,
    (cadence, window): (Cadence, usize),
    trained: &[Option<Answers>],
) -> Option<Weighed> {
    trained.first()?.as_ref()?;
    let phases = cadence.phases();
    let standing: Vec<Standing> = (0..phases)
        .map(|phase| Standing::of(cadence, phase, trained))
        .collect();
    let cost = |(place, event)| {
        let of = |standing: &Standing| {
            let event: &super::Replayed = event;
            let action = standing.action(trained, place, event);
            event.prices.of(event.malicious, action)
        };
        standing.iter().map(of).sum::<f64>() / phases as f64
    };
    let by_event: Vec<f64> = replay.events.iter().enumerate().map(cost).collect();
    let days = cadence.days(replay.step_days);
    Some(Weighed {
        cadence,
        window,
        trainings: cadence.trainings(replay.starts.len()),
        mistakes: total(replay, priced.traffic, |place| {
            by_event.get(place).copied().unwrap_or(0.0)
        })?,
        training: days.map_or(0.0, |days| priced.training / days),
        protection: protection(replay, trained, &standing),
        by_event,
    })
}

impl Weighed {
    /// Returns all that it costs a day.
    #[must_use]
    pub fn total(&self) -> ADay {
        ADay {
            value: self.mistakes.value + self.training,
            error: self.mistakes.error,
        }
    }

    /// Returns how much more it costs a day than another, event by event on the same ones.
    #[must_use]
    pub fn more_than(&self, other: &Self, replay: &Replay<'_>, traffic: Traffic) -> Option<ADay> {
        let at = |costs: &[f64], place: usize| costs.get(place).copied().unwrap_or(0.0);
        let more = total(replay, traffic, |place| {
            at(&self.by_event, place) - at(&other.by_event, place)
        })?;
        Some(ADay {
            value: more.value + self.training - other.training,
            ..more
        })
    }
}

/// Adds up a value of each event as they come in a day. Its error is the larger of two: campaigns may have come or not, and months may have been others.
fn total(replay: &Replay<'_>, traffic: Traffic, value: impl Fn(usize) -> f64) -> Option<ADay> {
    let over = |group: &dyn Fn(u32, EventTime) -> u32| {
        let each = replay.events.iter().enumerate().map(|(place, event)| Part {
            group: group(event.campaign, event.time),
            malicious: event.malicious,
            stands_for: event.stands_for,
            value: value(place),
        });
        a_day_of(each, traffic)
    };
    let campaigns = over(&|campaign, _| campaign)?;
    let months = over(&|_, time| month(time))?;
    Some(ADay {
        error: campaigns.error.max(months.error),
        ..campaigns
    })
}

/// Returns a number for the month of a time.
fn month(time: EventTime) -> u32 {
    let (year, month) = time.month();
    (i32::from(year) * 12 + i32::from(month)).unsigned_abs()
}
