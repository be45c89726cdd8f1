//! The path becomes short: none, its last segment, or one that a benign URL has.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "path-shorter",
        meaning: "serves the page under a short path",
        minutes: minutes::OWN_PAGE,
        verified: Verified::Parse,
        needs: "a page under that path of the host",
        taxonomy: CRAFT,
    },
    change,
};

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    if web.is_strangers() {
        return None;
    }
    let mut draft = web.draft();
    let last = draft.path.rsplit('/').find(|segment| !segment.is_empty());
    let path = match random.below(3) {
        0 => "/".to_owned(),
        1 => format!("/{}", last?),
        _ => format!("/{}", borrow::segment(material, random)?),
    };
    let is_shorter = path.len() < draft.path.len();
    draft.path = path;
    is_shorter.then_some(draft)
}
