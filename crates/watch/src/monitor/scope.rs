//! The scope monitor: how many events are unlike all that training saw, such as those with a category that is new.

use serde::{Deserialize, Serialize};

use super::{Bounds, NOTHING, Reading, Readings, per_cent};
use crate::reference::Seen;

/// The detector extrapolates for these.
const BOUNDS: Bounds = Bounds {
    warning: 0.02,
    drift: 0.1,
};

/// Events outside the detector's scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScopeCounts {
    outside: u64,
    events: u64,
}

impl ScopeCounts {
    pub(crate) fn add(&mut self, seen: &Seen) {
        self.outside += u64::from(seen.is_outside);
        self.events += 1;
    }

    pub(crate) const fn merge(&mut self, other: &Self) {
        self.outside += other.outside;
        self.events += other.events;
    }

    /// Returns the share of events outside; 0 of none.
    pub(crate) fn share(&self) -> f64 {
        self.outside as f64 / self.events.max(1) as f64
    }

    /// Compares a window with the reference.
    pub(crate) fn finish(&self, reference: &Self) -> Readings {
        let counts = [reference, self].map(|it| [it.outside, it.events]);
        Readings {
            name: "scope",
            all: Reading::rate(None, counts, BOUNDS).into_iter().collect(),
            silent: NOTHING,
            says: |moved| {
                let share = moved.first().map_or(0.0, |it| it.value);
                format!(
                    "{} of the events have a value unlike all that training saw",
                    per_cent(share)
                )
            },
        }
    }
}
