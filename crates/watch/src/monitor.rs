//! Monitors: each a state that is added to, merged and compared with the reference's; one file each.
//!
//! ```text
//!   every monitor's readings of a window ──settle (Holm over all of them)──► steady, warning or drift, each with its number
//! ```
//!
//! An alarm takes two things: a difference that chance does not make at 1 % over all readings of a window, and one that is large enough
//! to matter. Neither alone is any.

pub(crate) mod alerts;
pub(crate) mod credibility;
pub(crate) mod families;
pub(crate) mod missing;
pub(crate) mod probing;
pub(crate) mod scope;
pub(crate) mod score;
pub(crate) mod signals;
pub(crate) mod sources;

use ringtrue_core::metrics::holm;
use serde::Serialize;

use crate::cluster::{Cluster, Clusters};
use crate::cost::Cost;
use crate::shift::{Z, shift};

/// How often a window without any change may raise an alarm, over all its monitors.
pub const LEVEL: f64 = 0.01;
/// What a monitor without a reading comes to, if it knows nothing more.
const NOTHING: (State, &str) = (
    State::CannotTell,
    "too few events, or nothing to compare with",
);
/// What one of which all readings are steady says.
const STEADY: &str = "as in the reference, or near it";
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
    /// The signal or source that it is about, or the id of one of the near-copies; `None` for all events.
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
    /// The near-copies that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Cluster>,
    /// What is compared with the bounds, and its lower end.
    #[serde(skip)]
    pub(crate) effect: [f64; 2],
    #[serde(skip)]
    pub(crate) bounds: Bounds,
}

/// What a monitor says of a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MonitorReport {
    /// Its name, that of its file.
    pub name: &'static str,
    /// The worst of its readings; cannot tell if it has none.
    pub state: State,
    /// How many comparisons it made.
    pub compared: usize,
    /// What it found, in a sentence.
    pub says: String,
    /// What the change costs a day, if that follows from what was found.
    pub cost_a_day: Option<Cost>,
    /// What that counts, or why it is absent.
    pub cost_is: String,
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
            cluster: None,
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
        let p = chance(counts)?;
        Some(Self::share(about, counts, p, bounds))
    }

    /// Tells of two rates which chance makes so different with probability `p`.
    pub(crate) fn share(
        about: Option<String>,
        counts: [[u64; 2]; 2],
        p: f64,
        bounds: Bounds,
    ) -> Self {
        let sizes = counts.map(|[_, all]| all.max(1) as f64);
        let [before, now] = [0, 1].map(|at| counts[at][0] as f64 / sizes[at]);
        let spread = |rate: f64, all: f64| rate * (1.0 - rate) / all;
        let own = Z * spread(now, sizes[1]).sqrt();
        let both = Z * (spread(now, sizes[1]) + spread(before, sizes[0])).sqrt();
        let far = (now - before).abs();
        Self {
            about,
            state: State::Steady,
            value: now,
            low: (now - own).max(0.0),
            high: (now + own).min(1.0),
            reference: Some(before),
            p,
            cluster: None,
            effect: [far, (far - both).max(0.0)],
            bounds,
        }
    }
}

/// Returns how likely chance makes two rates so different, each told by how often it happened and how often it could have; `None` if that is
/// too seldom.
pub(crate) fn chance(counts: [[u64; 2]; 2]) -> Option<f64> {
    let [before, now] = counts.map(|[happened, all]| [happened, all.saturating_sub(happened)]);
    shift(&before, &now).map(|it| it.p)
}

/// A monitor's readings before they are settled, with the sentence for when all are steady.
pub(crate) struct Readings {
    pub(crate) name: &'static str,
    pub(crate) all: Vec<Reading>,
    /// What it comes to without any, and what it says then.
    pub(crate) silent: (State, &'static str),
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
        let (state, silent) = state.map_or(self.silent, |state| (state, STEADY));
        let moved: Vec<&Reading> = self
            .all
            .iter()
            .filter(|it| it.state > State::Steady)
            .collect();
        let says = match state {
            State::CannotTell | State::Steady => silent.to_owned(),
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
            cost_a_day: None,
            cost_is: String::new(),
            readings: self.all,
        }
    }
}

/// What a monitor of near-copies says where it has nothing to compare.
pub(crate) fn without_copies(clusters: &Clusters<'_>) -> (State, &'static str) {
    let says = match (clusters.before.events, clusters.now.events) {
        (_, 0) if clusters.now.without_text > 0 => {
            "these events have no text of which to find near-copies"
        }
        (0, _) => "the reference keeps no sample of its events: make it anew",
        _ => return (State::Steady, STEADY),
    };
    (State::CannotTell, says)
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
