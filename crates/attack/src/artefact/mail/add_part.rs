//! A benign text in front of the content, as another form of it: programs show the last one that they can.

use ringtrue_core::random::Random;

use super::borrow;
use super::mime;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "mime-added-part",
        meaning: "adds a benign text as an alternative that programs do not show",
        minutes: minutes::WRITTEN,
        verified: Verified::Assumed,
        needs: "a reader that shows the last alternative; mail that they send themselves, signed after the change",
        taxonomy: CRAFT,
    },
    reads: Reads::More,
    change,
};

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let paragraph = borrow::paragraph(material, random);
    mime::wrapped(post, "alternative", Some(&paragraph), random)
}
