//! One of the headers that programs for bulk mail add, taken out.

use ringtrue_core::random::Random;

use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::random::one_of;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "header-removed",
        meaning: "takes a header out that bulk mail has",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

/// Headers that a sender adds, that no reader shows and no server asks for.
const NAMES: &[&str] = &[
    "Errors-To",
    "Importance",
    "Organization",
    "Precedence",
    "Priority",
    "Return-Receipt-To",
    "Sensitivity",
    "User-Agent",
    "X-Accept-Language",
    "X-Antiabuse",
    "X-Campaign",
    "X-Encoding",
    "X-Mailer",
    "X-MIMEOLE",
    "X-MSMail-Priority",
    "X-Originating-IP",
    "X-PHP-Originating-Script",
    "X-PHP-Script",
    "X-Priority",
    "X-Sender",
    "X-Source",
    "X-X-Sender",
];

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let found = post
        .fields
        .iter()
        .filter(|field| NAMES.iter().any(|name| post.is_called(field, name)));
    let field = one_of(found, random)?;
    post.spliced(&(field.name.start..field.value.end), b"")
}
