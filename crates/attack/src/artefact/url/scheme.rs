//! The page over `https` in place of `http`, or the other way.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "scheme-other",
        meaning: "serves the page over the other scheme",
        minutes: minutes::CERTIFICATE,
        verified: Verified::Assumed,
        needs: "a certificate for the host",
        taxonomy: ACQUIRE,
    },
    change,
};

fn change(web: &Web<'_>, _: &Material, _: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    // A server listens for one scheme only on a port of its own.
    if !matches!(draft.port.as_str(), "" | "80" | "443") {
        return None;
    }
    draft.port.clear();
    let other = if web.parts.scheme() == "https" {
        "http"
    } else {
        "https"
    };
    other.clone_into(&mut draft.scheme);
    Some(draft)
}
