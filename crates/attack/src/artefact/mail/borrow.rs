//! Pieces of benign mails: words, paragraphs, subjects, header values, hosts.
//!
//! They come from the material, read as intake reads mails (a piece without headers is all text); where it has none that fits,
//! from a few sentences that stand in mails everywhere. A piece is one line of printable letters, and short.

use ringtrue_core::Limits;
use ringtrue_core::random::Random;
use ringtrue_intake::email::Mail;

use super::parts::fields;
use crate::artefact::Material;
use crate::artefact::material::Taken;
use crate::artefact::random::{between, one_of};

/// Benign mails that are looked at for one piece.
const PICKS: usize = 3;
/// Bytes of a benign mail that are read.
const READ_BYTES_MAX: usize = 16 << 10;
/// Letters of a word that is taken.
const WORD_BYTES_MAX: usize = 24;
/// Bytes of a value that is taken.
const VALUE_BYTES_MAX: usize = 120;
/// Words of a paragraph.
const PARAGRAPH_WORDS_MIN: usize = 20;
const PARAGRAPH_WORDS_MAX: usize = 160;
/// Words of a paragraph, of a benign mail that has fewer.
const PARAGRAPH_WORDS_LEAST: usize = 5;

const PARAGRAPHS: &[&str] = &[
    "Thanks for sending the minutes of the meeting, I read them on the train this morning and have only two remarks on the \
     second page, which we can talk about on Thursday when everybody is back in the office.",
    "The patch looks fine to me, but could you add a test for the case where the list is empty and say in the message why the \
     old way was kept? I will merge it as soon as the build is through.",
    "We are planning the summer fair of the school again and still look for parents who can help with the tables on Saturday \
     morning; please tell us by the end of next week whether you can come.",
];
const SUBJECTS: &[&str] = &[
    "minutes of the meeting",
    "patch for the parser, second version",
    "question about the last release",
    "summer fair on Saturday",
];
const HOSTS: &[&str] = &[
    "gmail.com",
    "googlegroups.com",
    "lists.debian.org",
    "lists.sourceforge.net",
    "outlook.com",
];

/// Returns some lines' worth of text as one line.
pub(super) fn paragraph(material: &Material, random: &mut Random) -> String {
    for _ in 0..PICKS {
        let Some(taken) = material.pick_taken(random, take) else {
            break;
        };
        let words: Vec<&str> = taken.body.split_whitespace().collect();
        if words.len() < PARAGRAPH_WORDS_LEAST {
            continue;
        }
        let count = between(PARAGRAPH_WORDS_MIN, PARAGRAPH_WORDS_MAX, random).min(words.len());
        let start = between(0, words.len() - count, random);
        return words
            .iter()
            .skip(start)
            .take(count)
            .copied()
            .collect::<Vec<_>>()
            .join(" ");
    }
    random
        .pick(PARAGRAPHS)
        .copied()
        .unwrap_or_default()
        .to_owned()
}

/// Returns a subject.
pub(super) fn subject(material: &Material, random: &mut Random) -> String {
    for _ in 0..PICKS {
        let Some(taken) = material.pick_taken(random, take) else {
            break;
        };
        if (1..=VALUE_BYTES_MAX).contains(&taken.subject.len()) {
            return taken.subject.clone();
        }
    }
    random
        .pick(SUBJECTS)
        .copied()
        .unwrap_or_default()
        .to_owned()
}

/// Returns the host of a benign sender.
pub(super) fn host(material: &Material, random: &mut Random) -> String {
    for _ in 0..PICKS {
        let Some(value) = value("From", material, random) else {
            break;
        };
        if let Some(host) = host_of(&value) {
            return host.to_owned();
        }
    }
    random.pick(HOSTS).copied().unwrap_or_default().to_owned()
}

/// Returns the value of a header of a benign mail, as it was written; `None` where that mail has none, or one of many lines.
pub(super) fn value(name: &str, material: &Material, random: &mut Random) -> Option<String> {
    let raw = start(material.pick(random)?).as_bytes();
    let fields = fields(raw, 0..head_end(raw));
    let named = fields.iter().filter(|field| {
        let found = raw.get(field.name.clone());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    });
    let value = raw.get(one_of(named, random)?.value.clone())?;
    let value = std::str::from_utf8(value).ok()?.trim();
    let is_plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (is_plain && (1..=VALUE_BYTES_MAX).contains(&value.len())).then(|| value.to_owned())
}

/// Returns the host behind the first `@` of an address.
pub(super) fn host_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once('@')?;
    let end =
        rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-')));
    let host = rest.get(..end.unwrap_or(rest.len()))?;
    (host.contains('.') && !host.starts_with('.')).then_some(host)
}

/// Returns the words of a benign mail that can stand in any text.
fn take(text: &str) -> Taken {
    let (mail, _) = Mail::parse(start(text).as_bytes(), &Limits::default());
    let words = |text: &str| {
        let words = text.split_whitespace().filter(|word| is_word(word));
        words.collect::<Vec<_>>().join(" ")
    };
    Taken {
        subject: words(mail.subject()),
        body: words(mail.body()),
    }
}

/// Returns the start of a benign mail.
fn start(text: &str) -> &str {
    let end = text.floor_char_boundary(READ_BYTES_MAX);
    text.get(..end).unwrap_or("")
}

/// Returns where the first empty line of a mail starts.
fn head_end(raw: &[u8]) -> usize {
    let mut end = 0;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        end += line.len();
    }
    end
}

/// Returns whether a word can stand in any text: no markup, no link, no address.
fn is_word(word: &str) -> bool {
    let is_plain = |letter: char| !letter.is_control() && !"<>&=/@\\_|*#~^{}[]".contains(letter);
    word.len() <= WORD_BYTES_MAX
        && word.chars().all(is_plain)
        && word.chars().any(char::is_alphanumeric)
}
