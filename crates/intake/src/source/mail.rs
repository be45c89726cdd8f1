//! Mail as it was received: a message a record, from an mbox, a file of its own, or the files of a folder.
//!
//! ```text
//!   mbox ──pieces──► `From ` line? ──► message ──► raw, enc
//!   .eml ──────────────────────────────►
//! ```
//!
//! The column `raw` is the message's text; one that is not UTF-8 text, or holds a NUL byte, stands there in
//! Base64, and `enc` says `base64`. Nothing of a message is read here.
//!
//! In an mbox, a message begins behind a line that begins with `From `. As in mutt and Dovecot, such a line
//! counts only if it holds a date, so that a sentence in a message does not split it; if the first one of
//! the file holds none, those behind an empty line count. A line `>From `, with any number of `>`, has lost
//! one of them when the message was written, as in the mboxrd format; in mboxo the same undoes the one that
//! was added.

use std::io::{self, Read};
use std::sync::Arc;

use ringtrue_core::{Limits, Value};

use super::delimited::{plain_text, text_value};
use super::gather::{Step, Steps, columns_of, gather};
use super::lines::LineReader;
use super::{Batch, Source, SourceError, decompress};
use crate::packed;

/// The columns of mail.
const COLUMNS: [&str; 2] = ["raw", packed::FIELD];

/// Bytes at the start of a `From ` line in which its date is looked for.
const SEPARATOR_BYTES: usize = 512;

/// Which lines begin a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separators {
    /// None: the input is one message.
    None,
    /// That is not known before the first one has come.
    Unknown,
    /// `From ` lines with a date.
    Dated,
    /// `From ` lines behind an empty line.
    AfterEmpty,
}

/// An mbox, or one message.
pub(super) struct MailSource<'a> {
    columns: Arc<[Arc<str>]>,
    limits: Limits,
    messages: Messages<'a>,
}

impl<'a> MailSource<'a> {
    pub(super) fn new(lines: LineReader<'a>, separators: Separators, limits: Limits) -> Self {
        Self {
            columns: columns_of(&COLUMNS),
            limits,
            messages: Messages {
                lines,
                separators,
                limits,
                message: None,
                is_after_empty: true,
                in_separator: false,
            },
        }
    }
}

impl Source for MailSource<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        gather(&mut self.messages, &self.columns, &self.limits)
    }
}

/// A message as far as it was read.
struct Message {
    line: u64,
    bytes: Vec<u8>,
    is_too_long: bool,
}

impl Message {
    const fn new(line: u64) -> Self {
        Self {
            line,
            bytes: Vec::new(),
            is_too_long: false,
        }
    }

    /// Adds bytes; of a message over the limit nothing is held.
    fn push(&mut self, bytes: &[u8], limits: &Limits) {
        self.is_too_long |= self.bytes.len().saturating_add(bytes.len()) > limits.record_bytes_max;
        if self.is_too_long {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn finish(mut self, separators: Separators, limits: &Limits) -> Step {
        if separators != Separators::None {
            drop_last_empty_line(&mut self.bytes);
        }
        let values = if self.is_too_long {
            Err(over(limits))
        } else {
            values_of(&self.bytes, limits)
        };
        Step::of(self.line, values)
    }
}

fn over(limits: &Limits) -> String {
    format!("longer than {} bytes", limits.record_bytes_max)
}

/// Returns the columns of a message.
fn values_of(bytes: &[u8], limits: &Limits) -> Result<Vec<Value>, String> {
    if bytes.trim_ascii().is_empty() {
        return Err("an empty message".to_owned());
    }
    Ok(match plain_text(bytes) {
        Ok(text) => vec![text_value(text, limits)?, Value::Missing],
        Err(_) => vec![
            text_value(&packed::pack(bytes), limits)?,
            text_value(packed::BASE64, limits)?,
        ],
    })
}

/// The empty line at the end of a message belongs to the mbox.
fn drop_last_empty_line(bytes: &mut Vec<u8>) {
    let length = match bytes.as_slice() {
        [.., b'\n', b'\r', b'\n'] => 2,
        [.., b'\n', b'\n'] => 1,
        _ => 0,
    };
    bytes.truncate(bytes.len().saturating_sub(length));
}

/// Cuts an input into messages.
struct Messages<'a> {
    lines: LineReader<'a>,
    separators: Separators,
    limits: Limits,
    message: Option<Message>,
    is_after_empty: bool,
    /// Whether the rest of a separating line is to be passed over.
    in_separator: bool,
}

impl Steps for Messages<'_> {
    fn step(&mut self) -> Result<Step, SourceError> {
        let Some(piece) = self.lines.piece()? else {
            let message = self.message.take();
            return Ok(message.map_or(Step::End, |message| {
                message.finish(self.separators, &self.limits)
            }));
        };
        if !piece.is_start {
            if let (Some(message), false) = (&mut self.message, self.in_separator) {
                message.push(piece.bytes, &self.limits);
            }
            return Ok(Step::More);
        }
        let is_empty = matches!(piece.bytes, b"\n" | b"\r\n");
        let is_first = self.message.is_none();
        self.separators = self.separators.learn(piece.bytes, is_first);
        self.in_separator = self.separators.has(piece.bytes, self.is_after_empty);
        self.is_after_empty = is_empty;
        if self.in_separator {
            let before = self.message.replace(Message::new(piece.line));
            return Ok(before.map_or(Step::More, |message| {
                message.finish(self.separators, &self.limits)
            }));
        }
        if is_first && is_empty {
            return Ok(Step::More);
        }
        let message = self.message.get_or_insert_with(|| Message::new(piece.line));
        message.push(self.separators.unquoted(piece.bytes), &self.limits);
        Ok(Step::More)
    }

    fn is_waiting(&self) -> bool {
        self.lines.is_waiting()
    }
}

impl Separators {
    /// Settles which lines separate, once the first of them has come.
    fn learn(self, line: &[u8], is_first: bool) -> Self {
        if self != Self::Unknown || !line.starts_with(b"From ") {
            self
        } else if is_dated(line) {
            Self::Dated
        } else if is_first {
            Self::AfterEmpty
        } else {
            self
        }
    }

    /// Returns whether a line begins a message.
    fn has(self, line: &[u8], is_after_empty: bool) -> bool {
        line.starts_with(b"From ")
            && match self {
                Self::None | Self::Unknown => false,
                Self::Dated => is_dated(line),
                Self::AfterEmpty => is_after_empty,
            }
    }

    /// Returns a line of a message without the `>` that an mbox put before it.
    fn unquoted(self, line: &[u8]) -> &[u8] {
        let rest = line.strip_prefix(b">").filter(|_| self != Self::None);
        rest.filter(|rest| {
            let marks = rest.iter().take_while(|byte| **byte == b'>').count();
            rest.get(marks..)
                .is_some_and(|rest| rest.starts_with(b"From "))
        })
        .unwrap_or(line)
    }
}

/// Returns whether a line that begins with `From ` goes on as the line before a message does: with a sender
/// and a date in any of the usual forms, that is, a time of day, a month and a year.
pub(super) fn is_dated(line: &[u8]) -> bool {
    let line = line.get(..SEPARATOR_BYTES).unwrap_or(line);
    let words = || {
        line.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'T'))
            .skip(1)
    };
    words().any(is_clock) && words().any(is_month) && words().any(is_year)
}

/// Begins with hours and minutes.
fn is_clock(word: &[u8]) -> bool {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    matches!(digits, 1 | 2)
        && matches!(word.get(digits..), Some([b':', tens, ones, ..]) if tens.is_ascii_digit() && ones.is_ascii_digit())
}

/// Is a month's short name, or a date as of ISO 8601.
fn is_month(word: &[u8]) -> bool {
    const MONTHS: [&[u8]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    let is_name = MONTHS.iter().any(|name| name.eq_ignore_ascii_case(word));
    is_name || matches!(word, [_, _, _, _, b'-', _, _, b'-', _, _])
}

/// Is or begins with a year from 1900 to 2099.
fn is_year(word: &[u8]) -> bool {
    matches!(word, [b'1', b'9', _, _, ..] | [b'2', b'0', _, _, ..])
        && word.iter().take_while(|byte| byte.is_ascii_digit()).count() == 4
}

/// Files that hold one message each, in order; `Err` is one that could not be opened.
pub type MailFiles<'a> = Box<dyn Iterator<Item = io::Result<Box<dyn Read + 'a>>> + 'a>;

/// Opens the files of a mail folder as one source, whose records' lines are the files' numbers, from 1.
/// Compression is recognised by content; a file that cannot be read is set aside.
#[must_use]
pub fn open_mails(files: MailFiles<'_>, limits: Limits) -> Box<dyn Source + '_> {
    Box::new(FolderSource {
        columns: columns_of(&COLUMNS),
        limits,
        files: Files {
            rest: files,
            number: 0,
            limits,
        },
    })
}

struct FolderSource<'a> {
    columns: Arc<[Arc<str>]>,
    limits: Limits,
    files: Files<'a>,
}

impl Source for FolderSource<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        gather(&mut self.files, &self.columns, &self.limits)
    }
}

struct Files<'a> {
    rest: MailFiles<'a>,
    number: u64,
    limits: Limits,
}

impl Steps for Files<'_> {
    fn step(&mut self) -> Result<Step, SourceError> {
        let Some(file) = self.rest.next() else {
            return Ok(Step::End);
        };
        self.number = self.number.saturating_add(1);
        let read = file.and_then(|file| read_message(file, &self.limits));
        let values = match read {
            Err(error) => Err(format!("cannot be read: {error}")),
            Ok(bytes) if bytes.len() > self.limits.record_bytes_max => Err(over(&self.limits)),
            Ok(bytes) => values_of(&bytes, &self.limits),
        };
        Ok(Step::of(self.number, values))
    }

    fn is_waiting(&self) -> bool {
        false
    }
}

/// Reads a message, or one byte more than the limit.
fn read_message(file: Box<dyn Read + '_>, limits: &Limits) -> io::Result<Vec<u8>> {
    let (reader, _) = decompress(file)?;
    let mut bytes = Vec::new();
    let most = (limits.record_bytes_max as u64).saturating_add(1);
    reader.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_before_a_message_has_a_date() {
        for line in [
            "From a@b.example Thu Jan  1 00:00:00 1970",
            "From - Mon Sep 14 12:00:00 2020\r\n",
            "From MAILER-DAEMON Mon Sep 14 2:00 2020 +0200",
            "From \"a b\"@c.example Mon, 14 Sep 2020 12:00:00 +0000",
            "From a@b.example 2020-09-14T12:00:00Z",
            "From a@b.example 2020-09-14 12:00",
        ] {
            assert!(is_dated(line.as_bytes()), "{line}");
        }
        for line in [
            "From a@b.example",
            "From what I know, the meeting is at 12:00",
            "From May 2020 on, nothing changed",
            "From 12:30 to 2024",
        ] {
            assert!(!is_dated(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn one_quoting_mark_is_taken_from_lines_that_it_protects() {
        let check = |line: &str, expected: &str| {
            let found = Separators::Dated.unquoted(line.as_bytes());
            assert_eq!(found, expected.as_bytes());
        };
        check(">From here", "From here");
        check(">>>From here", ">>From here");
        check("> From here", "> From here");
        check(">", ">");
        check(">FROM here", ">FROM here");
        assert_eq!(Separators::None.unquoted(b">From a"), b">From a");
    }
}
