//! `label errors` from outside: planted wrong labels are found, counted and explained, whatever the order of the rows.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

use crate::support::{folder, ringtrue};

/// A URL, what it is, and what it is called.
struct Row {
    url: String,
    truth: bool,
    called: bool,
}

impl Row {
    fn is_wrong(&self) -> bool {
        self.truth != self.called
    }
}

/// 12,000 simulated URLs without wrong labels; then every fifth malicious one is called benign, and every 250th benign one malicious.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let at = folder(&[]);
    ringtrue(
        at.path(),
        "simulate url --clean --events 12000 --months 3 --seed 5 --out made.csv",
    )
    .exits(0);
    let text = fs::read_to_string(at.path().join("made.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| names.iter().position(|it| *it == name).unwrap();
    let (url, truth) = (place("url"), place("truth"));
    let mut seen = [0_u32; 2];
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let truth = cells[truth] != "benign";
        let count = &mut seen[usize::from(truth)];
        *count += 1;
        let wrong = count.is_multiple_of(if truth { 5 } else { 250 });
        Row {
            url: cells[url].to_owned(),
            truth,
            called: truth != wrong,
        }
    };
    let plain = lines.filter(|line| !line.contains('"'));
    plain.map(row).collect()
});

fn write<'a>(path: &Path, rows: impl Iterator<Item = &'a Row>) {
    let mut text = "url,label,checked\n".to_owned();
    for row in rows {
        let label = if row.called { "malicious" } else { "benign" };
        let checked = if row.is_wrong() { "no" } else { "yes" };
        writeln!(text, "{},{label},{checked}", row.url).unwrap();
    }
    fs::write(path, text).unwrap();
}

fn items(found: &Value) -> &Vec<Value> {
    found["items"].as_array().unwrap()
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap()
}

#[test]
fn planted_errors_are_listed_counted_and_explained() {
    let at = folder(&[]);
    write(&at.path().join("labels.csv"), ROWS.iter());
    let errors = ROWS.iter().filter(|row| row.is_wrong()).count();
    let words = format!(
        "label errors --kind url --budget {errors} --json --out report --scores scores.ndjson labels.csv"
    );
    let found = ringtrue(at.path(), &words).exits(0).json();
    let listed = items(&found);
    let of = |item: &Value| &ROWS[usize::try_from(item["row"].as_u64().unwrap()).unwrap()];
    let right = listed.iter().filter(|item| of(item).is_wrong()).count();
    assert!(right * 10 >= errors * 6, "{right} of {errors} are found");
    assert!(
        right * 10 >= listed.len() * 7,
        "{right} of {} are errors",
        listed.len()
    );
    let expected = &found["expected"];
    let bounds = number(expected, "low")..=number(expected, "high");
    assert!(bounds.contains(&(right as f64)), "{right} {expected}");
    assert!(bounds.contains(&number(expected, "value")));
    for item in listed {
        let direction = if of(item).called {
            "benign_called_malicious"
        } else {
            "malicious_called_benign"
        };
        assert_eq!(item["direction"], direction);
        assert!((0.05..=1.0).contains(&number(item, "probability")));
        assert!(!item["reasons"].as_array().unwrap().is_empty());
        assert!(item["id"].is_string());
    }
    assert!(listed.is_sorted_by(|a, b| number(a, "probability") >= number(b, "probability")));
    let page = fs::read_to_string(at.path().join("report/report.md")).unwrap();
    assert!(page.contains("true errors"), "{page}");
    let scores = fs::read_to_string(at.path().join("scores.ndjson")).unwrap();
    assert_eq!(scores.lines().count(), ROWS.len());
}

#[test]
fn order_of_rows_and_threads_change_nothing() {
    let at = folder(&[]);
    let few = || ROWS.iter().take(5_000);
    write(&at.path().join("labels.csv"), few());
    write(
        &at.path().join("back.csv"),
        few().collect::<Vec<_>>().into_iter().rev(),
    );
    let ranked = |words: &str| {
        let words = format!("label errors --kind url --budget 50 --json {words}");
        let mut found = ringtrue(at.path(), &words).exits(0).json();
        let items = found["items"].as_array_mut().unwrap();
        for item in items.iter_mut() {
            item.as_object_mut().unwrap().remove("row");
        }
        // Equal events have nothing but their rows to be told by.
        (found["items"].clone(), found["expected"].clone())
    };
    let first = ranked("--threads 1 labels.csv");
    assert!(!first.0.as_array().unwrap().is_empty());
    assert_eq!(first, ranked("--threads 3 labels.csv"));
    assert_eq!(first, ranked("back.csv"));
}

#[test]
fn certain_labels_are_not_suspected() {
    let at = folder(&[]);
    write(&at.path().join("labels.csv"), ROWS.iter().take(5_000));
    let mut command = crate::support::program(at.path());
    command.args(["label", "errors", "--kind", "url", "--json"]);
    command.args(["--certain", "checked == \"yes\"", "labels.csv"]);
    let found = crate::support::run(&mut command).exits(0).json();
    assert!(!items(&found).is_empty());
    for item in items(&found) {
        let row = usize::try_from(item["row"].as_u64().unwrap()).unwrap();
        assert!(ROWS[row].is_wrong(), "row {row} is certain");
    }
}

#[test]
fn too_few_labels_cannot_tell() {
    let rows = b"url,label\nhttp://a.example/,malicious\nhttp://b.example/,benign\n";
    let at = folder(&[("few.csv", rows)]);
    let ran = ringtrue(at.path(), "label errors --kind url few.csv").exits(3);
    assert!(ran.stderr.contains("too few labels"), "{}", ran.stderr);
}

#[test]
fn a_condition_that_is_none_is_refused() {
    let at = folder(&[("few.csv", b"url,label\n")]);
    let ran = ringtrue(at.path(), "label errors --kind url --certain 1+ few.csv").exits(2);
    assert!(ran.stderr.contains("the condition `1+`"), "{}", ran.stderr);
}

#[test]
fn labels_that_the_store_holds_count_and_confirmed_ones_are_certain() {
    let at = folder(&[]);
    write(&at.path().join("labels.csv"), ROWS.iter().take(5_000));
    ringtrue(at.path(), "ingest --kind url --store s labels.csv").exits(0);
    let listed = |words: &str| {
        let line = format!("label errors --store s --budget 40 --json {words}");
        ringtrue(at.path(), &line).exits(0).json()
    };
    let before = listed("");
    let first = items(&before)[0].clone();
    let id = first["id"].as_str().unwrap();
    let called = if first["direction"] == "benign_called_malicious" {
        "malicious"
    } else {
        "benign"
    };
    fs::write(
        at.path().join("said.csv"),
        format!("id,label,evidence\n{id},{called},looked again\n"),
    )
    .unwrap();
    ringtrue(at.path(), "label import --store s --who ann said.csv").exits(0);
    let after = listed("");
    assert_eq!(after["certain"], 1);
    assert!(
        items(&after).iter().all(|it| it["id"] != id),
        "{id} was confirmed"
    );
    let then = listed("--as-of 2001-01-01");
    assert_eq!(then["items"], before["items"], "nothing was confirmed then");
    assert_eq!(then["certain"], 0);
}
