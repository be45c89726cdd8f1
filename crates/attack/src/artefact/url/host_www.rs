//! The `www` in front of the host comes or goes.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "host-www",
        meaning: "adds `www` in front of its host, or takes it away",
        minutes: minutes::OWN_NAME,
        verified: Verified::Assumed,
        needs: "the name server of the domain",
        taxonomy: ACQUIRE,
    },
    change,
};

fn change(web: &Web<'_>, _: &Material, _: &mut Random) -> Option<Draft> {
    if !web.has_own_names() {
        return None;
    }
    let mut draft = web.draft();
    draft.host = match web.parts.host().strip_prefix("www.") {
        Some(bare) if !web.parts.subdomain().is_empty() => bare.to_owned(),
        _ => format!("www.{}", draft.host),
    };
    Some(draft)
}
