//! The monitor of missing values: a signal that suddenly has none, or suddenly has some, tells of the pipeline rather than of the world.
//!
//! Its state is that of the signals, whose first count each is of what is missing.

use super::signals::SignalCounts;
use super::{Bounds, NOTHING, Reading, Readings, named};

/// A value that a tenth of the events lost is lost on its way.
const BOUNDS: Bounds = Bounds {
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

fn rate(counts: &[u64]) -> [u64; 2] {
    [counts.first().copied().unwrap_or(0), counts.iter().sum()]
}
