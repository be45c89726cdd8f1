//! What every attack on artefacts has in common: its declaration, and one change at a time.

use std::borrow::ToOwned;

use ringtrue_core::random::Random;
use serde::Serialize;

use super::material::Material;

/// How it is known that a changed artefact still does what the first one did.
///
/// Ordered from the surest on, so that a chain of changes is as sure as the greatest of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verified {
    /// Changed harmless artefacts were run and did the same.
    Execution,
    /// A parser that follows the standard reads the same from both.
    Parse,
    /// Nobody checked.
    Assumed,
}

impl Verified {
    /// Returns how it is said in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Execution => "verified by execution",
            Self::Parse => "verified by parsing",
            Self::Assumed => "assumed to do its work",
        }
    }
}

/// What an attack is, for those who read about it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Declaration {
    /// Its one name: lower case, words joined by hyphens.
    pub name: &'static str,
    /// What it does, in an analyst's words, as a fragment.
    pub meaning: &'static str,
    /// Minutes of the attacker's work that one change takes, an artefact, with the tools they have. Above 0.
    pub minutes: f64,
    /// How it is known that the artefact still does its work.
    pub verified: Verified,
    /// What else the attacker must have for it (a host, a mailbox), as a fragment; empty for nothing.
    pub needs: &'static str,
    /// What the taxonomies call it.
    pub taxonomy: &'static str,
}

/// A way of changing artefacts of one kind: `str` for URLs and commands, [`Post`](super::mail::Post) for mails.
pub trait Attack<A: ?Sized + ToOwned>: Sync {
    /// Returns what it is.
    fn declaration(&self) -> &'static Declaration;

    /// Returns the artefact after one change, `None` where there is nothing that it could change. The change is one of
    /// several that it could make, drawn by `random`: the same seed gives the same change.
    ///
    /// Its time and the growth of the artefact are bounded by the size of the artefact and of the material's pieces.
    fn change(&self, artefact: &A, material: &Material, random: &mut Random) -> Option<A::Owned>;
}
