//! The monitor of missing values: a signal that suddenly has none, or suddenly has some, tells of the pipeline rather than of the world.
//!
//! Its state is that of the signals, whose first count each is of what is missing.

use super::signals::SignalCounts;
use super::{Bounds, NOTHING, Reading, Readings, named};

/// A value that a tenth of the events lost is lost on its way.
pub(crate) const BOUNDS: Bounds = Bounds {
    warning: 0.02,
    drift: 0.1,
};

/// Compares a window with the reference.
pub(crate) fn finish<'a>(
    reference: &SignalCounts,
    window: &SignalCounts,
    names: impl Iterator<Item = &'a str>,
) -> Readings {
    let pairs = reference.each().zip(window.each());
    let readings = names.zip(pairs).filter_map(|(name, (before, now))| {
        Reading::rate(Some(name.to_owned()), [rate(&before), rate(&now)], BOUNDS)
    });
    Readings {
        name: "missing",
        all: readings.collect(),
        silent: NOTHING,
        says: |moved| format!("missing more or less often than before: {}", named(moved)),
    }
}

/// Returns how far the share of missing values moved from those before at least, which come first.
pub(crate) fn moved(counts: [&[u64]; 2]) -> f64 {
    let reading = Reading::rate(None, counts.map(rate), BOUNDS);
    reading.map_or(0.0, |it| it.effect[1])
}

fn rate(counts: &[u64]) -> [u64; 2] {
    [counts.first().copied().unwrap_or(0), counts.iter().sum()]
}
