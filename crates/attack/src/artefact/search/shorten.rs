//! Walks back from a chain that passes: parts are left out, then replaced by cheaper ones, while it still does.

use std::borrow::ToOwned;

use super::space::{Asked, Candidate, Chain};

/// Draws of a cheaper part for each part of the chain.
const DRAWS_EACH: usize = 4;

/// Leaves out parts of the cheapest chain one by one, the dearest first, until none can be missed.
pub(super) fn shorten<A>(asked: &mut Asked<'_, A>)
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    loop {
        let Some(chain) = asked.best().map(|best| best.chain.clone()) else {
            return;
        };
        let mut places: Vec<usize> = (0..chain.len()).collect();
        let minutes = |place: &usize| {
            chain
                .get(*place)
                .map_or(0.0, |step| asked.space.minutes(&[*step]))
        };
        places.sort_by(|one, other| minutes(other).total_cmp(&minutes(one)));
        let shorter = places.iter().filter_map(|place| {
            let mut chain = chain.clone();
            chain.remove(*place);
            candidate(asked, chain)
        });
        let shorter: Vec<Candidate<A::Owned>> = shorter.collect();
        if !any_passes(asked, shorter) {
            return;
        }
    }
}

/// Replaces parts of the cheapest chain by cheaper attacks, one draw after the other.
pub(super) fn cheapen<A>(asked: &mut Asked<'_, A>)
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    let Some(chain) = asked.best().map(|best| best.chain.clone()) else {
        return;
    };
    for place in 0..chain.len() {
        for _ in 0..DRAWS_EACH {
            let mut other = match asked.best() {
                Some(best) if best.chain.len() == chain.len() => best.chain.clone(),
                _ => return,
            };
            let drawn = asked.draw();
            if let Some(step) = other.get_mut(place) {
                *step = drawn;
            }
            if asked.is_cheaper(&other) {
                let replaced: Vec<Candidate<A::Owned>> =
                    candidate(asked, other).into_iter().collect();
                any_passes(asked, replaced);
            }
        }
    }
}

/// Asks about candidates one by one until one passes.
fn any_passes<A>(asked: &mut Asked<'_, A>, candidates: Vec<Candidate<A::Owned>>) -> bool
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    candidates.into_iter().any(|candidate| {
        let margins = asked.ask(std::slice::from_ref(&candidate));
        margins
            .first()
            .is_some_and(|margin| asked.is_allowed(*margin))
    })
}

/// Returns what a chain makes, `None` if a part of it cannot be made.
fn candidate<A>(asked: &Asked<'_, A>, chain: Chain) -> Option<Candidate<A::Owned>>
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    let artefact = asked.space.replay(asked.original, &chain)?;
    Some(Candidate { chain, artefact })
}
