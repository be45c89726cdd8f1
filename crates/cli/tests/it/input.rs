//! Bad input: each says what, where, why and what to do, and leaves nothing half-written.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};

use insta::assert_snapshot;

use crate::support::{SHARED, assert_no_result, folder, left_nothing, ringtrue, tree};

/// Labelled URLs a day apart, of both classes unless `label` says otherwise.
fn rows(count: u32, label: impl Fn(u32) -> &'static str) -> String {
    let mut text = "url,label,first_seen\n".to_owned();
    for number in 0..count {
        let (month, day) = (number / 28 % 12 + 1, number % 28 + 1);
        writeln!(
            text,
            "http://host{number}.example/page,{},2024-{month:02}-{day:02}T00:00:00Z",
            label(number)
        )
        .unwrap();
    }
    text
}

#[test]
fn an_empty_file_is_refused() {
    let at = folder(&[("a.csv", b"")]);
    assert_snapshot!(ringtrue(at.path(), "run --kind url --out out a.csv").told(), @r"
    exit 2
    error: cannot read `a.csv`
      cause: the input is empty: not even a header stands in it

    hint: name a file with a header and at least one event
    ");
    left_nothing(&at.path().join("out"));
    ringtrue(at.path(), "run --out guessed a.csv").exits(2);
    left_nothing(&at.path().join("guessed"));
}

#[test]
fn an_empty_mail_is_refused_as_a_mail() {
    let at = folder(&[("a.eml", b"")]);
    assert_snapshot!(ringtrue(at.path(), "run --kind email --out out a.eml").told(), @r"
    exit 2
    error: cannot read `a.eml`
      cause: the input is empty: no message stands in it

    hint: name a file that holds a message as it was received, with its headers
    ");
}

#[test]
fn a_header_alone_cannot_tell() {
    let at = folder(&[("a.csv", b"url,label,first_seen\n")]);
    assert_snapshot!(ringtrue(at.path(), "run --kind url --out out a.csv").told(), @r"
    exit 3
    0 events added, 0 known already, 0 rows set aside
    error: no event has a label

    hint: a label column named `label` with words such as benign, malicious, 0, 1 is recognised; others are named in a task.toml
    ");
    left_nothing(&at.path().join("out"));
}

#[test]
fn one_class_cannot_tell() {
    let at = folder(&[("a.csv", rows(200, |_| "benign").as_bytes())]);
    assert_snapshot!(ringtrue(at.path(), "run --kind url --out out a.csv").told(), @r"
    exit 3
    200 events added, 0 known already, 0 rows set aside
    error: no detector can be trained: the training part has 0 malicious and 150 benign events

    hint: give more labelled events of both classes, or another `--train-before`
    ");
    assert_no_result(&at.path().join("out"));
}

#[test]
fn all_unsure_cannot_tell() {
    let at = folder(&[("a.csv", rows(200, |_| "unsure").as_bytes())]);
    assert_snapshot!(ringtrue(at.path(), "run --kind url --out out a.csv").told(), @r"
    exit 3
    200 events added, 0 known already, 0 rows set aside
    error: too few labelled events before the cutoff to train and calibrate on: 0

    hint: choose another `--train-before`
    ");
    assert_no_result(&at.path().join("out"));
}

#[test]
fn without_a_time_column_it_works_by_clusters_and_says_so() {
    let text = fs::read_to_string(SHARED.few()).unwrap();
    let mut untimed = String::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(',').collect();
        writeln!(
            untimed,
            "{},{},{},{}",
            fields[0], fields[1], fields[4], fields[6]
        )
        .unwrap();
    }
    let at = folder(&[("a.csv", untimed.as_bytes())]);
    let ran = ringtrue(at.path(), "run --json --kind url --out out a.csv").exits(0);
    let figures = ran.json();
    assert_eq!(figures["windows"], serde_json::json!([]));
    let waived = figures["waived"].to_string();
    assert!(waived.contains("C1 is waived") && waived.contains("C2 is waived"));
    let assumed = figures["assumed"].to_string();
    assert!(assumed.contains("kept together, is judged on"), "{assumed}");
    let ran = ringtrue(
        at.path(),
        "run --kind url --train-before 2024-01-01 --out dated a.csv",
    );
    let ran = ran.exits(2);
    assert!(ran.stderr.contains("error: cannot split at 2024-01-01"));
    assert!(
        ran.stderr
            .contains("the events have no times\n\nhint: name the time column")
    );
}

/// Segments keep the order in which events came, so the dataset's digest differs; nothing else may.
#[test]
fn times_out_of_order_give_the_same_detector() {
    let text = fs::read_to_string(SHARED.few()).unwrap();
    let (header, events) = text.split_once('\n').unwrap();
    let backwards: Vec<&str> = events.lines().rev().collect();
    let text = format!("{header}\n{}\n", backwards.join("\n"));
    let at = folder(&[("a.csv", text.as_bytes())]);
    ringtrue(at.path(), "run --kind url --out out a.csv").exits(0);
    let mut sorted = tree(&crate::support::FEW_DETECTOR);
    let mut reversed = tree(&at.path().join("out/detector"));
    for detector in [&mut sorted, &mut reversed] {
        detector.remove("manifest.json").unwrap();
        let bytes = detector.remove("detector.json").unwrap();
        let mut document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let dataset = document["card"]["dataset"].take();
        for card in ["card.json", "card.md"] {
            let text = String::from_utf8(detector.remove(card).unwrap()).unwrap();
            let text = text.replace(dataset.as_str().unwrap(), "");
            detector.insert(card.to_owned(), text.into_bytes());
        }
        detector.insert(
            "detector.json".to_owned(),
            document.to_string().into_bytes(),
        );
    }
    assert!(sorted == reversed);
}

#[test]
fn a_time_in_the_future_is_set_aside_with_its_line() {
    let text = rows(3, |_| "benign") + "http://late.example/,malicious,2999-01-01\n";
    let at = folder(&[("a.csv", text.as_bytes())]);
    assert_snapshot!(ringtrue(at.path(), "ingest --kind url --store s a.csv").told(), @r"
    exit 0
    3 events added, 0 known already, 1 row set aside
      a.csv line 5: a time in the future: `2999-01-01`
    all set-aside rows: s/set-aside
    ");
}

#[test]
fn mixed_zones_are_counted_in_the_assumption() {
    let text = "url,label,time\nhttp://a.example/,0,2024-01-01T00:00:00Z\n\
                http://b.example/,0,2024-01-01T00:00:00+02:00\nhttp://c.example/,0,2024-01-01 00:00:00\n";
    let at = folder(&[("a.csv", text.as_bytes())]);
    let ran = ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    assert!(
        ran.stderr.contains(
            "assumed: times without a zone are UTC (in `a.csv`, 2 state a zone and 1 do not)"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_row_that_is_not_utf_8_is_set_aside() {
    let mut bytes = rows(2, |_| "benign").into_bytes();
    bytes.extend(b"http://\xff.example/,benign,2024-01-01\nhttp://z.example/,benign,2024-01-01\n");
    let at = folder(&[("a.csv", &bytes)]);
    assert_snapshot!(ringtrue(at.path(), "ingest --kind url --store s a.csv").told(), @r"
    exit 0
    3 events added, 0 known already, 1 row set aside
      a.csv line 4: not UTF-8 at byte 8
    all set-aside rows: s/set-aside
    ");
}

#[test]
fn a_nul_byte_is_set_aside() {
    let mut bytes = rows(2, |_| "benign").into_bytes();
    bytes.extend(b"http://a\0.example/,benign,2024-01-01\n");
    let at = folder(&[("a.csv", &bytes)]);
    assert_snapshot!(ringtrue(at.path(), "ingest --kind url --store s a.csv").told(), @r"
    exit 0
    2 events added, 0 known already, 1 row set aside
      a.csv line 4: a NUL byte at byte 9
    all set-aside rows: s/set-aside
    ");
}

/// The address space of the program is held under what the line alone would need twice.
#[test]
fn a_line_of_100_megabytes_is_set_aside_in_bounded_memory() {
    let at = folder(&[]);
    let mut file = BufWriter::new(File::create(at.path().join("a.csv")).unwrap());
    file.write_all(b"url,label\nhttp://a.example/,0\n").unwrap();
    let mega = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        file.write_all(&mega).unwrap();
    }
    file.write_all(b",0\nhttp://b.example/,1\n").unwrap();
    file.into_inner().unwrap();
    let script = "ulimit -d 98304 && exec \"$0\" ingest --kind url --store s a.csv";
    let ran = crate::support::run(
        std::process::Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_ringtrue")])
            .current_dir(at.path()),
    );
    assert_snapshot!(ran.told(), @r"
    exit 0
    2 events added, 0 known already, 1 row set aside
      a.csv line 3: longer than 16777216 bytes
    all set-aside rows: s/set-aside
    ");
}

/// As for a line: the address space holds less than the message twice.
#[test]
fn a_mail_of_60_megabytes_is_set_aside_in_bounded_memory() {
    let at = folder(&[]);
    let separator = b"From a@example.com Mon Sep 14 12:00:00 2020\n";
    let mut file = BufWriter::new(File::create(at.path().join("a.mbox")).unwrap());
    let lines = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\n"
        .repeat(1 << 14);
    file.write_all(separator).unwrap();
    file.write_all(b"Subject: large\n\n").unwrap();
    for _ in 0..48 {
        file.write_all(&lines).unwrap();
    }
    file.write_all(b"\n").unwrap();
    file.write_all(separator).unwrap();
    file.write_all(b"Subject: small\n\nText.\n").unwrap();
    file.into_inner().unwrap();
    let script = "ulimit -d 98304 && exec \"$0\" ingest --kind table --store s a.mbox";
    let ran = crate::support::run(
        std::process::Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_ringtrue")])
            .current_dir(at.path()),
    );
    assert_snapshot!(ran.told(), @r"
    exit 0
    1 event added, 0 known already, 1 row set aside
      a.mbox line 1: longer than 16777216 bytes
    all set-aside rows: s/set-aside
    ");
}

#[test]
fn a_column_named_twice_is_refused() {
    let at = folder(&[("a.csv", b"url,label,label\nhttp://a.example/,0,1\n")]);
    assert_snapshot!(ringtrue(at.path(), "run --kind url --out out a.csv").told(), @r"
    exit 2
    error: cannot read `a.csv`
      cause: the header names a column twice: `label`

    hint: rename one of the two columns
    ");
    left_nothing(&at.path().join("out"));
}

#[test]
fn a_label_that_is_not_mapped_is_set_aside_and_counted() {
    let text = rows(4, |number| if number == 2 { "perhaps" } else { "benign" });
    let at = folder(&[("a.csv", text.as_bytes())]);
    assert_snapshot!(ringtrue(at.path(), "ingest --kind url --store s a.csv").told(), @r"
    exit 0
    3 events added, 0 known already, 1 row set aside
      a.csv line 4: the label is not mapped: `perhaps`
    all set-aside rows: s/set-aside
    ");
    let aside: Vec<Vec<u8>> = tree(&at.path().join("s/set-aside")).into_values().collect();
    assert_eq!(aside.len(), 1);
    let row: serde_json::Value = serde_json::from_slice(&aside[0]).unwrap();
    assert_eq!(row["line"], 4);
    assert_eq!(row["reason"], "the label is not mapped: `perhaps`");
    assert!(row["excerpt"].as_str().unwrap().contains("host2.example"));
    // A second reading keeps nothing more and still says what was set aside.
    assert_snapshot!(ringtrue(at.path(), "ingest --kind url --store s a.csv").told(), @r"
    exit 0
    0 events added, 3 known already, 1 row set aside
      a.csv line 4: the label is not mapped: `perhaps`
    all set-aside rows: s/set-aside
    ");
}

#[test]
fn set_aside_rows_are_told_in_the_order_of_their_lines() {
    let mut bytes = b"url,label\nhttp://a.example/,perhaps\n".to_vec();
    bytes.extend(b"http://\xff.example/,0\nhttp://b.example/,perhaps\n");
    let at = folder(&[("a.csv", &bytes)]);
    let ran = ringtrue(at.path(), "ingest --json --kind url --store s a.csv").exits(0);
    let told = ran.json();
    let lines: Vec<u64> = told["first_set_aside"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[test]
fn a_missing_label_column_names_the_columns_that_are_there() {
    let at = folder(&[("a.csv", b"url,first_seen\nhttp://a.example/,2024-01-01\n")]);
    assert_snapshot!(ringtrue(at.path(), "run --kind url --out out a.csv").told(), @r"
    exit 2
    error: cannot tell the columns of `a.csv`
      cause: no column is recognised as the label

    hint: name the label under `[columns]` of a task.toml; the input's columns are: url, first_seen
    ");
    left_nothing(&at.path().join("out"));
}
