//! The subject as an encoded word (RFC 2047), which readers show as its letters.

use ringtrue_core::random::Random;

use super::parts::{MailAttack, Post};
use super::reads::Reads;
use super::subject;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "subject-coded",
        meaning: "writes its subject as an encoded word",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, _: &Material, _: &mut Random) -> Option<Vec<u8>> {
    let before = post.mail.subject();
    if before.is_empty() {
        return None;
    }
    post.with_value("Subject", &subject::coded(before, post.feed))
}
