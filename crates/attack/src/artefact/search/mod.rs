//! Searches for the cheapest chain of changes that a detector allows: one file for each thing that the attacker knows.
//!
//! ```text
//!   artefact ──Step (attack, seed)──► changed ──Step──► changed ──Oracle──► margin
//!       nothing: `random`    verdicts: `boundary`    scores: `greedy`
//! ```
//!
//! A chain is replayed from the first artefact, so that any part of it can be left out; it costs the sum of its parts and is
//! as sure as the least sure of them. Each artefact that is scored is a query, and a search asks no more than it may.
//! A search is a function of the artefact, what may be done to it and a seed: threads and clocks have no part in it.

mod boundary;
mod greedy;
mod random;
mod rounds;
mod shorten;
mod space;
#[cfg(test)]
mod tests;

pub use space::{Answer, Chain, Oracle, Space, Step};

use std::borrow::ToOwned;

use crate::threat::Knowledge;
use space::Asked;

/// How a search goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// What the attacker knows; of the model itself no more is used than of scores.
    pub knowledge: Knowledge,
    /// How many artefacts the attacker may have scored.
    pub queries: u64,
    /// How many changes an attacker makes who knows nothing.
    pub changes: usize,
    /// Margins up to this are allowed.
    pub allowed: f64,
    /// What the draws start from.
    pub seed: u64,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<O> {
    /// The cheapest chain that was scored as allowed; `None` if no artefact was.
    pub answer: Option<Answer<O>>,
    /// How many artefacts were scored.
    pub queries: u64,
}

impl Search {
    /// Searches for the cheapest change of one artefact that is flagged. `go_on` is asked between queries; the answer that is
    /// known when it says no is returned.
    pub fn run<A>(
        &self,
        artefact: &A,
        space: &Space<'_, A>,
        oracle: &mut dyn Oracle<A>,
        go_on: &dyn Fn() -> bool,
    ) -> Found<A::Owned>
    where
        A: ?Sized + ToOwned,
        A::Owned: Clone,
    {
        let mut asked = Asked::new(self, artefact, space, oracle, go_on);
        match self.knowledge {
            Knowledge::Nothing => random::search(&mut asked),
            Knowledge::Verdicts => boundary::search(&mut asked),
            Knowledge::Scores | Knowledge::Model => greedy::search(&mut asked),
        }
        asked.found()
    }
}
