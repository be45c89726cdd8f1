//! A site with a provider of free pages, under a name of benign words.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{Draft, UrlAttack, Web};
use super::stranger::FREE_HOSTS;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: UrlAttack = UrlAttack {
    declaration: &Declaration {
        name: "host-free-page",
        meaning: "moves to a free page under a name of benign words",
        minutes: minutes::FREE_PAGE,
        verified: Verified::Assumed,
        needs: "an account with a provider of free pages",
        taxonomy: ACQUIRE,
    },
    change,
};

fn change(web: &Web<'_>, material: &Material, random: &mut Random) -> Option<Draft> {
    let provider = random.pick(FREE_HOSTS)?;
    let name = borrow::name(material, random)?;
    let mut draft = web.draft();
    draft.move_to("https", format!("{name}.{provider}"));
    Some(draft)
}
