//! Options written otherwise: short or long, apart or together, in another order, or one more that changes nothing.

use std::ops::Range;

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::{Form, Line, Statement, Word};
use super::programs::name_of;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static FLAGS: Trick = Trick {
    declaration: &Declaration {
        name: "flags",
        meaning: "writes options in their other form or order, or adds one that changes nothing",
        minutes: minutes::SCRIPTED,
        verified: Verified::Execution,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change,
};

/// A program's options without values: letters, each with its long name where there is one, and words that change
/// nothing that is printed on standard output.
struct Options {
    program: &'static str,
    letters: &'static [(char, &'static str)],
    idle: &'static [&'static str],
}

const fn options(
    program: &'static str,
    letters: &'static [(char, &'static str)],
    idle: &'static [&'static str],
) -> Options {
    Options {
        program,
        letters,
        idle,
    }
}

/// From the programs' manuals (GNU coreutils 9, grep 3, wget 1.21, curl 7.88).
const TABLE: &[Options] = &[
    options(
        "base64",
        &[('d', "--decode"), ('i', "--ignore-garbage")],
        &[],
    ),
    options("bash", &[], &["+x", "+v"]),
    options(
        "cat",
        &[
            ('n', "--number"),
            ('b', "--number-nonblank"),
            ('s', "--squeeze-blank"),
            ('E', "--show-ends"),
        ],
        &["-u"],
    ),
    options("chmod", &[('R', "--recursive"), ('f', "--silent")], &[]),
    options(
        "cp",
        &[('r', "--recursive"), ('f', "--force"), ('p', "")],
        &[],
    ),
    options(
        "curl",
        &[
            ('s', "--silent"),
            ('k', "--insecure"),
            ('L', "--location"),
            ('f', "--fail"),
            ('O', "--remote-name"),
        ],
        &["-N"],
    ),
    options("cut", &[('s', "--only-delimited")], &[]),
    options(
        "grep",
        &[
            ('i', "--ignore-case"),
            ('v', "--invert-match"),
            ('c', "--count"),
            ('n', "--line-number"),
            ('q', "--quiet"),
            ('w', "--word-regexp"),
            ('o', "--only-matching"),
            ('E', "--extended-regexp"),
            ('s', "--no-messages"),
        ],
        &["--color=never"],
    ),
    options(
        "ls",
        &[('a', "--all"), ('r', "--reverse"), ('l', ""), ('t', "")],
        &["--color=never"],
    ),
    options("mkdir", &[('p', "--parents")], &[]),
    options("nc", &[('n', ""), ('u', ""), ('l', "")], &["-v"]),
    options("php", &[], &["-q"]),
    options(
        "python3",
        &[('B', ""), ('s', ""), ('u', "")],
        &["-B", "-s", "-b"],
    ),
    options("rm", &[('r', "--recursive"), ('f', "--force")], &[]),
    options("ruby", &[], &["-W0"]),
    options(
        "sed",
        &[
            ('n', "--quiet"),
            ('E', "--regexp-extended"),
            ('u', "--unbuffered"),
        ],
        &["-u"],
    ),
    options(
        "sort",
        &[
            ('n', "--numeric-sort"),
            ('r', "--reverse"),
            ('u', "--unique"),
            ('f', "--ignore-case"),
            ('b', "--ignore-leading-blanks"),
        ],
        &[],
    ),
    options(
        "tr",
        &[
            ('d', "--delete"),
            ('s', "--squeeze-repeats"),
            ('c', "--complement"),
        ],
        &[],
    ),
    options(
        "uniq",
        &[
            ('c', "--count"),
            ('d', "--repeated"),
            ('u', "--unique"),
            ('i', "--ignore-case"),
        ],
        &[],
    ),
    options(
        "wc",
        &[
            ('l', "--lines"),
            ('w', "--words"),
            ('c', "--bytes"),
            ('m', "--chars"),
        ],
        &[],
    ),
    options(
        "wget",
        &[('q', "--quiet"), ('c', "--continue")],
        &["--no-cookies"],
    ),
];

fn change(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let line = Line::read(text)?;
    let known = line.rewritable().filter_map(|statement| {
        let name = name_of(line.program(statement)?);
        Some((
            statement,
            TABLE.iter().find(|options| options.program == name)?,
        ))
    });
    let (statement, options) = one_of(known, random)?;
    let first = random.below(3);
    (first..first + 3).find_map(|way| match way % 3 {
        0 => rewritten(&line, statement, options, random),
        1 => swapped(&line, statement, options, random),
        _ => added(&line, statement, options, random),
    })
}

/// Returns the letters of a word that is nothing but known options without values.
fn letters(line: &Line<'_>, word: &Word, options: &Options) -> Option<Vec<char>> {
    let letters = line.letters(word);
    if let Some((letter, _)) = options
        .letters
        .iter()
        .find(|(_, long)| !long.is_empty() && *long == letters)
    {
        return Some(vec![*letter]);
    }
    let letters: Vec<char> = letters
        .strip_prefix('-')
        .filter(|_| word.form == Form::Plain)?
        .chars()
        .collect();
    let is_known = |letter: &char| options.letters.iter().any(|(known, _)| known == letter);
    (!letters.is_empty() && letters.iter().all(is_known)).then_some(letters)
}

/// Returns the options at the head of a statement's arguments, before any other word.
fn head<'a>(
    line: &Line<'_>,
    statement: &'a Statement,
    options: &Options,
) -> Vec<(&'a Word, Vec<char>)> {
    let arguments = statement.arguments();
    arguments
        .map_while(|word| Some((word, letters(line, word, options)?)))
        .collect()
}

fn rewritten(
    line: &Line<'_>,
    statement: &Statement,
    options: &Options,
    random: &mut Random,
) -> Option<String> {
    let (word, letters) = one_of(head(line, statement, options), random)?;
    let mut written: Vec<String> = Vec::new();
    for letter in &letters {
        let (_, long) = options.letters.iter().find(|(known, _)| known == letter)?;
        if !long.is_empty() && random.chance(0.5) {
            written.push((*long).to_owned());
        } else {
            written.push(format!("-{letter}"));
        }
    }
    let other = written.join(" ");
    (other != line.letters(word)).then(|| line.with(word.at.clone(), &other))?
}

fn swapped(
    line: &Line<'_>,
    statement: &Statement,
    options: &Options,
    random: &mut Random,
) -> Option<String> {
    let head = head(line, statement, options);
    let pairs = head.iter().zip(head.iter().skip(1));
    if let Some(((first, _), (second, _))) = one_of(pairs, random) {
        line.gap(first, second)?;
        let at: Range<usize> = first.at.start..second.at.end;
        // Either two options change places, or their letters come together.
        let both = format!("{} {}", line.letters(second), line.letters(first));
        return line.with(at, &both);
    }
    let (word, letters) = head.first().filter(|(_, letters)| letters.len() > 1)?;
    let reversed: String = letters.iter().rev().collect();
    line.with(word.at.clone(), &format!("-{reversed}"))
}

fn added(
    line: &Line<'_>,
    statement: &Statement,
    options: &Options,
    random: &mut Random,
) -> Option<String> {
    let idle = random.pick(options.idle)?;
    let program = statement.word_of_program()?;
    line.with(program.at.end..program.at.end, &format!(" {idle}"))
}
