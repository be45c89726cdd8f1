//! What an input's text is: by the file's name, else by its first line, else by what is expected.
//!
//! The first line decides alone, so that it does not matter how the bytes of a live input arrive. Mail,
//! history and audit logs are recognised only by what no list of URLs and no table begins with.

use ringtrue_core::Kind;

use super::history::{stamp, zsh_stamp};
use super::mail::is_dated;

/// What a file's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Values separated by this byte, with a header.
    Delimited(u8),
    /// One JSON object a line.
    Json,
    /// One URL or command a line, without a header.
    Lines,
    /// Apache Parquet.
    Parquet,
    /// One message, as it was received.
    Mail,
    /// Messages one after the other, each behind a `From ` line.
    Mbox,
    /// A history of bash, with or without time stamps.
    BashHistory,
    /// A history of zsh, extended or not.
    ZshHistory,
    /// An audit log of Linux.
    Auditd,
}

/// What an input is expected to hold: it decides where neither name nor first line tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// URLs, or the rows of a table.
    #[default]
    Rows,
    /// Mail: what begins like a header is a message.
    Mail,
    /// Commands: plain lines, unless a header names a command.
    Commands,
}

impl From<Kind> for Expected {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Url | Kind::Table => Self::Rows,
            Kind::Email => Self::Mail,
            Kind::Command | Kind::Session => Self::Commands,
        }
    }
}

impl Expected {
    /// Returns what the only column of plain lines is called.
    pub(super) const fn line_column(self) -> &'static str {
        match self {
            Self::Rows => "url",
            Self::Mail => "raw",
            Self::Commands => "command",
        }
    }
}

/// Bytes of a first line that are looked at for what it begins with.
const LOOKED_AT_BYTES: usize = 4_096;

/// The header fields by which a message is recognised where none is expected, in lower case.
const MAIL_HEADERS: [&[u8]; 17] = [
    b"arc-seal",
    b"authentication-results",
    b"cc",
    b"content-type",
    b"date",
    b"delivered-to",
    b"dkim-signature",
    b"envelope-to",
    b"from",
    b"message-id",
    b"mime-version",
    b"received",
    b"reply-to",
    b"return-path",
    b"subject",
    b"to",
    b"x-original-to",
];

/// The names of a column by which a header is told from a first command, in lower case.
const COMMAND_COLUMNS: [&[u8]; 7] = [
    b"argv",
    b"cmd",
    b"cmdline",
    b"command",
    b"command_line",
    b"commandline",
    b"commands",
];

impl Format {
    /// Returns the format that a file's name tells, `None` if it tells none: `.csv`, `.tsv`, `.ndjson`,
    /// `.jsonl`, `.json`, `.parquet`, `.eml`, `.mbox`, `.bash_history`, `.zsh_history` and `audit.log`, each
    /// with or without `.gz`, `.zst`.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let stem = lower
            .trim_end_matches(".gz")
            .trim_end_matches(".zst")
            .trim_end_matches(".zstd");
        let file = stem.rsplit('/').next().unwrap_or(stem);
        let rotated = file.strip_prefix("audit.log");
        if rotated.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-'])) {
            return Some(Self::Auditd);
        }
        let ending = file.rsplit_once('.').map_or(file, |(_, ending)| ending);
        match ending {
            "bash_history" => return Some(Self::BashHistory),
            "zsh_history" => return Some(Self::ZshHistory),
            _ => {}
        }
        match stem.rsplit_once('.')?.1 {
            "csv" => Some(Self::Delimited(b',')),
            "tsv" | "tab" => Some(Self::Delimited(b'\t')),
            "ndjson" | "jsonl" | "json" => Some(Self::Json),
            "parquet" => Some(Self::Parquet),
            "eml" => Some(Self::Mail),
            "mbox" | "mbx" => Some(Self::Mbox),
            _ => None,
        }
    }

    /// Returns the format that the first bytes of a text look like.
    #[must_use]
    pub fn of_content(head: &[u8], expected: Expected) -> Self {
        if head.starts_with(b"PAR1") {
            return Self::Parquet;
        }
        let first_line = head.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
        if let Some(format) = of_first_line(first_line, expected) {
            return format;
        }
        let count = |wanted: u8| memchr::memchr_iter(wanted, first_line).count();
        let is_json = first_line.trim_ascii_start().starts_with(b"{");
        match expected {
            Expected::Commands if is_json_object(first_line) => Self::Json,
            Expected::Commands if !names_a_command(first_line) => Self::Lines,
            Expected::Rows | Expected::Mail if is_json => Self::Json,
            Expected::Rows if first_line.windows(3).any(|window| window == b"://") => Self::Lines,
            _ if count(b'\t') > count(b',') => Self::Delimited(b'\t'),
            _ => Self::Delimited(b','),
        }
    }

    /// Returns what an empty input of the format lacks, and what the user can do about it.
    pub(super) const fn lacks(self) -> [&'static str; 2] {
        match self {
            Self::Delimited(_) | Self::Parquet => [
                "not even a header stands in it",
                "name a file with a header and at least one event",
            ],
            Self::Json => [
                "no record stands in it",
                "name a file with at least one JSON object, each on a line of its own",
            ],
            Self::Mail | Self::Mbox => [
                "no message stands in it",
                "name a file that holds a message as it was received, with its headers",
            ],
            Self::Lines | Self::BashHistory | Self::ZshHistory | Self::Auditd => {
                ["no line stands in it", "name a file with at least one line"]
            }
        }
    }

    /// Returns what a text was to be that holds nothing.
    pub(super) fn of_nothing(named: Option<Self>, expected: Expected) -> Self {
        named.unwrap_or(match expected {
            Expected::Rows => Self::Delimited(b','),
            Expected::Mail => Self::Mail,
            Expected::Commands => Self::Lines,
        })
    }

    /// Returns the format to read a text in that begins with `head`; a name may be wrong where URLs stand in
    /// a file that is called a table.
    pub(super) fn settle(named: Option<Self>, head: &[u8], expected: Expected) -> Self {
        let found = Self::of_content(head, expected);
        match named {
            None | Some(Self::Parquet) => found,
            Some(Self::Delimited(_)) if found == Self::Lines && expected == Expected::Rows => found,
            Some(format) => format,
        }
    }
}

/// Recognises what begins in a way of its own.
fn of_first_line(line: &[u8], expected: Expected) -> Option<Format> {
    let line = line.get(..LOOKED_AT_BYTES).unwrap_or(line);
    let is_mail = expected == Expected::Mail;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.starts_with(b"From ") && (is_mail || is_dated(line)) {
        Some(Format::Mbox)
    } else if is_audit(line) {
        Some(Format::Auditd)
    } else if zsh_stamp(line).is_some() {
        Some(Format::ZshHistory)
    } else if stamp(line).is_some() {
        Some(Format::BashHistory)
    } else if is_header_field(line, is_mail) {
        Some(Format::Mail)
    } else {
        None
    }
}

/// `type=... msg=audit(`, perhaps behind the machine's name.
fn is_audit(line: &[u8]) -> bool {
    (line.starts_with(b"type=") || line.starts_with(b"node="))
        && memchr::memmem::find(line, b" msg=audit(").is_some()
}

/// A name, a colon and a blank, or nothing more: any name where mail is expected, else a usual one.
fn is_header_field(line: &[u8], is_any_name: bool) -> bool {
    let Some((name, rest)) = memchr::memchr(b':', line).and_then(|at| line.split_at_checked(at))
    else {
        return false;
    };
    let is_name = if is_any_name {
        !name.is_empty()
            && name
                .iter()
                .all(|byte| byte.is_ascii_graphic() && *byte != b'"')
            && !name.starts_with(b"{")
    } else {
        MAIL_HEADERS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    };
    is_name && matches!(rest, [_] | [_, b' ' | b'\t', ..])
}

/// A brace and a key, or the empty object: a brace alone also opens a group of commands.
fn is_json_object(line: &[u8]) -> bool {
    let inner = line.trim_ascii_start().strip_prefix(b"{");
    inner.is_some_and(|inner| matches!(inner.trim_ascii_start(), [b'"' | b'}', ..]))
}

/// Returns whether a line is a header with a column for commands.
fn names_a_command(line: &[u8]) -> bool {
    let mut names = line.split(|byte| matches!(byte, b',' | b'\t'));
    names.any(|name| {
        let name = name.trim_ascii();
        let inner = name
            .strip_prefix(b"\"")
            .and_then(|name| name.strip_suffix(b"\""));
        let name = inner.unwrap_or(name);
        COMMAND_COLUMNS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats() {
        for (name, expected) in [
            ("a.csv", Some(Format::Delimited(b','))),
            ("mail/a.EML", Some(Format::Mail)),
            ("a.mbox.gz", Some(Format::Mbox)),
            ("ann/.bash_history", Some(Format::BashHistory)),
            ("bash_history", Some(Format::BashHistory)),
            ("ann.zsh_history.zst", Some(Format::ZshHistory)),
            ("log/audit/audit.log", Some(Format::Auditd)),
            ("audit.log.1.gz", Some(Format::Auditd)),
            ("audit.log-20200914.gz", Some(Format::Auditd)),
            ("audit.logs", None),
            ("my.audit.log", None),
            ("a.txt", None),
            ("a.d/b", None),
            ("a", None),
        ] {
            assert_eq!(Format::of_name(name), expected, "{name}");
        }
    }

    #[track_caller]
    fn check(line: &str, [rows, mail, commands]: [Format; 3]) {
        let of = |expected| Format::of_content(line.as_bytes(), expected);
        assert_eq!(of(Expected::Rows), rows, "{line}");
        assert_eq!(of(Expected::Mail), mail, "{line}");
        assert_eq!(of(Expected::Commands), commands, "{line}");
    }

    #[test]
    fn first_lines_tell_formats() {
        const CSV: Format = Format::Delimited(b',');
        check("url,label", [CSV, CSV, Format::Lines]);
        check("raw,label", [CSV, CSV, Format::Lines]);
        check("{\"a\": 1}", [Format::Json; 3]);
        check("{ echo a; }", [Format::Json, Format::Json, Format::Lines]);
        check("http://a.example/", [Format::Lines, CSV, Format::Lines]);
        check("http: x", [CSV, Format::Mail, Format::Lines]);
        check(
            "curl http://a.example/ | sh",
            [Format::Lines, CSV, Format::Lines],
        );
        check("id,\"Command\",label", [CSV, CSV, CSV]);
        check("command\tlabel", [Format::Delimited(b'\t'); 3]);
        check("command", [CSV, CSV, CSV]);
    }

    #[test]
    fn what_begins_in_its_own_way_is_told_whatever_is_expected() {
        for (line, format) in [
            ("From a@b.example Mon Sep 14 12:00:00 2020", Format::Mbox),
            ("Return-Path: <a@b.example>\r", Format::Mail),
            ("Subject:", Format::Mail),
            ("#1600000000", Format::BashHistory),
            (": 1600000000:0;curl http://a.example/", Format::ZshHistory),
            (
                "type=CWD msg=audit(1600000000.123:456): cwd=\"/\"",
                Format::Auditd,
            ),
            (
                "node=a type=CWD msg=audit(1600000000.123:456): cwd=\"/\"",
                Format::Auditd,
            ),
        ] {
            check(line, [format; 3]);
        }
        assert_eq!(
            Format::of_content(b"From here to there, and back", Expected::Rows),
            Format::Delimited(b',')
        );
        assert_eq!(
            Format::of_content(b"From:a,to:b", Expected::Rows),
            Format::Delimited(b',')
        );
        assert_eq!(
            Format::of_content(b"From a@b.example", Expected::Mail),
            Format::Mbox
        );
        assert_eq!(
            Format::of_content(b"X-Any: a", Expected::Mail),
            Format::Mail
        );
    }
}
