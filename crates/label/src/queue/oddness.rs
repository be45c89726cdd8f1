//! How odd each event's signals are: what can be said before anything is known.

use rayon::prelude::*;
use ringtrue_core::signal::SignalType;

use super::pool::Pool;

/// Signals that are sorted at the same time.
const COLUMNS_AT_ONCE: usize = 8;
/// A signal is called odd if at most this share of the events is as far out.
const ODD_MAX: f64 = 0.01;

/// A signal of an event that is out of the ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Its place among the signals.
    pub signal: usize,
    /// Events that are as far out on the same side, itself among them.
    pub as_far: usize,
    /// Events that have the signal.
    pub of: usize,
}

/// Returns for each event of `asked` its oddest signals, at most `most`, the oddest first: those of which at most a hundredth of the
/// events are as far out.
#[must_use]
pub fn oddest(pool: &Pool<'_>, asked: &[u32], most: usize) -> Vec<Vec<Odd>> {
    let mut found: Vec<Vec<Odd>> = vec![Vec::new(); asked.len()];
    for some in ordered(pool).chunks(COLUMNS_AT_ONCE) {
        let columns: Vec<(usize, Column)> = some
            .par_iter()
            .map(|signal| (*signal, Column::of(pool, *signal)))
            .collect();
        for (odd, position) in found.iter_mut().zip(asked) {
            odd.extend(columns.iter().filter_map(|(signal, column)| {
                let odd = Odd {
                    signal: *signal,
                    as_far: column.as_far(pool.events.rows.get(*position as usize, *signal))?,
                    of: column.sorted.len(),
                };
                (odd.as_far as f64 <= ODD_MAX * odd.of as f64).then_some(odd)
            }));
        }
    }
    for odd in &mut found {
        odd.sort_by_key(|odd| (odd.as_far, odd.signal));
        odd.truncate(most);
    }
    found
}

/// Returns for each event the sum over its signals of how rare it is to be at least as far out, on the side on which that is
/// rarer: the negative logarithm of the share of events that are. Categories and missing values say nothing. `None` without signals.
///
/// # Source
///
/// Li, Zhao, Hu, Botta, Ionescu and Chen, "ECOD: unsupervised outlier detection using empirical cumulative distribution functions",
/// IEEE TKDE 2022, with the rarer side taken signal by signal.
pub(super) fn oddness(pool: &Pool<'_>) -> Option<Vec<f64>> {
    let columns = ordered(pool);
    if columns.is_empty() {
        return None;
    }
    let rarity = |signal: &usize| -> Vec<f64> {
        let column = Column::of(pool, *signal);
        let count = column.sorted.len() as f64;
        let values = column.values.iter();
        let as_far = values.map(|value| column.as_far(*value));
        as_far
            .map(|found| found.map_or(0.0, |found| (count / found as f64).ln()))
            .collect()
    };
    let mut sums = vec![0.0; pool.len()];
    // In the order of the columns, so that sums are the same on any number of threads; some at once, so that memory is bounded.
    for some in columns.chunks(COLUMNS_AT_ONCE) {
        let rarities: Vec<Vec<f64>> = some.par_iter().map(rarity).collect();
        for rarity in rarities {
            for (sum, one) in sums.iter_mut().zip(rarity) {
                *sum += one;
            }
        }
    }
    Some(sums)
}

/// Returns the signals whose values have an order.
fn ordered(pool: &Pool<'_>) -> Vec<usize> {
    let signals = pool.events.schema.signals.iter().enumerate();
    let ordered = signals.filter(|(_, signal)| signal.signal_type != SignalType::Category);
    ordered.map(|(signal, _)| signal).collect()
}

/// The values of one signal; NaN where it is missing.
struct Column {
    values: Vec<f64>,
    /// Those that are there.
    sorted: Vec<f64>,
}

impl Column {
    fn of(pool: &Pool<'_>, signal: usize) -> Self {
        let rows = 0..pool.len();
        Self::new(rows.map(|at| pool.events.rows.get(at, signal)).collect())
    }

    fn new(values: Vec<f64>) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|it| !it.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        Self { values, sorted }
    }

    /// Returns how many values are at least as far out as one of them, on the side on which fewer are; `None` for a missing one.
    fn as_far(&self, value: f64) -> Option<usize> {
        if value.is_nan() {
            return None;
        }
        let below = self.sorted.partition_point(|it| *it < value);
        let up_to = self.sorted.partition_point(|it| *it <= value);
        Some(up_to.min(self.sorted.len() - below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_out_on_either_side_is_rare() {
        let column = Column::new(vec![1.0, 1.0, 1.0, f64::NAN, 0.0, 5.0]);
        let found: Vec<Option<usize>> = column.values.iter().map(|it| column.as_far(*it)).collect();
        // One of five is as low as 0, one as high as 5; four are as low as 1, and four as high.
        assert_eq!(found, [Some(4), Some(4), Some(4), None, Some(1), Some(1)]);
        assert_eq!(Column::new(vec![2.0; 4]).as_far(2.0), Some(4));
    }
}
