//! Header blocks: names and values as they were written, and what `mail-parser` makes of a value.
//!
//! A block is one text; headers are ranges of it. Bytes that are no UTF-8 are read as Windows-1252, as most
//! programs do. Lines that are no header are counted and left out.

use std::ops::Range;

use mail_parser::parsers::MessageStream;
use mail_parser::{DateTime, HeaderValue};
use memchr::memchr;
use ringtrue_core::Limits;

use super::decode::decode_text;
use crate::email::verdict::is_verdict;

/// Bytes of a header with parameters that are read.
const PARAMETERS_BYTES_MAX: usize = 8 << 10;

/// Where a header stands in its block.
#[derive(Clone, Debug)]
struct Place {
    name: Range<usize>,
    value: Range<usize>,
    /// Whether another product gives its verdict in it.
    verdict: bool,
}

/// The headers of a message or part.
#[derive(Clone, Debug, Default)]
pub(in crate::email) struct Head {
    text: String,
    headers: Vec<Place>,
    /// Lines that are no header.
    pub(in crate::email) malformed: usize,
    /// Whether some bytes of headers other than verdicts were no UTF-8.
    pub(in crate::email) raw_bytes: bool,
    /// Whether headers beyond the limits were left out.
    pub(in crate::email) cut: bool,
}

impl Head {
    /// Reads a block of headers, without the empty line at its end.
    pub(in crate::email) fn read(block: &[u8], limits: &Limits) -> Self {
        let bytes = block
            .get(..limits.mail_header_bytes_max)
            .map_or(block, whole_lines);
        let (mut text, raw_bytes) = decode_lines(bytes);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let mut head = Self {
            cut: bytes.len() < block.len(),
            raw_bytes,
            ..Self::default()
        };
        let mut start = 0_usize;
        for line in text.split_inclusive('\n') {
            let end = start.saturating_add(line.len());
            head.see_line(line, start..end, limits);
            start = end;
        }
        head.text = text;
        head
    }

    fn see_line(&mut self, line: &str, range: Range<usize>, limits: &Limits) {
        if line.starts_with([' ', '\t']) {
            match self.headers.last_mut() {
                // What continues a line that was left out is left out too.
                Some(place) if place.value.end == range.start => place.value.end = range.end,
                _ => self.malformed = self.malformed.saturating_add(1),
            }
            return;
        }
        match name_bytes(line.as_bytes()) {
            Some(_) if self.headers.len() >= limits.mail_headers_max => self.cut = true,
            Some(bytes) => {
                let name = range.start..range.start.saturating_add(bytes);
                let colon = line.find(':').unwrap_or(bytes);
                let value = range.start.saturating_add(colon).saturating_add(1)..range.end;
                let verdict = is_verdict(line.get(..bytes).unwrap_or(""));
                self.headers.push(Place {
                    name,
                    value,
                    verdict,
                });
            }
            None if is_storage_mark(line.as_bytes()) => {}
            None => self.malformed = self.malformed.saturating_add(1),
        }
    }

    /// Returns the names and values of all headers in order; a value ends in its newline and may be folded.
    pub(in crate::email) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|place| self.pieces(place))
    }

    /// As [`Self::all`], without the verdicts of other products.
    pub(in crate::email) fn own(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.headers.iter().filter(|place| !place.verdict);
        own.map(|place| self.pieces(place))
    }

    /// As [`Self::all`], of nothing but the verdicts of other products.
    pub(in crate::email) fn verdicts(&self) -> impl Iterator<Item = (&str, &str)> {
        let verdicts = self.headers.iter().filter(|place| place.verdict);
        verdicts.map(|place| self.pieces(place))
    }

    fn pieces(&self, place: &Place) -> (&str, &str) {
        let piece = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or("");
        (piece(&place.name), piece(&place.value))
    }

    /// Returns the values of the headers called `name`, in any case.
    pub(in crate::email) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns the value of the first header called `name`, in any case.
    pub(in crate::email) fn first(&self, name: &str) -> Option<&str> {
        self.all()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns how many headers there are.
    pub(in crate::email) fn len(&self) -> usize {
        self.headers.len()
    }
}

/// Reads the bytes of a block as text, line by line where they are no UTF-8, so that one line says nothing of another;
/// tells whether a header that is no verdict holds such bytes.
fn decode_lines(bytes: &[u8]) -> (String, bool) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (text.to_owned(), false);
    }
    let (mut text, mut raw_bytes, mut verdict) = (String::new(), false, false);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            let name = name_bytes(line).and_then(|bytes| line.get(..bytes));
            let name = name.and_then(|name| std::str::from_utf8(name).ok());
            verdict = name.is_some_and(is_verdict);
        }
        raw_bytes |= !verdict && std::str::from_utf8(line).is_err();
        text.push_str(&decode_text(line, ""));
    }
    (text, raw_bytes)
}

fn whole_lines(block: &[u8]) -> &[u8] {
    let end = memchr::memrchr(b'\n', block).map_or(block.len(), |at| at.saturating_add(1));
    block.get(..end).unwrap_or(block)
}

/// Returns the bytes of a header's name if `line` starts with one: visible letters, blanks only before the colon.
pub(super) fn name_bytes(line: &[u8]) -> Option<usize> {
    let colon = memchr(b':', line)?;
    let name = line.get(..colon)?.trim_ascii_end();
    let visible = name.iter().all(|byte| (33..=126).contains(byte));
    (!name.is_empty() && visible && name.len() <= 128).then_some(name.len())
}

/// Returns whether `line` is what a mailbox file puts before a message.
pub(in crate::email) fn is_storage_mark(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

/// Decodes a value that is text for people: unfolded, encoded words read.
pub(in crate::email) fn read_text(value: &str) -> String {
    match MessageStream::new(value.as_bytes()).parse_unstructured() {
        HeaderValue::Text(text) => text.trim().to_owned(),
        _ => String::new(),
    }
}

/// Reads a date; one that names no day of any calendar is none.
pub(in crate::email) fn read_date(value: &str) -> Option<DateTime> {
    match MessageStream::new(value.as_bytes()).parse_date() {
        HeaderValue::DateTime(date) if date.is_valid() => Some(date),
        _ => None,
    }
}

/// A value such as `text/plain; charset=utf-8`, its parameters decoded.
#[derive(Clone, Debug, Default)]
pub(in crate::email) struct Parameters {
    /// The type or disposition, lowercase.
    pub(in crate::email) kind: String,
    /// What stands behind the slash, lowercase.
    pub(in crate::email) subtype: String,
    named: Vec<(String, String)>,
}

impl Parameters {
    /// Returns the parameter called `name`, empty if there is none.
    pub(in crate::email) fn get(&self, name: &str) -> &str {
        self.named
            .iter()
            .find(|(found, _)| found == name)
            .map_or("", |(_, value)| value)
    }
}

/// Reads a value with parameters, as RFC 2045 and RFC 2231 write them.
pub(in crate::email) fn read_parameters(value: &str) -> Parameters {
    let end = value.floor_char_boundary(PARAMETERS_BYTES_MAX);
    let cut = value.get(..end).unwrap_or("");
    let owned;
    let value = if cut.ends_with('\n') {
        cut
    } else {
        owned = format!("{cut}\n");
        &owned
    };
    let parsed = MessageStream::new(value.as_bytes()).parse_content_type();
    let HeaderValue::ContentType(found) = parsed else {
        return Parameters::default();
    };
    let named = found.attributes.unwrap_or_default();
    Parameters {
        kind: found.c_type.to_ascii_lowercase(),
        subtype: found.c_subtype.unwrap_or_default().to_ascii_lowercase(),
        named: named
            .into_iter()
            .map(|one| (one.name.into_owned(), encoded_words(one.value.into_owned())))
            .collect(),
    }
}

/// Decodes encoded words, which have no place in a parameter but often stand there.
fn encoded_words(value: String) -> String {
    if value.contains("=?") {
        let decoded = read_text(&format!("{value}\n"));
        if !decoded.is_empty() {
            return decoded;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        Head::read(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn names_values_and_broken_lines() {
        let head = head("From x@y Mon\nSubject: a\r\n b\nno header here\n more\nX-A : 1\n");
        let found: Vec<_> = head.all().collect();
        assert_eq!(found, [("Subject", " a\r\n b\n"), ("X-A", " 1\n")]);
        assert_eq!((head.malformed, head.cut), (2, false));
    }

    #[test]
    fn limits_of_headers() {
        let limits = Limits {
            mail_headers_max: 2,
            mail_header_bytes_max: 12,
            ..Limits::default()
        };
        let head = Head::read(b"a: 1\nb: 2\nc: 3\nd: 4\n", &limits);
        assert_eq!((head.len(), head.cut), (2, true));
    }

    #[test]
    fn words_and_parameters_are_decoded() {
        assert_eq!(
            read_text(" =?iso-8859-1?q?=E9t=E9?=\n =?utf-8?b?IQ==?=\n"),
            "été!"
        );
        let found = read_parameters(
            " attachment; filename*0*=utf-8''in%C3%A9; filename*1=\".pdf\"; size=3\n",
        );
        assert_eq!(
            (found.kind.as_str(), found.get("filename")),
            ("attachment", "iné.pdf")
        );
        assert_eq!(found.get("size"), "3");
        let found = read_parameters(" text/HTML; name=\"=?utf-8?q?=C3=A9?=\"");
        assert_eq!((found.subtype.as_str(), found.get("name")), ("html", "é"));
    }

    #[test]
    fn dates() {
        let found = read_date(" Mon, 06 May 2002 10:00:00 +0200\n").expect("a date");
        assert_eq!(found.to_timestamp(), 1_020_672_000);
        assert!(read_date(" yesterday\n").is_none());
        assert!(read_date(" Mon, 99 May 2002 10:00:00 +0200\n").is_none());
    }
}
