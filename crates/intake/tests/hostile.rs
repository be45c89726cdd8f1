//! Hostile bytes: every parser keeps its properties on the corpora, on mutations of them and on noise.

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::path::Path;

use proptest::prelude::*;
use ringtrue_core::Kind;
use ringtrue_core::task::Task;
use ringtrue_intake::source::Format;

pub mod properties;

const FORMATS: [Option<Format>; 10] = [
    None,
    Some(Format::Delimited(b',')),
    Some(Format::Delimited(b'\t')),
    Some(Format::Json),
    Some(Format::Lines),
    Some(Format::Mail),
    Some(Format::Mbox),
    Some(Format::BashHistory),
    Some(Format::ZshHistory),
    Some(Format::Auditd),
];

/// The files of one folder of the corpora, in order.
fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../corpora")
        .join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().is_some_and(|name| name != "PROVENANCE.md"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// The lines of one folder's files.
fn lines(folder: &str) -> Vec<String> {
    let files = corpus(folder).into_iter();
    let texts = files.map(|file| String::from_utf8(file).unwrap());
    texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn sources() -> Vec<Vec<u8>> {
    let folders = ["csv", "ndjson", "mail", "history", "auditd", "commands"];
    folders.into_iter().flat_map(corpus).collect()
}

/// What mutates a sample: cut a range out, put noise in, repeat a range.
type Change = (prop::sample::Index, prop::sample::Index, Vec<u8>, bool);

fn change() -> impl Strategy<Value = Change> {
    let noise = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..8),
        prop::sample::select(vec![
            &b"\""[..],
            b"\"\"",
            b",",
            b"\n",
            b"\r\n",
            b"\0",
            b"{",
            b"}",
            b"[",
            b":",
            b"://",
            b"%00",
            b"1e999",
            b"-1",
            b"\xff",
            b"\xef\xbb\xbf",
            b"@",
            b"..",
            b"=",
            b"(",
            b")",
            b"--q",
            b"<",
            b"=?",
            b"\\",
            b"\\\n",
            b"'",
            b">From ",
            b"\nFrom a Mon Sep 14 12:00:00 2020\n",
            b"#1600000000\n",
            b": 1600000000:0;",
            b"\x83",
            b"\x1d",
            b" a1[0]=",
            b"type=EXECVE msg=audit(1600000000.000:1): ",
        ])
        .prop_map(<[u8]>::to_vec),
    ];
    (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        noise,
        any::<bool>(),
    )
}

fn mutate(sample: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for (from, to, noise, repeat) in changes {
        let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
        let range = from.min(to)..from.max(to).min(from.min(to) + 40);
        let mut put = noise.clone();
        if *repeat {
            put.extend_from_slice(&bytes[range.clone()].repeat(2));
        }
        bytes.splice(range, put);
    }
    bytes
}

/// Mutations of a corpus.
fn mutations(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (
        prop::sample::select(corpus),
        prop::collection::vec(change(), 0..6),
    )
        .prop_map(|(sample, changes)| mutate(&sample, &changes))
}

fn text_mutations(corpus: Vec<String>) -> impl Strategy<Value = String> {
    mutations(corpus.into_iter().map(String::into_bytes).collect())
        .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn tasks() -> Vec<String> {
    let files = corpus("task").into_iter();
    let mut texts: Vec<_> = files.map(|file| String::from_utf8(file).unwrap()).collect();
    texts.extend([Kind::Url, Kind::Table].map(|kind| Task::template("sample", kind)));
    texts
}

/// The sessions of the corpus that stand on one line.
fn sessions() -> Vec<String> {
    let lines = lines("session").into_iter();
    let texts = lines.filter_map(|line| line.strip_prefix("text = ").map(str::to_owned));
    texts
        .map(|text| text.trim_matches(['\'', '"']).to_owned())
        .collect()
}

/// The golden messages.
fn messages() -> Vec<Vec<u8>> {
    let text = String::from_utf8(corpus("email").remove(0)).unwrap();
    let cases: toml::Table = toml::from_str(&text).unwrap();
    let cases = cases.get("case").and_then(toml::Value::as_array).unwrap();
    let raw = cases.iter().filter_map(|case| case.get("raw")?.as_str());
    raw.map(|raw| raw.as_bytes().to_vec()).collect()
}

/// A Parquet file of plain columns, as a sample to damage.
fn parquet_file() -> Vec<u8> {
    let table = table();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(Vec::new(), table.schema(), None).unwrap();
    writer.write(&table).unwrap();
    writer.into_inner().unwrap()
}

/// The same table as a stream of Arrow's, twice.
fn arrow_stream() -> Vec<u8> {
    let table = table();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &table.schema()).unwrap();
    writer.write(&table).unwrap();
    writer.write(&table).unwrap();
    writer.into_inner().unwrap()
}

fn table() -> arrow_array::RecordBatch {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
    let columns: [(&str, ArrayRef); 3] = [
        (
            "url",
            Arc::new(StringArray::from(vec![
                Some("https://example.com/"),
                None,
                Some("b"),
            ])),
        ),
        (
            "amount",
            Arc::new(Float64Array::from(vec![1.5, f64::NAN, -0.0])),
        ),
        (
            "count",
            Arc::new(Int64Array::from(vec![Some(1), None, Some(i64::MAX)])),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))
        .unwrap()
}

#[test]
fn the_corpora_keep_the_properties() {
    for file in sources() {
        for format in FORMATS {
            properties::text_source(&file, format);
            properties::in_pieces(&file, format);
        }
        properties::unpacking(&file);
        properties::mbox(&file);
        properties::history(&file);
        properties::auditd(&file);
    }
    for text in lines("time") {
        properties::time(&text);
    }
    for text in lines("expression") {
        properties::expression(&text);
    }
    for text in tasks() {
        properties::task(&text);
    }
    let cases = lines("url");
    let urls = cases.iter().filter_map(|line| line.strip_prefix("url = "));
    urls.for_each(properties::url);
    for text in sessions() {
        properties::session::session(&text);
    }
    properties::session::history(&properties::session::sample_history());
    let cases = lines("command");
    let commands = cases
        .iter()
        .filter_map(|line| line.strip_prefix("command = "));
    commands.for_each(properties::shell_command);
    properties::parquet_source(&parquet_file());
    properties::arrow_source(&arrow_stream());
    for raw in messages() {
        properties::email(&raw);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn text_sources(bytes in mutations(sources()), format in prop::sample::select(FORMATS.to_vec())) {
        properties::text_source(&bytes, format);
        properties::unpacking(&bytes);
    }

    #[test]
    fn text_sources_of_noise(bytes in "[\",\n\ra{}:\\[\\]0\\\\]{0,80}", format in prop::sample::select(FORMATS.to_vec())) {
        properties::text_source(bytes.as_bytes(), format);
    }

    #[test]
    fn text_sources_in_pieces(bytes in mutations(sources()), format in prop::sample::select(FORMATS.to_vec())) {
        properties::in_pieces(&bytes, format);
    }

    #[test]
    fn what_is_written_is_read_back(bytes in mutations(sources())) {
        properties::mbox(&bytes);
        properties::history(&bytes);
        properties::auditd(&bytes);
    }

    #[test]
    fn arguments_are_quoted_so_that_they_split_again(bytes in "[\0a= '\"\\\\$x1\n\u{e9}~]{0,40}", noise in any::<Vec<u8>>()) {
        properties::auditd(bytes.as_bytes());
        properties::auditd(&[bytes.as_bytes(), &noise].concat());
    }

    #[test]
    fn packed_text(bytes in mutations(sources()), changes in prop::collection::vec(change(), 0..3)) {
        let packed = zstd::bulk::compress(&bytes, 1).unwrap();
        properties::text_source(&mutate(&packed, &changes), None);
        properties::unpacking(&mutate(&packed, &changes));
    }

    #[test]
    fn times(text in text_mutations(lines("time"))) {
        properties::time(&text);
    }

    #[test]
    fn expressions(text in text_mutations(lines("expression"))) {
        properties::expression(&text);
    }

    #[test]
    fn task_files(text in text_mutations(tasks())) {
        properties::task(&text);
    }

    #[test]
    fn emails(bytes in mutations(messages())) {
        properties::email(&bytes);
    }

    #[test]
    fn urls(text in text_mutations(lines("url"))) {
        properties::url(&text);
    }

    #[test]
    fn session_texts(text in text_mutations(sessions())) {
        properties::session::session(&text);
    }

    #[test]
    fn history_bytes(bytes in mutations(vec![properties::session::sample_history()])) {
        properties::session::history(&bytes);
    }

    #[test]
    fn commands(text in text_mutations(lines("command"))) {
        properties::shell_command(&text);
    }

    #[test]
    fn commands_of_noise(text in "[\\\\'\"$(){}`;&|<> \na-c#=,!]{0,80}") {
        properties::shell_command(&text);
    }
}

proptest! {
    // The Parquet reader panics on some damaged files, which is caught but slow.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn parquet_files(bytes in mutations(vec![parquet_file()])) {
        properties::parquet_source(&bytes);
    }

    #[test]
    fn arrow_streams(bytes in mutations(vec![arrow_stream()])) {
        properties::arrow_source(&bytes);
    }
}

proptest! {
    #[test]
    fn texts_keep_the_properties_of_privacy(text in "(\\PC|\\s|[a-z]{3,9}[=:@/-]){0,60}") {
        properties::privacy::secrets(&text);
        properties::privacy::personal_data(&text);
        properties::privacy::tokens(&text);
    }
}
