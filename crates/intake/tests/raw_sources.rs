//! What the sources of mail, shell history, audit logs and collectors' NDJSON make of the corpora, of endless
//! inputs, and of what other programs write.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

use ringtrue_core::{Kind, Limits, Value};
use ringtrue_intake::source::{
    Expected, Format, Opening, Pace, Source, open, open_mails, open_text,
};

/// Limits that the longest samples of the corpora are over.
fn small() -> Limits {
    Limits {
        record_bytes_max: 600,
        field_bytes_max: 550,
        ..Limits::default()
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::Missing => "-".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Number(value) => format!("{value}f"),
        Value::Text(text) => text.escape_debug().to_string(),
    }
}

/// Everything that a source yields, as lines: columns, then records and what was set aside, then what was
/// passed over.
fn all(mut source: Box<dyn Source + '_>) -> String {
    let (mut columns, mut rows) = (String::new(), BTreeMap::new());
    while let Some(batch) = source.next_batch().unwrap() {
        columns = batch.columns.join("|");
        for record in &batch.records {
            let values: Vec<_> = record.values.iter().map(written).collect();
            rows.insert(record.line, values.join("|"));
        }
        for rejected in batch.rejected {
            rows.insert(rejected.line, format!("! {}", rejected.reason));
        }
    }
    let mut text = columns + "\n";
    for (line, row) in rows {
        writeln!(text, "{line}: {row}").unwrap();
    }
    for sentence in source.passed_over() {
        writeln!(text, "passed over: {sentence}").unwrap();
    }
    text
}

fn read(bytes: &[u8], format: Option<Format>, limits: Limits) -> String {
    all(open_text(Box::new(bytes), format, limits).unwrap())
}

/// Reads every file of a folder of the corpora by its name, and compares with what is expected there.
fn check_corpus(folder: &str, limits: Limits) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../corpora")
        .join(folder);
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "PROVENANCE.md" && name != "expected.txt")
        .collect();
    names.sort();
    let mut found = String::new();
    for name in &names {
        let format = Format::of_name(name).unwrap_or(Format::Auditd);
        let bytes = std::fs::read(folder.join(name)).unwrap();
        writeln!(found, "== {name}\n{}", read(&bytes, Some(format), limits)).unwrap();
    }
    let expected = std::fs::read_to_string(folder.join("expected.txt")).unwrap_or_default();
    assert_eq!(found, expected, "{}\n{found}", folder.display());
}

#[test]
fn mail_of_the_corpus() {
    check_corpus("mail", small());
}

#[test]
fn histories_of_the_corpus() {
    check_corpus("history", small());
}

#[test]
fn audit_logs_of_the_corpus() {
    check_corpus("auditd", small());
}

#[test]
fn events_of_collectors_of_the_corpus() {
    let limits = Limits {
        record_bytes_max: 4_096,
        ..small()
    };
    check_corpus("commands", limits);
}

#[test]
fn a_content_that_begins_in_its_own_way_needs_no_name() {
    for (text, columns) in [
        (
            "From a@b.example Mon Sep 14 12:00:00 2020\nSubject: a\n\nb\n",
            "raw|enc",
        ),
        (
            "Received: from a.example (192.0.2.1)\n\tby b.example\n\nb\n",
            "raw|enc",
        ),
        ("#1600000000\nls\n", "command|time"),
        (": 1600000000:0;ls\n", "command|time"),
    ] {
        let found = read(text.as_bytes(), None, Limits::default());
        assert_eq!(found.lines().next(), Some(columns), "{text}");
        assert_eq!(found.lines().count(), 2, "{text}");
    }
}

fn expecting(text: &str, expected: Expected) -> String {
    let opening = Opening {
        format: None,
        expected,
        pace: Pace::Whole,
        limits: Limits::default(),
    };
    all(open(Box::new(text.as_bytes()), opening).unwrap())
}

#[test]
fn plain_lines_are_what_is_expected() {
    let lines = "curl http://a.example/, and more\nls\n";
    assert_eq!(
        expecting(lines, Expected::Commands),
        "command\n1: curl http://a.example/, and more\n2: ls\n"
    );
    assert_eq!(
        expecting("http://a.example/\n", Expected::from(Kind::Url)),
        "url\n1: http://a.example/\n"
    );
    assert_eq!(
        expecting("command,label\nls,0\n", Expected::Commands),
        "command|label\n2: ls|0\n"
    );
    let mail = "X-Anything: a\n\nb\n";
    assert_eq!(
        expecting(mail, Expected::Mail),
        "raw|enc\n1: X-Anything: a\\n\\nb\\n|-\n"
    );
}

#[test]
fn a_folder_of_mail_is_one_input() {
    let packed = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packer, b"Subject: packed\n").unwrap();
        packer.finish().unwrap()
    };
    let long = vec![b'x'; 601];
    let files: [std::io::Result<&[u8]>; 6] = [
        Ok(b"Subject: a\n\n>From b\n"),
        Err(std::io::ErrorKind::PermissionDenied.into()),
        Ok(&packed),
        Ok(&long),
        Ok(b" \n"),
        Ok(&packed[..packed.len() - 4]),
    ];
    let files = files.into_iter().map(|file| {
        let file = file?;
        Ok(Box::new(file) as Box<dyn Read>)
    });
    let found = all(open_mails(Box::new(files), small()));
    let expected = [
        "raw|enc",
        "1: Subject: a\\n\\n>From b\\n|-",
        "2: ! cannot be read: permission denied",
        "3: Subject: packed\\n|-",
        "4: ! longer than 600 bytes",
        "5: ! an empty message",
        "6: ! cannot be read: unexpected end of file",
        "",
    ];
    assert_eq!(found, expected.join("\n"));
}

/// Reads an input to its end without keeping it: records, what was set aside, the most of both at a time.
fn counts(reader: impl Read, format: Format, limits: Limits) -> [u64; 3] {
    let mut source = open_text(Box::new(reader), Some(format), limits).unwrap();
    let mut counts = [0; 3];
    while let Some(batch) = source.next_batch().unwrap() {
        let [records, rejected] = [batch.records.len() as u64, batch.rejected.len() as u64];
        counts = [
            counts[0] + records,
            counts[1] + rejected,
            counts[2].max(records + rejected),
        ];
    }
    counts
}

/// A text repeated so many times, and an end.
struct Repeated {
    text: Vec<u8>,
    position: usize,
    times: usize,
    end: &'static [u8],
}

impl Read for Repeated {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.times == 0 {
            return self.end.read(buffer);
        }
        let count = (&self.text[self.position..]).read(buffer)?;
        self.position += count;
        if self.position == self.text.len() {
            self.position = 0;
            self.times -= 1;
        }
        Ok(count)
    }
}

fn repeated(text: &[u8], times: usize, end: &'static [u8]) -> Repeated {
    let text = text.to_vec();
    Repeated {
        text,
        position: 0,
        times,
        end,
    }
}

const SEPARATOR: &[u8] = b"From a@b.example Mon Sep 14 12:00:00 2020\n";

#[test]
fn endless_separators_are_messages_set_aside_in_batches() {
    let lines = 500_000;
    let input = repeated(SEPARATOR, lines, b"Subject: last\n\nText.\n");
    let limits = Limits::default();
    let [records, rejected, most] = counts(input, Format::Mbox, limits);
    assert_eq!([records, rejected], [1, lines as u64 - 1]);
    assert!(most <= limits.batch_rows as u64);
}

#[test]
fn a_message_of_one_endless_line_is_set_aside_and_the_next_is_read() {
    let next: &[u8] = b"\n\nFrom a@b.example Mon Sep 14 12:00:00 2020\nSubject: next\n\nText.\n";
    for format in [Format::Mbox, Format::Mail] {
        let line = repeated(&vec![b'x'; 1 << 16], 3_000, next);
        let found = counts(SEPARATOR.chain(line), format, Limits::default());
        let expected = if format == Format::Mbox {
            [1, 1]
        } else {
            [0, 1]
        };
        assert_eq!(found[..2], expected, "{format:?}");
    }
}

#[test]
fn endless_lines_and_entries_of_history_are_set_aside() {
    let line = || repeated(&vec![b'x'; 1 << 16], 1_000, b"\n#1600000001\nls\n");
    let stamped = b"#1600000000\n".chain(line());
    assert_eq!(
        counts(stamped, Format::BashHistory, Limits::default())[..2],
        [1, 1]
    );
    let entry = repeated(b"echo again and again\n", 2_000_000, b"#1600000001\nls\n");
    let stamped = b"#1600000000\n".chain(entry);
    assert_eq!(
        counts(stamped, Format::BashHistory, Limits::default())[..2],
        [1, 1]
    );
    let entry = repeated(b"echo again and again\\\n", 2_000_000, b"\nls\n");
    assert_eq!(
        counts(entry, Format::ZshHistory, Limits::default())[..2],
        [1, 1]
    );
}

#[test]
fn an_event_of_endless_arguments_is_set_aside() {
    let record = b"type=EXECVE msg=audit(1600000000.000:1): a1=\"x\" a2=\"\" a3[7]=41\n";
    let end: &[u8] = b"type=EOE msg=audit(1600000000.000:1): \ntype=EXECVE msg=audit(1600000000.000:2): argc=1 a0=\"ls\"\n";
    let found = counts(
        repeated(record, 500_000, end),
        Format::Auditd,
        Limits::default(),
    );
    assert_eq!(found[..2], [1, 1]);
    let mut line = b"type=EXECVE msg=audit(1600000000.000:1): argc=9".to_vec();
    for position in 0..900_000 {
        write!(&mut Text(&mut line), " a{position}=41").unwrap();
    }
    line.push(b'\n');
    let found = counts(
        line.as_slice().chain(end),
        Format::Auditd,
        Limits::default(),
    );
    assert_eq!(found[..2], [1, 1]);
}

/// Bytes as what text is written to.
struct Text<'a>(&'a mut Vec<u8>);

impl std::fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
