//! Segments that browsers drop: `/.` and a word with the way back, `/news/..`.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web, insert_at_slash, slashes};
use crate::artefact::minutes;
use crate::artefact::random::between;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "path-dot-segments",
        meaning: "puts segments into the path that browsers take out again",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

/// Places where segments are put in at most.
const PLACES_MAX: usize = 3;

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    for _ in 0..between(1, PLACES_MAX, random) {
        // In front of a slash: behind the last one the segment would change what the path names.
        let slash = between(0, slashes(&draft.path).checked_sub(1)?, random);
        let piece = match random.below(2) {
            0 => "/.".to_owned(),
            _ => format!("/{}/..", borrow::word(material, random)?),
        };
        draft.path = insert_at_slash(&draft.path, slash, &piece);
    }
    Some(draft)
}
