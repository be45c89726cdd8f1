//! The signal monitor: does each signal have the values that it had?
//!
//! Counted apart for events that score like malicious ones and for the others, which is what triage asks for.

use serde::{Deserialize, Serialize};

use super::{Bounds, NOTHING, Reading, Readings, named};
use crate::counts::{count, sum};
use crate::reference::{SIGNAL_WIDTH, Seen};
use crate::shift::{Shift, shift};

/// Single signals move more than scores do, and many moves are harmless: one that takes a quarter of the events along is not.
const BOUNDS: Bounds = Bounds {
    warning: 0.1,
    drift: 0.25,
};

/// Events by the value of each signal: missing, then its bins; for each signal the low scores, then the high ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SignalCounts(Vec<u64>);

/// Whose events are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Those that score like benign events.
    Low,
    /// Those that score like malicious ones.
    High,
}

impl SignalCounts {
    pub(crate) fn new(signals: usize) -> Self {
        Self(vec![0; signals * 2 * SIGNAL_WIDTH])
    }

    pub(crate) fn has(&self, signals: usize) -> bool {
        self.0.len() == signals * 2 * SIGNAL_WIDTH
    }

    pub(crate) fn add(&mut self, seen: &Seen) {
        let side = usize::from(seen.is_high) * SIGNAL_WIDTH;
        let places = self.0.chunks_mut(2 * SIGNAL_WIDTH);
        for (counts, code) in places.zip(&seen.signals) {
            count(counts, side + usize::from(*code));
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        sum(&mut self.0, &other.0);
    }

    /// Returns the values of each signal of one side: missing, then its bins.
    pub(crate) fn of(&self, side: Side) -> impl Iterator<Item = &[u64]> {
        let start = match side {
            Side::Low => 0,
            Side::High => SIGNAL_WIDTH,
        };
        let each = self.0.chunks(2 * SIGNAL_WIDTH);
        each.map(move |counts| counts.get(start..start + SIGNAL_WIDTH).unwrap_or(&[]))
    }

    /// Returns the values of each signal: missing, then its bins.
    pub(crate) fn each(&self) -> impl Iterator<Item = Vec<u64>> {
        self.of(Side::Low)
            .zip(self.of(Side::High))
            .map(|(low, high)| {
                let mut counts = low.to_vec();
                sum(&mut counts, high);
                counts
            })
    }

    /// Returns how far each signal moved among the events of one side; what is missing is left to another monitor.
    pub(crate) fn moved(&self, reference: &Self, side: Side) -> Vec<Shift> {
        let pairs = reference.of(side).zip(self.of(side));
        pairs
            .filter_map(|(before, now)| shift(present(before), present(now)))
            .collect()
    }

    /// Returns the counts of two classes in another mix; each part of the mix is 0 to 1, and no count grows.
    pub(crate) fn mixed(classes: &[Self; 2], parts: [f64; 2]) -> Self {
        let [first, second] = classes;
        let pairs = first.0.iter().zip(&second.0);
        let mix = |(one, other): (&u64, &u64)| parts[0] * *one as f64 + parts[1] * *other as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count that is no larger than before"
        )]
        let rounded = |count: f64| count.round() as u64;
        Self(pairs.map(|pair| rounded(mix(pair))).collect())
    }

    /// Compares a window with the reference.
    pub(crate) fn finish<'a>(
        &self,
        reference: &Self,
        names: impl Iterator<Item = &'a str>,
    ) -> Readings {
        let pairs = reference.each().zip(self.each());
        let readings = names.zip(pairs).filter_map(|(name, (before, now))| {
            Reading::distance(
                Some(name.to_owned()),
                [present(&before), present(&now)],
                BOUNDS,
            )
        });
        Readings {
            name: "signals",
            all: readings.collect(),
            silent: NOTHING,
            says: |moved| format!("other values than before: {}", named(moved)),
        }
    }
}

/// Returns how far the values that are there moved from those before at least, which come first.
pub(crate) fn moved(counts: [&[u64]; 2]) -> f64 {
    let [before, now] = counts.map(present);
    shift(before, now).map_or(0.0, |it| it.low)
}

/// Returns the counts of values that are there.
fn present(counts: &[u64]) -> &[u64] {
    counts.get(1..).unwrap_or(&[])
}
