//! How long it took until labels were known.

use ringtrue_core::EventTime;
use ringtrue_core::metrics::interval::TRIALS_MIN;

/// How a measure is spread: a tenth, half and nine tenths of what was measured lie below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// A tenth lies below.
    pub low: f64,
    /// Half lies below.
    pub middle: f64,
    /// Nine tenths lie below.
    pub high: f64,
}

impl Spread {
    /// Returns the spread of measures; `None` if there are fewer than a figure may rest on.
    pub(super) fn of(mut measured: Vec<f64>) -> Option<Self> {
        if (measured.len() as u64) < TRIALS_MIN {
            return None;
        }
        measured.sort_unstable_by(f64::total_cmp);
        let last = measured.len() - 1;
        // The nearest rank: a figure that was measured, and none between two.
        let at = |tenths: usize| measured.get((last * tenths + 5) / 10).copied();
        Some(Self {
            low: at(1)?,
            middle: at(5)?,
            high: at(9)?,
        })
    }
}

/// How long labels took that came in one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Delay {
    /// Events whose label came so.
    pub events: u64,
    /// Labels that are told to be known before the event happened: they count as known at once.
    pub before: u64,
    /// Days from the event to its label; `None` for fewer than 10 events.
    pub days: Option<Spread>,
}

/// Measures the delay of labels: pairs of when an event happened and when its label was known.
#[must_use]
pub fn delay(known: &[(EventTime, EventTime)]) -> Delay {
    let days = |(happened, known): &(EventTime, EventTime)| known.days_since(*happened);
    Delay {
        events: known.len() as u64,
        before: known.iter().filter(|it| days(it) < 0.0).count() as u64,
        days: Spread::of(known.iter().map(|it| days(it).max(0.0)).collect()),
    }
}
