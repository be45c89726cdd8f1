//! What is replayed: labelled events in the order of time, each with when its label was known.

use ringtrue_core::{Event, EventTime, Label};
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
            match (it.event.label.and_then(Label::class), it.event.time) {
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

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use ringtrue_core::{Kind, Trust};

    use super::*;

    /// Returns a history of events: the day, the day on which the label was known if anybody says, and whether it is malicious, of a family then.
    pub(in crate::retraining::plan) fn history(
        events: &[(i64, Option<i64>, bool)],
        stated: Option<f64>,
    ) -> Outcome<History> {
        let day = |day: i64| EventTime::from_date(2024, 1, 1).plus_days(day);
        let known = |(happened, known, malicious): &(i64, Option<i64>, bool)| Known {
            event: Event {
                kind: Kind::Url,
                time: Some(day(*happened)),
                label_known: known.map(day),
                label: Some(if *malicious {
                    Label::Malicious
                } else {
                    Label::Benign
                }),
                source: None,
                trust: Trust::Own,
                family: malicious.then(|| Arc::from("kit")),
                group: None,
                fields: Vec::new(),
            },
            stands_for: 1.0,
        };
        History::of(events.iter().map(known).collect(), stated)
    }

    fn delays(events: &[(i64, Option<i64>, bool)], stated: Option<f64>) -> Vec<f64> {
        let history = history(events, stated).unwrap();
        let delay = |it: &Past| it.known.days_since(it.time);
        history.events.iter().map(delay).collect()
    }

    #[test]
    fn a_silent_label_takes_what_is_stated_or_the_median_of_the_others() {
        let mut events: Vec<(i64, Option<i64>, bool)> = (0..11)
            .map(|day| (day, Some(day + 1 + day), true))
            .collect();
        events.push((20, None, true));
        assert!((delays(&events, None)[11] - 6.0).abs() < 1e-9);
        assert!((delays(&events, Some(2.5))[11] - 2.5).abs() < 1e-9);
        // What events say themselves holds.
        assert!((delays(&events, Some(2.5))[10] - 11.0).abs() < 1e-9);
        // A label that is told to be known before the event is known with it.
        assert_eq!(delays(&[(5, Some(3), true)], None), [0.0]);
        // Too few say it for a median.
        let refused = history(&events[8..], None).err().unwrap();
        assert!(refused.what.contains("nobody says"), "{}", refused.what);
    }

    #[test]
    fn what_nobody_decided_or_has_no_time_is_counted_and_left_out() {
        let mut known: Vec<Known> = Vec::new();
        for (label, time) in [
            (Some(Label::Unsure), Some(EventTime(1))),
            (None, Some(EventTime(1))),
            (Some(Label::Benign), None),
            (Some(Label::Benign), Some(EventTime(1))),
        ] {
            known.push(Known {
                event: Event {
                    kind: Kind::Url,
                    time,
                    label_known: time,
                    label,
                    source: None,
                    trust: Trust::Own,
                    family: None,
                    group: None,
                    fields: Vec::new(),
                },
                stands_for: 1.0,
            });
        }
        let history = History::of(known, None).unwrap();
        assert_eq!(
            (history.events.len(), history.undecided, history.timeless),
            (1, 2, 1)
        );
        assert!(History::of(Vec::new(), None).is_err());
    }
}
