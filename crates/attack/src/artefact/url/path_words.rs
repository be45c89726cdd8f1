//! Benign segments are put into the path, so that it is deeper and speaks of something else.

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
        name: "path-words",
        meaning: "puts segments of benign paths into its own",
        minutes: minutes::OWN_PAGE,
        verified: Verified::Parse,
        needs: "a page under that path of the host",
        taxonomy: CRAFT,
    },
    change,
};

/// Segments that are put in at most.
const SEGMENTS_MAX: usize = 3;

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    if web.is_strangers() {
        return None;
    }
    let mut draft = web.draft();
    for _ in 0..between(1, SEGMENTS_MAX, random) {
        let slash = between(0, slashes(&draft.path), random);
        let segment = format!("/{}", borrow::segment(material, random)?);
        draft.path = insert_at_slash(&draft.path, slash, &segment);
    }
    Some(draft)
}
