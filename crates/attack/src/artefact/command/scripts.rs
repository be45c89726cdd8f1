//! Harmless statements within the code that an interpreter is given: a text that nobody uses, a module that nobody needs.

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::{Form, Line, Place, Word};
use super::payload::inert;
use super::programs::name_of;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static SCRIPTS: Trick = Trick {
    declaration: &Declaration {
        name: "idle-code",
        meaning: "puts a text or a module that nobody uses into the code given to Python or Perl",
        minutes: minutes::WRITTEN,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

/// A language of code in an argument.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Perl,
}

/// Statements of Python that fill a line of their own.
const COMPOUND: &[&str] = &[
    "async ", "class ", "def ", "for ", "if ", "try", "while ", "with ", "@",
];

fn change(text: &str, material: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let (word, language) = one_of(code(&line), random)?;
    let code = line.letters(word).strip_prefix('\'')?.strip_suffix('\'')?;
    if code.contains("__future__") || code.starts_with([' ', '\t', '\n']) {
        return None;
    }
    let payload = inert(material, random)?;
    let idle = match (language, random.below(3)) {
        (Language::Python, 0) => "import sys".to_owned(),
        (Language::Python, 1) => "import os.path,time".to_owned(),
        (Language::Python, _) => format!("_n=\"{payload}\""),
        (Language::Perl, 0) => "use Carp ()".to_owned(),
        (Language::Perl, 1) => "use POSIX ()".to_owned(),
        (Language::Perl, _) => format!("my $_n=q^{}^", payload.replace('^', " ")),
    };
    let is_compound =
        language == Language::Python && COMPOUND.iter().any(|start| code.starts_with(start));
    let separator = if is_compound { "\n" } else { "" };
    line.with(word.at.clone(), &format!("'{idle};{separator}{code}'"))
}

/// Returns the words that are code in one pair of single quotes.
fn code<'a>(line: &'a Line<'_>) -> impl Iterator<Item = (&'a Word, Language)> {
    line.rewritable().filter_map(|statement| {
        let (language, flag) = match name_of(line.program(statement)?) {
            "python" | "python2" | "python3" => (Language::Python, "-c"),
            "perl" => (Language::Perl, "-e"),
            _ => return None,
        };
        let arguments: Vec<&Word> = statement
            .words
            .iter()
            .filter(|word| word.place == Place::Argument)
            .collect();
        let place = arguments
            .iter()
            .position(|word| line.letters(word) == flag)?;
        let code = *arguments.get(place + 1)?;
        (code.form == Form::Quoted).then_some((code, language))
    })
}
