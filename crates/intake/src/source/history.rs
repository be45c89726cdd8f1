//! Shell history: bash's, with or without time stamps, and zsh's, extended or plain.
//!
//! ```text
//!   bash   #1600000000          zsh   : 1600000000:3;for f in *\
//!          make all                    do echo $f; done
//! ```
//!
//! The columns are `command` and `time`. As bash does it, a file that begins with a time stamp has entries
//! of many lines, each up to the next stamp; in another, each line is an entry, and a stamp is that of the
//! line behind it. Only `#` and nine to eleven digits are a stamp: `#1 try this` is what somebody typed.
//! zsh writes some bytes as a mark and another byte, and a backslash before each line end in an entry.

use std::sync::Arc;

use ringtrue_core::{EventTime, Limits, Value};

use super::delimited::{plain_text, text_value, too_long};
use super::gather::{Step, Steps, columns_of, gather};
use super::lines::{Chunk, Ending, LineReader};
use super::{Batch, Source, SourceError};

/// The columns of a history.
const COLUMNS: [&str; 2] = ["command", "time"];

/// Whose history it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shell {
    /// GNU bash, and what else uses its library.
    Bash,
    /// Z shell.
    Zsh,
}

/// A shell's history.
pub(super) struct HistorySource<'a> {
    columns: Arc<[Arc<str>]>,
    limits: Limits,
    entries: Entries<'a>,
}

impl<'a> HistorySource<'a> {
    pub(super) fn new(lines: LineReader<'a>, shell: Shell, limits: Limits) -> Self {
        Self {
            columns: columns_of(&COLUMNS),
            limits,
            entries: Entries {
                lines,
                shell,
                limits,
                entry: None,
                time: None,
                grouping: Grouping::Unknown,
            },
        }
    }
}

impl Source for HistorySource<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        gather(&mut self.entries, &self.columns, &self.limits)
    }
}

/// How the lines of a bash history make entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grouping {
    /// No line has been read.
    Unknown,
    /// Each is one.
    Lines,
    /// Those between two time stamps are one.
    Stamps,
}

/// An entry as far as it was read.
struct Entry {
    line: u64,
    bytes: Vec<u8>,
    time: Option<EventTime>,
    is_too_long: bool,
}

impl Entry {
    /// Adds a line; of an entry over the limit nothing is held.
    fn push(&mut self, bytes: &[u8], limits: &Limits) {
        let length = self.bytes.len().saturating_add(bytes.len());
        self.is_too_long |= length >= limits.record_bytes_max;
        if self.is_too_long {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn finish(self, limits: &Limits) -> Step {
        if self.is_too_long {
            return Step::Rejected(too_long(self.line, limits));
        }
        if self.bytes.trim_ascii().is_empty() {
            return Step::More;
        }
        Step::of(self.line, self.values(limits))
    }

    fn values(&self, limits: &Limits) -> Result<Vec<Value>, String> {
        let command = plain_text(&self.bytes)?.trim_end_matches('\n');
        let time = self
            .time
            .map(|time| Value::Text(Arc::from(time.to_string())));
        Ok(vec![
            text_value(command, limits)?,
            time.unwrap_or(Value::Missing),
        ])
    }
}

struct Entries<'a> {
    lines: LineReader<'a>,
    shell: Shell,
    limits: Limits,
    /// The entry that lines are added to.
    entry: Option<Entry>,
    /// The stamp of the next entry.
    time: Option<EventTime>,
    grouping: Grouping,
}

impl Steps for Entries<'_> {
    fn step(&mut self) -> Result<Step, SourceError> {
        let limits = self.limits;
        // The line is taken as a copy, since what becomes of it needs all of the state.
        let (line, bytes) = match self.lines.next(Ending::Line)? {
            Chunk::Record(bytes, line) => (line, Some(bytes.to_vec())),
            Chunk::TooLong(line) | Chunk::OpenQuote(line) => (line, None),
            Chunk::End => {
                let last = self.entry.take().map(|entry| self.finish(entry));
                return Ok(last.unwrap_or(Step::End));
            }
        };
        Ok(match self.shell {
            Shell::Bash => self.bash(line, bytes.as_deref(), &limits),
            Shell::Zsh => self.zsh(line, bytes.as_deref(), &limits),
        })
    }

    fn is_waiting(&self) -> bool {
        self.lines.is_waiting()
    }
}

impl Entries<'_> {
    /// Takes in a line of bash's; `None` is one over the limit.
    fn bash(&mut self, line: u64, bytes: Option<&[u8]>, limits: &Limits) -> Step {
        let stamp = bytes.and_then(stamp);
        if self.grouping == Grouping::Unknown {
            self.grouping = stamp.map_or(Grouping::Lines, |_| Grouping::Stamps);
        }
        if let Some(time) = stamp {
            self.time = Some(time);
            let before = self.entry.take();
            return before.map_or(Step::More, |entry| self.finish(entry));
        }
        let time = self.time;
        let is_first = self.entry.is_none();
        if is_first && bytes.is_some_and(|bytes| bytes.trim_ascii().is_empty()) {
            return Step::More;
        }
        let entry = self.entry.get_or_insert_with(|| Entry {
            line,
            bytes: Vec::new(),
            time,
            is_too_long: false,
        });
        if !is_first {
            entry.push(b"\n", limits);
        }
        match bytes {
            Some(bytes) => entry.push(bytes, limits),
            None => entry.is_too_long = true,
        }
        if self.grouping == Grouping::Stamps {
            return Step::More;
        }
        self.time = None;
        let entry = self.entry.take();
        entry.map_or(Step::More, |entry| self.finish(entry))
    }

    /// Takes in a line of zsh's; `None` is one over the limit.
    fn zsh(&mut self, line: u64, bytes: Option<&[u8]>, limits: &Limits) -> Step {
        let entry = self.entry.get_or_insert_with(|| Entry {
            line,
            bytes: Vec::new(),
            time: None,
            is_too_long: false,
        });
        let goes_on = bytes.and_then(|bytes| bytes.strip_suffix(b"\\"));
        match goes_on.or(bytes) {
            Some(bytes) => entry.push(bytes, limits),
            None => entry.is_too_long = true,
        }
        if goes_on.is_some() {
            entry.push(b"\n", limits);
            return Step::More;
        }
        let entry = self.entry.take();
        entry.map_or(Step::More, |entry| self.finish(entry))
    }

    fn finish(&self, mut entry: Entry) -> Step {
        if self.shell == Shell::Zsh {
            let (time, command) = zsh_entry(&entry.bytes);
            entry.time = time;
            entry.bytes = unmetafied(command);
        }
        entry.finish(&self.limits)
    }
}

/// Reads `#1600000000`.
pub(super) fn stamp(line: &[u8]) -> Option<EventTime> {
    let digits = line.trim_ascii_end().strip_prefix(b"#")?;
    (9..=11).contains(&digits.len()).then(|| time(digits))?
}

/// Reads the start of `: 1600000000:0;command`, and returns the command behind it.
pub(super) fn zsh_stamp(line: &[u8]) -> Option<(EventTime, &[u8])> {
    let rest = line.strip_prefix(b":")?.trim_ascii_start();
    let colon = memchr::memchr(b':', rest)?;
    let (seconds, rest) = rest.split_at_checked(colon)?;
    let semicolon = memchr::memchr(b';', rest)?;
    let (length, rest) = rest.split_at_checked(semicolon)?;
    let is_length = length.iter().skip(1).all(u8::is_ascii_digit) && length.len() > 1;
    let time = time(seconds).filter(|_| is_length)?;
    Some((time, rest.get(1..)?))
}

fn time(digits: &[u8]) -> Option<EventTime> {
    if digits.is_empty() || digits.len() > 11 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(EventTime(seconds.saturating_mul(1_000_000)))
}

/// Takes zsh's entry apart. A plain one that begins with a colon has a backslash before it; one that ends
/// in a backslash, and perhaps blanks, has one blank more behind it.
fn zsh_entry(bytes: &[u8]) -> (Option<EventTime>, &[u8]) {
    let (time, command) = match zsh_stamp(bytes) {
        Some((time, command)) => (Some(time).filter(|time| time.0 != 0), command),
        None if bytes.starts_with(b"\\:") => (None, bytes.get(1..).unwrap_or_default()),
        None => (None, bytes),
    };
    let shorter = command.strip_suffix(b" ");
    let is_marked = shorter.is_some_and(|shorter| {
        let last = shorter.iter().rev().find(|byte| **byte != b' ');
        last == Some(&b'\\')
    });
    (time, shorter.filter(|_| is_marked).unwrap_or(command))
}

/// The byte that zsh puts before another one, with one bit turned, in place of a byte that it uses itself.
const META: u8 = 0x83;

/// Undoes zsh's marks; a mark at the very end stays.
fn unmetafied(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        let turned = (*byte == META).then(|| rest.next()).flatten();
        plain.push(turned.map_or(*byte, |byte| byte ^ 0x20));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_nine_to_eleven_digits_are_a_stamp() {
        assert_eq!(
            stamp(b"#1600000000"),
            Some(EventTime(1_600_000_000_000_000))
        );
        for line in [
            "#1",
            "#1600000000 x",
            "# 1600000000",
            "1600000000",
            "#",
            "#123456789012",
        ] {
            assert_eq!(stamp(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn an_extended_entry_has_two_numbers_and_a_command() {
        let found = zsh_stamp(b": 1600000000:0;ls; pwd");
        assert_eq!(
            found,
            Some((EventTime(1_600_000_000_000_000), &b"ls; pwd"[..]))
        );
        for line in [
            ": > file; ls",
            ":1:;x",
            ": x:0;y",
            ": 1600000000:0",
            ": :0;y",
            ": 1:x;y",
        ] {
            assert_eq!(zsh_stamp(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn marked_bytes_are_turned_back() {
        assert_eq!(unmetafied(b"\xc3\x83\xbc"), b"\xc3\x9c");
        assert_eq!(unmetafied(b"a\x83\x20b"), b"a\x00b");
        assert_eq!(unmetafied(b"a\x83"), b"a\x83");
    }
}
