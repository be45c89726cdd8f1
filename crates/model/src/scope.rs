//! The scope of a detector: what it has seen, so that an event unlike all of it is answered "not covered".
//!
//! ```text
//!   training rows ──Scope::of──► a range for each signal ──gap──► the first signal outside its range
//! ```
//!
//! A score for an event outside is an extrapolation: it is still given, and marked.

use ringtrue_core::{Row, RowBlock};
use serde::{Deserialize, Serialize};

/// What a detector has seen in training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// For each signal of the schema what its values were.
    pub ranges: Vec<Range>,
    /// The sources of the training events, sorted.
    pub sources: Vec<String>,
    /// Who stood behind the training events (registrable domains, groups): how many different ones.
    pub entities: u64,
}

/// What a signal's values were in training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The lowest value; `None` if it never had one.
    pub low: Option<f64>,
    /// The highest value.
    pub high: Option<f64>,
    /// Whether it was ever missing.
    pub missing: bool,
    /// Whether any value is covered once there was one: of a signal that tells of a past which grows, what it was in
    /// training says nothing of later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
}

/// How far a value may lie beyond the range, in widths of the range: one more training event would often
/// have reached there.
const SLACK: f64 = 0.1;

impl Range {
    const NOTHING: Self = Self {
        low: None,
        high: None,
        missing: false,
        open: false,
    };

    fn add(&mut self, value: f64) {
        if value.is_nan() {
            self.missing = true;
        } else {
            self.low = Some(self.low.map_or(value, |low| low.min(value)));
            self.high = Some(self.high.map_or(value, |high| high.max(value)));
        }
    }

    /// Returns whether training saw such a value, or one not far from it.
    #[must_use]
    pub fn covers(&self, value: f64) -> bool {
        match (self.low, self.high) {
            // What nearly all values are comes first.
            (Some(low), Some(high)) if (low..=high).contains(&value) => true,
            _ if value.is_nan() => self.missing,
            (Some(low), Some(high)) => {
                let slack = SLACK * (high - low);
                self.open || (low - slack..=high + slack).contains(&value)
            }
            _ => false,
        }
    }
}

impl Scope {
    /// Returns the scope of training on the rows at `members`.
    #[must_use]
    pub fn of(rows: &RowBlock, members: &[u32]) -> Self {
        let mut ranges = vec![Range::NOTHING; rows.width()];
        for member in members {
            let row = rows.row(*member as usize);
            for (signal, range) in ranges.iter_mut().enumerate() {
                range.add(row.get(signal));
            }
        }
        Self {
            ranges,
            ..Self::default()
        }
    }

    /// Leaves the ranges of the last `count` signals open.
    pub fn open_last(&mut self, count: usize) {
        let ranges = self.ranges.iter_mut().rev().take(count);
        ranges.for_each(|range| range.open = true);
    }

    /// Returns the first signal of a row whose value training saw nothing like; `None` if the row is covered.
    #[must_use]
    pub fn gap(&self, row: Row<'_>) -> Option<usize> {
        match row {
            Row::Single(row) => self.gap_of(|signal| row.get(signal).copied().map(f64::from)),
            Row::Double(row) => self.gap_of(|signal| row.get(signal).copied()),
        }
    }

    /// As [`Self::gap`]; values that a row lacks are missing.
    fn gap_of(&self, value: impl Fn(usize) -> Option<f64>) -> Option<usize> {
        let mut signals = self.ranges.iter().enumerate();
        let found =
            signals.find(|(signal, range)| !range.covers(value(*signal).unwrap_or(f64::NAN)));
        found.map(|(signal, _)| signal)
    }

    /// Returns whether a source was among the training events'; an event without one is from nowhere new.
    #[must_use]
    pub fn knows_source(&self, source: Option<&str>) -> bool {
        source.is_none_or(|source| {
            self.sources
                .binary_search_by(|known| known.as_str().cmp(source))
                .is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::Digest;

    use super::*;

    fn scope() -> Scope {
        let mut rows = RowBlock::new(Digest::of(b"test"), 2);
        for row in [[0.0, f32::NAN], [10.0, 1.0], [5.0, 1.0], [99.0, 7.0]] {
            rows.push(&row).unwrap();
        }
        // The last row was not trained on.
        Scope::of(&rows, &[0, 1, 2])
    }

    #[test]
    fn what_training_saw_is_covered_and_little_beyond() {
        let scope = scope();
        let gap = |first: f32, second: f32| scope.gap(Row::Single(&[first, second]));
        assert_eq!(gap(3.0, 1.0), None);
        assert_eq!(gap(11.0, f32::NAN), None);
        assert_eq!(gap(11.1, 1.0), Some(0));
        assert_eq!(gap(-2.0, 1.0), Some(0));
        assert_eq!(gap(f32::NAN, 1.0), Some(0));
        assert_eq!(gap(5.0, 1.5), Some(1));
    }

    #[test]
    fn an_open_range_covers_all_but_what_training_never_had() {
        let mut scope = scope();
        scope.open_last(2);
        let gap = |first: f32, second: f32| scope.gap(Row::Single(&[first, second]));
        assert_eq!(gap(-1e9, 1e9), None);
        assert_eq!(gap(f32::NAN, 1.0), Some(0));
        scope.ranges[1] = Range::NOTHING;
        scope.open_last(1);
        assert_eq!(scope.gap(Row::Single(&[0.0, 1.0])), Some(1));
    }

    #[test]
    fn a_signal_without_a_value_in_training_covers_missing_alone() {
        let mut rows = RowBlock::new(Digest::of(b"test"), 1);
        rows.push(&[f32::NAN]).unwrap();
        let scope = Scope::of(&rows, &[0]);
        assert_eq!(scope.gap(Row::Single(&[f32::NAN])), None);
        assert_eq!(scope.gap(Row::Single(&[0.0])), Some(0));
    }

    #[test]
    fn sources_are_known_by_name() {
        let scope = Scope {
            sources: vec!["mail".to_owned(), "proxy".to_owned()],
            ..scope()
        };
        assert!(scope.knows_source(Some("proxy")) && scope.knows_source(None));
        assert!(!scope.knows_source(Some("dns")));
    }
}
