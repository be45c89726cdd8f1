//! A paragraph of a benign mail behind the text, for everybody to see.

use ringtrue_core::random::Random;

use super::body::with_paragraph;
use super::borrow;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "good-words",
        meaning: "adds a benign paragraph behind its text",
        minutes: minutes::WRITTEN,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::More,
    change,
};

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let paragraph = borrow::paragraph(material, random);
    with_paragraph(post, &paragraph)
}
