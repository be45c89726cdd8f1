//! The parts of the message in another order.

use ringtrue_core::random::Random;

use super::mime;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::random::between;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "mime-order",
        meaning: "puts the parts into another order",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let parts = mime::top_parts(post)?;
    let first = between(0, parts.len().checked_sub(2)?, random);
    let (one, next) = (parts.get(first)?, parts.get(first + 1)?);
    // Both start at a boundary line, so that each takes its own along.
    let (left, right) = (post.raw.get(one.clone())?, post.raw.get(next.clone())?);
    let swapped = [right, left].concat();
    post.spliced(&(one.start..next.end), &swapped)
}
