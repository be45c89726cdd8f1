//! The sets of splits on categories, as spans of numbers.
//!
//! ```text
//!   Set ──spans──► (from, to], (from, to], ...   inside or outside of them is the set
//! ```
//!
//! A set of a file is looked at once, however many splits ask for it. One that falls into more spans than
//! [`SPANS_MAX`] is given up; whoever asked walks the tree itself.

use std::collections::HashMap;

use crate::forest::tree::{Node, Set, Tree};

/// Spans that a set may fall into: enough for each other code of a column of 40,000.
const SPANS_MAX: usize = 20_000;

/// Numbers above `from` and at most `to`; without `from` there is no lower end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) from: Option<f64>,
    pub(super) to: f64,
}

/// Numbers in a set, or those out of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spans {
    pub(super) spans: Vec<Span>,
    /// Whether the spans are what is in the set; else they are what is not.
    pub(super) inside: bool,
}

impl Spans {
    /// Returns the ends of all spans.
    pub(super) fn ends(&self) -> impl Iterator<Item = f64> {
        let ends = self.spans.iter().map(|span| [span.from, Some(span.to)]);
        ends.flatten().flatten()
    }
}

/// The sets of a forest, each different one once.
pub(super) struct Sets {
    spans: Vec<Option<Spans>>,
    /// For each tree the place of each of its sets.
    places: Vec<Vec<usize>>,
}

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Codes(&'a [u32]),
    AllBut(&'a [u32]),
    Value(u64),
}

impl Sets {
    pub(super) fn new(trees: &[Tree]) -> Self {
        let mut known = HashMap::new();
        let mut spans = Vec::new();
        let mut place = |set| {
            *known.entry(key(set)).or_insert_with(|| {
                spans.push(spans_of(set));
                spans.len() - 1
            })
        };
        let places = trees
            .iter()
            .map(|tree| tree.sets.iter().map(&mut place).collect())
            .collect();
        Self { spans, places }
    }

    /// Returns the place of the set that a node of a tree asks for.
    pub(super) fn place(&self, tree: usize, node: &Node) -> Option<usize> {
        self.places.get(tree)?.get(node.set()).copied()
    }

    /// Returns the spans of the set at a place, unless there are too many.
    pub(super) fn spans(&self, place: usize) -> Option<&Spans> {
        self.spans.get(place)?.as_ref()
    }
}

fn key(set: &Set) -> Key<'_> {
    match set {
        Set::Codes(words) => Key::Codes(words),
        Set::AllBut(words) => Key::AllBut(words),
        Set::Value(value) => Key::Value(value.to_bits()),
    }
}

fn spans_of(set: &Set) -> Option<Spans> {
    let spans = match set {
        // Cut towards 0, all above -1 is code 0. The codes end before `i32::MAX`.
        Set::Codes(words) => spans_of_codes(words, -1.0, f64::from(i32::MAX)),
        // Here 0 is the smallest number that is a code, and they end before 2^24.
        Set::AllBut(words) => spans_of_codes(words, 0.0_f64.next_down(), 16_777_216.0),
        Set::Value(value) => Some(span_of_value(*value)),
    };
    Some(Spans {
        spans: spans?,
        inside: !matches!(set, Set::AllBut(_)),
    })
}

fn span_of_value(value: f64) -> Vec<Span> {
    if value.is_nan() {
        return Vec::new();
    }
    let below = Some(value.next_down()).filter(|below| *below < value);
    vec![Span {
        from: below,
        to: value,
    }]
}

/// Returns the spans of codes whose bit is set and that lie before `end`; code 0 begins above `low`.
fn spans_of_codes(words: &[u32], low: f64, end: f64) -> Option<Vec<Span>> {
    let mut spans: Vec<Span> = Vec::new();
    for (position, word) in words.iter().enumerate().filter(|(_, word)| **word != 0) {
        for bit in (0..32).filter(|bit| word >> bit & 1 == 1) {
            let code = (position * 32 + bit) as f64;
            if code >= end {
                return Some(spans);
            }
            let from = if code > 0.0 { code.next_down() } else { low };
            let to = (code + 1.0).min(end).next_down();
            match spans.last_mut() {
                Some(last) if last.to.to_bits() == from.to_bits() => last.to = to,
                _ => spans.push(Span {
                    from: Some(from),
                    to,
                }),
            }
        }
        if spans.len() > SPANS_MAX {
            return None;
        }
    }
    Some(spans)
}
