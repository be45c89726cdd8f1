//! What is asked about: labelled events, and those of them that somebody decided on.

use ringtrue_core::Label;
use ringtrue_core::random::mix;
use ringtrue_model::Examples;

use crate::events::Events;

/// How sure a label is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certainty {
    /// It may be wrong.
    #[default]
    Doubtful,
    /// People confirmed it: it is never suspected, and others are measured by it.
    Certain,
}

/// Labelled events; lists have one entry for each.
#[derive(Clone, Copy)]
pub struct Suspects<'a> {
    /// The events.
    pub events: Events<'a>,
    /// What each event is called; those that nobody decided on are left out.
    pub labels: &'a [Label],
    /// How sure each label is.
    pub certainty: &'a [Certainty],
}

/// The events that somebody decided on, by case: their number among those.
pub(super) struct Cases<'a> {
    pub(super) of: Suspects<'a>,
    /// The position of each case.
    pub(super) positions: Vec<u32>,
    /// Whether each case is called malicious.
    pub(super) called: Vec<bool>,
    /// Whether each position is called malicious.
    malicious: Vec<bool>,
    weight: Vec<f32>,
    seed: u64,
}

impl<'a> Cases<'a> {
    /// Picks the events that somebody decided on; `None` if the lists differ in length.
    pub(super) fn new(of: Suspects<'a>, seed: u64) -> Option<Self> {
        let count = of.labels.len();
        if !of.events.are(count) || of.certainty.len() != count {
            return None;
        }
        let all = (0_u32..).zip(of.labels);
        let positions: Vec<u32> = all
            .filter(|(_, label)| **label != Label::Unsure)
            .map(|(position, _)| position)
            .collect();
        let malicious: Vec<bool> = of.labels.iter().map(|it| *it == Label::Malicious).collect();
        Some(Self {
            called: positions.iter().map(|at| malicious[*at as usize]).collect(),
            positions,
            weight: vec![1.0; malicious.len()],
            malicious,
            of,
            seed,
        })
    }

    /// Returns the number of cases.
    pub(super) fn len(&self) -> usize {
        self.positions.len()
    }

    /// Returns how many cases are called benign, and malicious.
    pub(super) fn counts(&self) -> [usize; 2] {
        let malicious = self.called.iter().filter(|called| **called).count();
        [self.len() - malicious, malicious]
    }

    /// Returns each case's value in a list by position.
    pub(super) fn each<T: Copy>(&self, list: &[T]) -> Vec<T> {
        self.positions.iter().map(|at| list[*at as usize]).collect()
    }

    /// Returns the distinct buckets of a case's tokens.
    pub(super) fn buckets<'b>(&'b self, case: u32, scratch: &'b mut Vec<u32>) -> &'b [u32] {
        let position = self.positions[case as usize] as usize;
        self.of.events.tokens.get(position, scratch)
    }

    /// Returns the events as training reads them, by position.
    pub(super) fn examples(&self) -> Examples<'_> {
        Examples {
            rows: self.of.events.rows,
            tokens: self.of.events.tokens,
            malicious: &self.malicious,
            weight: &self.weight,
            entity: self.of.events.entity,
        }
    }

    /// Returns a number that scatters what is drawn for a purpose.
    pub(super) const fn salt(&self, purpose: u64) -> u64 {
        mix(self.seed ^ mix(purpose))
    }

    /// Draws at most `most` of `members`, in their order.
    pub(super) fn draw(&self, mut members: Vec<u32>, most: usize, purpose: u64) -> Vec<u32> {
        if members.len() > most {
            let salt = self.salt(purpose);
            members.sort_by_cached_key(|member| (mix(salt ^ u64::from(*member)), *member));
            members.truncate(most);
            members.sort_unstable();
        }
        members
    }
}
