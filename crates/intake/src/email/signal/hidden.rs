//! Hidden: text that people do not see, and letters that programs read otherwise than people.

use ringtrue_core::signal::Privacy;

use super::html::of_page;
use super::{Signal, Theme, share};
use crate::email::mail::Mail;

pub(in crate::email) const THEME: Theme = Theme {
    name: "hidden",
    together: &["html", "language"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::count("hidden_elements", "parts of the page are hidden", |facts| {
            of_page(facts, |page| page.hidden_elements)
        }),
        Signal::share(
            "hidden_share",
            "of the share of the page's text that nobody sees",
            |facts| {
                let page = &facts.mail.page;
                let unseen = page
                    .hidden_bytes
                    .max(page.tiny_bytes)
                    .max(page.same_colour_bytes);
                let shown = facts.mail.body.len().saturating_sub(facts.mail.pages_start) as f32;
                if page.bytes > 0.0 {
                    share(unseen, shown + unseen)
                } else {
                    f32::NAN
                }
            },
        ),
        Signal::bytes(
            "tiny_text",
            "of how much text is too small to read",
            |facts| of_page(facts, |page| page.tiny_bytes),
        ),
        Signal::bytes(
            "same_colour_text",
            "of how much text has the colour of what is behind it",
            |facts| of_page(facts, |page| page.same_colour_bytes),
        ),
        Signal::count(
            "comments",
            "of the number of comments in the page",
            |facts| of_page(facts, |page| page.comments),
        ),
        Signal::count("split_words", "comments stand inside words", |facts| {
            of_page(facts, |page| page.split_words)
        }),
        Signal::count(
            "letter_references",
            "plain letters are written as numbers",
            |facts| of_page(facts, |page| page.letter_references),
        ),
        Signal::count(
            "invisible_letters",
            "the text holds letters that nobody sees",
            |facts| facts.mail.invisible,
        ),
        Signal::count(
            "direction_marks",
            "the text holds marks that change its direction",
            |facts| facts.mail.direction_marks,
        ),
        Signal::share(
            "alternatives_overlap",
            "of how many words of the plain text stand in the page too",
            |facts| overlap(facts.mail),
        )
        .costs(2.0),
        Signal::share(
            "plain_share",
            "of the plain text's share of all text",
            |facts| {
                let mail = facts.mail;
                if mail.page.bytes > 0.0 {
                    share(mail.pages_start as f32, mail.body.len() as f32)
                } else {
                    f32::NAN
                }
            },
        ),
    ],
};

/// Words of each side that are compared.
const WORDS_MAX: usize = 400;

/// Returns the share of the words of the plain text that the page shows too; NaN unless both have words.
fn overlap(mail: &Mail) -> f32 {
    if mail.structure.html_parts < 1.0 || mail.structure.plain_parts < 1.0 {
        return f32::NAN;
    }
    let (plain, pages) = mail
        .body
        .split_at_checked(mail.pages_start)
        .unwrap_or(("", ""));
    let plain = word_hashes(plain);
    let pages = word_hashes(pages);
    let shared = plain
        .iter()
        .filter(|word| pages.binary_search(word).is_ok())
        .count();
    if pages.is_empty() {
        return f32::NAN;
    }
    share(shared as f32, plain.len() as f32)
}

fn word_hashes(text: &str) -> Vec<u32> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let long = words.filter(|word| word.len() > 2).take(WORDS_MAX);
    let mut hashes: Vec<u32> = long.map(crate::text::hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}
