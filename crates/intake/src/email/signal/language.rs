//! Language: how much text there is, how it is written and in which language.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag, share};
use crate::email::lexicon::Tongues;
use crate::email::mail::Mail;
use crate::url::script::mixes_scripts;

pub(in crate::email) const THEME: Theme = Theme {
    name: "language",
    together: &["words", "hidden"],
    privacy: Privacy::Derived,
    cost_minutes: 1.0,
    signals: &[
        Signal::bytes("text_length", "of how much text there is", |facts| {
            facts.text.bytes
        }),
        Signal::count("text_words", "of the number of words", |facts| {
            facts.text.tongues.words
        }),
        Signal::count("mean_word", "of the mean length of the words", |facts| {
            share(facts.text.word_bytes, facts.text.tongues.words)
        }),
        Signal::count("longest_word", "of the longest word", |facts| {
            facts.text.longest_word
        }),
        Signal::share(
            "capital_share",
            "of the share of capitals among the letters",
            |facts| share(facts.text.capitals, facts.text.letters),
        ),
        Signal::share(
            "shouted_words",
            "of the share of words all in capitals",
            |facts| share(facts.text.shouted, facts.text.tongues.words),
        ),
        Signal::share(
            "digit_share",
            "of the share of digits in the text",
            |facts| share(facts.text.digits, facts.text.bytes),
        ),
        Signal::share(
            "non_ascii_share",
            "of the share of the text beyond plain Latin letters",
            |facts| share(facts.text.non_ascii, facts.text.bytes),
        ),
        Signal::share(
            "exclamation_share",
            "of how often the text shouts (`!`)",
            |facts| share(facts.text.exclamations, facts.text.bytes),
        ),
        Signal::count(
            "money_signs",
            "of how often signs of money stand in the text",
            |facts| facts.text.money,
        ),
        Signal::share(
            "quoted_lines",
            "of the share of lines quoted from another message",
            |facts| share(facts.text.quoted_lines, facts.text.lines),
        ),
        Signal::count("longest_line", "of the longest line of the text", |facts| {
            facts.text.longest_line
        }),
        Signal::share(
            "stop_words",
            "of the share of short words that every text of a language has",
            |facts| share(facts.text.tongues.stops, facts.text.tongues.words),
        ),
        Signal::share(
            "english_words",
            "of the share of short English words",
            |facts| share(facts.text.tongues.english(), facts.text.tongues.words),
        ),
        Signal::category(
            "language",
            "of the language that it seems to be in",
            |facts| {
                let (best, count) = facts.text.tongues.best();
                if count > 0.0 { best as f32 } else { f32::NAN }
            },
        ),
        Signal::count(
            "mixed_script_words",
            "words mix letters of several scripts",
            |facts| facts.text.mixed_words,
        )
        .costs(0.1),
    ],
};

/// Counts over the text that a person reads.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::email) struct Reading {
    bytes: f32,
    tongues: Tongues,
    word_bytes: f32,
    longest_word: f32,
    letters: f32,
    capitals: f32,
    shouted: f32,
    digits: f32,
    non_ascii: f32,
    exclamations: f32,
    money: f32,
    lines: f32,
    quoted_lines: f32,
    longest_line: f32,
    mixed_words: f32,
}

impl Reading {
    pub(in crate::email) fn read(mail: &Mail) -> Self {
        let mut reading = Self {
            bytes: mail.body.len() as f32,
            ..Self::default()
        };
        for line in mail.body.lines() {
            reading.lines += 1.0;
            reading.quoted_lines += flag(line.starts_with(['>', '|']));
            reading.longest_line = reading.longest_line.max(line.len() as f32);
            reading.see_line(line.as_bytes());
        }
        reading
    }

    fn see_line(&mut self, line: &[u8]) {
        let mut start = 0_usize;
        let mut word = Word::default();
        for (place, byte) in line.iter().copied().chain([b' ']).enumerate() {
            match byte {
                b'a'..=b'z' => word.lower += 1.0,
                b'A'..=b'Z' => word.upper += 1.0,
                0x80.. => word.foreign += 1.0,
                b'0'..=b'9' => word.digits += 1.0,
                _ => {
                    if place > start {
                        let letters = line.get(start..place).unwrap_or(&[]);
                        self.see_word(letters, &word);
                        word = Word::default();
                    }
                    start = place.saturating_add(1);
                    self.exclamations += flag(byte == b'!');
                    self.money += flag(byte == b'$');
                }
            }
        }
    }

    fn see_word(&mut self, letters: &[u8], word: &Word) {
        self.tongues.see(letters);
        let bytes = letters.len() as f32;
        self.word_bytes += bytes;
        self.longest_word = self.longest_word.max(bytes);
        self.letters += word.lower + word.upper;
        self.capitals += word.upper;
        self.digits += word.digits;
        self.non_ascii += word.foreign;
        let shouts = word.lower < 1.0 && word.foreign < 1.0 && word.upper > 3.0;
        self.shouted += flag(shouts);
        if word.foreign > 0.0
            && let Ok(text) = std::str::from_utf8(letters)
        {
            self.mixed_words += flag(mixes_scripts(text));
            self.money += flag(text.contains(['€', '£', '¥']));
        }
    }
}

/// Letters of one word by kind.
#[derive(Clone, Copy, Default)]
struct Word {
    lower: f32,
    upper: f32,
    digits: f32,
    foreign: f32,
}
