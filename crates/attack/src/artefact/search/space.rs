//! What may be done to an artefact, chains of it, and the account of what was asked.

use std::borrow::{Borrow, ToOwned};

use ringtrue_core::random::{Random, mix};

use super::{Found, Search};
use crate::artefact::{Attack, Material, Verified};

/// Sums of minutes are told in such parts: tenths do not sum exactly, and equal costs must be equal.
const PARTS_OF_MINUTE: f64 = 1e6;

/// Something that tells how malicious a detector finds artefacts: the detector behind intake.
pub trait Oracle<A: ?Sized + ToOwned> {
    /// Returns a margin for each, in order.
    fn margins(&mut self, artefacts: &[A::Owned]) -> Vec<f64>;
}

/// One change: an attack of the space, by its place, and the seed of its draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The attack's place among those of the space.
    pub attack: usize,
    /// What its draws start from.
    pub seed: u64,
}

/// Changes, one after the other.
pub type Chain = Vec<Step>;

/// What may be done to artefacts.
pub struct Space<'a, A: ?Sized + ToOwned> {
    /// The attacks.
    pub attacks: &'a [&'a dyn Attack<A>],
    /// What they borrow from.
    pub material: &'a Material,
    /// Bytes beyond which no artefact is made longer.
    pub bytes_max: usize,
    /// Returns how many bytes an artefact has.
    pub bytes: fn(&A) -> usize,
}

/// A changed artefact that was scored as allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<O> {
    /// The changes, in order.
    pub chain: Chain,
    /// What came of them.
    pub artefact: O,
    /// Minutes of the attacker's work, of all changes together.
    pub minutes: f64,
    /// How sure it is that it still does its work: as its least sure change.
    pub verified: Verified,
    /// The margin that it was scored with.
    pub margin: f64,
}

impl<A: ?Sized + ToOwned> Space<'_, A> {
    /// Returns an artefact after one change, `None` where the change cannot be made or makes it too long.
    #[must_use]
    pub fn step(&self, artefact: &A, step: Step) -> Option<A::Owned> {
        let attack = self.attacks.get(step.attack)?;
        let changed = attack.change(artefact, self.material, &mut Random::new(step.seed))?;
        ((self.bytes)(changed.borrow()) <= self.bytes_max).then_some(changed)
    }

    /// Returns an artefact after all changes of a chain, `None` if one cannot be made or there is none.
    #[must_use]
    pub fn replay(&self, artefact: &A, chain: &[Step]) -> Option<A::Owned> {
        let (first, rest) = chain.split_first()?;
        let changed = self.step(artefact, *first)?;
        rest.iter()
            .try_fold(changed, |changed, step| self.step(changed.borrow(), *step))
    }

    /// Returns the minutes that a chain takes.
    #[must_use]
    pub fn minutes(&self, chain: &[Step]) -> f64 {
        let each = chain
            .iter()
            .filter_map(|step| self.attacks.get(step.attack));
        let sum: f64 = each.map(|attack| attack.declaration().minutes).sum();
        (sum * PARTS_OF_MINUTE).round() / PARTS_OF_MINUTE
    }

    /// Returns how sure it is that what a chain makes still does its work.
    #[must_use]
    pub fn verified(&self, chain: &[Step]) -> Verified {
        let each = chain
            .iter()
            .filter_map(|step| self.attacks.get(step.attack));
        let each = each.map(|attack| attack.declaration().verified);
        each.max().unwrap_or(Verified::Execution)
    }

    /// Returns the names of a chain's attacks.
    #[must_use]
    pub fn names(&self, chain: &[Step]) -> Vec<&'static str> {
        let each = chain
            .iter()
            .filter_map(|step| self.attacks.get(step.attack));
        each.map(|attack| attack.declaration().name).collect()
    }
}

/// A chain with what it makes, not yet asked about.
pub(super) struct Candidate<O> {
    pub(super) chain: Chain,
    pub(super) artefact: O,
}

/// A search under way: the account of its queries, and the cheapest that was allowed so far.
pub(super) struct Asked<'a, A: ?Sized + ToOwned> {
    pub(super) search: &'a Search,
    pub(super) original: &'a A,
    pub(super) space: &'a Space<'a, A>,
    oracle: &'a mut dyn Oracle<A>,
    go_on: &'a dyn Fn() -> bool,
    pub(super) random: Random,
    best: Option<Answer<A::Owned>>,
    queries: u64,
}

impl<'a, A> Asked<'a, A>
where
    A: ?Sized + ToOwned,
    A::Owned: Clone,
{
    pub(super) fn new(
        search: &'a Search,
        original: &'a A,
        space: &'a Space<'a, A>,
        oracle: &'a mut dyn Oracle<A>,
        go_on: &'a dyn Fn() -> bool,
    ) -> Self {
        Self {
            search,
            original,
            space,
            oracle,
            go_on,
            random: Random::new(mix(search.seed)),
            best: None,
            queries: 0,
        }
    }

    pub(super) fn found(self) -> Found<A::Owned> {
        Found {
            answer: self.best,
            queries: self.queries,
        }
    }

    /// Returns how many more artefacts may be scored; none once somebody asked for an end.
    pub(super) fn left(&self) -> u64 {
        if (self.go_on)() {
            self.search.queries.saturating_sub(self.queries)
        } else {
            0
        }
    }

    /// Returns the cheapest chain that was allowed so far.
    pub(super) fn best(&self) -> Option<&Answer<A::Owned>> {
        self.best.as_ref()
    }

    /// Returns whether a chain would be cheaper than the cheapest that is known.
    pub(super) fn is_cheaper(&self, chain: &[Step]) -> bool {
        let minutes = self.space.minutes(chain);
        self.best.as_ref().is_none_or(|best| minutes < best.minutes)
    }

    /// Returns any attack with any seed.
    pub(super) fn draw(&mut self) -> Step {
        let attack = self.random.below(self.space.attacks.len() as u64);
        Step {
            attack: usize::try_from(attack).unwrap_or(0),
            seed: self.random.next(),
        }
    }

    /// Has candidates scored, as many as may be, and keeps the cheapest that is allowed. Returns the margins of those.
    pub(super) fn ask(&mut self, candidates: &[Candidate<A::Owned>]) -> Vec<f64> {
        let most = usize::try_from(self.left())
            .unwrap_or(usize::MAX)
            .min(candidates.len());
        let candidates = candidates.get(..most).unwrap_or(&[]);
        if candidates.is_empty() {
            return Vec::new();
        }
        let artefacts: Vec<A::Owned> = candidates.iter().map(|one| one.artefact.clone()).collect();
        let margins = self.oracle.margins(&artefacts);
        self.queries += most as u64;
        for (candidate, margin) in candidates.iter().zip(&margins) {
            if *margin <= self.search.allowed && self.is_cheaper(&candidate.chain) {
                self.best = Some(Answer {
                    chain: candidate.chain.clone(),
                    artefact: candidate.artefact.clone(),
                    minutes: self.space.minutes(&candidate.chain),
                    verified: self.space.verified(&candidate.chain),
                    margin: *margin,
                });
            }
        }
        margins
    }

    /// Returns whether a margin is that of an event that is let through.
    pub(super) fn is_allowed(&self, margin: f64) -> bool {
        margin <= self.search.allowed
    }
}
