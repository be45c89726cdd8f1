//! Another name below the attacker's own domain: a plain one, that of a benign host, or none.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "host-other-name",
        meaning: "uses another name below its own domain",
        minutes: minutes::OWN_NAME,
        verified: Verified::Assumed,
        needs: "the name server of the domain",
        taxonomy: ACQUIRE,
    },
    change,
};

/// What sites call their hosts.
const NAMES: &[&str] = &["blog", "docs", "help", "mail", "news", "shop", "support"];

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    if !web.has_own_names() {
        return None;
    }
    let domain = web.parts.registrable_domain();
    let mut draft = web.draft();
    draft.host = match random.below(3) {
        0 => domain.to_owned(),
        1 => format!("{}.{domain}", random.pick(NAMES)?),
        _ => format!("{}.{domain}", borrow::subdomain(material, random)?),
    };
    Some(draft)
}
