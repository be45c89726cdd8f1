//! A domain of the attacker's own, made of benign words and labels, under another suffix.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "host-new-domain",
        meaning: "moves to a new domain of benign words",
        minutes: minutes::OWN_DOMAIN,
        verified: Verified::Assumed,
        needs: "a domain of their own, with the page on it",
        taxonomy: ACQUIRE,
    },
    change,
};

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    // A benign label as it is belongs to somebody, unless under another suffix.
    let label = borrow::name(material, random)?;
    let suffix = borrow::suffix(material, random)?;
    let subdomain = web.parts.subdomain();
    draft.host = if subdomain.is_empty() || !web.is_named() || random.chance(0.5) {
        format!("{label}.{suffix}")
    } else {
        format!("{subdomain}.{label}.{suffix}")
    };
    draft.userinfo.clear();
    // A server of their own listens on the port that the scheme has anyway.
    draft.port.clear();
    Some(draft)
}
