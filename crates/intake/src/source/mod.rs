//! Sources: any input file as a stream of records, batch by batch, in bounded memory.
//!
//! ```text
//!   bytes ──decompress──► lines ──csv | ndjson | lines──► Batch { records, set aside }
//!   Parquet (random access) ─────────────────────────────►
//! ```
//!
//! A source never fails on a bad record: it sets it aside with its line and reason and goes on. It
//! fails only when the input as a whole cannot be read (damaged compression, no header).

mod decompress;
mod delimited;
mod json;
mod lines;
mod parquet;

use std::sync::Arc;

use ringtrue_core::{Limits, Value};

pub use decompress::{Compression, decompress};
pub use parquet::ParquetSource;

/// One record: a line of CSV or NDJSON, a row of Parquet.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The line on which it starts, or the row of a Parquet file; from 1.
    pub line: u64,
    /// One value per column of the batch; columns that came later in the input may be absent.
    pub values: Vec<Value>,
}

/// A record that could not be read, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The line on which it starts, or the row of a Parquet file; from 1.
    pub line: u64,
    /// Why, as a fragment; it quotes nothing of the record.
    pub reason: String,
    /// The column or key that it is about, where one is: not to be shown if the privacy rules do not keep
    /// it.
    pub column: Option<Arc<str>>,
}

impl Rejected {
    /// Makes an entry for a record of which no column is to be named.
    fn new(line: u64, reason: impl Into<String>) -> Self {
        Self {
            line,
            reason: reason.into(),
            column: None,
        }
    }
}

/// Some records of an input, in order.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The names of the columns so far.
    pub columns: Arc<[Arc<str>]>,
    /// The records that could be read.
    pub records: Vec<Record>,
    /// The records that could not.
    pub rejected: Vec<Rejected>,
}

/// An input as a whole cannot be read (further).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Reading the bytes failed.
    #[error("cannot read on after line {line}")]
    Read {
        /// Lines that were read.
        line: u64,
        /// The cause.
        #[source]
        cause: std::io::Error,
    },
    /// The input holds no byte.
    #[error("the input is empty: not even a header stands in it")]
    Empty,
    /// A header names a column twice.
    #[error("the header names a column twice: `{0}`")]
    DuplicateColumn(String),
    /// The header is longer, or wider, than the limits allow.
    #[error("the header is no header: {0}")]
    Header(String),
    /// The text is in an encoding other than UTF-8.
    #[error("the input is not UTF-8 text but looks like {0}")]
    Encoding(&'static str),
    /// The file is not Parquet, or damaged.
    #[error("not a readable Parquet file: {0}")]
    Parquet(String),
}

impl SourceError {
    /// Returns what the user can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => {
                "the file may be cut off: fetch it again, or check it with `gzip -t`"
            }
            Self::Empty => "name a file with a header and at least one event",
            Self::DuplicateColumn(_) => "rename one of the two columns",
            Self::Header(_) => "the first line of a CSV file names its columns",
            Self::Encoding(_) => "convert it, for example with `iconv -f utf-16 -t utf-8`",
            Self::Parquet(_) => "write the file again, or give CSV or NDJSON",
        }
    }
}

/// A stream of batches.
pub trait Source {
    /// Returns the next records, `None` at the end of the input.
    ///
    /// # Errors
    ///
    /// [`SourceError`] if the input as a whole cannot be read further.
    fn next_batch(&mut self) -> Result<Option<Batch>, SourceError>;

    /// Returns whether later batches may have columns that earlier ones did not.
    fn may_widen(&self) -> bool {
        false
    }

    /// Returns the columns whose type is not read.
    fn left_out(&self) -> &[String] {
        &[]
    }
}

/// What a file's text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Values separated by this byte, with a header.
    Delimited(u8),
    /// One JSON object a line.
    Json,
    /// One URL a line, without a header.
    Lines,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// Returns the format that a file's name tells (`.csv`, `.tsv`, `.ndjson`, `.jsonl`, `.json`,
    /// `.parquet`, `.txt`, each with or without `.gz`, `.zst`), `None` if it tells none.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let stem = lower
            .trim_end_matches(".gz")
            .trim_end_matches(".zst")
            .trim_end_matches(".zstd");
        match stem.rsplit_once('.')?.1 {
            "csv" => Some(Self::Delimited(b',')),
            "tsv" | "tab" => Some(Self::Delimited(b'\t')),
            "ndjson" | "jsonl" | "json" => Some(Self::Json),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// Returns the format that the first bytes of a text look like.
    #[must_use]
    pub fn of_content(head: &[u8]) -> Self {
        let first_line = head.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
        let count = |wanted: u8| memchr::memchr_iter(wanted, first_line).count();
        if head.starts_with(b"PAR1") {
            Self::Parquet
        } else if first_line.trim_ascii_start().starts_with(b"{") {
            Self::Json
        } else if first_line.windows(3).any(|window| window == b"://") {
            Self::Lines
        } else if count(b'\t') > count(b',') {
            Self::Delimited(b'\t')
        } else {
            Self::Delimited(b',')
        }
    }
}

/// How eagerly an input is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It is there as a whole: batches are filled.
    Whole,
    /// It comes bit by bit, and somebody waits for each record: a batch ends where waiting would begin.
    Live,
}

/// Opens a live text input, such as standard input: like [`open_text`], but without waiting for more
/// records when some have come.
///
/// # Errors
///
/// Those of [`open_text`].
pub fn open_live<'a>(
    reader: Box<dyn std::io::Read + 'a>,
    limits: Limits,
) -> Result<Box<dyn Source + 'a>, SourceError> {
    open(reader, None, limits, Pace::Live)
}

/// Opens a text input (anything but Parquet) of a known or sniffed format; compression is
/// recognised by content.
///
/// # Errors
///
/// [`SourceError`] if the first bytes cannot be read, nothing stands there, or the header is bad.
pub fn open_text<'a>(
    reader: Box<dyn std::io::Read + 'a>,
    format: Option<Format>,
    limits: Limits,
) -> Result<Box<dyn Source + 'a>, SourceError> {
    open(reader, format, limits, Pace::Whole)
}

fn open<'a>(
    reader: Box<dyn std::io::Read + 'a>,
    format: Option<Format>,
    limits: Limits,
    pace: Pace,
) -> Result<Box<dyn Source + 'a>, SourceError> {
    let (reader, _) = decompress(reader).map_err(|cause| SourceError::Read { line: 0, cause })?;
    let mut lines = lines::LineReader::new(reader, limits.record_bytes_max, pace);
    let head = lines.peek()?;
    if head.is_empty() {
        return Err(SourceError::Empty);
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(SourceError::Encoding("UTF-16"));
    }
    let format = match format {
        Some(format @ (Format::Json | Format::Lines)) => format,
        Some(Format::Delimited(separator)) if Format::of_content(head) != Format::Lines => {
            Format::Delimited(separator)
        }
        _ => Format::of_content(head),
    };
    match format {
        Format::Json => Ok(Box::new(json::JsonSource::new(lines, limits))),
        Format::Lines => Ok(Box::new(json::LineSource::new(lines, limits))),
        Format::Delimited(separator) => Ok(Box::new(delimited::DelimitedSource::new(
            lines, separator, limits,
        )?)),
        Format::Parquet => Err(SourceError::Parquet(
            "Parquet needs random access and cannot be streamed".to_owned(),
        )),
    }
}
