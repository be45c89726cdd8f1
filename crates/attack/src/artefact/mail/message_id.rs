//! The name of the message as honest people's programs make it.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "header-message-id",
        meaning: "names the message as another program does",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let host = borrow::host_of(post.mail.sender_address())?;
    let [first, second] = [random.next(), random.next()];
    let name = match random.below(4) {
        0 => format!(
            "<{:08X}-{:04X}-4{:03X}-{:04X}-{:012X}@{host}>",
            first >> 32,
            first & 0xffff,
            second & 0xfff,
            (second >> 16) & 0xffff,
            second >> 16
        ),
        1 => format!("<CA+{first:016x}{second:016x}@mail.{host}>"),
        2 => format!("<{}.{}@{host}>", first % 100_000_000, second % 10_000_000),
        _ => format!(
            "<20{:012}.GA{}@{host}>",
            first % 1_000_000_000_000,
            second % 100_000
        ),
    };
    post.with_value("Message-ID", &name)
}
