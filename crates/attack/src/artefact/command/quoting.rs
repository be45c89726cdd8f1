//! Quotes and escapes within a word: `wget`, `w''get`, `w\get`, `"wg"et`.

use ringtrue_core::random::Random;

use super::super::{
    minutes,
    random::{between, one_of},
};
use super::line::Line;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static QUOTING: Trick = Trick {
    declaration: &Declaration {
        name: "quoting",
        meaning: "puts quotes or escapes into a word, which the shell takes out again",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let word = one_of(line.plain_words().filter(|word| word.at.len() > 1), random)?;
    let letters = line.letters(word);
    let (head, tail) = letters.split_at_checked(between(1, letters.len() - 1, random))?;
    let written = match random.below(6) {
        0 => format!("{head}''{tail}"),
        1 => format!("{head}\"\"{tail}"),
        2 => format!("{head}\\{tail}"),
        3 => format!("'{head}'{tail}"),
        4 => format!("{head}\"{tail}\""),
        _ => format!("\"{letters}\""),
    };
    line.with(word.at.clone(), &written)
}
