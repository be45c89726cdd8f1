//! A benign paragraph as a comment of the page.

use ringtrue_core::random::Random;

use super::borrow;
use super::page;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "hidden-comment",
        meaning: "adds benign text as a comment of the page",
        minutes: minutes::WRITTEN,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let paragraph = borrow::paragraph(material, random).replace("--", "-");
    let piece = format!("<!-- {paragraph} -->");
    page::with_piece(post, &piece, random)
}
