//! What each source makes of the edges of its format.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod parquet;

use std::io::Read;

use proptest::prelude::*;
use ringtrue_core::{Limits, Value};
use ringtrue_intake::source::{Format, Source, SourceError, decompress, open_live, open_text};

const CSV: Option<Format> = Some(Format::Delimited(b','));

fn small() -> Limits {
    Limits {
        record_bytes_max: 40,
        field_bytes_max: 10,
        columns_max: 4,
        json_depth_max: 2,
        ..Limits::default()
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Missing => "-".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Number(value) => format!("{value}f"),
        Value::Text(text) => text.to_string(),
    }
}

/// Everything that a source yields: columns, then records and set-aside entries by line.
fn all(mut source: Box<dyn Source + '_>) -> Result<Vec<String>, SourceError> {
    let (mut columns, mut rows) = (String::new(), Vec::new());
    while let Some(batch) = source.next_batch()? {
        columns = batch.columns.join("|");
        rows.extend(batch.records.iter().map(|record| {
            let values: Vec<_> = record.values.iter().map(written).collect();
            (record.line, values.join("|"))
        }));
        let rejected = batch.rejected.into_iter();
        rows.extend(rejected.map(|rejected| {
            let column = rejected
                .column
                .map_or_else(String::new, |it| format!(": `{it}`"));
            (rejected.line, format!("! {}{column}", rejected.reason))
        }));
    }
    rows.sort();
    let rows = rows
        .into_iter()
        .map(|(line, text)| format!("{line}: {text}"));
    Ok(std::iter::once(columns).chain(rows).collect())
}

fn read(bytes: &[u8], format: Option<Format>, limits: Limits) -> Result<Vec<String>, SourceError> {
    all(open_text(Box::new(bytes), format, limits)?)
}

#[track_caller]
fn check(text: &[u8], format: Option<Format>, expected: &[&str]) {
    let found = read(text, format, small()).unwrap();
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(text));
}

#[track_caller]
fn refused(text: &[u8], format: Option<Format>) -> String {
    read(text, format, small()).unwrap_err().to_string()
}

#[test]
fn csv_quoting() {
    check(b"a,b\n1,2\n", CSV, &["a|b", "2: 1|2"]);
    check(b"a,b\n\"1,5\",\"x\"\"y\"", CSV, &["a|b", "2: 1,5|x\"y"]);
    check(
        b"a,b\n\"1\n2\",3\n4,5\n",
        CSV,
        &["a|b", "2: 1\n2|3", "4: 4|5"],
    );
    check(
        b"a,b\n5\" disk,x\n6,y\n",
        CSV,
        &["a|b", "2: 5\" disk|x", "3: 6|y"],
    );
    check(b"a,b\n\"\",\n", CSV, &["a|b", "2: -|-"]);
    check(b"a,b\n \"x\" ,y\n", CSV, &["a|b", "2:  \"x\" |y"]);
    check(b"\"a\",\"b,c\"\n1,2\n", CSV, &["a|b,c", "2: 1|2"]);
}

#[test]
fn csv_lines() {
    check(b"a,b\r\n1,2\r\n\r\n3,4", CSV, &["a|b", "2: 1|2", "4: 3|4"]);
    check(b"\xef\xbb\xbfa,b\n1,2\n", CSV, &["a|b", "2: 1|2"]);
    check(b"a\n1\n\n\n2\n\n", CSV, &["a", "2: 1", "5: 2"]);
    check(b"a,b\n", CSV, &[""]);
    check(
        b"a,b\n1\n1,2,3\n1,2\n",
        CSV,
        &[
            "a|b",
            "2: ! 1 fields where the header has 2",
            "3: ! 3 fields where the header has 2",
            "4: 1|2",
        ],
    );
    check(b"a\tb\n1,0\t2\n", None, &["a|b", "2: 1,0|2"]);
}

#[test]
fn csv_over_limits_and_not_text() {
    let mut text = b"a,b\n".to_vec();
    text.extend(b"x".repeat(50));
    text.extend(b"\n12345678901,2\n1,\xff\n1,\0\n1,2\n\"1\n2\n");
    check(
        &text,
        CSV,
        &[
            "a|b",
            "2: ! longer than 40 bytes",
            "3: ! a field is longer than 10 bytes",
            "4: ! not UTF-8 at byte 3",
            "5: ! a NUL byte at byte 3",
            "6: 1|2",
            "7: ! a quote opens and does not close",
            "8: ! 1 fields where the header has 2",
        ],
    );
}

#[test]
fn what_is_no_table_is_refused() {
    assert_eq!(
        refused(b"a,b,a\n", CSV),
        "the header names a column twice: `a`"
    );
    assert_eq!(
        refused(b"a,b, a\n", CSV),
        "the header names a column twice: `a`"
    );
    assert_eq!(
        refused(b"a,b,c,d,e\n", CSV),
        "the header is no header: it has more than 4 columns"
    );
    assert_eq!(
        refused(b"\"a,b\n1,2\n", CSV),
        "the header is no header: a quote does not close"
    );
    assert_eq!(
        refused(b"", CSV),
        "the input is empty: not even a header stands in it"
    );
    assert_eq!(
        refused(b"\xff\xfea\0", CSV),
        "the input is not UTF-8 text but looks like UTF-16"
    );
}

#[test]
fn json_lines() {
    let json = Some(Format::Json);
    check(
        b"{\"a\":\"x\",\"b\":{\"c\":1,\"d\":null}}\n\n{\"b\":{\"c\":true},\"a\":\"\"}\r\n",
        json,
        &["a|b.c|b.d", "1: x|1f|-", "3: -|true"],
    );
    check(
        b"{\"a\":[1,\"x\"]}\n{}\n",
        json,
        &["a", "1: [1,\"x\"]", "2: "],
    );
    check(
        b"{\"a\":1}\n{\"a\":1,\"a\":2}\n{\"b\":{\"c\":1},\"b.c\":2}\n",
        json,
        &[
            "a",
            "1: 1f",
            "2: ! a key stands twice: `a`",
            "3: ! a key stands twice: `b.c`",
        ],
    );
    check(
        b"{\"a\":9007199254740993}\n{\"a\":-9007199254740993}\n{\"a\":9007199254740992}\n",
        json,
        &[
            "a",
            "1: 9007199254740993",
            "2: -9007199254740993",
            "3: 9007199254740992f",
        ],
    );
    check(
        b"{\"a\":18446744073709551616}\n{\"a\":-0.5}\n{\"a\":1e99}\n",
        json,
        &[
            "a",
            "1: 18446744073709552000f",
            "2: -0.5f",
            &format!("3: {}f", 1e99),
        ],
    );
    check(
        b"{\"a\":{\"b\":{\"c\":1}}}\n{\"a\":{\"b\":{\"c\":{}}}}\n[]\n",
        json,
        &[
            "a.b.c",
            "1: 1f",
            "2: ! objects are nested too deeply",
            "3: ! not a JSON object",
        ],
    );
}

#[test]
fn a_json_line_that_is_refused_leaves_no_columns() {
    check(
        b"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1}\n{\"x\":1,\"y\":2}\n",
        Some(Format::Json),
        &["x|y", "1: ! more than 4 different keys", "2: 1f|2f"],
    );
    let long = format!("{{\"{}\":1}}\n{{\"a\":1}}\n", "k".repeat(1_025));
    let found = read(long.as_bytes(), Some(Format::Json), Limits::default()).unwrap();
    assert_eq!(
        found,
        ["a", "1: ! a key is longer than 1024 bytes", "2: 1f"]
    );
}

#[test]
fn json_that_does_not_parse_is_set_aside() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    for text in [
        "{",
        "{\"a\":1e999}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":1} x",
        deep.as_str(),
    ] {
        let text = format!("{text}\n{{\"a\":1}}\n");
        let found = read(text.as_bytes(), Some(Format::Json), Limits::default()).unwrap();
        assert_eq!(found.len(), 3, "{text}");
        assert!(found[1].starts_with("1: ! not JSON: "), "{found:?}");
        assert_eq!(found[2], "2: 1f");
    }
}

#[test]
fn plain_lines() {
    check(
        b"ftp://a\n\n b://c \r\nhttp://123456\n",
        None,
        &[
            "url",
            "1: ftp://a",
            "3: b://c",
            "4: ! a field is longer than 10 bytes",
        ],
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::read::GzEncoder::new(bytes, flate2::Compression::fast());
    let mut out = Vec::new();
    encoder.read_to_end(&mut out).unwrap();
    out
}

#[test]
fn packed_inputs() {
    let members = [gzip(b"a,b\n1,"), gzip(b""), gzip(b"2\n3,4\n")].concat();
    check(&members, CSV, &["a|b", "2: 1|2", "3: 3|4"]);
    let frames = [&b"a,b\n1,"[..], b"2\n3,4\n"].map(|part| zstd::bulk::compress(part, 1).unwrap());
    check(&frames.concat(), None, &["a|b", "2: 1|2", "3: 3|4"]);
}

#[test]
fn packed_inputs_that_are_cut_off_fail() {
    let text = b"a,b\n1,2\n".repeat(50);
    for packed in [gzip(&text), zstd::bulk::compress(&text, 1).unwrap()] {
        for length in [packed.len() - 1, packed.len() / 2, 5] {
            let failed = read(&packed[..length], CSV, small()).unwrap_err();
            assert!(
                matches!(failed, SourceError::Read { .. }),
                "{length}: {failed:?}"
            );
        }
        let mut damaged = packed.clone();
        let middle = packed.len() / 2;
        damaged[middle] ^= 0x55;
        let found = read(&damaged, CSV, small());
        assert!(found.is_err() || found.unwrap() != read(&packed, CSV, small()).unwrap());
    }
}

#[test]
fn a_zip_bomb_is_one_line_set_aside() {
    let bomb = zstd::stream::encode_all(std::io::repeat(b'x').take(200 << 20), 1).unwrap();
    assert!(bomb.len() < 1 << 20);
    let packed = [zstd::bulk::compress(b"a\n1\n", 1).unwrap(), bomb].concat();
    check(&packed, CSV, &["a", "2: 1", "3: ! longer than 40 bytes"]);
}

#[test]
fn a_zstandard_window_over_the_limit_is_refused() {
    // A frame header that asks for a window of 2^31 bytes.
    let frame = [
        0x28,
        0xb5,
        0x2f,
        0xfd,
        0x00,
        (31 - 10) << 3,
        0x01,
        0x00,
        0x00,
    ];
    let mut out = Vec::new();
    let (mut reader, _) = decompress(Box::new(&frame[..])).unwrap();
    assert!(reader.read_to_end(&mut out).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// What the `csv` crate writes is read back, field by field.
    #[test]
    fn csv_round_trip(
        rows in prop::collection::vec(prop::collection::vec("[a\",\n\r é;]{0,6}", 3), 1..20),
        quote_all in any::<bool>(),
    ) {
        let style = if quote_all { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
        writer.write_record(["a", "b", "c"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let mut source = open_text(Box::new(bytes.as_slice()), CSV, Limits::default()).unwrap();
        let batch = source.next_batch().unwrap().unwrap();
        prop_assert!(batch.rejected.is_empty(), "{:?}", batch.rejected);
        let found: Vec<Vec<String>> = batch
            .records
            .iter()
            .map(|record| {
                let texts = record.values.iter().map(Value::text);
                texts.map(|text| text.map_or(String::new(), |text| text.to_string())).collect()
            })
            .collect();
        prop_assert_eq!(found, rows);
    }
}

/// A stream that gives a few bytes at a time, and counts how often it was asked.
struct Drip<'a> {
    pieces: std::slice::Iter<'a, &'static str>,
    asked: std::rc::Rc<std::cell::Cell<usize>>,
}

impl std::io::Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.asked.set(self.asked.get() + 1);
        let Some(piece) = self.pieces.next() else {
            return Ok(0);
        };
        buffer[..piece.len()].copy_from_slice(piece.as_bytes());
        Ok(piece.len())
    }
}

#[test]
fn a_live_input_gives_each_record_when_it_has_come() {
    let pieces = [
        "u",
        "rl,",
        "n\nhttp://a.example/,1\nhttp:",
        "//b.example/,2\n",
        "http://c.example/,3\n",
    ];
    let asked = std::rc::Rc::new(std::cell::Cell::new(0));
    let drip = Drip {
        pieces: pieces.iter(),
        asked: asked.clone(),
    };
    let mut source = open_live(Box::new(drip), Limits::default()).unwrap();
    let mut seen = Vec::new();
    while let Some(batch) = source.next_batch().unwrap() {
        seen.push((batch.records.len(), asked.get()));
    }
    // Each record is there before the bytes after it were asked for.
    assert_eq!(seen.iter().map(|(records, _)| records).sum::<usize>(), 3);
    assert!(seen.len() >= 2 && seen[0].1 < pieces.len(), "{seen:?}");
}
