//! Which events are there already: content hashes, counted.
//!
//! Several identical rows of one file are separate occurrences, so "already there" is the multiset
//! maximum: occurrence `k` of a content is new if the store holds fewer than `k` of it.
//!
//! ```text
//!   (id, ordinal) ──► spill: one sorted run per segment, on the disk
//!                        │ a range of first bytes at a time
//!                        ▼
//!   index files ──► merge::find_repeats ──► ordinals to drop, and a new index file
//! ```
//!
//! Memory holds one segment's ids, one range of the spill and one bit per event of the ingest.

pub(crate) mod index;
pub(crate) mod merge;
pub(crate) mod spill;

use ringtrue_core::EventId;

/// Returns an id as a number of the same order.
pub(crate) const fn as_number(id: EventId) -> u128 {
    u128::from_be_bytes(id.0)
}

#[cfg(test)]
mod tests;
