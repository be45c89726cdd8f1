//! `Re:` or `Fwd:` in front of the subject.

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
        name: "subject-answer",
        meaning: "writes a sign of an answer in front of its subject",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::More,
    change,
};

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let before = post.mail.subject();
    if before.starts_with("Re:") || before.starts_with("Fwd:") {
        return None;
    }
    let mark = random.pick(&["Re:", "Fwd:", "Re: Re:"])?;
    post.with_value(
        "Subject",
        &subject::written(&format!("{mark} {before}"), post.feed),
    )
}
