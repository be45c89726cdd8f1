//! What figures and thresholds rest on: prices, copies, earlier data, events without a decision.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::support::{SHARED, folder, ringtrue};

/// Numbers that look random, the same every time.
struct Noise(u64);

impl Noise {
    /// Returns a number from 0 to 1.
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 40).unwrap()) / f64::from(1_u32 << 24)
    }

    /// Returns a number about `mean`.
    fn about(&mut self, mean: f64) -> f64 {
        mean + (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// A table over 20 months; one event in four is malicious, of a family, and one in ten is undecided.
fn events(families: u32) -> String {
    let mut noise = Noise(7);
    let mut text = "time,f1,f2,family,label\n".to_owned();
    for n in 0..4_000_u32 {
        let (month, is_malicious) = (n / 200, n % 4 == 0);
        let label = match (n % 10, is_malicious) {
            (7, _) => "unsure",
            (_, true) => "malicious",
            (_, false) => "benign",
        };
        let family = if is_malicious {
            format!("f{}", n / 4 % families)
        } else {
            String::new()
        };
        let mean = if is_malicious { 1.5 } else { 0.0 };
        let (f1, f2) = (noise.about(mean), noise.about(0.0));
        let (year, month, day) = (2022 + month / 12, 1 + month % 12, 1 + n % 200 / 8);
        writeln!(
            text,
            "{year}-{month:02}-{day:02},{f1:.4},{f2:.4},{family},{label}"
        )
        .unwrap();
    }
    text
}

const TASK: &str = "format = 1\nname = \"t\"\nkind = \"table\"\n[capacity]\nalerts_per_day = 1e9\n";
const PRICES: &str = "false_positive = 1000\nfalse_negative = 50\nreview = 40\n";

#[test]
fn prices_of_a_slice_of_all_events_give_the_thresholds_of_a_task_with_these_prices() {
    let sliced = format!(
        "{TASK}[slices]\nall = \"f2 != 'x'\"\n[[costs.overrides]]\nslice = \"all\"\n{PRICES}"
    );
    let stated = format!("{TASK}[costs]\n{PRICES}");
    let at = folder(&[
        ("events.csv", events(3).as_bytes()),
        ("sliced.toml", sliced.as_bytes()),
        ("stated.toml", stated.as_bytes()),
        ("plain.toml", TASK.as_bytes()),
    ]);
    let thresholds = |task: &str| {
        let line = format!("run --json --retrain 0 --task {task}.toml --out {task} events.csv");
        let figures = ringtrue(at.path(), &line).exits(0).json();
        [
            "threshold_review",
            "threshold_block",
            "cost_per_1000_events",
        ]
        .map(|name| figures[name].as_f64().unwrap())
    };
    let (sliced, stated) = (thresholds("sliced"), thresholds("stated"));
    for (found, expected) in sliced.iter().zip(stated) {
        assert!((found - expected).abs() < 1e-9, "{sliced:?} {stated:?}");
    }
    assert!(
        (sliced[1] - thresholds("plain")[1]).abs() > 1e-3,
        "{sliced:?}"
    );
}

#[test]
fn copies_under_other_names_are_not_on_both_sides() {
    let mut noise = Noise(5);
    let mut rows: Vec<(f64, String)> = Vec::new();
    for n in 0..800 {
        let row = format!("{:.3},{:.3}", noise.about(0.0), noise.about(0.0));
        let label = u8::from(noise.unit() < 0.3);
        for copy in 0..6 {
            rows.push((noise.unit(), format!("x{},{row},{label}\n", 6 * n + copy)));
        }
    }
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    let rows: String = rows.into_iter().map(|(_, row)| row).collect();
    let at = folder(&[("copies.csv", format!("id,f1,f2,label\n{rows}").as_bytes())]);
    let ran = ringtrue(at.path(), "run --json --kind table --out out copies.csv");
    // Noise: whether anything is recommended is chance, but nothing tells the classes apart.
    let area = ran.json()["roc_auc"].as_f64();
    assert!(area.is_none_or(|area| area < 0.7), "{area:?}");
}

#[test]
fn earlier_data_of_a_folder_is_told_and_other_rules_are_refused() {
    let mapped = |malicious: &str, benign: &str, more: &str| {
        format!(
            "format = 1\nname = \"t\"\nkind = \"table\"\n{more}[labels.map]\nmalicious = \"{malicious}\"\nbenign = \"{benign}\"\nunsure = \"unsure\"\n"
        )
    };
    let text = events(3);
    let lines: Vec<&str> = text.lines().collect();
    let part =
        |range: std::ops::Range<usize>| format!("{}\n{}\n", lines[0], lines[range].join("\n"));
    let at = folder(&[
        ("old.csv", part(1..2_001).as_bytes()),
        ("new.csv", part(2_001..4_001).as_bytes()),
        ("a.toml", mapped("malicious", "benign", "").as_bytes()),
        ("b.toml", mapped("benign", "malicious", "").as_bytes()),
        (
            "c.toml",
            mapped("malicious", "benign", "[costs]\nreview = 9\n").as_bytes(),
        ),
    ]);
    let line =
        |task: &str, file: &str| format!("run --retrain 0 --task {task}.toml --out out {file}");
    let first = ringtrue(at.path(), &line("a", "old.csv")).exits(0);
    assert!(!first.stderr.contains("earlier runs"), "{}", first.stderr);
    // Another price reads the same events.
    let dearer = ringtrue(at.path(), &line("c", "old.csv")).exits(0);
    assert!(!dearer.stderr.contains("earlier runs"), "{}", dearer.stderr);
    let more = ringtrue(at.path(), &line("a", "new.csv")).exits(0);
    let told = "events that earlier runs into this folder read from other inputs or other versions of them (`old.csv`) belong to the data";
    assert!(more.stderr.contains(told), "{}", more.stderr);
    let report = fs::read_to_string(at.path().join("out/report.md")).unwrap();
    assert!(report.contains("earlier runs into this folder"));
    let refused = ringtrue(at.path(), &line("b", "new.csv"));
    insta::assert_snapshot!(refused.told(), @r"
    exit 2
    error: the store `out/store` holds events of `old.csv` that were read by another task or kind

    hint: name another folder with `--out`, or remove its `store` to begin anew
    ");
}

#[test]
fn undecided_events_before_the_judged_ones_are_counted_and_priced() {
    let at = folder(&[("events.csv", events(3).as_bytes())]);
    let line = "run --json --retrain 0 --kind table --out out events.csv";
    let figures = ringtrue(at.path(), line).exits(0).json();
    let before = &figures["unsure_not_judged"];
    let count = before["events"].as_u64().unwrap();
    assert_eq!(count + figures["unsure"].as_u64().unwrap(), 400);
    assert!(count > 200, "{count}");
    let cost = before["review_cost"].as_f64().unwrap();
    assert!((cost - 5.0 * f64::from(u32::try_from(count).unwrap())).abs() < 1e-6);
    let report = fs::read_to_string(at.path().join("out/report.md")).unwrap();
    assert!(report.contains("unsure events before the judged ones"));
    assert!(report.contains("are learned from as neither class"));
    let decided: String = events(3)
        .lines()
        .filter(|line| !line.ends_with("unsure"))
        .flat_map(|line| [line, "\n"])
        .collect();
    fs::write(at.path().join("decided.csv"), decided).unwrap();
    let line = "run --json --retrain 0 --kind table --out decided decided.csv";
    let none = ringtrue(at.path(), line).exits(0).json();
    let none = none["unsure_not_judged"].to_string();
    assert_eq!(none, "{\"events\":0,\"review_cost\":0.0}");
}

#[test]
fn mistakes_add_up_and_no_hash_is_given_as_a_name() {
    let at = folder(&[("events.csv", events(25).as_bytes())]);
    let line = "run --json --retrain 0 --kind table --out out events.csv";
    let figures = ringtrue(at.path(), line).exits(0).json();
    for kind in ["miss_groups", "false_positive_groups"] {
        let found = &figures[kind];
        let count = |name: &str| found[name].as_u64().unwrap();
        let groups = found["groups"].as_array().unwrap();
        let listed: u64 = groups
            .iter()
            .map(|group| group["events"].as_u64().unwrap())
            .sum();
        let all = listed + count("in_more_groups") + count("in_no_group") + count("not_grouped");
        assert_eq!(all, count("events"), "{kind}");
        // Nobody stands behind the rows of this table.
        let is_entity = |group: &Value| group["cause"]["kind"] == "entity";
        assert!(!groups.iter().any(is_entity), "{found}");
    }
    assert_eq!(figures["segments_not_shown"]["family"], 10);
    let report = fs::read_to_string(at.path().join("out/report.md")).unwrap();
    assert!(report.contains("10 smaller ones are not shown"));
    let shown: BTreeSet<&str> = figures["segments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|segment| segment["by"] == "family")
        .filter_map(|segment| segment["name"].as_str())
        .collect();
    assert_eq!(shown.len(), 15);
}

#[test]
fn an_event_that_comes_again_is_judged_once() {
    let text = fs::read_to_string(SHARED.few()).unwrap();
    let body = text.split_once('\n').unwrap().1;
    let at = folder(&[
        ("once.csv", text.as_bytes()),
        ("twice.csv", format!("{text}{body}").as_bytes()),
    ]);
    let judge = |files: &str| {
        let detector = SHARED.detector();
        let line = format!("try --json --detector {} {files}", detector.display());
        ringtrue(at.path(), &line).exits(0)
    };
    let (once, again) = (judge("once.csv"), judge("once.csv once.csv"));
    let told = "2500 events came again and were judged once";
    assert!(again.stderr.contains(told), "{}", again.stderr);
    assert_eq!(once.json(), again.json());
    // Equal rows of one file are as many events, which other files then add nothing to.
    let twice = judge("twice.csv once.csv");
    assert!(twice.stderr.contains(told), "{}", twice.stderr);
    assert_eq!(twice.json()["events"], 5_000);
}

#[test]
fn the_order_of_lines_does_not_change_what_is_judged() {
    let text = fs::read_to_string(SHARED.few()).unwrap();
    let (head, body) = text.split_once('\n').unwrap();
    let mut lines: Vec<&str> = body.lines().collect();
    lines.reverse();
    let turned = format!("{head}\n{}\n", lines.join("\n"));
    let at = folder(&[
        ("as_it_is.csv", text.as_bytes()),
        ("turned.csv", turned.as_bytes()),
    ]);
    let judge = |file: &str| {
        let detector = SHARED.detector();
        let line = format!("try --json --detector {} {file}", detector.display());
        ringtrue(at.path(), &line).exits(0).json()
    };
    assert_eq!(judge("as_it_is.csv"), judge("turned.csv"));
}
