//! What every source of records owes: two readings are equal, the limits hold, lines ascend, and it does not
//! matter in which pieces the bytes come.

use std::io::Read;
use std::sync::Arc;

use ringtrue_core::{Limits, Value};
use ringtrue_intake::source::{
    ArrowSource, Batch, Compression, Expected, Format, Opening, Pace, ParquetSource, Source,
    SourceError, decompress, open, open_text,
};

/// Limits so small that short inputs meet each of them.
fn small() -> Limits {
    Limits {
        record_bytes_max: 64,
        field_bytes_max: 24,
        columns_max: 6,
        json_depth_max: 3,
        batch_rows: 4,
        batch_bytes_max: 512,
        ..Limits::default()
    }
}

/// Reads a text source to its end, twice and under two sets of limits.
pub fn text_source(bytes: &[u8], format: Option<Format>) {
    for limits in [small(), Limits::default()] {
        let read = || read_all(open_text(Box::new(bytes), format, limits), &limits);
        let (batches, error) = read();
        assert_eq!(
            (&batches, &error),
            (&read().0, &read().1),
            "two readings differ"
        );
        if is_plain(bytes) {
            let lines = bytes.split(|byte| *byte == b'\n').count() as u64;
            let last = batches.iter().flat_map(lines_of).max();
            assert!(
                last.is_none_or(|last| last <= lines),
                "line {last:?} of {lines}"
            );
        }
    }
}

/// What gives a few bytes at a time.
struct Drip<'a> {
    rest: &'a [u8],
    bytes: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.bytes);
        (&mut self.rest).take(most as u64).read(buffer)
    }
}

/// Reads a text source that comes in pieces of any size: the records are the same, whatever is expected. Of
/// damaged packed bytes more can be read in small pieces, so they are left out.
pub fn in_pieces(bytes: &[u8], format: Option<Format>) {
    if !is_plain(bytes) {
        return;
    }
    for expected in [Expected::Rows, Expected::Mail, Expected::Commands] {
        for limits in [small(), Limits::default()] {
            let read = |pace, size| {
                let opening = Opening {
                    format,
                    expected,
                    pace,
                    limits,
                };
                let drip = Drip {
                    rest: bytes,
                    bytes: size,
                };
                let (batches, error) = read_all(open(Box::new(drip), opening), &limits);
                (flat(batches), error)
            };
            let whole = read(Pace::Whole, usize::MAX);
            for size in [1, 5, 64] {
                assert_eq!(read(Pace::Whole, size), whole, "in pieces of {size}");
                assert_eq!(read(Pace::Live, size), whole, "live, in pieces of {size}");
            }
        }
    }
}

/// What all batches hold together, each by its line.
fn flat(batches: Vec<BatchParts>) -> Vec<(u64, String)> {
    let mut rows = Vec::new();
    for batch in batches {
        let records = batch.records.iter();
        rows.extend(records.map(|record| (record.line, format!("{:?}", record.values))));
        let rejected = batch.rejected.iter();
        rows.extend(rejected.map(|rejected| (rejected.line, rejected.reason.clone())));
    }
    rows.sort();
    rows
}

/// Reads a source that refuses nothing, and returns the texts of its first two columns.
pub(super) fn texts(bytes: &[u8], format: Format) -> Vec<[String; 2]> {
    let limits = Limits::default();
    let source = open_text(Box::new(bytes), Some(format), limits);
    let (batches, error) = read_all(source, &limits);
    assert_eq!(error, None);
    let mut rows = Vec::new();
    for batch in batches {
        assert!(batch.rejected.is_empty(), "{:?}", batch.rejected);
        rows.extend(batch.records.into_iter().map(|record| {
            let text = |at: usize| record.values.get(at).and_then(Value::text);
            [0, 1].map(|at| text(at).map_or_else(String::new, |text| text.to_string()))
        }));
    }
    rows
}

/// Reads a Parquet source to its end, twice and under two sets of limits.
pub fn parquet_source(bytes: &[u8]) {
    for limits in [small(), Limits::default()] {
        let open = || {
            let input = bytes::Bytes::copy_from_slice(bytes);
            ParquetSource::open(input, &limits).map(|source| Box::new(source) as Box<dyn Source>)
        };
        let (first, again) = (read_all(open(), &limits), read_all(open(), &limits));
        assert_eq!(first, again, "two readings differ");
        for batch in &first.0 {
            let width = batch.columns.len();
            let even = batch
                .records
                .iter()
                .all(|record| record.values.len() == width);
            assert!(even, "rows differ in width");
        }
    }
}

/// Reads the first batches of an Arrow stream, under two sets of limits. It may say that it has more rows than anybody could read.
pub fn arrow_source(bytes: &[u8]) {
    for limits in [small(), Limits::default()] {
        let Ok(mut source) = ArrowSource::open(bytes, &limits) else {
            continue;
        };
        for _ in 0..16 {
            let Ok(Some(batch)) = source.next_batch() else {
                break;
            };
            let rows = batch.records.len() + batch.rejected.len();
            assert!(rows <= limits.batch_rows, "{rows} rows at a time");
            let width = batch.columns.len();
            let even = batch
                .records
                .iter()
                .all(|record| record.values.len() == width);
            assert!(even, "rows differ in width");
        }
    }
}

fn is_plain(bytes: &[u8]) -> bool {
    decompress(Box::new(bytes)).is_ok_and(|(_, compression)| compression == Compression::Plain)
}

type ReadAll = (Vec<BatchParts>, Option<String>);

/// A batch as what can be compared.
#[derive(Debug, PartialEq)]
pub struct BatchParts {
    columns: Vec<Arc<str>>,
    records: Vec<ringtrue_intake::source::Record>,
    rejected: Vec<ringtrue_intake::source::Rejected>,
}

fn lines_of(batch: &BatchParts) -> Vec<u64> {
    let records = batch.records.iter().map(|record| record.line);
    let rejected = batch.rejected.iter().map(|rejected| rejected.line);
    let mut lines: Vec<u64> = records.chain(rejected).collect();
    lines.sort_unstable();
    lines
}

fn read_all(source: Result<Box<dyn Source + '_>, SourceError>, limits: &Limits) -> ReadAll {
    let mut source = match source {
        Ok(source) => source,
        Err(error) => return (Vec::new(), Some(error.to_string())),
    };
    let mut batches: Vec<BatchParts> = Vec::new();
    let mut last_line = 0;
    loop {
        match source.next_batch() {
            Ok(None) => return (batches, None),
            Err(error) => return (batches, Some(error.to_string())),
            Ok(Some(batch)) => {
                check_batch(&batch, limits);
                let known = batches.last().map_or(&[][..], |before| &before.columns);
                assert!(batch.columns.starts_with(known), "columns moved");
                let Batch {
                    columns,
                    records,
                    rejected,
                } = batch;
                let batch = BatchParts {
                    columns: columns.to_vec(),
                    records,
                    rejected,
                };
                for line in lines_of(&batch) {
                    assert!(line > last_line, "line {line} after line {last_line}");
                    last_line = line;
                }
                batches.push(batch);
            }
        }
    }
}

/// Columns that a source has whatever its input says.
const OWN_COLUMNS: usize = 11;

fn check_batch(batch: &Batch, limits: &Limits) {
    assert!(
        !batch.records.is_empty() || !batch.rejected.is_empty(),
        "an empty batch"
    );
    assert!(batch.records.len() <= limits.batch_rows, "too many records");
    assert!(
        batch.rejected.len() <= limits.batch_rows,
        "too many set aside"
    );
    assert!(
        batch.columns.len() <= limits.columns_max.max(OWN_COLUMNS),
        "too many columns"
    );
    assert!(
        batch.records.is_sorted_by_key(|record| record.line),
        "records out of order"
    );
    for record in &batch.records {
        assert!(
            record.values.len() <= batch.columns.len(),
            "more values than columns"
        );
        for value in &record.values {
            match value {
                Value::Text(text) => {
                    assert!(
                        !text.is_empty() && text.len() <= limits.field_bytes_max,
                        "{text:?}"
                    );
                }
                Value::Number(number) => assert!(!number.is_nan(), "NaN is no value"),
                Value::Missing | Value::Boolean(_) => {}
            }
        }
    }
}
