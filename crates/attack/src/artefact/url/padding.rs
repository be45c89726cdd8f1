//! A long run of benign words where no page looks at it: a parameter, or the fragment.

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
        name: "padding",
        meaning: "adds a long run of benign words",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

/// Words of a run.
const WORDS_MIN: usize = 8;
const WORDS_MAX: usize = 64;

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    let words = borrow::words(between(WORDS_MIN, WORDS_MAX, random), material, random)?;
    if random.chance(0.5) {
        draft.fragment = words;
    } else {
        let mut parameters = draft.parameters();
        parameters.push(format!("{}={words}", borrow::word(material, random)?));
        draft.query = parameters.join("&");
    }
    Some(draft)
}
