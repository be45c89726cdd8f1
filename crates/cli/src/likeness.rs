//! How alike a detector takes two events for.

use ringtrue_core::Row;
use ringtrue_model::Model;

/// What a detector compares an event by.
///
/// # Source
///
/// Likeness by leaves is the proximity of Breiman and Cutler, "Random Forests", 2003.
#[derive(Clone, Debug)]
pub(crate) enum Likeness {
    /// The leaf of each tree of its forest.
    Leaves(Vec<u32>),
    /// The buckets of the tokens, ascending, for a detector without a forest.
    Tokens(Vec<u32>),
}

impl Likeness {
    /// Looks at an event's row and the buckets of its tokens, of which the latter are not read where there is a forest.
    pub(crate) fn of(model: &Model, row: Row<'_>, buckets: &[u32]) -> Self {
        match (&model.forest, row) {
            (Some(forest), Row::Single(row)) => Self::Leaves(forest.leaves(row)),
            (Some(forest), Row::Double(row)) => Self::Leaves(forest.leaves(row)),
            (None, _) => {
                let mut buckets = buckets.to_vec();
                buckets.sort_unstable();
                Self::Tokens(buckets)
            }
        }
    }

    /// Returns the share of the trees in which both fall into the same leaf, or of the tokens of both that they have in
    /// common (Jaccard); in [0, 1].
    pub(crate) fn to(&self, other: &Self) -> f64 {
        match (self, other) {
            (Self::Leaves(left), Self::Leaves(right)) => {
                let same = left.iter().zip(right).filter(|(left, right)| left == right);
                same.count() as f64 / left.len().max(1) as f64
            }
            (Self::Tokens(left), Self::Tokens(right)) => in_common(left, right),
            _ => 0.0,
        }
    }
}

/// Returns the share that two lists have in common; the right one is sorted.
fn in_common(left: &[u32], right: &[u32]) -> f64 {
    let both = left
        .iter()
        .filter(|bucket| right.binary_search(bucket).is_ok())
        .count();
    let all = left.len() + right.len() - both;
    both as f64 / all.max(1) as f64
}
