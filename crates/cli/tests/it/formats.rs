//! The same rows in any form: packed, in other formats, in folders, through pipes.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use crate::support::{
    FEW_DETECTOR, SHARED, assert_same_detector, folder, ringtrue, ringtrue_fed, run,
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Writes rows as NDJSON with text for text and null for nothing: other types would be other values,
/// and other events.
fn ndjson(csv: &str) -> String {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let object: serde_json::Map<String, serde_json::Value> = names
                .iter()
                .zip(line.split(','))
                .map(|(name, value)| match value {
                    "" => ((*name).to_owned(), serde_json::Value::Null),
                    text => ((*name).to_owned(), text.into()),
                })
                .collect();
            serde_json::Value::Object(object).to_string() + "\n"
        })
        .collect()
}

/// The names assumed for the file do not enter the detector.
#[test]
fn packed_or_as_json_the_same_rows_give_the_same_detector() {
    let csv = fs::read_to_string(SHARED.few()).unwrap();
    assert!(!csv.contains('"'), "these rows need no quotes");
    let zstandard = zstd::encode_all(csv.as_bytes(), 1).unwrap();
    let forms = [
        ("a.csv.gz", gzip(csv.as_bytes())),
        ("a.csv.zst", zstandard),
        ("a.ndjson", ndjson(&csv).into_bytes()),
    ];
    for (name, bytes) in forms {
        let at = folder(&[(name, &bytes)]);
        ringtrue(at.path(), &format!("run --kind url --out out {name}")).exits(0);
        assert_same_detector(&FEW_DETECTOR, &at.path().join("out/detector"));
    }
}

#[test]
fn a_folder_and_standard_input_give_the_same_detector() {
    let csv = fs::read_to_string(SHARED.few()).unwrap();
    let (header, events) = csv.split_once('\n').unwrap();
    let lines: Vec<&str> = events.lines().collect();
    let (first, second) = lines.split_at(lines.len() / 2);
    let part = |lines: &[&str]| format!("{header}\n{}\n", lines.join("\n"));
    let at = folder(&[("readme.md", b"not data")]);
    fs::create_dir(at.path().join("data")).unwrap();
    fs::write(at.path().join("data/1.csv"), part(first)).unwrap();
    fs::write(
        at.path().join("data/2.csv.gz"),
        gzip(part(second).as_bytes()),
    )
    .unwrap();
    fs::write(at.path().join("data/readme.md"), "not data").unwrap();
    let ran = ringtrue(at.path(), "ingest --json --kind url --store s data").exits(0);
    assert_eq!(ran.json()["added"], 2_500);
    let ran = ringtrue_fed(at.path(), "run --kind url --out out -", csv.as_bytes()).exits(0);
    assert!(ran.stderr.contains("2500 events added"), "{}", ran.stderr);
    assert_same_detector(&FEW_DETECTOR, &at.path().join("out/detector"));
}

#[test]
fn nothing_of_a_named_pipe_is_lost() {
    let at = folder(&[]);
    let made = Command::new("mkfifo")
        .arg(at.path().join("pipe"))
        .status()
        .unwrap();
    assert!(made.success());
    let ran = ringtrue(at.path(), "ingest --store s pipe").exits(2);
    assert!(ran.stderr.contains("error: cannot look ahead on pipe"));
    assert!(ran.stderr.contains("\nhint: say what it holds"));
    let script = "cat \"$1\" > pipe & exec \"$0\" ingest --json --kind url --store s pipe";
    let ran = run(Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_ringtrue")])
        .arg(SHARED.few())
        .current_dir(at.path()))
    .exits(0);
    assert_eq!(ran.json()["added"], 2_500);
}

#[test]
fn a_folder_without_data_and_a_missing_file_are_refused() {
    let at = folder(&[]);
    fs::create_dir(at.path().join("data")).unwrap();
    insta::assert_snapshot!(ringtrue(at.path(), "ingest --store s data").told(), @r"
    exit 2
    error: the folder `data` holds no data file

    hint: files end in .csv, .tsv, .ndjson, .jsonl, .parquet, .eml or .mbox, each with or without .gz or .zst
    ");
    insta::assert_snapshot!(ringtrue(at.path(), "ingest --store s none.csv").told(), @r"
    exit 2
    error: cannot open `none.csv`
      cause: No such file or directory (os error 2)
    ");
    assert!(!at.path().join("s").exists());
}

/// A message a file or in an mbox: the same events, so that the second reading adds none.
#[test]
fn mail_is_read_from_every_place_where_it_lies() {
    let message = |number: u32| format!("From: a{number}@example.com\nSubject: b\n\n{number}\n");
    let at = folder(&[("none.txt", b"")]);
    let mut mbox = String::new();
    for name in [
        "mails", "box/cur", "box/new", "box/tmp", "bare/cur", "bare/new",
    ] {
        fs::create_dir_all(at.path().join(name)).unwrap();
    }
    let names = [
        "mails/1.eml",
        "mails/2.EML",
        "box/cur/1600000000.M1P1.host:2,S",
        "box/new/1600000001.json",
    ];
    for (number, name) in (0..).zip(names) {
        fs::write(at.path().join(name), message(number)).unwrap();
        mbox += "From a@example.com Mon Sep 14 12:00:00 2020\n";
        mbox += &message(number);
        mbox += "\n";
    }
    fs::write(at.path().join("mails/readme.md"), "not mail").unwrap();
    fs::write(at.path().join("box/cur/.hidden"), "not mail").unwrap();
    fs::write(at.path().join("box/tmp/1"), "not there yet").unwrap();
    fs::write(at.path().join("a.mbox"), &mbox).unwrap();
    let ingest = |files: &str, added: u64, repeated: u64| {
        let ran = ringtrue(
            at.path(),
            &format!("ingest --json --kind table --store s {files}"),
        );
        let told = ran.exits(0).json();
        assert_eq!(told["added"], added, "{files}: {told}");
        assert_eq!(told["repeated"], repeated, "{files}: {told}");
        assert_eq!(told["set_aside"], 0, "{files}: {told}");
    };
    ingest("mails", 2, 0);
    ingest("box mails/1.eml", 2, 1);
    ingest("a.mbox", 0, 4);
    let fed = ringtrue_fed(
        at.path(),
        "ingest --json --kind table --store s -",
        mbox.as_bytes(),
    );
    assert_eq!(fed.exits(0).json()["repeated"], 4);
    let ran = ringtrue(at.path(), "ingest --json --store guessed mails").exits(0);
    assert_eq!(ran.json()["added"], 2);
    insta::assert_snapshot!(ringtrue(at.path(), "ingest --kind table --store s bare").told(), @r"
    exit 2
    error: the folder `bare` holds no mail

    hint: a Maildir has its messages in `cur` and `new`, another folder in files that end in .eml
    ");
}

#[test]
fn a_list_of_urls_is_never_taken_for_mail_and_mail_never_for_urls() {
    let at = folder(&[
        ("a.txt", b"http://a.example/\nReceived: from b.example\n"),
        ("b.txt", b"Received: from b.example\n\nhttp://a.example/\n"),
    ]);
    let ran = ringtrue(at.path(), "ingest --json --kind url --store s a.txt").exits(0);
    assert_eq!(ran.json()["added"], 2);
    insta::assert_snapshot!(ringtrue(at.path(), "ingest --kind url --store s b.txt").told(), @r"
    exit 2
    error: cannot tell the columns of `b.txt`
      cause: no column is recognised as the URL

    hint: name the URL under `[columns]` of a task.toml; the input's columns are: raw, enc
    ");
}

#[test]
fn what_an_audit_log_holds_beside_commands_is_told() {
    let log = "type=EXECVE msg=audit(1600000000.000:1): argc=1 a0=\"id\"\n\
               type=USER_LOGIN msg=audit(1600000000.000:2): pid=1\n\
               type=SYSCALL msg=audit(1600000000.000:3): syscall=257\n";
    let at = folder(&[("audit.log", log.as_bytes())]);
    let ran = ringtrue(at.path(), "ingest --json --kind table --store s audit.log").exits(0);
    let told = ran.json();
    assert_eq!(told["added"], 1);
    let assumed = told["assumed"].to_string();
    assert!(
        assumed.contains("1 audit event that runs no command is passed over (in `audit.log`)"),
        "{assumed}"
    );
    assert!(
        assumed.contains("1 audit record that is no part of a command"),
        "{assumed}"
    );
}
