//! Monitors: each a state that is added to, merged and compared with the reference's; one file each.
//!
//! ```text
//!   every monitor's readings of a window ──settle (Holm over all of them)──► steady, warning or drift, each with its number
//! ```
//!
//! An alarm takes two things: a difference that chance does not make at 1 % over all readings of a window, and one that is large enough
//! to matter. Neither alone is any.

pub(crate) mod alerts;
pub(crate) mod missing;
pub(crate) mod scope;
pub(crate) mod score;
pub(crate) mod signals;
pub(crate) mod sources;

use ringtrue_core::metrics::holm;
use serde::Serialize;

use crate::shift::{Z, shift};

/// How often a window without any change may raise an alarm, over all its monitors.
pub const LEVEL: f64 = 0.01;
/// Readings that a monitor names, at most.
const NAMED_MAX: usize = 10;

/// What a monitor, or a window, comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Too few events to say.
    CannotTell,
    /// As the reference, or near it.
    Steady,
    /// Moved, and not far enough to act on.
    Warning,
    /// Moved far.
    Drift,
}

/// From where on a difference is a warning, and a drift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) warning: f64,
    pub(crate) drift: f64,
}

/// One comparison of a window with the reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// The signal or source that it is about; `None` for all events.
    pub about: Option<String>,
    /// Steady, warning or drift.
    pub state: State,
    /// What was measured: a distance or a rate.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The rate in the reference; `None` for a distance, which is 0 where nothing moved.
    pub reference: Option<f64>,
    /// How likely chance alone differs so much, corrected for all readings of the window.
    pub p: f64,
    /// What is compared with the bounds, and its lower end.
    #[serde(skip)]
    pub(crate) effect: [f64; 2],
    #[serde(skip)]
    pub(crate) bounds: Bounds,
}

/// What a monitor says of a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MonitorReport {
    /// Its name: `score`, `signals`, `missing`, `scope`, `sources` or `alerts`.
    pub name: &'static str,
    /// The worst of its readings; cannot tell if it has none.
    pub state: State,
    /// How many comparisons it made.
    pub compared: usize,
    /// What it found, in a sentence.
    pub says: String,
    /// The reading of a monitor that has one, else those that are not steady: the farthest first, ten at most.
    pub readings: Vec<Reading>,
}

impl Reading {
    /// Compares two sets of counts.
    pub(crate) fn distance(
        about: Option<String>,
        counts: [&[u64]; 2],
        bounds: Bounds,
    ) -> Option<Self> {
        let found = shift(counts[0], counts[1])?;
        Some(Self {
            about,
            state: State::Steady,
            value: found.distance,
            low: found.low,
            high: found.high,
            reference: None,
            p: found.p,
            effect: [found.distance, found.low],
            bounds,
        })
    }

    /// Compares two rates, each told by how often it happened and how often it could have.
    pub(crate) fn rate(
        about: Option<String>,
        counts: [[u64; 2]; 2],
        bounds: Bounds,
    ) -> Option<Self> {
        let parts = counts.map(|[happened, all]| [happened, all.saturating_sub(happened)]);
        let found = shift(&parts[0], &parts[1])?;
        let [before, now] = counts.map(|[happened, all]| happened as f64 / all as f64);
        let spread = |rate: f64, all: u64| rate * (1.0 - rate) / all as f64;
        let own = Z * spread(now, counts[1][1]).sqrt();
        let both = Z * (spread(now, counts[1][1]) + spread(before, counts[0][1])).sqrt();
        let far = (now - before).abs();
        Some(Self {
            about,
            state: State::Steady,
            value: now,
            low: (now - own).max(0.0),
            high: (now + own).min(1.0),
            reference: Some(before),
            p: found.p,
            effect: [far, (far - both).max(0.0)],
            bounds,
        })
    }
}

/// A monitor's readings before they are settled, with the sentence for when all are steady.
pub(crate) struct Readings {
    pub(crate) name: &'static str,
    pub(crate) all: Vec<Reading>,
    /// Says what moved, of the readings that are not steady.
    pub(crate) says: fn(&[&Reading]) -> String,
}

/// Decides on all readings of a window together.
pub(crate) fn settle(monitors: &mut [Readings]) {
    let values: Vec<f64> = monitors
        .iter()
        .flat_map(|it| it.all.iter().map(|it| it.p))
        .collect();
    let corrected = holm(&values);
    let all = monitors.iter_mut().flat_map(|it| it.all.iter_mut());
    for (reading, p) in all.zip(corrected) {
        reading.p = p;
        let [effect, low] = reading.effect;
        reading.state = if p > LEVEL || effect < reading.bounds.warning {
            State::Steady
        } else if low >= reading.bounds.drift {
            State::Drift
        } else {
            State::Warning
        };
    }
}

impl Readings {
    /// Returns what the monitor says, once its readings are settled.
    pub(crate) fn report(mut self) -> MonitorReport {
        let compared = self.all.len();
        self.all.sort_by(|left, right| {
            let far = |it: &Reading| it.effect[0];
            right
                .state
                .cmp(&left.state)
                .then(far(right).total_cmp(&far(left)))
        });
        let state = self.all.iter().map(|it| it.state).max();
        let state = state.unwrap_or(State::CannotTell);
        let moved: Vec<&Reading> = self
            .all
            .iter()
            .filter(|it| it.state > State::Steady)
            .collect();
        let says = match state {
            State::CannotTell => "too few events, or nothing to compare with".to_owned(),
            State::Steady => "as in the reference, or near it".to_owned(),
            State::Warning | State::Drift => (self.says)(&moved),
        };
        if compared > 1 {
            self.all.retain(|it| it.state > State::Steady);
            self.all.truncate(NAMED_MAX);
        }
        MonitorReport {
            name: self.name,
            state,
            compared,
            says,
            readings: self.all,
        }
    }
}

/// Names what readings are about, the first few.
pub(crate) fn named(moved: &[&Reading]) -> String {
    const FEW: usize = 3;
    let names = moved.iter().filter_map(|it| it.about.as_deref());
    let names: Vec<String> = names.take(FEW).map(|name| format!("`{name}`")).collect();
    let more = moved.len().saturating_sub(FEW);
    if more > 0 {
        format!("{} and {more} more", names.join(", "))
    } else {
        names.join(", ")
    }
}

/// Returns a share in per cent, for a sentence.
pub(crate) fn per_cent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
