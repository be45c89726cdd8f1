//! What an attacker does who sees verdicts alone: draws blindly until one passes, then walks back to the cheapest that still does.

use std::borrow::ToOwned;

use super::random::compose;
use super::rounds::search_in_rounds;
use super::space::{Asked, Candidate};

/// Most changes of a blind draw.
const CHANGES_MAX: u64 = 8;
/// Draws that are scored together before the attacker looks at the verdicts.
const AT_ONCE: u64 = 16;
/// Rounds in a row that may find nothing cheaper before the attacker is content.
const PATIENCE: usize = 4;

/// Searches until nothing cheaper turns up, or none may be scored any more.
pub(super) fn search<A>(asked: &mut Asked<'_, A>)
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    search_in_rounds(asked, PATIENCE, draw_some);
}

/// Asks about some draws; false if nothing could be changed.
pub(super) fn draw_some<A>(asked: &mut Asked<'_, A>) -> bool
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    let most = asked.left().min(AT_ONCE);
    let draws: Vec<Candidate<A::Owned>> = (0..most).filter_map(|_| draw(asked)).collect();
    // Every artefact has its cheapest change: where none can be made at all, there is nothing to draw.
    if draws.is_empty() && asked.best().is_none() {
        return false;
    }
    asked.ask(&draws);
    true
}

/// Draws a chain of any length that is cheaper than what is known.
fn draw<A>(asked: &mut Asked<'_, A>) -> Option<Candidate<A::Owned>>
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    let changes = 1 + usize::try_from(asked.random.below(CHANGES_MAX)).unwrap_or(0);
    compose(asked, changes).filter(|candidate| asked.is_cheaper(&candidate.chain))
}
