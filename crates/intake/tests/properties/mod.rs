//! What every parser of hostile bytes owes, whatever the bytes are: properties that tests replay over
//! the corpora and mutations, and that the fuzz targets explore.
//!
//! A property panics with what it found; it opens nothing.

pub mod privacy;

use std::io::Read;
use std::sync::Arc;

use ringtrue_core::expression::Expression;
use ringtrue_core::{Event, EventTime, Field, Kind, Limits, Task, Trust, Value};
use ringtrue_intake::source::{
    Batch, Compression, Format, ParquetSource, Source, SourceError, decompress, open_text,
};
use ringtrue_intake::text::TextParameters;
use ringtrue_intake::url::text::tokens;
use ringtrue_intake::url::{UrlParts, schema, signals_of};

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
        batch.columns.len() <= limits.columns_max,
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

/// Unpacks at most a MiB; bytes that are not packed come out as they are.
pub fn unpacking(bytes: &[u8]) {
    let Ok((reader, compression)) = decompress(Box::new(bytes)) else {
        return;
    };
    let mut out = Vec::new();
    let read = reader.take(1 << 20).read_to_end(&mut out);
    if compression == Compression::Plain {
        assert!(
            read.is_ok() && out == bytes.get(..1 << 20).unwrap_or(bytes),
            "plain bytes changed"
        );
    }
}

/// Takes a URL apart, and computes its signals and tokens.
pub fn url(text: &str) {
    let limits = Limits {
        url_bytes_max: 300,
        ..Limits::default()
    };
    for limits in [limits, Limits::default()] {
        let (parts, issues) = UrlParts::parse(text, &limits);
        assert_eq!(issues, UrlParts::parse(text, &limits).1);
        assert_eq!(parts.bytes(), text.len());
        assert!(
            !parts.host().bytes().any(|byte| byte.is_ascii_uppercase()),
            "{}",
            parts.host()
        );
        assert!(
            parts.host().contains(parts.registrable_domain()),
            "{}",
            parts.host()
        );
        let [mut row, mut again] = [Vec::new(), vec![1.0]];
        signals_of(&parts, &mut row);
        signals_of(&parts, &mut again);
        assert_eq!(row.len(), schema().signals.len());
        assert!(
            row.iter()
                .zip(&again)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
        assert!(row.iter().all(|value| !value.is_infinite()), "{row:?}");
        let parameters = TextParameters::default();
        let [mut hashes, mut again] = [Vec::new(), Vec::new()];
        tokens(&parts, &parameters, &mut hashes);
        tokens(&parts, &parameters, &mut again);
        assert_eq!(hashes, again);
        // Grams of four sizes, words and wholes of six parts: each is bounded by the part's bytes.
        assert!(
            hashes.len() <= 6 * (parameters.part_bytes_max + 8) * 6,
            "{}",
            hashes.len()
        );
    }
}

/// Reads a task; what is read has one digest and explains itself.
pub fn task(text: &str) {
    let first = Task::parse(text).map(|task| (task.digest(), task.explain()));
    let again = Task::parse(text).map(|task| (task.digest(), task.explain()));
    match (first, again) {
        (Ok(first), Ok(again)) => assert!(first.0 == again.0, "two digests of one task"),
        (Err(first), Err(again)) => {
            assert_eq!(first.to_string(), again.to_string());
            assert!(!first.to_string().is_empty());
        }
        _ => panic!("read once, refused once"),
    }
}

/// Compiles an expression, and evaluates it for an event that has some of what it may name.
pub fn expression(text: &str) {
    let Ok(expression) = Expression::compile(text) else {
        return;
    };
    let event = event();
    let (first, again) = (expression.value(&event), expression.value(&event));
    match (&first, &again) {
        (Ok(first), Ok(again)) => assert_eq!(first, again),
        (Err(first), Err(again)) => assert_eq!(first.to_string(), again.to_string()),
        _ => panic!("evaluated once, refused once: {text}"),
    }
    if let Ok(Value::Number(number)) = first {
        assert!(number.is_finite(), "{text}: {number}");
    }
    if let Ok(holds) = expression.holds(&event) {
        assert!(
            matches!(expression.value(&event), Ok(Value::Boolean(value)) if value == holds)
                || matches!(expression.value(&event), Ok(Value::Missing)) && !holds
        );
    }
}

/// Reads a time; what is read is written in a form that reads as the same time.
pub fn time(text: &str) {
    if let Ok((time, _)) = EventTime::parse(text) {
        let again = EventTime::parse(&time.to_string());
        assert_eq!(again.map(|(again, _)| again), Ok(time), "{text:?}");
        assert!(time.month_start() <= time, "{text:?}");
        assert!(time.next_month_start() > time, "{text:?}");
        assert!((1..=12).contains(&time.month().1));
    }
}

fn event() -> Event {
    let field = |name: &str, value| Field {
        name: Arc::from(name),
        value,
    };
    Event {
        kind: Kind::Url,
        time: Some(EventTime::from_date(2024, 2, 29)),
        label_known: None,
        label: None,
        source: Some(Arc::from("proxy")),
        trust: Trust::Own,
        family: None,
        group: None,
        fields: vec![
            field(
                "url",
                Value::Text(Arc::from("https://www.example.com/a?b=c")),
            ),
            field("amount", Value::Number(12.5)),
            field("known", Value::Boolean(true)),
            field("empty", Value::Missing),
        ],
    }
}
