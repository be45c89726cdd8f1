//! The port that the scheme has anyway, written or left out.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "default-port",
        meaning: "writes the port that the scheme has anyway, or leaves it out",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

fn change(web: &Web<'_>, _: &Material, _: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    let own = if web.parts.scheme() == "https" {
        "443"
    } else {
        "80"
    };
    match draft.port.as_str() {
        "" => own.clone_into(&mut draft.port),
        port if port == own => draft.port.clear(),
        _ => return None,
    }
    Some(draft)
}
