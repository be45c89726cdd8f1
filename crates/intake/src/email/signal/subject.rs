//! Subject: the first thing that a person reads.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag, share};
use crate::email::lexicon::Topics;
use crate::email::mail::Mail;

pub(in crate::email) const THEME: Theme = Theme {
    name: "subject",
    together: &["words", "lookalike"],
    privacy: Privacy::Derived,
    cost_minutes: 0.1,
    signals: &[
        Signal::bytes("subject_length", "of the length of the subject", |facts| {
            facts.mail.subject.len() as f32
        }),
        Signal::count(
            "subject_words",
            "of the number of words in the subject",
            |facts| facts.subject.words,
        ),
        Signal::share(
            "subject_capitals",
            "of the share of capitals among the subject's letters",
            |facts| share(facts.subject.capitals, facts.subject.letters),
        ),
        Signal::share(
            "subject_digits",
            "of the share of digits in the subject",
            |facts| share(facts.subject.digits, facts.mail.subject.len() as f32),
        ),
        Signal::count(
            "subject_exclamations",
            "the subject shouts (`!`)",
            |facts| facts.subject.exclamations,
        ),
        Signal::count(
            "subject_money",
            "the subject shows signs of money",
            |facts| facts.subject.money,
        ),
        Signal::share(
            "subject_non_ascii",
            "of the share of the subject beyond plain Latin letters",
            |facts| share(facts.subject.non_ascii, facts.mail.subject.len() as f32),
        ),
        Signal::flag(
            "subject_reply",
            "the subject says that it is an answer or was forwarded",
            |facts| flag(facts.subject.reply),
        ),
        Signal::flag(
            "subject_false_reply",
            "the subject says that it is an answer, but the message refers to none",
            |facts| {
                let referred = facts.mail.head.first("references").is_some()
                    || facts.mail.head.first("in-reply-to").is_some();
                flag(facts.subject.reply && !referred)
            },
        ),
        Signal::bytes(
            "subject_gap",
            "of the longest gap of blanks in the subject",
            |facts| facts.subject.gap,
        ),
        Signal::flag(
            "subject_odd_tail",
            "the subject ends in a word of letters and digits without sense",
            |facts| flag(facts.subject.odd_tail),
        ),
        Signal::count(
            "subject_topics",
            "of how many kinds of lures stand in the subject",
            |facts| facts.subject.topics,
        ),
        Signal::flag(
            "subject_list_mark",
            "the subject opens with a mark in brackets, as lists write it",
            |facts| flag(facts.subject.list_mark),
        ),
    ],
};

/// What the subject looks like.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::email) struct Reading {
    words: f32,
    letters: f32,
    capitals: f32,
    digits: f32,
    exclamations: f32,
    money: f32,
    non_ascii: f32,
    gap: f32,
    topics: f32,
    reply: bool,
    odd_tail: bool,
    list_mark: bool,
}

/// Openings of subjects of answers and forwarded messages in several languages.
const REPLIES: &[&str] = &[
    "re:", "re[", "fw:", "fwd:", "aw:", "wg:", "sv:", "vs:", "tr:", "rv:", "odp:",
];

impl Reading {
    pub(in crate::email) fn read(mail: &Mail) -> Self {
        let subject = mail.subject.as_str();
        let mut reading = Self::default();
        let mut gap = 0.0_f32;
        for letter in subject.chars() {
            reading.see(letter);
            gap = if letter == ' ' { gap + 1.0 } else { 0.0 };
            reading.gap = reading.gap.max(gap);
        }
        let lower = subject.to_lowercase();
        let behind_mark = match lower
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
        {
            Some((_, rest)) => {
                reading.list_mark = true;
                rest.trim_start()
            }
            None => lower.as_str(),
        };
        reading.reply = REPLIES
            .iter()
            .any(|opening| lower.starts_with(opening) || behind_mark.starts_with(opening));
        reading.list_mark |=
            reading.reply && lower.get(..8).is_some_and(|start| start.contains('['));
        reading.words = lower.split_whitespace().count() as f32;
        reading.odd_tail =
            reading.words > 1.0 && lower.split_whitespace().next_back().is_some_and(is_odd);
        reading.topics = Topics::count(subject).kinds();
        reading
    }

    fn see(&mut self, letter: char) {
        match letter {
            '!' => self.exclamations += 1.0,
            '$' | '€' | '£' | '%' | '¥' => self.money += 1.0,
            '0'..='9' => self.digits += 1.0,
            _ => {}
        }
        if letter.is_alphabetic() {
            self.letters += 1.0;
            self.capitals += flag(letter.is_uppercase());
        }
        if !letter.is_ascii() {
            self.non_ascii += letter.len_utf8() as f32;
        }
    }
}

/// Returns whether a word is one of those that bulk mailers add to make each message different.
fn is_odd(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_lowercase).count();
    let mixed = digits >= 2 && letters >= 2;
    let likely = crate::url::randomness::likelihood(word, 6);
    word.is_ascii() && word.len() >= 5 && (mixed || likely < -6.5)
}
