//! Attacks on mails: one file each, and what they share.
//!
//! ```text
//!   raw ─► Post (places of headers and parts) ─► one attack writes other bytes ─► raw, read again ─► the same text?
//!                   Material ─► borrow (words, subjects, headers) ──▲
//! ```
//!
//! An attack that a parser can prove right gives nothing that a person would read otherwise; the others say what is assumed.
//! Nothing is sent, and no signature is made: who sends a mail signs what it has become.

mod add_part;
mod body;
mod borrow;
mod boundary;
mod charset;
mod drop_header;
mod good_words;
mod hidden_comment;
mod hidden_text;
mod link_redirect;
mod link_spelling;
mod link_text;
mod links;
mod list;
mod mailer;
mod message_id;
mod mime;
mod page;
mod parts;
mod reads;
mod received;
mod references;
mod reorder;
mod split_hyphens;
mod split_tags;
mod split_zero_width;
mod subject;
mod subject_answer;
mod subject_coded;
mod subject_words;
mod thread;
mod to_page;
mod transfer;
mod twins;
mod words;
mod wrap;

use std::sync::Arc;

use ringtrue_core::Limits;

use super::Attack;

pub use parts::Post;

/// What an attacker needs to change a mail, so that its signature (DKIM) is that of the changed one.
const SENDS: &str = "mail that they send themselves, signed after the change";

static ALL: &[&dyn Attack<Arc<Post>>] = &[
    &add_part::ATTACK,
    &boundary::ATTACK,
    &charset::ATTACK,
    &drop_header::ATTACK,
    &good_words::ATTACK,
    &hidden_comment::ATTACK,
    &hidden_text::ATTACK,
    &link_redirect::ATTACK,
    &link_spelling::ATTACK,
    &link_text::ATTACK,
    &list::ATTACK,
    &mailer::ATTACK,
    &message_id::ATTACK,
    &received::ATTACK,
    &references::ATTACK,
    &reorder::ATTACK,
    &split_hyphens::ATTACK,
    &split_tags::ATTACK,
    &split_zero_width::ATTACK,
    &subject_answer::ATTACK,
    &subject_coded::ATTACK,
    &subject_words::ATTACK,
    &thread::ATTACK,
    &to_page::ATTACK,
    &transfer::ATTACK,
    &twins::ATTACK,
    &wrap::ATTACK,
];

/// Returns the attacks on mails, in the order of their files.
#[must_use]
pub fn all() -> &'static [&'static dyn Attack<Arc<Post>>] {
    ALL
}

/// Returns a mail with a paragraph behind every text that a person reads; `None` if there is none, or it cannot be read.
#[must_use]
pub fn with_paragraph(raw: &[u8], paragraph: &str) -> Option<Vec<u8>> {
    let post = Post::read(raw.to_vec(), &Limits::default())?;
    body::with_paragraph(&post, paragraph)
}

#[cfg(test)]
mod tests;
