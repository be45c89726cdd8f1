//! `attack --artefacts`: changed commands that the detector allows, told, scored again, the same from seed to seed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kinds::commands;
use crate::support::{SHARED, folder, lines, program, ringtrue, run};

const TASK: &str = "format = 1\nname = \"commands\"\nkind = \"command\"\n";

/// A folder with a detector `out/detector`, its events `a.ndjson` and benign lines `benign.ndjson`.
fn trained(task: &str) -> TempDir {
    let benign: String = ["make install", "df -h /srv", "vim notes.txt"].iter().fold(
        String::new(),
        |mut text, line| {
            writeln!(text, "{}", json!({"command": line})).unwrap();
            text
        },
    );
    // Without users: what is attacked in parallel. `habits` has them.
    let each = lines(&commands()).into_iter().map(|mut event| {
        let fields = event.as_object_mut().unwrap();
        fields.remove("user");
        fields.remove("host");
        event.to_string()
    });
    let events: Vec<String> = each.collect();
    let at = folder(&[
        ("a.ndjson", events.join("\n").as_bytes()),
        ("few.ndjson", events[..40].join("\n").as_bytes()),
        ("benign.ndjson", benign.as_bytes()),
        ("task.toml", task.as_bytes()),
    ]);
    let ran = ringtrue(
        at.path(),
        "run --task task.toml --retrain 0 --out out a.ndjson",
    );
    assert!(matches!(ran.status, 0 | 3), "{}", ran.stderr);
    at
}

const ATTACK: &str = "attack --detector out/detector --artefacts --json --queries 60 --material benign.ndjson --threshold-margin 6";

fn attacked(at: &Path, words: &str) -> (Vec<Value>, Value) {
    let ran = ringtrue(at, &format!("{ATTACK} {words} few.ndjson")).exits(0);
    let mut rows = lines(&ran.stdout);
    let closing = rows.pop().unwrap();
    (rows, closing)
}

#[test]
fn each_malicious_command_is_told_with_its_cheapest_evasion() {
    let at = trained(TASK);
    let (rows, closing) = attacked(at.path(), "");
    assert_eq!(rows.len(), 10, "as many as are labelled malicious");
    let threshold = closing["threshold_margin"].as_f64().unwrap();
    let mut evaded = 0;
    for row in &rows {
        assert!(row["margin"].as_f64().unwrap() > threshold || row["cost"] == 0.0);
        assert!(row["queries"].as_u64().unwrap() <= 60);
        if row["evaded"] == false {
            assert_eq!(
                (&row["cost"], &row["changed"], &row["verified"]),
                (&Value::Null, &Value::Null, &Value::Null)
            );
        } else if !row["attack"].as_array().unwrap().is_empty() {
            evaded += 1;
            assert!(row["cost"].as_f64().unwrap() > 0.0);
            assert!(row["margin_changed"].as_f64().unwrap() <= threshold);
        }
    }
    // What is told scores as it was told, through `score`.
    let changed = rows.iter().filter(|row| row["changed"].is_string());
    let changed: Vec<&Value> = changed.collect();
    assert_eq!(changed.len(), evaded);
    assert!(evaded > 0, "{closing}");
    let again = changed.iter().fold(String::new(), |mut text, row| {
        writeln!(text, "{}", json!({"command": row["changed"]})).unwrap();
        text
    });
    std::fs::write(at.path().join("again.ndjson"), again).unwrap();
    let scored = ringtrue(at.path(), "score --detector out/detector again.ndjson").exits(0);
    for (scored, row) in lines(&scored.stdout).iter().zip(&changed) {
        assert_eq!(
            scored["margin"], row["margin_changed"],
            "{}",
            row["changed"]
        );
    }
    let points = closing["curve"].as_array().unwrap();
    assert_eq!(points[0]["cost"], 0.0);
    assert_eq!(closing["events"], 10);
    let told: u64 = closing["by_verified"]
        .as_object()
        .unwrap()
        .values()
        .map(|events| events.as_u64().unwrap())
        .sum();
    assert_eq!(told, evaded as u64);
    assert!(closing["tried"].as_array().unwrap().len() > 15);
    assert!(!closing["not_attacked"].as_array().unwrap().is_empty());
}

#[test]
fn the_same_seed_gives_the_same_attack_on_any_number_of_threads() {
    let at = trained(TASK);
    let told = |threads: &str, seed: &str, knowledge: &str| {
        let mut command = program(at.path());
        let words = format!("{ATTACK} --knowledge {knowledge} --seed {seed} few.ndjson");
        command
            .args(words.split_whitespace())
            .env("RAYON_NUM_THREADS", threads);
        run(&mut command).exits(0).stdout
    };
    let mut all = BTreeSet::new();
    for knowledge in ["nothing", "verdicts", "scores"] {
        let first = told("1", "5", knowledge);
        assert_eq!(first, told("4", "5", knowledge), "{knowledge}");
        assert_ne!(first, told("1", "6", knowledge), "{knowledge}");
        all.insert(first);
    }
    assert_eq!(all.len(), 3);
}

#[test]
fn only_the_named_attacks_are_tried() {
    let at = trained(TASK);
    let (rows, closing) = attacked(at.path(), "--only quoting,paths");
    assert_eq!(closing["tried"], json!(["quoting", "paths"]));
    for row in rows {
        for name in row["attack"].as_array().unwrap() {
            assert!(name == "quoting" || name == "paths");
        }
    }
    let refused = ringtrue(at.path(), &format!("{ATTACK} --only quotes few.ndjson")).exits(2);
    assert!(
        refused
            .stderr
            .contains("there is no attack of this name: quotes"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("quoting"), "{}", refused.stderr);
}

#[test]
fn people_are_told_who_attacks_first_and_what_it_came_to_last() {
    let at = trained(TASK);
    let words =
        "attack --detector out/detector --artefacts --knowledge verdicts --queries 40 few.ndjson";
    let told = ringtrue(at.path(), words).exits(0).stdout;
    for expected in [
        "the attacker wants a malicious event to be allowed [ATLAS AML.T0015",
        "sees what the detector does with an event, and no score",
        "may have 40 events scored",
        "`quoting`: puts quotes or escapes into a word",
        "10 malicious events: ",
        "found of an attacker who pays 0 minutes an event",
        "not attacked: what the detector learns from",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(told.starts_with("the attacker wants"));
}

#[test]
fn without_labels_what_is_flagged_is_attacked() {
    let at = trained(TASK);
    let bare: String = lines(&commands())
        .iter()
        .take(40)
        .fold(String::new(), |mut text, event| {
            writeln!(text, "{}", json!({"command": event["command"]})).unwrap();
            text
        });
    std::fs::write(at.path().join("bare.ndjson"), bare).unwrap();
    let ran = ringtrue(at.path(), &format!("{ATTACK} bare.ndjson")).exits(0);
    assert!(
        ran.stderr
            .contains("those that the detector flags count as malicious"),
        "{}",
        ran.stderr
    );
    let mut rows = lines(&ran.stdout);
    let closing = rows.pop().unwrap();
    let threshold = closing["threshold_margin"].as_f64().unwrap();
    assert!(
        !rows.is_empty()
            && rows
                .iter()
                .all(|row| row["margin"].as_f64().unwrap() > threshold)
    );
}

#[test]
fn what_the_task_hides_is_not_told() {
    let at = trained(&format!("{TASK}\n[privacy.reveal]\ncommand = \"nobody\"\n"));
    let (rows, closing) = attacked(at.path(), "");
    assert!(closing["evaded"].as_u64().unwrap() > 0);
    assert!(rows.iter().all(|row| row["changed"].is_null()));
}

#[test]
fn ctrl_c_prints_what_is_known_so_far() {
    let at = trained(TASK);
    let many = std::fs::read_to_string(at.path().join("a.ndjson")).unwrap();
    std::fs::write(
        at.path().join("many.ndjson"),
        format!("{many}\n").repeat(100),
    )
    .unwrap();
    for (words, closing) in [
        ("--artefacts --queries 1000000", "curve"),
        ("--distance cost", "witness"),
    ] {
        let words = format!("attack --detector out/detector --json {words} many.ndjson");
        // It heeds Ctrl-C even if this process was started without it.
        let mut child = Command::new("env")
            .args(["--default-signal=INT", env!("CARGO_BIN_EXE_ringtrue")])
            .args(words.split_whitespace())
            .current_dir(at.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut rows = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = rows.next().unwrap().unwrap();
        assert!(first.contains("\"row\":"), "{first}");
        let kill = format!("kill -INT {}", child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
        let told: Vec<String> = rows.map(Result::unwrap).collect();
        assert!(told.last().unwrap_or(&first).contains(closing), "{words}");
        // Of 10,000 malicious events most were not attacked.
        assert!(told.len() < 9_000, "{}", told.len());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(2), "{words}");
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.contains("interrupted: "), "{said}");
    }
}

#[test]
fn one_way_of_attacking_is_asked_for() {
    let at = folder(&[]);
    for words in [
        "attack --detector d a.csv",
        "attack --detector d --artefacts --distance cost a.csv",
        "attack --detector d --artefacts --only-up x a.csv",
        "attack --detector d --distance l1 --seed 3 a.csv",
    ] {
        ringtrue(at.path(), words).exits(2);
    }
}

#[test]
fn what_users_did_before_is_measured_and_no_changed_command_is_taken_in() {
    let at = folder(&[("a.ndjson", commands().as_bytes())]);
    let ran = ringtrue(
        at.path(),
        "run --kind command --retrain 0 --out out a.ndjson",
    );
    assert!(matches!(ran.status, 0 | 3), "{}", ran.stderr);
    let words = "attack --detector out/detector --artefacts --json --queries 20 a.ndjson";
    let ran = ringtrue(at.path(), words).exits(0);
    let mut rows = lines(&ran.stdout);
    rows.pop();
    assert_eq!(rows.len(), 100);
    let scored = ringtrue(at.path(), "score --detector out/detector a.ndjson").exits(0);
    let scored = lines(&scored.stdout);
    for row in &rows {
        let place = usize::try_from(row["row"].as_u64().unwrap()).unwrap();
        assert_eq!(scored[place]["margin"], row["margin"]);
        assert_eq!(scored[place]["id"], row["id"]);
    }
}

#[test]
fn who_has_nothing_to_attack_is_told_what_is() {
    let at = folder(&[("a.csv", b"url,label\nhttp://a.example/,0\n")]);
    let words = format!(
        "attack --artefacts --detector {} a.csv",
        SHARED.detector().display()
    );
    let told = ringtrue(at.path(), &words).exits(3).stderr;
    assert!(
        told.contains("there is no malicious event to attack"),
        "{told}"
    );
    assert!(
        told.contains("hint: attacked are events that are labelled malicious"),
        "{told}"
    );
}
