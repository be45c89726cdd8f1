//! Passwords that programs take on their command line, by the program and its option.
//!
//! The same letter means a port to one program and a password to another, so an option without its program
//! is no evidence; long options such as `--password` are found by their name (see `named`). A command stands there as
//! a shell is given it, or as a JSON list of its arguments.

use std::ops::Range;

use super::shape::{is_reference, skip_blanks};
use super::{Anchor, Family, Found, Look, SecretKind};

/// Bytes of a command that are looked at after the program's name.
const COMMAND_BYTES_MAX: usize = 1_024;
/// Words of a command that are looked at after the program's name.
const WORDS_MAX: usize = 32;
/// Bytes of a folder's name that are looked at before the program's.
const FOLDER_BYTES_MAX: usize = 128;

/// What of an option's value is secret.
#[derive(Clone, Copy)]
enum Part {
    Whole,
    /// What follows the first of this sign.
    After(u8),
    /// What follows `pass:`; other values name where the password stands.
    Labelled,
}

/// Where an option's value stands.
#[derive(Clone, Copy)]
enum Place {
    /// In the same word: `-pVALUE`.
    Attached,
    /// In the next word: `-p VALUE`.
    Next,
    /// In either.
    Either,
}

struct Program {
    name: &'static str,
    option: &'static str,
    place: Place,
    part: Part,
}

const fn program(name: &'static str, option: &'static str, place: Place, part: Part) -> Program {
    Program {
        name,
        option,
        place,
        part,
    }
}

const PROGRAMS: [Program; 43] = [
    program("mysql", "-p", Place::Attached, Part::Whole),
    program("mysqldump", "-p", Place::Attached, Part::Whole),
    program("mysqladmin", "-p", Place::Attached, Part::Whole),
    program("mysqlimport", "-p", Place::Attached, Part::Whole),
    program("mysqlshow", "-p", Place::Attached, Part::Whole),
    program("mariadb", "-p", Place::Attached, Part::Whole),
    program("mariadb-dump", "-p", Place::Attached, Part::Whole),
    program("mongo", "-p", Place::Next, Part::Whole),
    program("mongosh", "-p", Place::Next, Part::Whole),
    program("mongodump", "-p", Place::Next, Part::Whole),
    program("sshpass", "-p", Place::Either, Part::Whole),
    program("curl", "-u", Place::Either, Part::After(b':')),
    program("curl", "--user", Place::Either, Part::After(b':')),
    program("curl", "-U", Place::Either, Part::After(b':')),
    program("curl", "--proxy-user", Place::Either, Part::After(b':')),
    program("curl", "--oauth2-bearer", Place::Either, Part::Whole),
    program("redis-cli", "-a", Place::Either, Part::Whole),
    program("ldapsearch", "-w", Place::Either, Part::Whole),
    program("ldapmodify", "-w", Place::Either, Part::Whole),
    program("ldapadd", "-w", Place::Either, Part::Whole),
    program("ldappasswd", "-w", Place::Either, Part::Whole),
    program("smbclient", "-U", Place::Either, Part::After(b'%')),
    program("smbmap", "-p", Place::Next, Part::Whole),
    program("rpcclient", "-U", Place::Either, Part::After(b'%')),
    program("crackmapexec", "-p", Place::Next, Part::Whole),
    program("evil-winrm", "-p", Place::Next, Part::Whole),
    program("xfreerdp", "/p:", Place::Attached, Part::Whole),
    program("rdesktop", "-p", Place::Either, Part::Whole),
    program("plink", "-pw", Place::Next, Part::Whole),
    program("pscp", "-pw", Place::Next, Part::Whole),
    program("lftp", "-u", Place::Either, Part::After(b',')),
    program("openssl", "-passin", Place::Next, Part::Labelled),
    program("openssl", "-passout", Place::Next, Part::Labelled),
    program("openssl", "-pass", Place::Next, Part::Labelled),
    program("openssl", "-k", Place::Next, Part::Whole),
    program("zip", "-P", Place::Either, Part::Whole),
    program("unzip", "-P", Place::Either, Part::Whole),
    program("7z", "-p", Place::Attached, Part::Whole),
    program("7za", "-p", Place::Attached, Part::Whole),
    program("rar", "-hp", Place::Attached, Part::Whole),
    program("sqlcmd", "-P", Place::Either, Part::Whole),
    program("docker login", "-p", Place::Next, Part::Whole),
    program("oc login", "-p", Place::Next, Part::Whole),
];

pub(super) fn anchors() -> impl Iterator<Item = Anchor> {
    let named = PROGRAMS.iter().enumerate().filter(|(place, program)| {
        // The rows of one program stand together.
        let before = place.checked_sub(1).and_then(|at| PROGRAMS.get(at));
        before.is_none_or(|before| before.name != program.name)
    });
    named.map(|(_, program)| Anchor {
        text: program.name,
        family: Family::Command,
        detect,
    })
}

/// What parts the words of a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Blanks.
    Shell,
    /// Commas, each word between quotes.
    List,
}

/// Returns where the words after a program's name begin, and what parts them; `None` if the name is no word of its
/// own.
fn words(bytes: &[u8], at: &Range<usize>) -> Option<(usize, Words)> {
    let before = bytes.get(..at.start)?;
    let is_joined = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(byte);
    if before.last().is_some_and(is_joined) {
        return None;
    }
    match bytes.get(at.end)? {
        b' ' | b'\t' => Some((at.end, Words::Shell)),
        quote @ (b'"' | b'\'') => {
            let is_path = |byte: &&u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(byte);
            let folder = before
                .iter()
                .rev()
                .take(FOLDER_BYTES_MAX)
                .take_while(is_path);
            let opening = before.len().checked_sub(folder.count())?.checked_sub(1)?;
            let from = at.end.saturating_add(1);
            let is_list = bytes.get(skip_blanks(bytes, from)) == Some(&b',');
            let words = if is_list { Words::List } else { Words::Shell };
            (before.get(opening) == Some(quote)).then_some((from, words))
        }
        _ => None,
    }
}

/// Returns a word without the quotes around it.
fn bare(bytes: &[u8], word: Range<usize>) -> Range<usize> {
    match bytes.get(word.clone()) {
        Some([quote @ (b'"' | b'\''), .., last]) if quote == last => {
            word.start.saturating_add(1)..word.end.saturating_sub(1)
        }
        _ => word,
    }
}

fn detect(bytes: &[u8], at: Range<usize>, found: &mut Vec<Found>) -> Look {
    let look = Look { read_to: at.start };
    let name = bytes.get(at.clone()).unwrap_or_default();
    let Some((mut from, words)) = words(bytes, &at) else {
        return look;
    };
    let limit = bytes.len().min(at.end.saturating_add(COMMAND_BYTES_MAX));
    let mut awaited: Option<Part> = None;
    for _ in 0..WORDS_MAX {
        let Some(word) = next_word(bytes, from, limit, words) else {
            break;
        };
        from = word.end;
        let word = bare(bytes, word);
        if let Some(part) = awaited.take() {
            found.extend(secret(bytes, word, part));
            continue;
        }
        let text = bytes.get(word.clone()).unwrap_or_default();
        for program in PROGRAMS.iter().filter(|it| it.name.as_bytes() == name) {
            let option = program.option.as_bytes();
            let whole = text == option;
            if whole && matches!(program.place, Place::Next | Place::Either) {
                awaited = Some(program.part);
                break;
            }
            let attached = matches!(program.place, Place::Attached | Place::Either);
            if !whole && attached && text.starts_with(option) {
                let mut start = word.start.saturating_add(option.len());
                let is_long = option.starts_with(b"--");
                if is_long && bytes.get(start) != Some(&b'=') {
                    continue;
                }
                start = start.saturating_add(usize::from(is_long));
                found.extend(secret(bytes, start..word.end, program.part));
                break;
            }
        }
    }
    look
}

/// Returns the secret part of a value, without its quotes.
fn secret(bytes: &[u8], value: Range<usize>, part: Part) -> Option<Found> {
    let Range { mut start, end } = bare(bytes, value);
    let inner = bytes.get(start..end)?;
    let skipped = match part {
        Part::Whole => 0,
        Part::After(sign) => memchr::memchr(sign, inner)?.saturating_add(1),
        Part::Labelled => inner.starts_with(b"pass:").then_some(5)?,
    };
    start = start.saturating_add(skipped);
    let found = bytes.get(start..end)?;
    (!is_reference(found)).then_some(Found {
        range: start..end,
        kind: SecretKind::Password,
    })
}

/// Returns the next word of a command, quotes and all; `None` at the command's end.
fn next_word(bytes: &[u8], from: usize, limit: usize, words: Words) -> Option<Range<usize>> {
    let is_list = words == Words::List;
    let mut start = skip_blanks(bytes, from);
    while start < limit
        && bytes
            .get(start)
            .is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\\') || is_list && *byte == b',')
    {
        start = start.saturating_add(1);
    }
    let mut quote: Option<u8> = None;
    let mut end = start;
    while let Some(byte) = bytes.get(end).copied().filter(|_| end < limit) {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b',' | b']') if is_list => break,
            (
                None,
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'&' | b')' | b'`' | b'<' | b'>',
            ) => {
                break;
            }
            _ => {}
        }
        end = end.saturating_add(1);
    }
    (end > start).then_some(start..end)
}
