//! Lines and quoted records out of a byte stream, in bounded memory and linear time whatever the
//! bytes are.

use std::io::Read;

use memchr::{memchr, memchr2};

use super::{Pace, SourceError};

/// What follows in the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chunk<'a> {
    /// One record without its line end, and the line on which it starts.
    Record(&'a [u8], u64),
    /// A record longer than the limit was passed over; it started on this line.
    TooLong(u64),
    /// A quote opened on this line and did not close within the limit: the line was passed over.
    OpenQuote(u64),
    /// The input is at its end.
    End,
}

/// A part of a line, for records of many lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// Its bytes, with the line end if it is the line's last.
    pub(super) bytes: &'a [u8],
    /// The line that it is of.
    pub(super) line: u64,
    /// Whether it is the line's first.
    pub(super) is_start: bool,
}

/// How a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// At the next line end.
    Line,
    /// At the next line end outside a quoted field; fields are separated by this byte.
    Quoted(u8),
}

const READ_BYTES: usize = 1 << 17;

/// Bytes of a line that are handed out at a time where records have many lines.
const PIECE_BYTES: usize = 1 << 16;

/// Bytes that may be read in vain, per byte of progress, while looking for the end of quoted fields.
/// An input that wants more has its quoted fields end on their line from there on.
const VAIN_BYTES_MAX: u64 = 8;

/// Buffers a stream and hands out records as slices of the buffer.
pub(super) struct LineReader<'a> {
    reader: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    start: usize,
    line: u64,
    record_bytes_max: usize,
    /// Bytes that are read at a time.
    read_bytes: usize,
    at_end: bool,
    /// Why no more can be read, once that is so: what came before is handed out first.
    broken: Option<std::io::Error>,
    /// Bytes handed out or passed over.
    done: u64,
    pace: Pace,
    /// Bytes read in vain, looking for quotes that did not close.
    vain: u64,
    /// Whether the last piece left its line unfinished.
    in_line: bool,
}

impl<'a> LineReader<'a> {
    pub(super) fn new(reader: Box<dyn Read + 'a>, record_bytes_max: usize, pace: Pace) -> Self {
        Self {
            reader,
            pace,
            buffer: Vec::new(),
            start: 0,
            line: 1,
            record_bytes_max,
            read_bytes: READ_BYTES,
            at_end: false,
            broken: None,
            done: 0,
            vain: 0,
            in_line: false,
        }
    }

    /// Returns the first bytes of what is left, without a byte-order mark.
    pub(super) fn peek(&mut self) -> Result<&[u8], SourceError> {
        if self.buffer.is_empty() {
            self.fill()?;
            while self.is_waiting() && !self.at_end && self.buffer.len() < READ_BYTES {
                self.fill()?;
            }
            if self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.start = 3;
            }
        }
        Ok(self.rest())
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or(&[])
    }

    /// Returns whether the next record has not come whole, of an input that is live or breaks off there: a reader would wait, or fail, and
    /// first hands on what it has.
    pub(super) fn is_waiting(&self) -> bool {
        (self.pace == Pace::Live || self.broken.is_some())
            && memchr::memchr(b'\n', self.rest()).is_none()
    }

    /// Reads more bytes behind what is buffered: as many as are there of a live input, else as many as
    /// are asked for.
    fn read(&mut self) -> std::io::Result<usize> {
        if self.pace == Pace::Whole {
            let mut more = self.reader.by_ref().take(self.read_bytes as u64);
            return more.read_to_end(&mut self.buffer);
        }
        let kept = self.buffer.len();
        self.buffer.resize(kept.saturating_add(self.read_bytes), 0);
        let found = loop {
            let free = self.buffer.get_mut(kept..).unwrap_or_default();
            match self.reader.read(free) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let count = found.as_ref().map_or(0, |count| *count);
        self.buffer.truncate(kept.saturating_add(count));
        found
    }

    /// Reads more bytes behind what is buffered.
    fn fill(&mut self) -> Result<(), SourceError> {
        if self.broken.is_none() {
            let kept = self.buffer.len();
            self.buffer.reserve(self.read_bytes);
            match self.read() {
                Ok(0) => self.at_end = true,
                Ok(_) => {}
                Err(cause) => self.broken = Some(cause),
            }
            if self.broken.is_none() || self.buffer.len() > kept {
                return Ok(());
            }
        }
        let broken = self.broken.take();
        broken.map_or(Ok(()), |cause| {
            Err(SourceError::Read {
                line: self.line.saturating_sub(1),
                cause,
            })
        })
    }

    /// Returns the next record.
    pub(super) fn next(&mut self, ending: Ending) -> Result<Chunk<'_>, SourceError> {
        let mut scan = Scan {
            one_line: !self.has_patience(),
            ..Scan::default()
        };
        // What a record may hold, and its line end.
        let window = self.record_bytes_max.saturating_add(1);
        loop {
            let rest = self.rest();
            let is_over = rest.len() >= window;
            let rest = rest.get(..window).unwrap_or(rest);
            if let Some(length) = scan.find_end(rest, ending) {
                return Ok(self.take(length, scan.lines));
            }
            if is_over || scan.is_lost || (self.at_end && scan.in_quotes) {
                return self.give_up(&scan);
            }
            if self.at_end {
                let length = rest.len();
                return Ok(if length == 0 {
                    Chunk::End
                } else {
                    self.take(length, scan.lines)
                });
            }
            self.compact();
            self.fill()?;
        }
    }

    /// Returns the next line, or the next part of a long one; `None` at the end. The parts are the same
    /// however the bytes arrive.
    pub(super) fn piece(&mut self) -> Result<Option<Piece<'_>>, SourceError> {
        loop {
            let rest = self.rest();
            let window = rest.get(..PIECE_BYTES).unwrap_or(rest);
            let line_end = memchr(b'\n', window);
            let length = line_end.map_or(window.len(), |at| at.saturating_add(1));
            if line_end.is_some() || length == PIECE_BYTES || (self.at_end && length > 0) {
                return Ok(Some(self.take_piece(length, line_end.is_some())));
            }
            if self.at_end {
                return Ok(None);
            }
            self.compact();
            self.fill()?;
        }
    }

    fn take_piece(&mut self, length: usize, is_last: bool) -> Piece<'_> {
        let (from, line) = (self.start, self.line);
        let is_start = !std::mem::replace(&mut self.in_line, !is_last);
        self.start = from.saturating_add(length).min(self.buffer.len());
        self.line = line.saturating_add(u64::from(is_last));
        Piece {
            bytes: self.buffer.get(from..self.start).unwrap_or(&[]),
            line,
            is_start,
        }
    }

    /// Returns whether a quoted field may go on behind its line.
    fn has_patience(&self) -> bool {
        let first = self.record_bytes_max as u64;
        self.vain
            <= self
                .done
                .saturating_add(first)
                .saturating_mul(VAIN_BYTES_MAX)
    }

    /// Drops what was handed out already, so that the buffer grows with one record only.
    fn compact(&mut self) {
        self.buffer.drain(..self.start.min(self.buffer.len()));
        self.start = 0;
    }

    /// Goes on behind `length` bytes and their line end.
    fn advance(&mut self, length: usize, lines: u64) {
        let step = length.saturating_add(1);
        self.start = self.start.saturating_add(step).min(self.buffer.len());
        self.done = self.done.saturating_add(step as u64);
        self.line = self.line.saturating_add(lines).saturating_add(1);
    }

    /// Hands out `length` bytes, and passes over the line end behind them.
    fn take(&mut self, length: usize, lines: u64) -> Chunk<'_> {
        let (from, line) = (self.start, self.line);
        self.advance(length, lines);
        let to = from.saturating_add(length);
        let record = self.buffer.get(from..to).unwrap_or(&[]);
        Chunk::Record(record.strip_suffix(b"\r").unwrap_or(record), line)
    }

    /// Passes over the line that could not be a record.
    fn give_up(&mut self, scan: &Scan) -> Result<Chunk<'_>, SourceError> {
        let line = self.line;
        let is_over = self.rest().len() > self.record_bytes_max;
        let open_quote = scan.in_quotes && (scan.lines > 0 || !is_over);
        if open_quote {
            self.vain = self.vain.saturating_add(scan.position as u64);
        }
        self.skip_line()?;
        Ok(if open_quote {
            Chunk::OpenQuote(line)
        } else {
            Chunk::TooLong(line)
        })
    }

    fn skip_line(&mut self) -> Result<(), SourceError> {
        loop {
            if let Some(length) = memchr(b'\n', self.rest()) {
                self.advance(length, 0);
                return Ok(());
            }
            if self.at_end {
                self.advance(self.rest().len(), 0);
                return Ok(());
            }
            self.done = self.done.saturating_add(self.rest().len() as u64);
            self.start = self.buffer.len();
            self.compact();
            self.fill()?;
        }
    }
}

/// The search for a record's end, resumed as bytes arrive.
#[derive(Default)]
struct Scan {
    position: usize,
    in_quotes: bool,
    /// Where the byte behind the last closing quote stands: a quote there is part of the field.
    closed: Option<usize>,
    /// Line ends within quotes so far.
    lines: u64,
    /// Whether quoted fields end on their line.
    one_line: bool,
    /// Whether one did not.
    is_lost: bool,
}

impl Scan {
    fn find_end(&mut self, bytes: &[u8], ending: Ending) -> Option<usize> {
        match ending {
            Ending::Line => {
                let found = self.find(bytes, |rest| memchr(b'\n', rest));
                self.position = bytes.len();
                found
            }
            Ending::Quoted(separator) => self.find_end_outside_quotes(bytes, separator),
        }
    }

    /// Searches from the current position on.
    fn find(&self, bytes: &[u8], search: impl Fn(&[u8]) -> Option<usize>) -> Option<usize> {
        let found = search(bytes.get(self.position..)?)?;
        Some(self.position.saturating_add(found))
    }

    /// A quote opens a quoted field only as its first byte; anywhere else in plain text it is text.
    fn find_end_outside_quotes(&mut self, bytes: &[u8], separator: u8) -> Option<usize> {
        while let Some(at) = self.find(bytes, |rest| memchr2(b'"', b'\n', rest)) {
            let behind = at.saturating_add(1);
            let is_quote = bytes.get(at) == Some(&b'"');
            if is_quote && self.in_quotes {
                self.in_quotes = false;
                self.closed = Some(behind);
            } else if is_quote {
                let before = at.checked_sub(1).and_then(|before| bytes.get(before));
                self.in_quotes =
                    before.is_none_or(|byte| *byte == separator) || self.closed == Some(at);
            } else if self.in_quotes {
                self.lines = self.lines.saturating_add(1);
                self.is_lost = self.one_line;
            } else {
                return Some(at);
            }
            self.position = behind;
            if self.is_lost {
                return None;
            }
        }
        self.position = bytes.len();
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], ending: Ending, limit: usize) -> Vec<String> {
        rest_of(LineReader::new(Box::new(text), limit, Pace::Whole), ending)
    }

    fn rest_of(mut reader: LineReader<'_>, ending: Ending) -> Vec<String> {
        let mut out = Vec::new();
        loop {
            match reader.next(ending).expect("reading a slice does not fail") {
                Chunk::Record(record, line) => {
                    out.push(format!("{line}:{}", String::from_utf8_lossy(record)));
                }
                Chunk::TooLong(line) => out.push(format!("{line}:too long")),
                Chunk::OpenQuote(line) => out.push(format!("{line}:open quote")),
                Chunk::End => return out,
            }
        }
    }

    #[test]
    fn records_keep_their_lines() {
        assert_eq!(
            all(b"a\r\nb\n\nc", Ending::Line, 100),
            ["1:a", "2:b", "3:", "4:c"]
        );
        assert_eq!(
            all(b"a\n\"b\nc\"\nd\n", Ending::Quoted(b','), 100),
            ["1:a", "2:\"b\nc\"", "4:d"]
        );
    }

    /// Bytes that end in a failure of the disk.
    struct Failing<'a>(&'a [u8]);

    impl Read for Failing<'_> {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                return Err(std::io::Error::other("cut off"));
            }
            self.0.read(room)
        }
    }

    #[test]
    fn what_came_before_a_failure_is_handed_out() {
        let stream = Box::new(Failing(b"a\nb\nc"));
        let mut reader = LineReader::new(stream, 100, Pace::Whole);
        for line in [1, 2] {
            let Ok(Chunk::Record(_, found)) = reader.next(Ending::Line) else {
                panic!("line {line} was whole");
            };
            assert_eq!(found, line);
        }
        assert!(reader.is_waiting(), "what was gathered goes first");
        let Err(SourceError::Read { line, .. }) = reader.next(Ending::Line) else {
            panic!("line 3 was cut off");
        };
        assert_eq!(line, 2);
    }

    #[test]
    fn a_long_line_is_passed_over_and_the_next_is_read() {
        let mut text = b"a\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', 300_000));
        text.extend(b"\nb\n");
        assert_eq!(
            all(&text, Ending::Line, 1_000),
            ["1:a", "2:too long", "3:b"]
        );
        assert_eq!(
            all(&text, Ending::Quoted(b','), 1_000),
            ["1:a", "2:too long", "3:b"]
        );
    }

    #[test]
    fn a_quote_that_never_closes_costs_one_line() {
        assert_eq!(
            all(b"\"a\nb\nc\n", Ending::Quoted(b','), 100),
            ["1:open quote", "2:b", "3:c"]
        );
    }

    #[test]
    fn a_quote_opens_only_at_the_start_of_a_field() {
        let quoted = Ending::Quoted(b',');
        assert_eq!(
            all(b"5\" disk,a\nb\n", quoted, 100),
            ["1:5\" disk,a", "2:b"]
        );
        assert_eq!(
            all(b"\"a\"\"\n\",b\nc", quoted, 100),
            ["1:\"a\"\"\n\",b", "3:c"]
        );
        assert_eq!(all(b"\"a\"b\"\nc", quoted, 100), ["1:\"a\"b\"", "2:c"]);
        assert_eq!(all(b"\"\",\"\"\nc", quoted, 100), ["1:\"\",\"\"", "2:c"]);
    }

    #[test]
    fn a_record_is_over_the_limit_or_not_wherever_the_buffer_ends() {
        let text = b"12345678\n123456789\n\"1\n345678\"\n\"1\n3456\"\r\n\"1\n3456\"\n\xff\"";
        let expected = [
            "1:12345678",
            "2:too long",
            "3:open quote",
            "4:345678\"",
            "5:too long",
            "6:3456\"",
            "7:\"1\n3456\"",
            "9:\u{fffd}\"",
        ];
        for read_bytes in 1..20 {
            let mut reader = LineReader::new(Box::new(&text[..]), 8, Pace::Whole);
            reader.read_bytes = read_bytes;
            assert_eq!(
                rest_of(reader, Ending::Quoted(b',')),
                expected,
                "{read_bytes}"
            );
        }
    }

    #[test]
    fn a_bomb_of_one_line_stays_in_bounded_memory() {
        let bomb = std::io::repeat(b'x').take(300 << 20);
        let mut reader = LineReader::new(Box::new(bomb.chain(&b"\nb\n"[..])), 1_000, Pace::Whole);
        assert_eq!(reader.next(Ending::Line).unwrap(), Chunk::TooLong(1));
        assert!(
            reader.buffer.capacity() < 1 << 20,
            "{}",
            reader.buffer.capacity()
        );
        assert_eq!(reader.next(Ending::Line).unwrap(), Chunk::Record(b"b", 2));
    }

    #[test]
    fn quotes_that_never_close_on_every_line_do_not_cost_a_scan_each() {
        // From either state, each of these lines ends within quotes.
        let lines = 200_000;
        let text = b"a\"b,\"\n".repeat(lines);
        let mut reader = LineReader::new(Box::new(text.as_slice()), 1 << 24, Pace::Whole);
        let mut refused = 0;
        while let Chunk::OpenQuote(line) = reader.next(Ending::Quoted(b',')).unwrap() {
            refused += 1;
            assert_eq!(line, refused);
        }
        assert_eq!(refused, lines as u64);
        let most = (text.len() as u64 + (1 << 24)) * (VAIN_BYTES_MAX + 1);
        assert!(reader.vain < most, "{}", reader.vain);
    }
}
