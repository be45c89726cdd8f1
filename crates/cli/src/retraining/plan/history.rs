//! What is replayed: labelled events in the order of time, each with when its label was known.

use ringtrue_core::{Event, EventTime};
use ringtrue_label::plan::delay;

use crate::failure::{Failure, Outcome};
use crate::retraining::gather::Known;

/// A labelled event of the past.
pub(crate) struct Past {
    pub(crate) event: Event,
    pub(crate) time: EventTime,
    pub(crate) malicious: bool,
    /// When its label was known, not before it happened.
    pub(crate) known: EventTime,
    /// How many events of the traffic it stands for.
    pub(crate) stands_for: f64,
}

/// Events of which nobody says when their labels were known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Silent {
    pub(crate) events: u64,
    /// The days that are taken for them.
    pub(crate) days: f64,
    /// Whether those are the median of the other events.
    pub(crate) is_measured: bool,
}

/// The history, in the order of time.
pub(crate) struct History {
    pub(crate) events: Vec<Past>,
    pub(crate) silent: Silent,
    /// Events that were left out: nobody decided on them, or nobody says when they happened.
    pub(crate) undecided: u64,
    pub(crate) timeless: u64,
}

impl History {
    /// Takes events in. Labels of which nobody says when they were known are known `stated` days after the event, or as many as half of the others took.
    pub(crate) fn of(events: Vec<Known>, stated: Option<f64>) -> Outcome<Self> {
        let (mut undecided, mut timeless) = (0, 0);
        let mut decided = Vec::with_capacity(events.len());
        for it in events {
            match (
                it.event.label.and_then(|label| label.class()),
                it.event.time,
            ) {
                (None, _) => undecided += 1,
                (Some(_), None) => timeless += 1,
                (Some(malicious), Some(time)) => decided.push((it, malicious, time)),
            }
        }
        let told: Vec<(EventTime, EventTime)> = decided
            .iter()
            .filter_map(|(it, _, time)| Some((*time, it.event.label_known?)))
            .collect();
        let silent = silent((decided.len() - told.len()) as u64, &told, stated)?;
        let past = |(known, malicious, time): (Known, bool, EventTime)| {
            let Known { event, stands_for } = known;
            let after = || EventTime(time.0.saturating_add(micros(silent.days)));
            Past {
                time,
                malicious,
                known: event.label_known.unwrap_or_else(after).max(time),
                stands_for,
                event,
            }
        };
        let mut events: Vec<Past> = decided.into_iter().map(past).collect();
        if events.is_empty() {
            return Err(Failure::cannot_tell(
                "no event has a label and a time: there is nothing to replay",
            ));
        }
        // Equal times are told apart by what happened, so that the input's order changes nothing.
        events.sort_by_cached_key(|it| (it.time, it.event.id()));
        Ok(Self {
            events,
            silent,
            undecided,
            timeless,
        })
    }

    /// Returns the times of the first and the last event.
    pub(crate) fn ends(&self) -> [EventTime; 2] {
        let time = |it: Option<&Past>| it.map_or(EventTime(0), |it| it.time);
        [time(self.events.first()), time(self.events.last())]
    }
}

/// Says how late labels are taken to be of which nobody says it.
fn silent(events: u64, told: &[(EventTime, EventTime)], stated: Option<f64>) -> Outcome<Silent> {
    if events == 0 {
        return Ok(Silent::default());
    }
    let measured = || delay(told).days.map(|days| days.middle);
    let days = stated.or_else(measured).ok_or_else(|| {
        Failure::new(format!(
            "of {events} labelled events nobody says when their labels were known"
        ))
        .hint("state how late labels come with `--label-delay DAYS`, or name a column with `columns.label_known`")
    })?;
    Ok(Silent {
        events,
        days,
        is_measured: stated.is_none(),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn micros(days: f64) -> i64 {
    (days * 86_400e6) as i64
}
