//! Headers of an answer in a conversation.

use ringtrue_core::random::Random;

use super::borrow;
use super::parts::{MailAttack, Post};
use super::reads::Reads;
use crate::artefact::minutes;
use crate::artefact::random::between;
use crate::artefact::{Declaration, Material, Verified};
use crate::threat::CRAFT;

/// This attack, among the others.
pub(super) const ATTACK: MailAttack = MailAttack {
    declaration: &Declaration {
        name: "header-thread",
        meaning: "names mails that it pretends to answer",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: super::SENDS,
        taxonomy: CRAFT,
    },
    reads: Reads::Same,
    change,
};

/// Mails of a conversation at most.
const ANSWERED_MAX: usize = 4;

fn change(post: &Post, material: &Material, random: &mut Random) -> Option<Vec<u8>> {
    if post.field("In-Reply-To").is_some() {
        return None;
    }
    let host = borrow::host(material, random);
    let count = between(1, ANSWERED_MAX, random);
    let answered = (0..count).map(|_| format!("<{:x}@mail.{host}>", random.next()));
    let answered: Vec<String> = answered.collect();
    let (last, feed) = (answered.last()?, post.feed);
    let fold = format!("{feed}\t");
    let references = answered.join(&fold);
    post.with_lines_behind(
        &["Message-ID", "Subject"],
        &format!("In-Reply-To: {last}{feed}References: {references}{feed}"),
    )
}
