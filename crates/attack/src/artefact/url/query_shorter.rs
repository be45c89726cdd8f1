//! Parameters are taken out of the query: one of them, or all.

use ringtrue_core::random::Random;

use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::random::between;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "query-removed",
        meaning: "takes parameters out of the query",
        minutes: minutes::OWN_PAGE,
        verified: Verified::Parse,
        needs: "a page that does without the parameters",
        taxonomy: CRAFT,
    },
    change,
};

fn change(web: &Web<'_>, _: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    let mut parameters = draft.parameters();
    if web.is_strangers() || parameters.is_empty() {
        return None;
    }
    if random.chance(0.5) {
        parameters.clear();
    } else {
        parameters.remove(between(0, parameters.len() - 1, random));
    }
    draft.query = parameters.join("&");
    Some(draft)
}
