//! Patterns of what is missing: columns that are missing in the same events are one.

use std::collections::BTreeMap;

use ringtrue_core::random::mix;

use crate::columns::Column;
use crate::data::Data;

/// Columns that are missing together.
pub(super) struct Pattern<'a> {
    /// The columns.
    pub(super) columns: Vec<&'a Column>,
    /// Whether the first of them is missing, for each event.
    pub(super) is_missing: Vec<bool>,
    /// Events in which it is.
    pub(super) missing: usize,
}

/// Share of the events with either gap that have both, from which two columns are missing together.
const TOGETHER_MIN: f64 = 0.95;
/// Patterns that are looked at: those of the most columns and gaps.
const PATTERNS_MAX: usize = 100;
/// Events of a source or month below which its share is not told.
const EVENTS_MIN: usize = 30;
/// How far the shares of sources or months lie apart to be told.
const SHARES_APART: f64 = 0.2;

impl Pattern<'_> {
    pub(super) fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| &*column.name).collect()
    }

    fn is_near(&self, other: &Self) -> bool {
        let pairs = || self.is_missing.iter().zip(&other.is_missing);
        let both = pairs().filter(|(one, other)| **one && **other).count();
        let either = pairs().filter(|(one, other)| **one || **other).count();
        both as f64 >= TOGETHER_MIN * either as f64
    }

    /// Returns in a sentence how the gaps are spread over sources, or else months, if unevenly.
    pub(super) fn by_source_and_month(&self, data: &Data<'_>) -> Option<String> {
        let source = |at: usize| data.sources.name(at).map(str::to_owned);
        let month = |at: usize| {
            let day = data.times.get(at).copied().flatten()?.date();
            day.get(..7).map(str::to_owned)
        };
        self.spread("source", source)
            .or_else(|| self.spread("month", month))
    }

    fn spread(&self, what: &str, name: impl Fn(usize) -> Option<String>) -> Option<String> {
        let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        for (at, is_missing) in self.is_missing.iter().enumerate() {
            if let Some(name) = name(at) {
                counts.entry(name).or_default()[usize::from(*is_missing)] += 1;
            }
        }
        let shares = counts
            .into_iter()
            .filter(|(_, [known, missing])| known + missing >= EVENTS_MIN);
        let mut shares: Vec<(f64, String)> = shares
            .map(|(name, [known, missing])| (missing as f64 / (known + missing) as f64, name))
            .collect();
        shares.sort_by(|one, other| one.0.total_cmp(&other.0).then_with(|| one.1.cmp(&other.1)));
        let (least, most) = (shares.first()?, shares.last()?);
        (most.0 - least.0 >= SHARES_APART).then(|| {
            format!(
                "By {what} it is missing in {:.0} % (`{}`) to {:.0} % (`{}`)",
                100.0 * least.0,
                least.1,
                100.0 * most.0,
                most.1
            )
        })
    }
}

/// Returns the patterns of the columns that signals read and that are missing in some events, the largest first.
pub(super) fn patterns<'a>(data: &'a Data<'_>) -> Vec<Pattern<'a>> {
    let mut exact: BTreeMap<u64, Pattern<'a>> = BTreeMap::new();
    for column in data.columns.all.iter().filter(|column| column.is_read) {
        let is_missing: Vec<bool> = (0..data.len())
            .map(|at| column.values.is_missing(at))
            .collect();
        let missing = is_missing.iter().filter(|is| **is).count();
        if missing == 0 || missing == data.len() {
            continue;
        }
        let hash = is_missing
            .iter()
            .fold(0, |hash, is| mix(hash ^ u64::from(*is)));
        let pattern = exact.entry(hash).or_insert_with(|| Pattern {
            columns: Vec::new(),
            is_missing,
            missing,
        });
        pattern.columns.push(column);
    }
    let mut exact: Vec<Pattern<'a>> = exact.into_values().collect();
    exact.sort_by(|one, other| {
        let size = |pattern: &Pattern<'_>| pattern.missing * pattern.columns.len();
        let first =
            |pattern: &Pattern<'_>| pattern.columns.first().map(|column| column.name.clone());
        size(other)
            .cmp(&size(one))
            .then_with(|| first(one).cmp(&first(other)))
    });
    exact.truncate(PATTERNS_MAX);
    let mut patterns: Vec<Pattern<'a>> = Vec::new();
    for pattern in exact {
        match patterns.iter_mut().find(|known| known.is_near(&pattern)) {
            Some(known) => known.columns.extend(pattern.columns),
            None => patterns.push(pattern),
        }
    }
    patterns
}
