//! The label store from outside: labels come in, hold by the task's rules, are taken over by what learns and judges, and go with
//! whom they concern.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Ran, folder, program, ringtrue, run};

const EVENTS: &[u8] =
    b"url,label\nhttp://a.example/,benign\nhttp://b.example/,malicious\nhttp://c.example/,\n";

/// A store of three events, and their ids.
fn stored() -> (tempfile::TempDir, Vec<String>) {
    let at = folder(&[("a.csv", EVENTS)]);
    ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    let ids = ids(at.path(), "a.csv");
    (at, ids)
}

/// Returns the ids of the events of a file, as `label queue` tells them.
fn ids(at: &Path, file: &str) -> Vec<String> {
    let ran = ringtrue(
        at,
        &format!("label queue --kind url --budget 100 --json {file}"),
    )
    .exits(0);
    let mut items: Vec<(u64, String)> = ran.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                item["row"].as_u64().unwrap(),
                item["id"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    items.sort();
    items.into_iter().map(|(_, id)| id).collect()
}

fn import(at: &Path, text: &str, words: &str) -> Ran {
    fs::write(at.join("labels.csv"), text).unwrap();
    ringtrue(at, &format!("label import --store s {words} labels.csv"))
}

fn holds(at: &Path) -> Vec<Value> {
    let ran = ringtrue(at, "label export --store s --holds").exits(0);
    ran.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn labels_come_in_once_and_what_cannot_be_kept_is_told() {
    let (at, ids) = stored();
    let text = format!(
        "id,label,evidence,task\n{},malicious,asks for a password,\n{},benign,,\n{},,,\n{},benign,known site,spam\n00000000000000000000000000000000,benign,known site,\nabc,benign,known site,\n{},perhaps,x,\n",
        ids[0], ids[1], ids[2], ids[1], ids[1]
    );
    let ran = import(at.path(), &text, "--who ann");
    assert_snapshot!(ran.told().replace(&ids[1], "[ID]"), @r"
    exit 1
    1 label stored, 0 known already, 1 row not filled in, 5 refused
      labels.csv line 3: `benign` needs evidence: what was looked at
      labels.csv line 5: it answers another task than `assumed`: `spam`
      labels.csv line 6: neither the store nor the verdict log holds an event `00000000000000000000000000000000`
      labels.csv line 7: not an event's id: `abc`
      labels.csv line 8: not a label (malicious, benign, unsure, withdrawn): `perhaps`
    ");
    let again = import(at.path(), &text, "--who ann --json").exits(1).json();
    assert_eq!(
        (&again["stored"], &again["known"]),
        (&Value::from(0), &Value::from(1))
    );
    let exported = ringtrue(at.path(), "label export --store s")
        .exits(0)
        .stdout;
    let entry: Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(entry["who"], "ann");
    assert_eq!(entry["evidence"], "asks for a password");
    assert_eq!(entry["method"], "analyst");
}

#[test]
fn an_export_reads_back_as_the_same_labels() {
    let (at, ids) = stored();
    let text = format!(
        "id,label,evidence,certainty,note,known,expires\n{},malicious,\"a, \"\"quoted\"\" one\",0.8,=1+1,2026-01-02,2036-01-02\n{},unsure,,1,,2026-01-03,\n",
        ids[0], ids[1]
    );
    import(at.path(), &text, "--who ann --role analyst").exits(0);
    ringtrue(at.path(), "label export --store s --out out.csv").exits(0);
    ringtrue(at.path(), "ingest --kind url --store t a.csv").exits(0);
    ringtrue(at.path(), "label import --store t out.csv").exits(0);
    let of = |store: &str| {
        let ran = ringtrue(at.path(), &format!("label export --store {store}")).exits(0);
        let lines = ran.stdout.lines().map(|line| {
            let mut entry: Value = serde_json::from_str(line).unwrap();
            entry.as_object_mut().unwrap().remove("appended");
            entry
        });
        lines.collect::<Vec<Value>>()
    };
    let (one, other) = (of("s"), of("t"));
    assert_eq!(one.len(), 2);
    assert_eq!(one[0]["note"], "=1+1");
    assert_eq!(one, other);
    // A spreadsheet must not run it.
    let out = fs::read_to_string(at.path().join("out.csv")).unwrap();
    assert!(out.contains("\"'=1+1\""), "{out}");
    let again = ringtrue(at.path(), "label import --store s --json out.csv")
        .exits(0)
        .json();
    assert_eq!((&again["stored"], &again["known"]), (&0.into(), &2.into()));
}

#[test]
fn an_old_file_undoes_no_correction() {
    let (at, ids) = stored();
    let of = |label: &str| format!("id,label,evidence\n{},{label},looked\n", ids[0]);
    import(at.path(), &of("malicious"), "--who ann").exits(0);
    import(at.path(), &of("benign"), "--who ann").exits(0);
    let old = import(at.path(), &of("malicious"), "--who ann").exits(0);
    assert_snapshot!(old.told(), @r"
    exit 0
    0 labels stored, 1 known already, 0 rows not filled in, 0 refused
      1 known label is older than what the same person said since, and changed nothing: a row that states a later `known` says it anew
    ");
    assert_eq!(holds(at.path())[0]["label"], "benign");
    let told = import(at.path(), &of("benign"), "--who Ann")
        .exits(0)
        .stderr;
    assert!(
        told.contains("`Ann` and `ann` count as two who speak"),
        "{told}"
    );
}

#[test]
fn a_file_that_cannot_hold_labels_is_refused() {
    let (at, ids) = stored();
    for (text, told) in [
        (
            format!("id,verdict\n{},benign\n", ids[0]),
            "names no labels",
        ),
        (format!("id;label\n{};benign\n", ids[0]), "separated by `;`"),
    ] {
        let ran = import(at.path(), &text, "--who ann").exits(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    let id = ids[0].to_ascii_uppercase();
    let text = format!("ID,Label,evidnce,evidence\n{id},Benign,x,looked\n");
    let ran = import(at.path(), &text, "--who ann").exits(0);
    assert!(
        ran.stderr.contains("nothing is read from `evidnce`"),
        "{}",
        ran.stderr
    );
    assert_eq!(holds(at.path())[0]["label"], "benign");
    let soon = format!(
        "id,label,evidence,known\n{},benign,looked,2199-01-01\n",
        ids[1]
    );
    let ran = import(at.path(), &soon, "--who ann").exits(1);
    assert!(
        ran.stderr.contains("`known` is still to come"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_holds_is_told_as_what_learns_takes_it() {
    let (at, ids) = stored();
    let task = "name = \"phishing\"\nkind = \"url\"\n[labels]\nquorum = 2\n";
    fs::write(at.path().join("task.toml"), task).unwrap();
    let text = format!(
        "id,label,evidence\n{},malicious,looked\n{},withdrawn,\n",
        ids[0], ids[1]
    );
    import(at.path(), &text, "--task task.toml --who ann").exits(0);
    let ran = ringtrue(at.path(), "label export --task task.toml --store s --holds").exits(0);
    let state = |id: &str| {
        let mut rows = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let row: Value = rows.find(|row: &Value| row["id"] == id).unwrap();
        (row["state"].clone(), row["label"].clone())
    };
    assert_eq!(state(&ids[0]), ("open".into(), "malicious".into()));
    // What the event came with holds again.
    assert_eq!(state(&ids[1]), ("input".into(), "malicious".into()));
    assert!(ran.stderr.contains("1 event is open"), "{}", ran.stderr);
    let ran = ringtrue(at.path(), "label agreement --store s").exits(0);
    assert!(
        ran.stderr.contains("2 labels answer another task"),
        "{}",
        ran.stderr
    );
}

#[test]
fn those_who_disagree_dispute_and_pairs_are_measured() {
    let (at, ids) = stored();
    let of = |label: &str| format!("id,label,evidence\n{},{label},looked\n", ids[0]);
    import(at.path(), &of("malicious"), "--who ann").exits(0);
    assert_eq!(holds(at.path())[0]["label"], "malicious");
    import(at.path(), &of("benign"), "--who ben").exits(0);
    assert_eq!(holds(at.path())[0]["state"], "disputed");
    let told = ringtrue(at.path(), "label agreement --store s").exits(0);
    assert_snapshot!(told.stdout.replace(&ids[0], "[ID]"), @r"
    ann and ben: the same on 0 of 1 event, no kappa: both labelled fewer than 10 events: 1
    1 event is disputed
      [ID]
    ");
    import(at.path(), &of("withdrawn"), "--who ben").exits(0);
    assert_eq!(holds(at.path())[0]["state"], "decided");
    import(at.path(), &of("benign"), "--who list --method feed").exits(0);
    assert_eq!(holds(at.path())[0]["label"], "malicious");
}

#[test]
fn a_label_that_comes_later_or_is_corrected_is_taken_over() {
    let (at, ids) = stored();
    let later = b"url,label\nhttp://a.example/,malicious\nhttp://b.example/,malicious\nhttp://c.example/,benign\n";
    fs::write(at.path().join("b.csv"), later).unwrap();
    let ran = ringtrue(at.path(), "ingest --kind url --store s b.csv");
    assert_snapshot!(ran.told(), @r"
    exit 0
    0 events added, 3 known already, 0 rows set aside
    2 known events have another label than when they were stored, which is taken over
    ");
    let found: Vec<(String, String)> = holds(at.path())
        .iter()
        .map(|it| {
            (
                it["id"].as_str().unwrap().to_owned(),
                it["label"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert!(
        found.contains(&(ids[0].clone(), "malicious".to_owned())),
        "{found:?}"
    );
    assert!(
        found.contains(&(ids[2].clone(), "benign".to_owned())),
        "{found:?}"
    );
    assert_eq!(found.len(), 2, "what has not changed is no news");
    // The same file again says nothing new, nor does the first one: its content is known.
    fs::write(
        at.path().join("c.csv"),
        [later.as_slice(), b"http://d.example/,benign\n"].concat(),
    )
    .unwrap();
    let json = ringtrue(at.path(), "ingest --json --kind url --store s c.csv")
        .exits(0)
        .json();
    assert_eq!(
        (&json["added"], &json["relabelled"]),
        (&Value::from(1), &Value::from(0))
    );
}

#[test]
fn what_learns_and_judges_takes_the_labels_that_hold() {
    let at = folder(&[]);
    let few = crate::support::SHARED.few();
    ringtrue(
        at.path(),
        &format!("run --kind url --out out {}", few.display()),
    )
    .exits(0);
    let queue = format!(
        "label queue --kind url --budget 20 --json --store out/store {}",
        few.display()
    );
    let items = ringtrue(at.path(), &queue).exits(0).json()["items"].clone();
    let mut text = "id,label,evidence\n".to_owned();
    for item in items.as_array().unwrap() {
        text.push_str(item["id"].as_str().unwrap());
        text.push_str(",unsure,\n");
    }
    fs::write(at.path().join("labels.csv"), text).unwrap();
    ringtrue(
        at.path(),
        "label import --store out/store --who ann labels.csv",
    )
    .exits(0);
    let counted = |words: &str| -> u64 {
        let ran = ringtrue(at.path(), words);
        let facts = ran.json();
        facts["unsure"]["events"]
            .as_u64()
            .or(facts["unsure"].as_u64())
            .unwrap_or_else(|| panic!("{facts}"))
    };
    let words = format!("try --json --detector out/detector {}", few.display());
    let ran = ringtrue(at.path(), &format!("{words} --labels nowhere")).exits(2);
    assert!(ran.stderr.contains("there is no store"), "{}", ran.stderr);
    assert!(!at.path().join("nowhere").exists());
    assert_eq!(
        counted(&format!("{words} --labels out/store")) - counted(&words),
        20
    );
    // One label that no longer counts.
    let expired = format!(
        "id,label,evidence,known,expires\n{},malicious,looked,2026-01-01,2026-01-02\n",
        items[0]["id"].as_str().unwrap()
    );
    fs::write(at.path().join("expired.csv"), expired).unwrap();
    ringtrue(
        at.path(),
        "label import --store out/store --who list --method feed expired.csv",
    )
    .exits(0);
    let again = ringtrue(
        at.path(),
        &format!("run --kind url --out out {}", few.display()),
    );
    assert_ne!(again.status, 2, "{}", again.stderr);
    let report = fs::read_to_string(at.path().join("out/report.md")).unwrap();
    assert!(
        report.contains("21 entries, 1 of them expired"),
        "the report says which labels hold"
    );
    let before = "run --kind url --out out --labels-as-of 2001-01-01";
    ringtrue(at.path(), &format!("{before} {}", few.display()));
    let report = fs::read_to_string(at.path().join("out/report.md")).unwrap();
    assert!(report.contains("as known at 2001-01-01"), "{report}");
}

#[test]
fn labels_go_with_whom_they_concern() {
    let (at, ids) = stored();
    let text = format!(
        "id,label,evidence\n{},benign,looked\n{},benign,looked\n",
        ids[0], ids[1]
    );
    import(at.path(), &text, "--who ann").exits(0);
    let gone = ringtrue(at.path(), "forget a.example --store s --json")
        .exits(0)
        .json();
    assert_eq!(
        (&gone["events_removed"], &gone["labels_removed"]),
        (&Value::from(1), &Value::from(1))
    );
    let left = holds(at.path());
    assert_eq!(
        (left.len(), left[0]["id"].as_str().unwrap()),
        (1, ids[1].as_str())
    );
}

#[test]
fn two_that_import_at_once_lose_nothing() {
    let (at, ids) = stored();
    let mut children = Vec::new();
    for who in ["ann", "ben", "cy", "dee"] {
        let text: String = (0..3)
            .flat_map(|row| [ids[row].as_str(), ",benign,looked\n"])
            .collect();
        let file = format!("{who}.csv");
        fs::write(at.path().join(&file), format!("id,label,evidence\n{text}")).unwrap();
        let mut command = program(at.path());
        command.args(["label", "import", "--store", "s", "--who", who, &file]);
        children.push(std::thread::spawn(move || run(&mut command)));
    }
    for child in children {
        child.join().unwrap().exits(0);
    }
    let exported = ringtrue(at.path(), "label export --store s")
        .exits(0)
        .stdout;
    assert_eq!(exported.lines().count(), 12);
}

#[test]
fn a_store_that_is_not_there_is_not_made() {
    let at = folder(&[("labels.csv", b"id,label\n")]);
    let ran = ringtrue(at.path(), "label import --store nowhere labels.csv").exits(2);
    assert!(
        ran.stderr.contains("there is no store in `nowhere`"),
        "{}",
        ran.stderr
    );
    assert!(!at.path().join("nowhere").exists());
}
