//! Lines and quoted records out of a byte stream, in bounded memory whatever the bytes are.

use std::io::Read;

use super::SourceError;

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

/// How a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// At the next line end.
    Line,
    /// At the next line end outside double quotes.
    Quoted,
}

const READ_BYTES: usize = 1 << 16;

/// Buffers a stream and hands out records as slices of the buffer.
pub(super) struct LineReader<'a> {
    reader: Box<dyn Read + 'a>,
    buffer: Vec<u8>,
    start: usize,
    line: u64,
    record_bytes_max: usize,
    at_end: bool,
}

impl<'a> LineReader<'a> {
    pub(super) fn new(reader: Box<dyn Read + 'a>, record_bytes_max: usize) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            start: 0,
            line: 1,
            record_bytes_max,
            at_end: false,
        }
    }

    /// Returns the first bytes of what is left, without a byte-order mark.
    pub(super) fn peek(&mut self) -> Result<&[u8], SourceError> {
        if self.buffer.is_empty() {
            self.fill()?;
            if self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.start = 3;
            }
        }
        Ok(self.rest())
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or(&[])
    }

    /// Reads more bytes behind what is buffered.
    fn fill(&mut self) -> Result<(), SourceError> {
        let kept = self.buffer.len();
        let mut more = self.reader.by_ref().take(READ_BYTES as u64);
        match more.read_to_end(&mut self.buffer) {
            Ok(0) => self.at_end = true,
            Ok(_) => {}
            Err(cause) => {
                self.buffer.truncate(kept);
                return Err(SourceError::Read {
                    line: self.line.saturating_sub(1),
                    cause,
                });
            }
        }
        Ok(())
    }

    /// Returns the next record.
    pub(super) fn next(&mut self, ending: Ending) -> Result<Chunk<'_>, SourceError> {
        let mut scan = Scan::default();
        loop {
            if let Some(length) = scan.find_end(self.rest(), ending) {
                return Ok(self.take(length, scan.lines));
            }
            if self.rest().len() > self.record_bytes_max {
                return self.give_up(ending);
            }
            if self.at_end {
                if scan.in_quotes {
                    return self.give_up(ending);
                }
                let length = self.rest().len();
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

    /// Drops what was handed out already, so that the buffer grows with one record only.
    fn compact(&mut self) {
        self.buffer.drain(..self.start.min(self.buffer.len()));
        self.start = 0;
    }

    /// Hands out `length` bytes, and passes over the line end behind them.
    fn take(&mut self, length: usize, lines: u64) -> Chunk<'_> {
        let (from, line) = (self.start, self.line);
        let to = from.saturating_add(length);
        self.start = to.saturating_add(1).min(self.buffer.len());
        self.line = self.line.saturating_add(lines).saturating_add(1);
        let record = self.buffer.get(from..to).unwrap_or(&[]);
        Chunk::Record(record.strip_suffix(b"\r").unwrap_or(record), line)
    }

    /// Passes over the line that could not be a record.
    fn give_up(&mut self, ending: Ending) -> Result<Chunk<'_>, SourceError> {
        let line = self.line;
        let first_line_ends = self
            .rest()
            .iter()
            .take(self.record_bytes_max)
            .any(|byte| *byte == b'\n');
        self.skip_line()?;
        let open_quote = ending == Ending::Quoted && (first_line_ends || self.at_end);
        Ok(if open_quote {
            Chunk::OpenQuote(line)
        } else {
            Chunk::TooLong(line)
        })
    }

    fn skip_line(&mut self) -> Result<(), SourceError> {
        loop {
            if let Some(length) = self.rest().iter().position(|byte| *byte == b'\n') {
                self.start = self.start.saturating_add(length).saturating_add(1);
                break;
            }
            self.start = self.buffer.len();
            if self.at_end {
                break;
            }
            self.compact();
            self.fill()?;
        }
        self.line = self.line.saturating_add(1);
        Ok(())
    }
}

/// The search for a record's end, resumed as bytes arrive.
#[derive(Default)]
struct Scan {
    position: usize,
    in_quotes: bool,
    lines: u64,
}

impl Scan {
    fn find_end(&mut self, bytes: &[u8], ending: Ending) -> Option<usize> {
        for (index, byte) in bytes.iter().enumerate().skip(self.position) {
            match byte {
                b'"' if ending == Ending::Quoted => self.in_quotes = !self.in_quotes,
                b'\n' if !self.in_quotes => return Some(index),
                b'\n' => self.lines = self.lines.saturating_add(1),
                _ => {}
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
        let mut reader = LineReader::new(Box::new(text), limit);
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
            all(b"a\n\"b\nc\"\nd\n", Ending::Quoted, 100),
            ["1:a", "2:\"b\nc\"", "4:d"]
        );
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
            all(&text, Ending::Quoted, 1_000),
            ["1:a", "2:too long", "3:b"]
        );
    }

    #[test]
    fn a_quote_that_never_closes_costs_one_line() {
        assert_eq!(
            all(b"\"a\nb\nc\n", Ending::Quoted, 100),
            ["1:open quote", "2:b", "3:c"]
        );
    }
}
