//! What an attacker does who sees scores: every attack is tried, the one that takes most off the score is kept, and so on.
//!
//! Where no attack takes anything off, which is usual with trees, the least harmful is kept none the less: two changes may do
//! what neither does alone. Scores also mislead, so that half of the questions that are left after each descent go to blind
//! draws, as of an attacker who sees verdicts alone: whoever sees more finds no less.

use std::borrow::{Borrow, ToOwned};

use super::boundary::draw_some;
use super::rounds::search_in_rounds;
use super::space::{Asked, Candidate, Step};

/// Draws of each attack in a round.
const DRAWS_EACH: usize = 2;
/// Most changes of a chain.
const CHANGES_MAX: usize = 8;
/// Starts in a row that may find nothing cheaper before the attacker is content.
const PATIENCE: usize = 2;

/// Searches until nothing cheaper turns up, or none may be scored any more.
pub(super) fn search<A>(asked: &mut Asked<'_, A>)
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    search_in_rounds(asked, PATIENCE, |asked| climb(asked) && draw(asked));
}

/// Draws blindly until something passes or half of the questions are spent; false if nothing could be changed.
fn draw<A>(asked: &mut Asked<'_, A>) -> bool
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    let rest = asked.left() / 2;
    while asked.best().is_none() && asked.left() > rest {
        if !draw_some(asked) {
            return false;
        }
    }
    true
}

/// Goes down from the artefact until something passes or half of the questions are spent; false if nothing could be changed.
fn climb<A>(asked: &mut Asked<'_, A>) -> bool
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    let rest = asked.left() / 2;
    let mut current: Option<Candidate<A::Owned>> = None;
    for _ in 0..CHANGES_MAX {
        if asked.left() <= rest {
            break;
        }
        let candidates = next(asked, current.as_ref());
        let margins = asked.ask(&candidates);
        if margins.iter().any(|margin| asked.is_allowed(*margin)) {
            return true;
        }
        let scored = candidates.into_iter().zip(margins);
        let least = scored.min_by(|(_, one), (_, other)| one.total_cmp(other));
        match least {
            Some((candidate, _)) => current = Some(candidate),
            None => return current.is_some(),
        }
    }
    true
}

/// Returns one more change of the artefact that was reached, some of each attack, that could still be cheaper than what is known.
fn next<A>(
    asked: &mut Asked<'_, A>,
    current: Option<&Candidate<A::Owned>>,
) -> Vec<Candidate<A::Owned>>
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    let mut candidates = Vec::new();
    for attack in 0..asked.space.attacks.len() {
        for _ in 0..DRAWS_EACH {
            let seed = asked.random.next();
            let step = Step { attack, seed };
            let artefact = current.map_or(asked.original, |current| current.artefact.borrow());
            let mut chain = current.map_or_else(Vec::new, |current| current.chain.clone());
            chain.push(step);
            if !asked.is_cheaper(&chain) {
                continue;
            }
            if let Some(artefact) = asked.space.step(artefact, step) {
                candidates.push(Candidate { chain, artefact });
            }
        }
    }
    candidates
}
