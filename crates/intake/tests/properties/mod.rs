//! What every parser of hostile bytes owes, whatever the bytes are: properties that tests replay over
//! the corpora and mutations, and that the fuzz targets explore.
//!
//! A property panics with what it found; it opens nothing.

pub mod privacy;
pub mod session;

use std::fmt::Write as _;
use std::io::Read;
use std::sync::Arc;

use ringtrue_core::expression::Expression;
use ringtrue_core::{Event, EventTime, Field, Kind, Limits, Task, Trust, Value};
use ringtrue_intake::command::text::Part;
use ringtrue_intake::command::{self, Command};
use ringtrue_intake::email::{self, EmailOptions, Mail};
use ringtrue_intake::source::{
    Batch, Compression, Expected, Format, Opening, Pace, ParquetSource, Source, SourceError,
    decompress, open, open_text,
};
use ringtrue_intake::text::{PlacedToken, TextParameters};
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
fn texts(bytes: &[u8], format: Format) -> Vec<[String; 2]> {
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

/// Writes messages, which the bytes hold between NUL bytes, as an mbox, and reads them back.
pub fn mbox(bytes: &[u8]) {
    let messages: Vec<Vec<u8>> = bytes
        .split(|byte| *byte == 0)
        .filter(|message| !message.trim_ascii().is_empty())
        .map(|message| [message, if message.ends_with(b"\n") { b"" } else { b"\n" }].concat())
        .collect();
    if messages.is_empty() {
        return;
    }
    let mut file = Vec::new();
    for message in &messages {
        file.extend_from_slice(b"From ann@example.com Mon Sep 14 12:00:00 2020\n");
        for line in message.split_inclusive(|byte| *byte == b'\n') {
            let marks = line.iter().take_while(|byte| **byte == b'>').count();
            if line
                .get(marks..)
                .is_some_and(|line| line.starts_with(b"From "))
            {
                file.push(b'>');
            }
            file.extend_from_slice(line);
        }
        file.push(b'\n');
    }
    let found = texts(&file, Format::Mbox);
    assert_eq!(found.len(), messages.len());
    for ([raw, encoding], message) in found.iter().zip(&messages) {
        if encoding.is_empty() {
            assert_eq!(raw.as_bytes(), message);
        } else {
            assert_eq!(encoding, "base64");
            assert_eq!(raw.len(), message.len().div_ceil(3) * 4);
            assert!(std::str::from_utf8(message).is_err());
        }
    }
}

const STAMP: &str = "1600000000";

/// Writes commands, which the bytes hold between NUL bytes, as a history of bash and of zsh, and reads them
/// back.
pub fn history(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).replace('\r', "");
    let is_stamp = |line: &str| {
        let digits = line.trim_ascii_end().strip_prefix('#');
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let commands: Vec<&str> = text
        .split('\0')
        .map(|command| command.trim_end_matches('\n'))
        .filter(|command| {
            command
                .lines()
                .next()
                .is_some_and(|line| !line.trim_ascii().is_empty())
        })
        .filter(|command| !command.lines().any(is_stamp))
        .collect();
    if commands.is_empty() {
        return;
    }
    let (mut bash, mut zsh) = (Vec::new(), Vec::new());
    for command in &commands {
        bash.extend_from_slice(format!("#{STAMP}\n{command}\n").as_bytes());
        zsh.extend_from_slice(format!(": {STAMP}:0;").as_bytes());
        for byte in command.bytes() {
            match byte {
                b'\n' => zsh.extend_from_slice(b"\\\n"),
                0x83..=0xa2 => zsh.extend([0x83, byte ^ 0x20]),
                _ => zsh.push(byte),
            }
        }
        if command.trim_end_matches(' ').ends_with('\\') {
            zsh.push(b' ');
        }
        zsh.push(b'\n');
    }
    let time = "2020-09-13T12:26:40Z".to_owned();
    let expected: Vec<_> = commands
        .iter()
        .map(|command| [(*command).to_owned(), time.clone()])
        .collect();
    assert_eq!(texts(&bash, Format::BashHistory), expected);
    assert_eq!(texts(&zsh, Format::ZshHistory), expected);
}

/// Writes an argument vector, which the bytes hold between NUL bytes, as the kernel does, of two events with
/// their records in turn; a shell would split what is read into the same vector.
pub fn auditd(bytes: &[u8]) {
    let mut vectors = vec![bytes.split(|byte| *byte == 0).collect::<Vec<_>>()];
    vectors.extend(
        vectors
            .first()
            .map(|vector| vector.iter().rev().copied().collect()),
    );
    let mut log = String::new();
    for position in 0..=vectors[0].len() {
        for (serial, vector) in vectors.iter().enumerate() {
            let count = vector.len();
            let header = format!("type=EXECVE msg=audit({STAMP}.000:{serial}):");
            log.push_str(&header);
            match vector.get(position) {
                Some(argument) => log.push_str(&written(position, argument)),
                None => log.push_str(&[" argc=", &count.to_string()].concat()),
            }
            log.push('\n');
        }
    }
    let found: Vec<_> = texts(log.as_bytes(), Format::Auditd)
        .into_iter()
        .map(|[command, _]| words(&command))
        .collect();
    assert_eq!(found, vectors);
}

/// Writes an argument in one piece or, every other one, in pieces of five bytes.
fn written(position: usize, argument: &[u8]) -> String {
    let one = |bytes: &[u8]| {
        if bytes
            .iter()
            .all(|byte| byte.is_ascii_graphic() && *byte != b'"')
        {
            format!("\"{}\"", String::from_utf8_lossy(bytes))
        } else {
            bytes.iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02X}").unwrap_or_default();
                text
            })
        }
    };
    if position.is_multiple_of(2) || argument.is_empty() {
        return format!(" a{position}={}", one(argument));
    }
    let pieces = argument.chunks(5).map(one).enumerate();
    let pieces = pieces.map(|(piece, text)| format!(" a{position}[{piece}]={text}"));
    format!(
        " a{position}_len={}{}",
        argument.len(),
        pieces.collect::<String>()
    )
}

/// Splits a command line as a shell does, as far as quotes go.
fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = vec![Vec::new()];
    let mut rest = line.bytes().peekable();
    while let Some(byte) = rest.next() {
        let Some(last) = words.last_mut() else {
            return words;
        };
        match byte {
            b' ' => words.push(Vec::new()),
            b'\'' => last.extend(rest.by_ref().take_while(|byte| *byte != b'\'')),
            b'\\' => last.extend(rest.next()),
            b'$' if rest.peek() == Some(&b'\'') => {
                rest.next();
                while let Some(byte) = rest.next().filter(|byte| *byte != b'\'') {
                    let escaped = if byte == b'\\' { rest.next() } else { None };
                    last.push(match escaped {
                        None => byte,
                        Some(b'x') => {
                            let digits: String = rest.by_ref().take(2).map(char::from).collect();
                            u8::from_str_radix(&digits, 16).unwrap_or_default()
                        }
                        Some(byte) => byte,
                    });
                }
            }
            byte => last.push(byte),
        }
    }
    words
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

/// Takes a command apart, and computes its signals and tokens.
pub fn shell_command(text: &str) {
    let small = Limits {
        command_bytes_max: 200,
        command_layers_max: 2,
        command_statements_max: 8,
        command_decoded_bytes_max: 400,
        ..Limits::default()
    };
    for limits in [small, Limits::default()] {
        let (command, issues) = Command::parse(text, &limits);
        let (same, again) = Command::parse(text, &limits);
        assert_eq!(issues, again);
        assert_eq!(command.normalised(), same.normalised());
        assert!(command.written().len() <= limits.command_bytes_max);
        assert!(command.programs().count() <= limits.command_statements_max);
        // Layers are bounded by the decoded bytes; each byte becomes a few at most.
        let room = limits.command_bytes_max + limits.command_decoded_bytes_max;
        assert!(
            command.normalised().len() <= 16 * room,
            "{}",
            command.normalised().len()
        );
        assert!((0.0..=1.0).contains(&command.worst()));
        let [mut row, mut again] = [Vec::new(), vec![1.0]];
        command::signals_of(&command, &mut row);
        command::signals_of(&same, &mut again);
        assert_eq!(row.len(), command::schema().signals.len());
        assert!(
            row.iter()
                .zip(&again)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
        assert!(row.iter().all(|value| !value.is_infinite()), "{row:?}");
        let parameters = TextParameters::default();
        let mut hashes = Vec::new();
        command::text::tokens(&command, &parameters, &mut hashes);
        let placed = command::text::placed_tokens(&command, &parameters);
        assert!(placed.iter().map(|token| token.token).eq(hashes));
        let known = |token: &PlacedToken<Part>| token.start <= token.end;
        assert!(placed.iter().all(known), "a token ends before it starts");
        assert_eq!(command.entity(), same.entity());
    }
}

/// Takes a message apart, and computes its signals and tokens.
pub fn email(bytes: &[u8]) {
    let small = Limits {
        mail_bytes_max: 600,
        mail_depth_max: 2,
        mail_parts_max: 4,
        mail_decoded_bytes_max: 200,
        mail_headers_max: 6,
        mail_header_bytes_max: 200,
        mail_text_bytes_max: 100,
        mail_urls_max: 2,
        archive_entries_max: 2,
        ..Limits::default()
    };
    let told = EmailOptions {
        trusted_hosts: vec!["mx.example.net".to_owned()],
        header_shape: true,
        verdict_headers: true,
    };
    for (limits, options) in [(small, told), (Limits::default(), EmailOptions::default())] {
        let (mail, issues) = Mail::parse(bytes, &limits);
        let (again, issues_again) = Mail::parse(bytes, &limits);
        assert_eq!(issues, issues_again);
        // Plain text and pages each end in a newline that the limit does not count.
        assert!(mail.body().len() <= limits.mail_text_bytes_max + limits.mail_parts_max);
        let [mut row, mut row_again] = [Vec::new(), vec![1.0]];
        email::signals_of(&mail, &options, &mut row);
        email::signals_of(&again, &options, &mut row_again);
        assert_eq!(row.len(), email::schema().signals.len());
        assert!(
            row.iter()
                .zip(&row_again)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
        assert!(row.iter().all(|value| !value.is_infinite()), "{row:?}");
        let parameters = TextParameters::default();
        let mut hashes = Vec::new();
        email::text::tokens(&mail, &options, &parameters, &mut hashes);
        let placed = email::text::placed_tokens(&mail, &options, &parameters);
        assert!(
            placed
                .iter()
                .map(|token| token.token)
                .eq(hashes.iter().copied())
        );
        for token in &placed {
            let text = email::text::part_text(&mail, token.part).as_bytes();
            assert!(text.get(token.start..token.end).is_some(), "{token:?}");
        }
        assert_eq!(mail.entity(), again.entity());
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
