//! What a link of a page shows, as other words.

use ringtrue_core::random::Random;

use super::body::rewrite;
use super::links;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::random::one_of;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "link-text",
        meaning: "shows other words in place of a link's address",
        minutes: minutes::WRITTEN,
        verified: Verified::Assumed,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Subject,
    change,
};

const TEXTS: &[&str] = &[
    "Details",
    "Read more",
    "View online",
    "here",
    "our web site",
    "the report",
];

fn change(post: &Post, _: &Material, random: &mut Random) -> Option<Vec<u8>> {
    let text = random.pick(TEXTS)?;
    rewrite(post, |body| {
        let shown = links::shown(&body.text).into_iter().filter(|range| {
            let shown = body.text.get(range.clone()).unwrap_or("");
            body.is_page && !shown.trim().is_empty() && !shown.contains('<')
        });
        let range = one_of(shown, random)?;
        let (before, after) = (body.text.get(..range.start)?, body.text.get(range.end..)?);
        Some([before, text, after].concat())
    })
}
