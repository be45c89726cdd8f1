//! A benign brand, word or whole host in front of the attacker's own host.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "host-benign-subdomain",
        meaning: "puts a benign brand, word or host in front of its own host",
        minutes: minutes::OWN_NAME,
        verified: Verified::Assumed,
        needs: "the name server of the domain",
        taxonomy: ACQUIRE,
    },
    change,
};

/// Bytes of a host name (RFC 1035).
const HOST_BYTES_MAX: usize = 253;

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    if !web.has_own_names() {
        return None;
    }
    let name = if random.chance(0.25) {
        borrow::host(material, random)?
    } else {
        borrow::name(material, random)?
    };
    let mut draft = web.draft();
    draft.host = format!("{name}.{}", draft.host);
    (draft.host.len() <= HOST_BYTES_MAX).then_some(draft)
}
