//! CSV and TSV: a header, then one record a row; quoting after RFC 4180.
//!
//! Beyond the RFC: a line ends with or without a carriage return, blank lines are passed over, a quote
//! inside a plain field is text, and what follows a closing quote belongs to its field. A row that is
//! wider or narrower than the header is set aside.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use memchr::memchr;
use ringtrue_core::{Cell, Limits, Value};

use super::lines::{Chunk, Ending, LineReader};
use super::{Batch, EachRow, Format, Rejected, Row, Source, SourceError};

/// A CSV or TSV input.
pub(super) struct DelimitedSource<'a> {
    lines: LineReader<'a>,
    separator: u8,
    columns: Arc<[Arc<str>]>,
    limits: Limits,
}

impl<'a> DelimitedSource<'a> {
    pub(super) fn new(
        mut lines: LineReader<'a>,
        separator: u8,
        limits: Limits,
    ) -> Result<Self, SourceError> {
        let columns = read_header(&mut lines, separator, &limits)?;
        Ok(Self {
            lines,
            separator,
            columns,
            limits,
        })
    }
}

fn read_header(
    lines: &mut LineReader<'_>,
    separator: u8,
    limits: &Limits,
) -> Result<Arc<[Arc<str>]>, SourceError> {
    let names: Vec<Arc<str>> = match lines.next(Ending::Quoted(separator))? {
        Chunk::Record(record, _) => {
            let text = plain_text(record).map_err(SourceError::Header)?;
            let fields = Fields::of(text, separator).take(limits.columns_max.saturating_add(1));
            fields.map(|name| Arc::from(name.trim())).collect()
        }
        Chunk::TooLong(_) => return Err(SourceError::Header("its line is too long".to_owned())),
        Chunk::OpenQuote(_) => {
            return Err(SourceError::Header("a quote does not close".to_owned()));
        }
        Chunk::End => return Err(SourceError::Empty(Format::Delimited(separator))),
    };
    if names.len() > limits.columns_max {
        return Err(SourceError::Header(format!(
            "it has more than {} columns",
            limits.columns_max
        )));
    }
    let mut seen = BTreeSet::new();
    for name in &names {
        if !seen.insert(name) {
            return Err(SourceError::DuplicateColumn(name.to_string()));
        }
    }
    Ok(names.into())
}

impl Source for DelimitedSource<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let columns = Arc::clone(&self.columns);
        Batch::gather(&columns, |each| self.next_rows(each))
    }

    fn next_rows(&mut self, each: &mut EachRow<'_>) -> Result<bool, SourceError> {
        let (mut bytes, mut read, mut rejected) = (0_usize, 0_usize, 0_usize);
        while read < self.limits.batch_rows
            && rejected < self.limits.batch_rows
            && bytes < self.limits.batch_bytes_max
            && (read == 0 || !self.lines.is_waiting())
        {
            let refused = match self.lines.next(Ending::Quoted(self.separator))? {
                Chunk::Record([], _) => continue,
                Chunk::Record(record, line) => {
                    bytes = bytes.saturating_add(held(record, self.columns.len()));
                    match read_record(record, self.separator, self.columns.len(), &self.limits) {
                        Ok(cells) => {
                            read = read.saturating_add(1);
                            each(&self.columns, Row::Read(line, &cells));
                            continue;
                        }
                        Err(reason) => Rejected::new(line, reason),
                    }
                }
                Chunk::TooLong(line) => too_long(line, &self.limits),
                Chunk::OpenQuote(line) => Rejected::new(line, "a quote opens and does not close"),
                Chunk::End => break,
            };
            rejected = rejected.saturating_add(1);
            each(&self.columns, Row::Rejected(refused));
        }
        Ok(read > 0 || rejected > 0)
    }
}

/// Returns the entry for a record over the limit.
pub(super) fn too_long(line: u64, limits: &Limits) -> Rejected {
    let reason = format!("longer than {} bytes", limits.record_bytes_max);
    Rejected::new(line, reason)
}

/// Returns about how many bytes a record of `values` values takes while it is held.
pub(super) fn held(record: &[u8], values: usize) -> usize {
    /// A value, its text's counters, and what the allocator adds.
    const VALUE_BYTES: usize = size_of::<Value>() + 32;
    record
        .len()
        .saturating_add(values.saturating_mul(VALUE_BYTES))
}

fn read_record<'r>(
    record: &'r [u8],
    separator: u8,
    columns: usize,
    limits: &Limits,
) -> Result<Vec<Cell<'r>>, String> {
    let mut fields = Fields::of(plain_text(record)?, separator);
    let mut cells = Vec::with_capacity(columns);
    for field in fields.by_ref().take(columns) {
        cells.push(text_cell(field, limits)?);
    }
    let found = cells.len().saturating_add(fields.count());
    if found == columns {
        Ok(cells)
    } else {
        Err(format!("{found} fields where the header has {columns}"))
    }
}

/// Returns a text within the limit as a cell; the empty text is missing.
pub(super) fn text_cell<'a>(
    text: impl Into<Cow<'a, str>>,
    limits: &Limits,
) -> Result<Cell<'a>, String> {
    let text = text.into();
    if text.is_empty() {
        Ok(Cell::Missing)
    } else if text.len() > limits.field_bytes_max {
        let most = limits.field_bytes_max;
        Err(format!("a field is longer than {most} bytes"))
    } else {
        Ok(Cell::Text(text))
    }
}

/// Returns a text within the limit as a value; the empty text is missing.
pub(super) fn text_value(text: &str, limits: &Limits) -> Result<Value, String> {
    text_cell(text, limits).map(|cell| cell.value())
}

/// The fields of one record.
struct Fields<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Fields<'a> {
    const fn of(record: &'a str, separator: u8) -> Self {
        Self {
            rest: Some(record),
            separator,
        }
    }

    /// Takes what stands before the next separator.
    fn plain(&mut self, text: &'a str) -> &'a str {
        let cut = memchr(self.separator, text.as_bytes()).and_then(|at| text.split_at_checked(at));
        let (field, rest) = match cut {
            Some((field, rest)) => (field, rest.get(1..)),
            None => (text, None),
        };
        self.rest = rest;
        field
    }

    /// Takes a field whose opening quote stands before `text`.
    fn quoted(&mut self, text: &'a str) -> Cow<'a, str> {
        let mut field = Cow::Borrowed("");
        let mut text = text;
        while let Some((part, behind)) = text.split_once('"') {
            append(&mut field, part);
            match behind.strip_prefix('"') {
                None => {
                    append(&mut field, self.plain(behind));
                    return field;
                }
                Some(behind) => {
                    append(&mut field, "\"");
                    text = behind;
                }
            }
        }
        append(&mut field, text);
        field
    }
}

fn append<'a>(field: &mut Cow<'a, str>, part: &'a str) {
    if field.is_empty() {
        *field = Cow::Borrowed(part);
    } else if !part.is_empty() {
        field.to_mut().push_str(part);
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        Some(match rest.strip_prefix('"') {
            Some(text) => self.quoted(text),
            None => Cow::Borrowed(self.plain(rest)),
        })
    }
}

/// Reads bytes as text without NUL.
pub(super) fn plain_text(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        format!(
            "not UTF-8 at byte {}",
            error.valid_up_to().saturating_add(1)
        )
    })?;
    match memchr(0, bytes) {
        Some(position) => Err(format!("a NUL byte at byte {}", position.saturating_add(1))),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(record: &str, expected: &[&str]) {
        let found: Vec<_> = Fields::of(record, b',').collect();
        assert_eq!(found, expected, "{record}");
    }

    #[test]
    fn fields_are_cut_and_unquoted() {
        check("", &[""]);
        check("a", &["a"]);
        check(",", &["", ""]);
        check("a,,b", &["a", "", "b"]);
        check("\"a,b\",c", &["a,b", "c"]);
        check("\"a\"\"b\"", &["a\"b"]);
        check("\"\"\"\"", &["\""]);
        check("\"\",\"\"", &["", ""]);
        check("\"a\nb\",\"\n\"", &["a\nb", "\n"]);
        check("5\" disk,\"x\"", &["5\" disk", "x"]);
        check("a\"b\"\"c\",d", &["a\"b\"\"c\"", "d"]);
        check(" \"a\",b", &[" \"a\"", "b"]);
        check("\"a\"b\"c,d", &["ab\"c", "d"]);
        check("\"a\" ,b", &["a ", "b"]);
        check("é,\"ü\"", &["é", "ü"]);
        check("\"open", &["open"]);
    }
}
