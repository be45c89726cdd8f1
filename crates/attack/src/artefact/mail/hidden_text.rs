//! A benign paragraph that a page does not show: not drawn, without size, in the colour of the page.

use ringtrue_core::random::Random;

use super::borrow;
use super::page;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "hidden-text",
        meaning: "adds benign text that the page does not show",
        minutes: minutes::WRITTEN,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

/// Ways to hide an element.
const STYLES: &[&str] = &[
    "display:none",
    "visibility:hidden",
    "font-size:0",
    "color:#ffffff;background-color:#ffffff",
    "display:none;mso-hide:all;max-height:0;overflow:hidden",
    "opacity:0",
];

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let paragraph = page::escape(&borrow::paragraph(material, random));
    let style = random.pick(STYLES)?;
    let element = random.pick(&["div", "span"])?;
    let piece = format!("<{element} style=\"{style}\">{paragraph}</{element}>");
    page::with_piece(post, &piece, random)
}
