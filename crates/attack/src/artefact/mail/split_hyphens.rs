//! Soft hyphens within words, which are shown at the end of a line only.

use ringtrue_core::random::Random;

use super::parts::{MailAttack, Post};
use super::reads::Reads;
use super::words;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "word-soft-hyphens",
        meaning: "puts soft hyphens into words",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let in_page = random.chance(0.5);
    if in_page {
        words::split(post, |body| body.is_page, "&#173;", random)
    } else {
        words::split(post, |_| true, "\u{ad}", random)
    }
}
