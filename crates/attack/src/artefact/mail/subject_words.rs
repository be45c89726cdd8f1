//! Another subject: that of a benign mail, or its words around the own ones.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use super::subject;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "subject-words",
        meaning: "takes the subject of a benign mail, or its words",
        minutes: minutes::WRITTEN,
        verified: Verified::Assumed,
        needs: "a text that goes with the subject; mail that they send themselves, signed after the change",
        taxonomy: CRAFT,
    },
    reads: Reads::Body,
    change,
};

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let benign = borrow::subject(material, random);
    let before = post.mail.subject();
    let after = match random.below(3) {
        0 => benign,
        1 => format!("{before} - {benign}"),
        _ => format!("{benign}: {before}"),
    };
    post.with_value("Subject", &subject::written(&after, post.feed))
}
