//! Parameters of benign URLs join the query; pages leave out what they do not know.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use crate::artefact::minutes;
use crate::artefact::random::between;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "query-benign",
        meaning: "adds parameters of benign URLs",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: CRAFT,
    },
    change,
};

/// Parameters that are added at most.
const PARAMETERS_MAX: usize = 3;

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    let mut draft = web.draft();
    let mut parameters = draft.parameters();
    for _ in 0..between(1, PARAMETERS_MAX, random) {
        let place = between(0, parameters.len(), random);
        parameters.insert(place, borrow::parameter(material, random)?);
    }
    draft.query = parameters.join("&");
    Some(draft)
}
