//! The boundary of the parts as another program writes it.

use ringtrue_core::random::Random;

use super::mime;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "mime-boundary",
        meaning: "writes the boundary as another program does",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let before = &post.top()?.boundary;
    let after = mime::boundary(random);
    let value = post.value("Content-Type").filter(|_| !before.is_empty())?;
    if mime::holds(&post.raw, &after) {
        return None;
    }
    // The old one may be written without quotes, which the new one may need.
    let (quoted, bare) = (format!("\"{before}\""), format!("={before}"));
    let value = if value.contains(&quoted) {
        value.replacen(&quoted, &format!("\"{after}\""), 1)
    } else {
        value
            .contains(&bare)
            .then(|| value.replacen(&bare, &format!("=\"{after}\""), 1))?
    };
    let content = post.raw.get(post.top()?.content..)?;
    let content = mime::with_boundary(content, before, &after);
    let head = post.with_value("Content-Type", &value)?;
    let end = head
        .len()
        .checked_sub(post.raw.get(post.top()?.content..)?.len())?;
    Some([head.get(..end)?, &content].concat())
}
