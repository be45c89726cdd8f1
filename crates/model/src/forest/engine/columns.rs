//! The bins of one signal: between the points where any split of a run of trees changes its answer, none does.
//!
//! ```text
//!   value ──search among the cuts──► bin 0 ..= count, or the last bin, count + 1, for NaN
//! ```
//!
//! A split's answer is thus known for a whole bin: it is right from some bin on, or in some ranges of bins.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::select_unpredictable;
use std::ops::Range;

use super::plan::Run;
use super::sets::{Sets, Spans};
use crate::forest::tree::{Node, Rule, Tree, ZERO};

/// Where a split on a threshold sends what it reads as missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Missing {
    /// NaN goes left.
    NanLeft,
    /// NaN goes right.
    NanRight,
    /// NaN and zero go left.
    NoneLeft,
    /// NaN and zero go right.
    NoneRight,
}

/// What a node asks of the bin of its signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    /// Right from this bin on.
    From {
        column: usize,
        missing: Missing,
        bin: u16,
    },
    /// Right if the bin is not in a set.
    Member {
        column: usize,
        set: usize,
        nan_left: bool,
    },
}

/// The bins of one signal.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) feature: usize,
    /// Ascending; filled up with infinity to a power of two, with one at least.
    pub(super) cuts: Vec<f64>,
    pub(super) count: u16,
    /// Bins that zero-as-missing reads as none.
    pub(super) none: Range<u16>,
}

impl Column {
    fn new(feature: u32, mut cuts: Vec<f64>, reads_none: bool) -> Option<Self> {
        if reads_none {
            cuts.extend([(-ZERO).next_down(), ZERO]);
        }
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        let count = u16::try_from(cuts.len())
            .ok()
            .filter(|count| *count < u16::MAX - 1)?;
        let below = |end: f64| cuts.partition_point(|cut| *cut < end);
        let none = if reads_none {
            let first = below((-ZERO).next_down()) + 1;
            u16::try_from(first).ok()?..u16::try_from(below(ZERO) + 1).ok()?
        } else {
            0..0
        };
        cuts.resize((cuts.len() + 1).next_power_of_two(), f64::INFINITY);
        Some(Self {
            feature: feature as usize,
            cuts,
            count,
            none,
        })
    }

    /// Returns the bin of NaN.
    pub(super) const fn nan(&self) -> u16 {
        self.count + 1
    }

    /// Returns the bin of a value.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "there are fewer than 2^16 cuts"
    )]
    pub(super) fn bin(&self, value: f64) -> u16 {
        if value.is_nan() {
            return self.nan();
        }
        let (mut bin, mut half) = (0, self.cuts.len() / 2);
        while half > 0 {
            // A branch would be mispredicted half of the time.
            let above = self.cuts[bin + half - 1] < value;
            bin = select_unpredictable(above, bin + half, bin);
            half /= 2;
        }
        bin as u16
    }

    /// Returns the number of a cut.
    fn cut(&self, cut: f64) -> Option<u16> {
        u16::try_from(self.cuts.partition_point(|other| *other < cut)).ok()
    }

    /// Returns the bins that spans cover: first and last, ascending.
    pub(super) fn ranges(&self, spans: &Spans) -> Option<Vec<[u16; 2]>> {
        let ranges = spans.spans.iter().map(|span| {
            let first = match span.from {
                Some(from) => self.cut(from)? + 1,
                None => 0,
            };
            Some([first, self.cut(span.to)?])
        });
        ranges.collect()
    }
}

/// The columns of a run of trees, and what each of its nodes asks of them.
pub(super) struct Asked {
    pub(super) columns: Vec<Column>,
    /// For each tree, for each node.
    pub(super) questions: Vec<Vec<Question>>,
}

impl Asked {
    /// Returns nothing if the plan's bounds were not kept.
    pub(super) fn new(trees: &[Tree], sets: &Sets, run: &Run) -> Option<Self> {
        let members = run.trees.clone().zip(trees.get(run.trees.clone())?);
        let mut points: BTreeMap<u32, (Vec<f64>, bool)> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (tree, node) in members
            .clone()
            .flat_map(|(at, tree)| tree.nodes.iter().map(move |node| (at, node)))
        {
            let (cuts, reads_none) = points.entry(node.feature).or_default();
            *reads_none |= matches!(node.rule, Rule::ZeroLeft | Rule::ZeroRight);
            if !node.rule.reads_set() {
                // Adding 0 makes -0 a 0.
                cuts.extend(Some(node.threshold + 0.0).filter(|cut| !cut.is_nan()));
            } else if let Some(place) = sets.place(tree, node)
                && seen.insert((node.feature, place))
            {
                cuts.extend(sets.spans(place)?.ends().map(|cut| cut + 0.0));
            }
        }
        let columns = points
            .into_iter()
            .map(|(feature, (cuts, reads_none))| Column::new(feature, cuts, reads_none))
            .collect::<Option<Vec<_>>>()?;
        let questions = members
            .map(|(at, tree)| {
                let nodes = tree.nodes.iter();
                nodes
                    .map(|node| question(&columns, sets.place(at, node), node))
                    .collect()
            })
            .collect::<Option<_>>()?;
        Some(Self { columns, questions })
    }
}

fn question(columns: &[Column], set: Option<usize>, node: &Node) -> Option<Question> {
    let feature = node.feature as usize;
    let column = columns
        .binary_search_by_key(&feature, |column| column.feature)
        .ok()?;
    let missing = match node.rule {
        Rule::NanLeft => Missing::NanLeft,
        Rule::NanRight => Missing::NanRight,
        Rule::ZeroLeft => Missing::NoneLeft,
        Rule::ZeroRight => Missing::NoneRight,
        Rule::SetNanLeft | Rule::SetNanRight => {
            let nan_left = node.rule == Rule::SetNanLeft;
            let set = set?;
            return Some(Question::Member {
                column,
                set,
                nan_left,
            });
        }
    };
    // No number is at most NaN.
    let bin = if node.threshold.is_nan() {
        0
    } else {
        columns.get(column)?.cut(node.threshold)? + 1
    };
    Some(Question::From {
        column,
        missing,
        bin,
    })
}
