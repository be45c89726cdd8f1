//! A text in another character set that has all its letters.

use ringtrue_core::random::Random;

use super::body::repacked;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::random::one_of;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "charset",
        meaning: "writes a text in another character set",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

/// Sets in which plain letters have their usual bytes.
const LIKE_ASCII: &[&str] = &[
    "us-ascii",
    "utf-8",
    "iso-8859-1",
    "iso-8859-15",
    "windows-1251",
    "windows-1252",
    "koi8-r",
];

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let (part, body) = one_of(post.bodies(), random)?;
    let text = &body.text;
    let (charset, bytes) = if text.is_ascii() {
        let others = LIKE_ASCII
            .iter()
            .filter(|name| !part.charset.eq_ignore_ascii_case(name));
        (*one_of(others, random)?, text.clone().into_bytes())
    } else if part.charset.eq_ignore_ascii_case("utf-8") {
        let latin = text.chars().map(|letter| u8::try_from(letter).ok());
        // Windows has other letters where this set has controls.
        let is_control = |byte: &u8| (0x80..0xa0).contains(byte);
        let bytes = latin.collect::<Option<Vec<u8>>>()?;
        (!bytes.iter().any(is_control)).then_some(("iso-8859-1", bytes))?
    } else {
        ("utf-8", text.clone().into_bytes())
    };
    repacked(&post.raw, part, &bytes, charset, part.encoding, post.feed)
}
