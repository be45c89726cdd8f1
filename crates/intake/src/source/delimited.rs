//! CSV and TSV: a header, then one record a row; quoting after RFC 4180.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringtrue_core::{Limits, Value};

use super::lines::{Chunk, Ending, LineReader};
use super::{Batch, Record, Rejected, Source, SourceError};

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
    let names = match lines.next(Ending::Quoted)? {
        Chunk::Record(record, _) => split(record, separator).map_err(SourceError::Header)?,
        Chunk::TooLong(_) => return Err(SourceError::Header("its line is too long".to_owned())),
        Chunk::OpenQuote(_) => {
            return Err(SourceError::Header("a quote does not close".to_owned()));
        }
        Chunk::End => return Err(SourceError::Empty),
    };
    if names.len() > limits.columns_max {
        return Err(SourceError::Header(format!(
            "it has {} columns",
            names.len()
        )));
    }
    let mut seen = BTreeSet::new();
    for name in &names {
        if !seen.insert(name.trim()) {
            return Err(SourceError::DuplicateColumn(name.trim().to_owned()));
        }
    }
    Ok(names.iter().map(|name| Arc::from(name.trim())).collect())
}

impl Source for DelimitedSource<'_> {
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError> {
        let mut batch = Batch {
            columns: Arc::clone(&self.columns),
            ..Batch::default()
        };
        let mut bytes = 0_usize;
        while batch.records.len() < self.limits.batch_rows && bytes < self.limits.batch_bytes_max {
            match self.lines.next(Ending::Quoted)? {
                Chunk::Record([], _) => {}
                Chunk::Record(record, line) => {
                    bytes = bytes.saturating_add(record.len());
                    match read_record(record, self.separator, self.columns.len(), &self.limits) {
                        Ok(values) => batch.records.push(Record { line, values }),
                        Err(reason) => batch.rejected.push(Rejected { line, reason }),
                    }
                }
                Chunk::TooLong(line) => batch.rejected.push(too_long(line, &self.limits)),
                Chunk::OpenQuote(line) => batch.rejected.push(Rejected {
                    line,
                    reason: "a quote opens and does not close".to_owned(),
                }),
                Chunk::End => break,
            }
            if batch.rejected.len() >= self.limits.batch_rows {
                break;
            }
        }
        let is_end = batch.records.is_empty() && batch.rejected.is_empty();
        Ok((!is_end).then_some(batch))
    }
}

/// Returns the entry for a record over the limit.
pub(super) fn too_long(line: u64, limits: &Limits) -> Rejected {
    Rejected {
        line,
        reason: format!("longer than {} bytes", limits.record_bytes_max),
    }
}

fn read_record(
    record: &[u8],
    separator: u8,
    columns: usize,
    limits: &Limits,
) -> Result<Vec<Value>, String> {
    let fields = split(record, separator)?;
    if fields.len() != columns {
        return Err(format!(
            "{} fields where the header has {columns}",
            fields.len()
        ));
    }
    if fields
        .iter()
        .any(|field| field.len() > limits.field_bytes_max)
    {
        return Err(format!(
            "a field is longer than {} bytes",
            limits.field_bytes_max
        ));
    }
    Ok(fields
        .into_iter()
        .map(|field| {
            if field.is_empty() {
                Value::Missing
            } else {
                Value::Text(Arc::from(field))
            }
        })
        .collect())
}

/// Splits a record into its fields; the reason why not, if its bytes are no text.
fn split(record: &[u8], separator: u8) -> Result<Vec<String>, String> {
    let text = plain_text(record)?;
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut characters = text.chars().peekable();
    let mut in_quotes = false;
    let separator = char::from(separator);
    while let Some(character) = characters.next() {
        match character {
            '"' if in_quotes && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if in_quotes || field.is_empty() => in_quotes = !in_quotes,
            _ if character == separator && !in_quotes => fields.push(std::mem::take(&mut field)),
            _ => field.push(character),
        }
    }
    fields.push(field);
    Ok(fields)
}

/// Reads bytes as text without NUL.
pub(super) fn plain_text(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        format!(
            "not UTF-8 at byte {}",
            error.valid_up_to().saturating_add(1)
        )
    })?;
    match text.bytes().position(|byte| byte == 0) {
        Some(position) => Err(format!("a NUL byte at byte {}", position.saturating_add(1))),
        None => Ok(text),
    }
}
