//! The address behind a link of a page, spelt as the attacks on URLs do that keep where it leads.

use ringtrue_core::random::Random;

use super::links;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "link-spelling",
        meaning: "spells the address behind a link in another way",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    links::changed(post, material, random, |declaration| {
        declaration.verified == Verified::Parse && declaration.needs.is_empty()
    })
}
