//! What an attacker does who knows nothing: so many changes, drawn blindly, as often as they may try.

use std::borrow::{Borrow, ToOwned};

use super::space::{Asked, Candidate, Chain};

/// Draws that may fail for each change that is to be made.
const DRAWS_EACH: usize = 16;
/// Blind tries that are scored together.
const AT_ONCE: u64 = 32;

/// Tries until one is allowed, or none may be scored any more.
pub(super) fn search<A>(asked: &mut Asked<'_, A>)
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    while asked.left() > 0 && asked.best().is_none() {
        let most = asked.left().min(AT_ONCE);
        let changes = asked.search.changes;
        let tries: Vec<Candidate<A::Owned>> =
            (0..most).filter_map(|_| compose(asked, changes)).collect();
        if tries.is_empty() {
            return;
        }
        asked.ask(&tries);
    }
}

/// Returns the artefact after so many changes drawn blindly, each of another attack while there are others that can be made;
/// `None` if none can.
pub(super) fn compose<A>(asked: &mut Asked<'_, A>, changes: usize) -> Option<Candidate<A::Owned>>
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    let mut chain: Chain = Vec::new();
    let mut artefact: Option<A::Owned> = None;
    let attacks = asked.space.attacks.len();
    for _ in 0..changes.saturating_mul(DRAWS_EACH) {
        if chain.len() == changes {
            break;
        }
        let step = asked.draw();
        let is_used = chain
            .iter()
            .rev()
            .take(chain.len() % attacks.max(1))
            .any(|used| used.attack == step.attack);
        if is_used {
            continue;
        }
        let current = artefact.as_ref().map_or(asked.original, Borrow::borrow);
        if let Some(changed) = asked.space.step(current, step) {
            artefact = Some(changed);
            chain.push(step);
        }
    }
    artefact.map(|artefact| Candidate { chain, artefact })
}
