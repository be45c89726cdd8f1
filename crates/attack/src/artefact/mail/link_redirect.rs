//! The address behind a link leads through a redirector or a shortener.

use ringtrue_core::random::Random;

use super::links;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::ACQUIRE;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "link-redirector",
        meaning: "leads its links through a redirector or a shortener",
        minutes: minutes::REDIRECT,
        verified: Verified::Assumed,
        needs: "a host with an open redirect, or a shortener that takes the link",
        taxonomy: ACQUIRE,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    links::changed(post, material, random, |declaration| {
        matches!(declaration.name, "redirector" | "shortener")
    })
}
