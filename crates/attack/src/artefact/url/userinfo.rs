//! The name of a benign host where a user's name stands, in front of an `@`.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "userinfo-benign",
        meaning: "writes a benign host where the user's name stands, or takes the user away",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    draft.userinfo = if !draft.userinfo.is_empty() && random.chance(0.5) {
        String::new()
    } else {
        borrow::host(material, random)?
    };
    Some(draft)
}
