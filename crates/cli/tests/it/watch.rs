//! Watching from the shell: the same events are steady, changed ones are not, and too few say nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::served::{Served, kill};
use crate::support::{SHARED, folder, ringtrue};

fn watch(words: &str) -> String {
    format!("watch --detector {} {words}", SHARED.detector().display())
}

/// The simulated events from May on, which the detector was judged on for the most part.
fn late(change: impl Fn(usize, &str) -> Option<String>) -> String {
    let all = fs::read_to_string(SHARED.events()).unwrap();
    let mut lines = all.lines();
    let mut text = format!("{}\n", lines.next().unwrap());
    for (row, line) in lines.enumerate().skip(4_500) {
        if let Some(line) = change(row, line) {
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

fn windows(json: &Value) -> &Vec<Value> {
    json["windows"].as_array().unwrap()
}

#[test]
fn what_the_detector_was_judged_on_has_not_moved() {
    let text = late(|_, line| Some(line.to_owned()));
    let at = folder(&[("late.csv", text.as_bytes())]);
    let ran = ringtrue(at.path(), &watch("--window 100000 --json late.csv")).exits(0);
    let json = ran.json();
    assert_eq!(json["reference"]["of"], "detector");
    let [window] = windows(&json).as_slice() else {
        panic!("{json:#}")
    };
    assert_eq!(window["events"], 1_500);
    assert_eq!(
        (&window["state"], &window["kind"]),
        (&Value::from("steady"), &Value::Null)
    );
    for key in ["fpr", "recall", "precision", "roc_auc"] {
        let figure = &window["estimate"][key];
        let is_told = window["estimate"]["why"].get(key).is_some();
        assert_eq!(figure.is_null(), is_told, "{key}: {window:#}");
        if let Some(value) = figure["value"].as_f64() {
            let end = |name: &str| figure[name].as_f64().unwrap();
            assert!(end("low") <= value && value <= end("high"));
        }
    }
    let names: Vec<&str> = window["monitors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "score",
            "signals",
            "missing",
            "scope",
            "sources",
            "alerts",
            "credibility",
            "families",
            "probing"
        ]
    );
    let again = ringtrue(at.path(), &watch("--window 100000 --json late.csv")).exits(0);
    assert_eq!(again.stdout, ran.stdout);
}

#[test]
fn other_links_are_a_drift_and_the_exit_status_says_so() {
    let text = late(|row, line| {
        let (_, rest) = line.split_once(',').unwrap();
        let changed = row % 2 == 0;
        Some(if changed {
            format!(
                "http://10.0.0.{}/{row}/index.php?id={row},{rest}",
                row % 250
            )
        } else {
            line.to_owned()
        })
    });
    let at = folder(&[("late.csv", text.as_bytes())]);
    let json = ringtrue(
        at.path(),
        &watch("--window 100000 --json --out out late.csv"),
    )
    .exits(1)
    .json();
    assert_eq!(windows(&json)[0]["state"], "drift", "{json:#}");
    assert!(windows(&json)[0]["kind"].is_string());
    let page = fs::read_to_string(at.path().join("out/report.md")).unwrap();
    assert!(page.contains("drifted, the first is 0"), "{page}");
}

#[test]
fn months_are_windows_and_labels_are_told_beside() {
    let text = late(|_, line| Some(line.to_owned()));
    let at = folder(&[("late.csv", text.as_bytes())]);
    let json = ringtrue(at.path(), &watch("--json --labels late.csv late.csv"));
    let json = json.json();
    let found = windows(&json);
    assert!(found.len() >= 2, "{json:#}");
    let mut labelled = 0;
    for window in found {
        let name = window["name"].as_str().unwrap();
        for end in ["from", "to"] {
            assert!(window[end].as_str().unwrap().starts_with(name));
        }
        labelled += window["labelled"]["malicious"].as_u64().unwrap();
    }
    assert!(labelled > 50, "{labelled}");
}

#[test]
fn too_few_events_and_no_reference_cannot_tell() {
    let all = late(|_, line| Some(line.to_owned()));
    let few: String = all
        .lines()
        .take(20)
        .fold(String::new(), |text, line| text + line + "\n");
    let at = folder(&[("few.csv", few.as_bytes()), ("all.csv", all.as_bytes())]);
    let json = ringtrue(at.path(), &watch("--window 1000 --json few.csv"))
        .exits(3)
        .json();
    assert_eq!(windows(&json)[0]["state"], "cannot_tell");
    assert!(windows(&json)[0]["kind"].is_null());
    let own = at.path().join("detector");
    fs::create_dir(&own).unwrap();
    for entry in fs::read_dir(SHARED.detector()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, own.join(path.file_name().unwrap())).unwrap();
    }
    let manifest = own.join("reference.json");
    assert!(manifest.is_file());
    let words = "watch --detector detector --window 100000 --json";
    let ran = ringtrue(at.path(), &format!("{words} --reference all.csv all.csv")).exits(0);
    assert_eq!(ran.json()["reference"]["of"], "files");
    fs::remove_file(manifest).unwrap();
    let ran = ringtrue(at.path(), &format!("{words} all.csv")).exits(2);
    assert!(ran.stderr.contains("reference.json"), "{}", ran.stderr);
    let ran = ringtrue(at.path(), "watch --detector detector --window 10 all.csv").exits(2);
    assert!(ran.stderr.contains("50 events or more"), "{}", ran.stderr);
}

/// Serves the simulated links with half of them drawn for the audit sample, and kills the server; returns the answers and the class of each.
fn served() -> (Served, Vec<Value>, Vec<(String, String)>) {
    let served = Served::with("[sample]\nallowed = 0.5\nblocked = 0.5\n");
    let all = fs::read_to_string(SHARED.events()).unwrap();
    let mut lines = all.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| columns.iter().position(|it| *it == name).unwrap();
    let (url, label) = (place("url"), place("label"));
    let known: BTreeMap<String, String> = lines
        .skip(4_500)
        .map(|line| line.split(',').collect::<Vec<&str>>())
        .filter(|cells| cells.len() == columns.len())
        .map(|cells| (cells[url].to_owned(), cells[label].to_owned()))
        .collect();
    let known: Vec<(String, String)> = known.into_iter().collect();
    let urls: Vec<&str> = known.iter().map(|(url, _)| url.as_str()).collect();
    let (status, told) = served.score("text/plain", urls.join("\n").as_bytes());
    assert_eq!(status, 200, "{told}");
    let told = told.lines().map(|line| serde_json::from_str(line).unwrap());
    let told: Vec<Value> = told.collect();
    assert_eq!(told.len(), known.len());
    (served, told, known)
}

#[test]
fn the_audit_samples_labels_bound_what_the_detector_is_worth() {
    let (mut served, told, known) = served();
    // Some come again: each counts once.
    assert_eq!(served.score("text/plain", known[0].0.as_bytes()).0, 200);
    kill(&mut served.child, "TERM");
    let asked = told.iter().filter(|it| it["action"] == "review").count();
    let text: String = known
        .iter()
        .fold("url,label\n".to_owned(), |text, (url, label)| {
            text + url + "," + label + "\n"
        });
    let path = served.at.path().join("labels.csv");
    fs::write(&path, text).unwrap();
    let words = "--window 100000 --log log --json";
    let ran = ringtrue(
        served.at.path(),
        &watch(&format!("{words} --labels labels.csv --out out")),
    );
    assert!(ran.stderr.contains("had one before"), "{}", ran.stderr);
    let json = ran.json();
    let [window] = windows(&json).as_slice() else {
        panic!("{json:#}")
    };
    let audited = &window["audited"];
    assert_eq!(audited["events"], known.len());
    assert_eq!(
        audited["labelled"].as_u64().unwrap() + audited["unsure"].as_u64().unwrap(),
        asked as u64
    );
    assert_eq!(audited["pending"], 0);
    let bad = known
        .iter()
        .filter(|(_, label)| label == "malicious")
        .count();
    let true_share = bad as f64 / known.len() as f64;
    let share = &audited["malicious_share"];
    let end = |name: &str| share[name].as_f64().unwrap();
    assert!(
        end("low") <= true_share && true_share <= end("high"),
        "{audited:#} {true_share}"
    );
    for key in ["fpr", "recall", "precision", "cost_per_day"] {
        assert_eq!(
            audited[key].is_null(),
            audited["why"].get(key).is_some(),
            "{audited:#}"
        );
    }
    assert!(!audited["fpr"].is_null() && !audited["cost_per_day"].is_null());
    let page = fs::read_to_string(served.at.path().join("out/report.md")).unwrap();
    assert!(
        page.contains("What the labels of the audit sample say"),
        "{page}"
    );

    // Nobody labelled anything: nobody can tell, and all that was asked is still open.
    let ran = ringtrue(served.at.path(), &watch(words));
    let json = ran.json();
    let audited = &windows(&json)[0]["audited"];
    assert_eq!(audited["pending"], asked as u64);
    assert!(audited["recall"].is_null() && audited["fpr"].is_null());
    assert!(
        audited["why"]["fpr"].as_str().unwrap().contains("0 labels"),
        "{audited:#}"
    );
    let both = watch("--log log more.csv");
    assert!(
        ringtrue(served.at.path(), &both)
            .exits(2)
            .stderr
            .contains("--log")
    );
}
