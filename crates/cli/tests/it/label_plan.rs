//! `label plan` from outside: what it measures of files and stores, what scripts rely on, and that too little is said to be too little.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{folder, ringtrue};

fn simulated(at: &Path, words: &str) {
    let line = format!("simulate url --clean --months 3 --seed 5 --out made.csv {words}");
    ringtrue(at, &line).exits(0);
}

fn number(value: &Value, path: &str) -> f64 {
    let found = value.pointer(path).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("`{path}` of {value}"))
}

#[test]
fn what_labels_buy_and_a_claim_needs_is_told_of_a_file() {
    let at = folder(&[]);
    simulated(at.path(), "--events 8000");
    let ran = ringtrue(at.path(), "label plan --kind url --json made.csv");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let verdict = found["verdict"].as_str().unwrap();
    let status = if verdict == "cannot_tell" { 3 } else { 0 };
    assert_eq!(ran.status, status, "{verdict}");
    assert_eq!(found["next"]["labels"], 100.0);
    // A hundred looks at 5 each.
    assert_eq!(found["next"]["cost"], 500.0);
    let (low, value, high) = (
        number(&found, "/next/worth/low"),
        number(&found, "/next/worth/value"),
        number(&found, "/next/worth/high"),
    );
    assert!(0.0 <= low && low <= value && value <= high);
    let expected = if low >= 500.0 {
        "go_on"
    } else if high <= 500.0 {
        "stop"
    } else {
        "cannot_tell"
    };
    assert_eq!(verdict, expected);
    let curve = found["next"]["curve"].as_array().unwrap();
    assert!(curve.len() >= 3, "{curve:?}");
    assert!(number(&found, "/next/rate") > number(&found, "/next/rate_of_the_task"));
    let rate = &found["claims"][0];
    assert_eq!(rate["claim"], "false_positive_rate");
    // 40 alerts a day of 999,000 benign events.
    assert_eq!(rate["rule_of_three"], 74_925.0);
    assert!(number(rate, "/needed") < 74_925.0 && number(rate, "/lacking") > 0.0);
    assert_eq!(found["claims"][1]["claim"], "recall_width");
    let again = ringtrue(
        at.path(),
        "label plan --kind url --json --threads 1 made.csv",
    );
    assert_eq!(again.stdout, ran.stdout, "threads change nothing");
    let told = ringtrue(at.path(), "label plan --kind url --out report made.csv").stdout;
    for part in ["next labels", "claims", "delay", "people"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(
        fs::read_to_string(at.path().join("report/report.md"))
            .unwrap()
            .contains("Who should look at what")
    );
}

#[test]
fn delay_is_measured_by_method_and_source() {
    let at = folder(&[]);
    let mut rows = "url,time,label,label_known,source\n".to_owned();
    for day in 1..=20 {
        let label = if day % 2 == 0 { "malicious" } else { "benign" };
        writeln!(
            rows,
            "http://a{day}.example/,2026-01-{day:02}T00:00:00Z,{label},2026-01-{:02}T12:00:00Z,proxy",
            day + 2
        )
        .unwrap();
    }
    fs::write(at.path().join("a.csv"), rows).unwrap();
    ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    let ran = ringtrue(at.path(), "label plan --store s --json").exits(3);
    let found = ran.json();
    assert_eq!(found["verdict"], "cannot_tell");
    assert!(found["next"]["worth"].is_null());
    assert!(
        found["next"]["reason"]
            .as_str()
            .unwrap()
            .contains("too few labels")
    );
    for path in [
        "/delay/holds",
        "/delay/by_method/input",
        "/delay/by_source/proxy",
    ] {
        assert_eq!(found.pointer(&format!("{path}/events")), Some(&20.into()));
        assert!((number(&found, &format!("{path}/days/p50")) - 2.5).abs() < 1e-9);
    }
    assert_eq!(found["delay"]["unknown"], 0);
}

#[test]
fn people_are_measured_by_what_the_others_decided() {
    let at = folder(&[]);
    simulated(at.path(), "--events 400");
    ringtrue(at.path(), "ingest --kind url --store s made.csv").exits(0);
    let found = ringtrue(at.path(), "label queue --store s --budget 60 --json")
        .exits(0)
        .json();
    let ids: Vec<&str> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    // Ann and ben say the same; cy calls every event benign. Answers come two minutes apart.
    for (who, always_benign) in [("ann", false), ("ben", false), ("cy", true)] {
        let mut text = "id,label,evidence,known\n".to_owned();
        for (place, id) in ids.iter().enumerate() {
            let malicious = place % 2 == 0 && !always_benign;
            let label = if malicious { "malicious" } else { "benign" };
            let (hour, minute) = (place * 2 / 60, place * 2 % 60);
            writeln!(
                text,
                "{id},{label},looked,2026-03-01T{hour:02}:{minute:02}:00Z"
            )
            .unwrap();
        }
        fs::write(at.path().join("said.csv"), text).unwrap();
        let line = format!("label import --store s --who {who} --role analyst said.csv");
        ringtrue(at.path(), &line).exits(0);
    }
    let ran = ringtrue(at.path(), "label plan --store s --json");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let labellers = found["people"]["labellers"].as_array().unwrap();
    let who: Vec<&str> = labellers
        .iter()
        .map(|it| it["who"].as_str().unwrap())
        .collect();
    assert_eq!(who, ["ann", "ben", "cy"]);
    // Where ann and ben disagree with cy, nothing is decided without ann but a dispute; cy is judged by the two.
    assert_eq!(labellers[2]["asked"], 60);
    assert_eq!(labellers[2]["right"], 30);
    assert_eq!(labellers[0]["role"], "analyst");
    assert!(number(&found, "/people/two_pay_above/value") > 0.0);
    let minutes = found.pointer("/cost/people/0/minutes_a_look/p50");
    assert_eq!(minutes.and_then(Value::as_f64), Some(2.0));
    assert_eq!(found["cost"]["people"][0]["looks"], 60);
}

#[test]
fn nothing_labelled_cannot_tell() {
    let at = folder(&[("a.csv", b"url\nhttp://a.example/\n")]);
    let ran = ringtrue(at.path(), "label plan --kind url a.csv").exits(3);
    assert!(
        ran.stderr.contains("no event has a label"),
        "{}",
        ran.stderr
    );
}
