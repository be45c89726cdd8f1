//! Sources: any input file as a stream of records, batch by batch, in bounded memory.
//!
//! ```text
//!   bytes ──decompress──► lines ──csv | ndjson | lines──► Batch { records, set aside }
//!                               ──mail | history | auditd─►
//!   Parquet (random access), Arrow streams ──columnar────►
//! ```
//!
//! A source never fails on a bad record: it sets it aside with its line and reason and goes on. It
//! fails only when the input as a whole cannot be read (damaged compression, no header).

mod arrow;
mod auditd;
mod columnar;
mod decompress;
mod delimited;
mod format;
mod gather;
mod history;
mod json;
mod lines;
mod mail;
mod parquet;
mod shell_words;

use std::sync::Arc;

use ringtrue_core::{Cell, Limits, Value};

use history::{HistorySource, Shell};
use mail::{MailSource, Separators};

pub use arrow::ArrowSource;
pub use decompress::{Compression, decompress};
pub use format::{Expected, Format};
pub use mail::{MailFiles, open_mails};
pub use parquet::ParquetSource;
pub use shell_words::command_line;

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

impl Batch {
    /// Gathers the rows that `read` passes on; `None` at the end of the input.
    fn gather(
        columns: &Arc<[Arc<str>]>,
        read: impl FnOnce(&mut EachRow<'_>) -> Result<bool, SourceError>,
    ) -> Result<Option<Self>, SourceError> {
        let mut batch = Self {
            columns: Arc::clone(columns),
            ..Self::default()
        };
        let is_more = read(&mut |_, row| match row {
            Row::Read(line, cells) => batch.records.push(Record {
                line,
                values: cells.iter().map(Cell::value).collect(),
            }),
            Row::Rejected(rejected) => batch.rejected.push(rejected),
        })?;
        Ok(is_more.then_some(batch))
    }

    /// Passes its rows on, in the order in which they stood.
    fn pass(self, each: &mut EachRow<'_>) {
        let mut rejected = self.rejected.into_iter().peekable();
        for record in &self.records {
            while let Some(before) = rejected.next_if(|rejected| rejected.line < record.line) {
                each(&self.columns, Row::Rejected(before));
            }
            let cells: Vec<Cell<'_>> = record.values.iter().map(Cell::from).collect();
            each(&self.columns, Row::Read(record.line, &cells));
        }
        for rejected in rejected {
            each(&self.columns, Row::Rejected(rejected));
        }
    }
}

/// One row as it passes by.
#[derive(Debug)]
pub enum Row<'a> {
    /// A record: its line, and one value per column; columns that came later may be absent.
    Read(u64, &'a [Cell<'a>]),
    /// What could not be read.
    Rejected(Rejected),
}

/// Is given the columns so far, and a row.
pub type EachRow<'a> = dyn FnMut(&Arc<[Arc<str>]>, Row<'_>) + 'a;

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
    /// The input holds no byte of what it was to be.
    #[error("the input is empty: {}", .0.lacks()[0])]
    Empty(Format),
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
    /// The bytes are no Arrow stream, or damaged.
    #[error("not a readable Arrow stream: {0}")]
    Arrow(String),
}

impl SourceError {
    /// Returns what the user can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => {
                "the file may be cut off: fetch it again, or check it with `gzip -t`"
            }
            Self::Empty(format) => {
                let [_, hint] = format.lacks();
                hint
            }
            Self::DuplicateColumn(_) => "rename one of the two columns",
            Self::Header(_) => "the first line of a CSV file names its columns",
            Self::Encoding(_) => "convert it, for example with `iconv -f utf-16 -t utf-8`",
            Self::Parquet(_) => "write the file again, or give CSV or NDJSON",
            Self::Arrow(_) => "write it in Arrow's IPC streaming format, without compression",
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

    /// Passes the rows of the next batch to `each`, in order, without keeping them; returns whether there were any,
    /// which there are not at the end of the input.
    ///
    /// # Errors
    ///
    /// Those of [`Source::next_batch`]; rows that came before are passed on.
    fn next_rows(&mut self, each: &mut EachRow<'_>) -> Result<bool, SourceError> {
        let batch = self.next_batch()?;
        let is_more = batch.is_some();
        if let Some(batch) = batch {
            batch.pass(each);
        }
        Ok(is_more)
    }

    /// Returns the line up to which all that was read was handed out, so that whoever reads on behind it misses nothing; `None` if rows
    /// are handed out line by line, so that their own lines tell.
    fn settled(&self) -> Option<u64> {
        None
    }

    /// Returns whether later batches may have columns that earlier ones did not.
    fn may_widen(&self) -> bool {
        false
    }

    /// Returns the columns whose type is not read.
    fn left_out(&self) -> &[String] {
        &[]
    }

    /// Returns what was passed over so far because it is nothing that the source is read for, in sentences.
    fn passed_over(&self) -> Vec<String> {
        Vec::new()
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

/// How a text input is opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// The format, if a name tells it; else it is recognised by content.
    pub format: Option<Format>,
    /// What decides where neither tell.
    pub expected: Expected,
    /// How eagerly it is read.
    pub pace: Pace,
    /// What it may hold.
    pub limits: Limits,
}

/// Opens a live input of rows, such as standard input: like [`open_text`], but without waiting for more
/// records when some have come.
///
/// # Errors
///
/// Those of [`open_text`].
pub fn open_live<'a>(
    reader: Box<dyn std::io::Read + 'a>,
    limits: Limits,
) -> Result<Box<dyn Source + 'a>, SourceError> {
    let opening = Opening {
        format: None,
        expected: Expected::Rows,
        pace: Pace::Live,
        limits,
    };
    open(reader, opening)
}

/// Opens an input of rows (anything but Parquet) of a known or sniffed format.
///
/// # Errors
///
/// Those of [`open`].
pub fn open_text<'a>(
    reader: Box<dyn std::io::Read + 'a>,
    format: Option<Format>,
    limits: Limits,
) -> Result<Box<dyn Source + 'a>, SourceError> {
    let opening = Opening {
        format,
        expected: Expected::Rows,
        pace: Pace::Whole,
        limits,
    };
    open(reader, opening)
}

/// Opens a text input (anything but Parquet); compression is recognised by content.
///
/// # Errors
///
/// [`SourceError`] if the first bytes cannot be read, nothing stands there, or the header is bad.
pub fn open<'a>(
    reader: Box<dyn std::io::Read + 'a>,
    opening: Opening,
) -> Result<Box<dyn Source + 'a>, SourceError> {
    let Opening {
        format,
        expected,
        pace,
        limits,
    } = opening;
    let (reader, _) = decompress(reader).map_err(|cause| SourceError::Read { line: 0, cause })?;
    let mut lines = lines::LineReader::new(reader, limits.record_bytes_max, pace);
    let head = lines.peek()?;
    if head.is_empty() {
        return Err(SourceError::Empty(Format::of_nothing(format, expected)));
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(SourceError::Encoding("UTF-16"));
    }
    Ok(match Format::settle(format, head, expected) {
        Format::Json => Box::new(json::JsonSource::new(lines, limits)),
        Format::Lines => {
            let column = expected.line_column();
            Box::new(json::LineSource::new(lines, column, limits))
        }
        Format::Delimited(separator) => {
            Box::new(delimited::DelimitedSource::new(lines, separator, limits)?)
        }
        Format::Mail => Box::new(MailSource::new(lines, Separators::None, limits)),
        Format::Mbox => Box::new(MailSource::new(lines, Separators::Unknown, limits)),
        Format::BashHistory => Box::new(HistorySource::new(lines, Shell::Bash, limits)),
        Format::ZshHistory => Box::new(HistorySource::new(lines, Shell::Zsh, limits)),
        Format::Auditd => Box::new(auditd::AuditSource::new(lines, limits)),
        Format::Parquet => {
            return Err(SourceError::Parquet(
                "Parquet needs random access and cannot be streamed".to_owned(),
            ));
        }
    })
}
