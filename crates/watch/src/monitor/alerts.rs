//! The monitor of alerts: do people get more of them than before, and more than they can handle?

use serde::{Deserialize, Serialize};

use super::{Bounds, NOTHING, Reading, Readings, per_cent};
use crate::counts::Counts;
use crate::reference::{Seen, Standing};
use crate::window::Capacity;

/// As parts of the alerts before: a quarter more is felt, twice as many cannot be worked off.
const BOUNDS: Bounds = Bounds {
    warning: 0.25,
    drift: 1.0,
};

/// Events that people have to deal with: reviewed or blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertCounts {
    pub(crate) flagged: u64,
    events: u64,
}

impl AlertCounts {
    pub(crate) fn add(&mut self, seen: &Seen) {
        self.flagged += u64::from(seen.standing >= Standing::Flagged);
        self.events += 1;
    }

    pub(crate) const fn merge(&mut self, other: &Self) {
        self.flagged += other.flagged;
        self.events += other.events;
    }

    /// Returns the alerts a day of a window: those of its own days, or what the share comes to at the traffic that the task
    /// states where it spans less than a day.
    pub(crate) fn a_day(window: &Counts, capacity: Capacity) -> f64 {
        let Self { flagged, events } = window.alerts;
        match window.days() {
            Some(days) => flagged as f64 / days,
            None => flagged as f64 / events.max(1) as f64 * capacity.events_a_day,
        }
    }

    /// Compares a window with the reference. More alerts than before are an alarm only where there are more than people can handle.
    pub(crate) fn finish(window: &Counts, reference: &Counts, capacity: Capacity) -> Readings {
        let counts = [reference, window].map(|it| [it.alerts.flagged, it.alerts.events]);
        let reading = Reading::rate(None, counts, BOUNDS).map(|reading| {
            let before = reading.reference.unwrap_or(0.0).max(f64::MIN_POSITIVE);
            let is_over = Self::a_day(window, capacity) > capacity.alerts_a_day;
            let more = |rate: f64| if is_over { rate / before - 1.0 } else { 0.0 };
            Reading {
                effect: [more(reading.value), more(reading.low)],
                ..reading
            }
        });
        Readings {
            name: "alerts",
            all: reading.into_iter().collect(),
            silent: NOTHING,
            says: |moved| {
                let [now, before] = moved
                    .first()
                    .map_or([0.0; 2], |it| [it.value, it.reference.unwrap_or(0.0)]);
                format!(
                    "{} of the events are flagged, {} before, and that is more than people can handle",
                    per_cent(now),
                    per_cent(before)
                )
            },
        }
    }
}
