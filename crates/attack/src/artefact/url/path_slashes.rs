//! Slashes of the path are doubled, which most servers read as one.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web, insert_at_slash, slashes};
use crate::artefact::minutes;
use crate::artefact::random::between;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "path-double-slashes",
        meaning: "doubles slashes of the path",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "a server that reads them as one",
        taxonomy: CRAFT,
    },
    change,
};

fn change(web: &Web<'_>, _: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    let slash = between(0, slashes(&draft.path).checked_sub(1)?, random);
    draft.path = insert_at_slash(&draft.path, slash, "/");
    Some(draft)
}
