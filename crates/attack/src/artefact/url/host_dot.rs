//! A dot behind the host: the same name for resolvers, another origin for browsers.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "host-trailing-dot",
        meaning: "writes a dot behind the host",
        minutes: minutes::SCRIPTED,
        verified: Verified::Assumed,
        needs: "a server that answers to the name with its dot",
        taxonomy: CRAFT,
    },
    change,
};

fn change(web: &Web<'_>, _: &Material, _: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    if !web.is_named() || draft.host.ends_with('.') {
        return None;
    }
    draft.host.push('.');
    Some(draft)
}
