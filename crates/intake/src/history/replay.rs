//! Replaying: a whole stream through one history, in order of time.
//!
//! ```text
//!   events in any order ─► by time, then id ─► each measured by what came before, then taken in ─► signals
//! ```
//!
//! Events of one time come in the order of their ids, one after the other: the order of the input decides nothing,
//! and of two at the same moment the second has seen the first. Where events are followed as they arrive, they come in
//! the order of arrival.

use ringtrue_core::EventId;

use super::seen::Seen;
use super::signal::append_signals;
use super::state::History;

/// One event of a stream that is replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Names the event; decides among events of one time.
    pub id: EventId,
    /// What it did.
    pub seen: Seen,
}

/// Follows `stream` in order of time, and hands each event's place in `stream` with its signals
/// ([`super::schema`]) to `each`, in that order.
pub fn replay(history: &mut History, stream: &[Past], mut each: impl FnMut(usize, &[f32])) {
    let mut order: Vec<(usize, &Past)> = stream.iter().enumerate().collect();
    order.sort_by_key(|(_, past)| (past.seen.time(), past.id));
    let mut signals = Vec::new();
    for (place, past) in order {
        signals.clear();
        append_signals(&history.follow(&past.seen), &mut signals);
        each(place, &signals);
    }
}
