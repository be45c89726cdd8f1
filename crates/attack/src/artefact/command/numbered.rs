//! Letters by their numbers, in quotes that read them: `cat`, `$'\x63at'`.

use std::fmt::Write as _;

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::{Form, Line};
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static NUMBERED: Trick = Trick {
    declaration: &Declaration {
        name: "numbered-letters",
        meaning: "writes letters of a word by their numbers, in `$'..'`",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let word = one_of(line.words().filter(|word| word.form != Form::Other), random)?;
    let letters = line.letters(word).trim_matches('\'');
    let share = 0.1 + 0.9 * random.unit();
    line.with(word.at.clone(), &numbered(letters, share, random))
}

/// Writes letters in `$'..'`, so many of them by their numbers.
pub(super) fn numbered(letters: &str, share: f64, random: &mut Random) -> String {
    let mut written = "$'".to_owned();
    let base = random.below(3);
    for letter in letters.chars() {
        let number = u32::from(letter);
        let is_hidden = letter.is_ascii_graphic() && random.chance(share);
        // Writing into a string does not fail.
        let _done = match (is_hidden, base) {
            (true, 0) => write!(written, "\\x{number:02x}"),
            (true, 1) => write!(written, "\\{number:03o}"),
            (true, _) => write!(written, "\\u{number:04x}"),
            (false, _) if matches!(letter, '\'' | '\\') => write!(written, "\\{letter}"),
            (false, _) => write!(written, "{letter}"),
        };
    }
    written.push('\'');
    written
}
