//! A text packed another way: as it is, quoted-printable, base64.

use super::body::repacked;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::random::one_of;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;
use ringtrue_core::random::Random;
use ringtrue_intake::email::Encoding;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "transfer-encoding",
        meaning: "packs a text another way",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

const ENCODINGS: &[Encoding] = &[Encoding::Plain, Encoding::QuotedPrintable, Encoding::Base64];

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let others = ENCODINGS.iter().copied();
    let encoding = one_of(others, random)?;
    let parts = post.bodies().filter(|(part, _)| part.encoding != encoding);
    let (part, body) = one_of(parts, random)?;
    repacked(
        &post.raw,
        part,
        body.text.as_bytes(),
        "utf-8",
        encoding,
        post.feed,
    )
}
