//! Letters of a page as references by their number, `&#97;`.

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
        name: "letter-references",
        meaning: "writes letters of the page as references",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let in_hex = random.chance(0.5);
    let write = |letter: char, _: &mut Random, out: &mut String| {
        let code = u32::from(letter);
        let reference = if in_hex {
            format!("&#x{code:x};")
        } else {
            format!("&#{code};")
        };
        out.push_str(&reference);
    };
    words::spell(post, |body| body.is_page, random, write)
}
