//! Characters without width within words.

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
        name: "word-zero-width",
        meaning: "puts characters without width into words",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

const SIGNS: &[char] = &['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let sign = random.pick(SIGNS)?.to_string();
    words::split(post, |_| true, &sign, random)
}
