//! The flips that are listed one by one.

use super::pairs::{Pair, Pairs};
use super::report::Flip;

/// Flips that are listed at most.
pub const LISTED_MAX: usize = 1_000;

/// Returns the pairs that flipped, negative flips first, then in the pairs' order, and how many there are beyond those
/// that are listed.
#[must_use]
pub fn listed(pairs: &Pairs) -> (Vec<&Pair>, u64) {
    let mut flipped: Vec<&Pair> = pairs
        .decided()
        .filter(|pair| pair.flip().is_some())
        .collect();
    flipped.sort_by_key(|pair| pair.flip().is_some_and(|kind| !kind.is_negative()));
    let more = flipped.len().saturating_sub(LISTED_MAX) as u64;
    flipped.truncate(LISTED_MAX);
    (flipped, more)
}

/// Makes the entry of a pair that flipped; `None` of one that did not.
#[must_use]
pub fn flip(pairs: &Pairs, pair: &Pair, shown: String, cause: Option<usize>) -> Option<Flip> {
    let name = |number: u32| pairs.name(number).map(str::to_owned);
    Some(Flip {
        id: pair.id,
        kind: pair.flip()?,
        time: pair.time,
        label: pair.label,
        family: name(pair.family),
        source: name(pair.source),
        old_score: pair.old.score,
        new_score: pair.new.score,
        old_action: pair.old.action,
        new_action: pair.new.action,
        shown,
        cause,
    })
}
