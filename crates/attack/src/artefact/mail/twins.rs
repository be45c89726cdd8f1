//! Letters of words as letters of other scripts that look the same.

use ringtrue_core::random::Random;

use super::parts::{MailAttack, Post};
use super::reads::Reads;
use super::words;
use crate::artefact::minutes;
use crate::artefact::twin::twin_of;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "homoglyphs",
        meaning: "writes letters of words as look-alikes of other scripts",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    words::spell(
        post,
        |_| true,
        random,
        |letter, random, out| out.push(twin_of(letter, random).unwrap_or(letter)),
    )
}
