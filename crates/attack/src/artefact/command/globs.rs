//! Patterns that only one path matches: `/bin/cat` as `/b[i]n/c[a]t`.
//!
//! A pattern with `?` may match other files too, as `/bin/c?t` does `cut`. One with a single letter in brackets matches
//! that letter alone; where there is no such file, the word stays as it is, and is not found either.

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::{Line, Statement};
use super::paths::{full_path, has_path};
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static GLOBS: Trick = Trick {
    declaration: &Declaration {
        name: "globs",
        meaning: "names a program by a pattern that its path alone matches",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

/// Marks of settings under which patterns are read otherwise.
const SETTINGS: &[&str] = &["set -", "GLOBIGNORE", "shopt", "PATH="];

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line =
        Line::read(text).filter(|_| !SETTINGS.iter().any(|setting| text.contains(setting)))?;
    let words = line.rewritable().filter_map(Statement::word_of_program);
    let word = one_of(words.filter(|word| has_path(line.letters(word))), random)?;
    let path = full_path(line.letters(word), random)?;
    let letters = path
        .char_indices()
        .filter(|(_, letter)| letter.is_ascii_alphanumeric());
    let (hidden, letter) = one_of(letters, random)?;
    let mut pattern = path.clone();
    pattern.replace_range(hidden..=hidden, &format!("[{letter}]"));
    line.with(word.at.clone(), &pattern)
}
