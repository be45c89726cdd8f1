//! The name of the program that wrote the mail, as honest people's programs tell it.

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
        name: "header-mailer",
        meaning: "names another program as its writer",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

/// Programs that people write mail with, and the header that each tells its name in.
const MAILERS: &[(&str, &str)] = &[
    ("X-Mailer", "Apple Mail (2.3654.120.0.1.13)"),
    ("X-Mailer", "Microsoft Outlook 16.0"),
    ("X-Mailer", "Evolution 3.44.4-0ubuntu2"),
    ("X-Mailer", "iPhone Mail (20F75)"),
    ("User-Agent", "Mozilla Thunderbird"),
    ("User-Agent", "Mutt/2.2.9 (2022-11-12)"),
    ("User-Agent", "KMail/1.4.3"),
];

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let (name, known) = *random.pick(MAILERS)?;
    let borrowed = if random.chance(0.5) {
        borrow::value(name, material, random)
    } else {
        None
    };
    post.with_value(name, &borrowed.unwrap_or_else(|| known.to_owned()))
}
