//! Empty elements and comments within the words of a page.

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
        name: "word-tags",
        meaning: "puts empty elements or comments into words",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

const PIECES: &[&str] = &[
    "<!-- -->",
    "<b></b>",
    "<i></i>",
    "<span></span>",
    "<font></font>",
    "<wbr>",
];

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let piece = random.pick(PIECES)?;
    words::split(post, |body| body.is_page, piece, random)
}
