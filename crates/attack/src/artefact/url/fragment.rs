//! A fragment of benign words, in place of the one that was there; servers never see it.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::random::between;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "fragment-words",
        meaning: "writes benign words behind a `#`, or takes the fragment away",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

/// Words of a fragment at most.
const WORDS_MAX: usize = 4;

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    draft.fragment = if !draft.fragment.is_empty() && random.chance(0.5) {
        String::new()
    } else {
        borrow::words(between(1, WORDS_MAX, random), material, random)?
    };
    Some(draft)
}
