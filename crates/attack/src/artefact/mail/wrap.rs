//! The whole content as the one part of a multipart.

use ringtrue_core::random::Random;

use super::mime;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "mime-wrap",
        meaning: "puts the content into a multipart of one part",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

const SUBTYPES: &[&str] = &["alternative", "mixed", "related"];

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let subtype = random.pick(SUBTYPES)?;
    mime::wrapped(post, subtype, None, random)
}
