//! Other paths to the same file: `cat`, `/bin/cat`, `/usr/./bin//cat`.

use ringtrue_core::random::Random;

use super::super::{
    minutes,
    random::{between, one_of},
};
use super::line::{Form, Line, Word};
use super::programs::{is_path_blind, is_standard};
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static PATHS: Trick = Trick {
    declaration: &Declaration {
        name: "paths",
        meaning: "names a program or file by another path that leads to it",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text).filter(|_| !text.contains("PATH="))?;
    let word = one_of(candidates(&line), random)?;
    let path = detour(&full_path(line.letters(word), random)?, random);
    line.with(word.at.clone(), &path)
}

/// Returns plain words that name a program with a known place, or a file to a program that does not tell by which path.
fn candidates<'a>(line: &'a Line<'_>) -> impl Iterator<Item = &'a Word> {
    line.rewritable().flat_map(move |statement| {
        let program = line.program(statement).unwrap_or("");
        let named = statement.word_of_program().into_iter();
        let files = statement.arguments().filter(move |word| {
            let letters = line.letters(word);
            is_path_blind(program) && letters.starts_with('/') && !letters.starts_with("/dev/")
        });
        let words = named.chain(files).filter(|word| word.form == Form::Plain);
        words.filter(|word| has_path(line.letters(word)))
    })
}

/// Returns whether a word is an absolute path, or a program with a known one.
pub(super) fn has_path(letters: &str) -> bool {
    letters.starts_with('/') || is_standard(letters)
}

/// Returns an absolute path: the word itself, or where a program of that name stands.
pub(super) fn full_path(letters: &str, random: &mut Random) -> Option<String> {
    if letters.starts_with('/') {
        return Some(letters.to_owned());
    }
    let folder = random.pick(&["/bin/", "/usr/bin/"])?;
    is_standard(letters).then(|| format!("{folder}{letters}"))
}

/// Writes more slashes and dots at some of the slashes.
fn detour(path: &str, random: &mut Random) -> String {
    let slashes = path.matches('/').count();
    let chosen = between(0, slashes, random);
    let mut written = String::with_capacity(path.len() + 8);
    for (place, part) in path.split('/').enumerate() {
        if place > 0 {
            written.push('/');
        }
        if place > 0 && place == chosen {
            written.push_str(if random.chance(0.5) { "./" } else { "/" });
        }
        written.push_str(part);
    }
    written
}
