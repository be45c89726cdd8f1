//! A plain text as a page that shows the same.

use super::body::repacked;
use super::page;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::random::one_of;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;
use ringtrue_core::random::Random;
use ringtrue_intake::email::Encoding;
use ringtrue_intake::email::layout::{Part, PartKind};

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "text-to-page",
        meaning: "writes a plain text as a page",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let is_plain = |part: &Part| part.kind == PartKind::Text && part.encoding != Encoding::Unknown;
    let plain = post.texts().filter(|(part, _)| is_plain(part));
    let (part, body) = one_of(plain, random)?;
    let body = body.filter(|body| !body.is_page)?;
    let lines = page::escape(&body.text).replace('\n', "<br>\n");
    let text = format!("<html><body>{lines}</body></html>");
    let mut part = part.clone();
    part.kind = PartKind::Page;
    "html".clone_into(&mut part.subtype);
    let encoding = match part.encoding {
        Encoding::Plain if !text.is_ascii() => Encoding::QuotedPrintable,
        packed => packed,
    };
    repacked(
        &post.raw,
        &part,
        text.as_bytes(),
        "utf-8",
        encoding,
        post.feed,
    )
}
