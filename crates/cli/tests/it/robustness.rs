//! What every trial says of robustness: a curve, certificates, examples, who attacks; in JSON, in the report and on the card.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::kinds::commands;
use crate::support::{SHARED, folder, lines, program, ringtrue, run};

/// Connections, of which those that both carry much and come often are malicious; what is beside them says nothing.
fn connections() -> String {
    let mut text = "bytes,count,port,proto,label,family\n".to_owned();
    for row in 0_u32..1_200 {
        let noise = row.wrapping_mul(2_654_435_761) >> 8;
        let is_malicious = noise % 5 == 0;
        // Each alone is honest now and then, so that it takes a forest.
        let bytes = if is_malicious || noise / 11 % 3 == 0 {
            900 + noise % 977
        } else {
            noise % 797
        };
        let count = if is_malicious || noise / 11 % 3 == 1 {
            20 + noise % 41
        } else {
            noise % 17
        };
        let proto = ["tcp", "udp"][(noise / 7 % 2) as usize];
        let family = if is_malicious {
            ["dos", "scan"][(noise / 3 % 2) as usize]
        } else {
            ""
        };
        let label = u8::from(is_malicious);
        writeln!(
            text,
            "{bytes},{count},{},{proto},{label},{family}",
            noise % 1_024
        )
        .unwrap();
    }
    text
}

const TASK: &str =
    "format = 1\nname = \"connections\"\nkind = \"table\"\n[columns.types]\nproto = \"category\"\n";
const COSTS: &str = "[[attacker.columns]]\ncolumn = \"Bytes\"\nmoves = \"down\"\nstep = 1\nminutes = 0.01\n\
                     [[attacker.columns]]\ncolumn = \"count\"\nmoves = \"down\"\nstep = 1\nminutes = 0.5\n";

fn report(at: &Path) -> Value {
    let text = fs::read(at.join("report.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// Checks what holds of every curve.
fn check_curve(curve: &Value) {
    let points = curve.as_array().unwrap();
    assert_eq!(points[0]["cost"], 0.0);
    for pair in points.windows(2) {
        assert!(pair[0]["cost"].as_f64() < pair[1]["cost"].as_f64());
        assert!(pair[0]["found"].as_u64() >= pair[1]["found"].as_u64());
    }
}

/// Returns how many events a curve still finds at a cost.
fn found_at(curve: &Value, cost: f64) -> u64 {
    let points = curve.as_array().unwrap();
    let before = points
        .iter()
        .rfind(|point| point["cost"].as_f64().unwrap() <= cost);
    before.unwrap()["found"].as_u64().unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn a_run_says_what_evasion_costs_in_its_figures_its_report_and_on_the_card() {
    let at = folder(&[]);
    let words = format!(
        "run --kind url --retrain 0 --attack-events 20 --attack-queries 80 --json --out out {}",
        SHARED.few().display()
    );
    let ran = ringtrue(at.path(), &words);
    assert!(matches!(ran.status, 0 | 1 | 3), "{}", ran.stderr);
    let figures = ran.json();
    let told = &figures["robustness"];
    assert_eq!(
        json!([
            told["way"],
            told["unit"],
            told["knowledge"],
            told["queries"],
            told["events"],
            told["seed"]
        ]),
        json!(["artefacts", "minutes", "scores", 80, 20, 1])
    );
    assert!(told["malicious"].as_u64().unwrap() > 20);
    check_curve(&told["curve"]);
    let (events, evaded) = (told["events"].as_u64(), told["evaded"].as_u64());
    assert!(evaded > told["allowed_as_they_were"].as_u64(), "{told}");
    assert_eq!(
        found_at(&told["curve"], 1e9),
        events.unwrap() - evaded.unwrap()
    );
    // The detector reads no text, so that one certificate is all; what is flagged is flagged at no cost.
    let certified = told["certified"].as_array().unwrap();
    assert_eq!(certified.len(), 1);
    assert_eq!(certified[0]["text"], "none");
    assert_eq!(certified[0]["events"], told["events"]);
    check_curve(&certified[0]["curve"]);
    assert!(found_at(&certified[0]["curve"], 0.0) <= found_at(&told["curve"], 0.0));
    let threat = told["threat"].as_array().unwrap();
    let is_named = |line: &Value| {
        let name = line["name"].as_str().unwrap();
        name.contains("ATLAS AML.T") && name.contains("NIST AI 100-2")
    };
    assert!(threat.iter().all(is_named));
    let examples = told["examples"].as_array().unwrap();
    assert!(!examples.is_empty());
    let costs: Vec<f64> = examples
        .iter()
        .map(|one| one["cost"].as_f64().unwrap())
        .collect();
    assert!(costs.is_sorted() && costs[0] > 0.0, "{costs:?}");
    assert!(
        examples
            .iter()
            .all(|one| one["changed"] != one["was"] && one["evaded"] == true)
    );
    let not_tested = figures["not_tested"].to_string();
    assert!(
        !not_tested.contains("nobody attacked") && not_tested.contains("not poisoning"),
        "{not_tested}"
    );
    // The page has the curve; the card what no event is told in.
    let out = at.path().join("out");
    assert_eq!(report(&out)["data"]["robustness"], *told);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    for expected in [
        "What it costs to get past it",
        "as the attacker pays more",
        "half evaded for",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
    let card = fs::read_to_string(out.join("detector/card.json")).unwrap();
    let card: Value = serde_json::from_str(&card).unwrap();
    let of_card = &card["data"]["robustness"];
    assert_eq!(of_card["curve"], told["curve"]);
    assert!(of_card["examples"].is_null() && of_card["by_family"].is_null());
    let card = fs::read_to_string(out.join("detector/card.md")).unwrap();
    assert!(card.contains("What it costs to get past it") && card.contains("ATLAS AML.T0015"));
    for example in examples {
        assert!(!card.contains(example["was"].as_str().unwrap()));
    }
}

#[test]
fn the_same_events_are_attacked_alike_whatever_the_threads_and_the_order() {
    let few = fs::read_to_string(SHARED.few()).unwrap();
    let mut rows: Vec<&str> = few.lines().collect();
    rows[1..].reverse();
    let at = folder(&[("turned.csv", rows.join("\n").as_bytes())]);
    let told = |file: &str, threads: &str, seed: &str| {
        let words = format!(
            "try --detector {} --attack-events 25 --attack-queries 40 --attack-seed {seed} --json {file}",
            SHARED.detector().display()
        );
        let ran = run(program(at.path())
            .args(words.split_whitespace())
            .env("RAYON_NUM_THREADS", threads))
        .exits(0);
        let mut told = ran.json()["robustness"].clone();
        for example in told["examples"].as_array_mut().unwrap() {
            example["row"] = Value::Null;
        }
        told
    };
    let file = SHARED.few().display().to_string();
    let first = told(&file, "1", "1");
    assert_eq!(first, told(&file, "4", "1"));
    assert_eq!(first, told("turned.csv", "2", "1"));
    assert_ne!(first["examples"], told(&file, "2", "2")["examples"]);
}

#[test]
fn an_attack_that_is_left_out_is_told_of() {
    let at = folder(&[("stdin.csv", &fs::read(SHARED.few()).unwrap())]);
    let detector = SHARED.detector();
    let words = format!(
        "try --detector {} --attack-events 0 --json stdin.csv",
        detector.display()
    );
    let figures = ringtrue(at.path(), &words).exits(0).json();
    assert_eq!(figures["robustness"], Value::Null);
    assert!(
        figures["not_tested"][0]
            .as_str()
            .unwrap()
            .contains("nobody attacked this detector")
    );
    let words = format!("try --detector {} --json -", detector.display());
    let fed = crate::support::ringtrue_fed(at.path(), &words, &fs::read(SHARED.few()).unwrap());
    let figures = fed.exits(0).json();
    assert_eq!(figures["robustness"], Value::Null);
    assert!(
        figures["not_tested"][0]
            .as_str()
            .unwrap()
            .contains("can be read only once")
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn a_table_is_attacked_by_what_its_task_declares() {
    let task = format!("{TASK}{COSTS}");
    let at = folder(&[
        ("a.csv", connections().as_bytes()),
        ("task.toml", task.as_bytes()),
        ("bare.toml", TASK.as_bytes()),
    ]);
    let words =
        "run --task task.toml --without text --retrain 0 --attack-events 40 --json --out out a.csv";
    let ran = ringtrue(at.path(), words);
    assert!(matches!(ran.status, 0 | 1 | 3), "{}", ran.stderr);
    let figures = ran.json();
    let told = &figures["robustness"];
    assert_eq!(
        json!([told["way"], told["unit"], told["knowledge"], told["tried"]]),
        json!(["declared", "minutes", "model", ["declared"]])
    );
    check_curve(&told["curve"]);
    let examples = told["examples"].as_array().unwrap();
    assert!(!examples.is_empty(), "{told}");
    for example in examples {
        let changed = example["changed"].as_object().unwrap();
        assert!(
            changed
                .keys()
                .all(|name| name == "bytes" || name == "count"),
            "{changed:?}"
        );
    }
    // Nothing that was found is cheaper than what is proven.
    let certified = &told["certified"][0]["curve"];
    for point in told["curve"].as_array().unwrap() {
        let cost = point["cost"].as_f64().unwrap();
        assert!(
            found_at(certified, cost) <= point["found"].as_u64().unwrap(),
            "{point}"
        );
    }
    let threat = told["threat"].to_string();
    for expected in [
        "can only lower `bytes`, `count`",
        "pays 0.5 minutes a step for `count`",
        "cannot change `port`",
    ] {
        assert!(threat.contains(expected), "{expected}: {threat}");
    }
    // The verb does the same, and what it tells scores as it says.
    let words = "attack --detector out/detector --artefacts --json a.csv";
    let mut rows = lines(&ringtrue(at.path(), words).exits(0).stdout);
    let closing = rows.pop().unwrap();
    assert_eq!(closing["unit"], "minutes");
    assert!(closing["evaded"].as_u64() > closing["allowed_as_they_were"].as_u64());
    let source = connections();
    let source: Vec<&str> = source.lines().collect();
    let mut again = format!("{}\n", source[0]);
    let evaded: Vec<&Value> = rows
        .iter()
        .filter(|row| row["changed"].is_object())
        .collect();
    for row in &evaded {
        let place = usize::try_from(row["row"].as_u64().unwrap()).unwrap();
        let mut cells: Vec<String> = source[place + 1].split(',').map(str::to_owned).collect();
        for (column, name) in ["bytes", "count"].into_iter().enumerate() {
            if let Some(value) = row["changed"].get(name) {
                cells[column] = value.to_string();
            }
        }
        writeln!(again, "{}", cells.join(",")).unwrap();
    }
    fs::write(at.path().join("again.csv"), again).unwrap();
    let scored = ringtrue(at.path(), "score --detector out/detector again.csv").exits(0);
    for (scored, row) in lines(&scored.stdout).iter().zip(&evaded) {
        assert_eq!(scored["margin"], row["margin_changed"], "{row}");
    }
    // Where nothing is declared the unit is the column's spread, and the verb says what is missing.
    let words = "run --task bare.toml --without text --retrain 0 --attack-events 40 --json --out bare a.csv";
    let ran = ringtrue(at.path(), words);
    assert!(matches!(ran.status, 0 | 1 | 3), "{}", ran.stderr);
    let figures = ran.json();
    assert_eq!(figures["robustness"]["unit"], "spreads");
    assert_eq!(figures["robustness"]["cost_max"], 1.0);
    check_curve(&figures["robustness"]["curve"]);
    let page = fs::read_to_string(at.path().join("bare/report.md")).unwrap();
    assert!(
        page.contains("does not say what changing a column costs"),
        "{page}"
    );
    let words = "attack --detector bare/detector --artefacts a.csv";
    let refused = ringtrue(at.path(), words).exits(2);
    assert!(
        refused.stderr.contains("attacker.columns"),
        "{}",
        refused.stderr
    );
}

#[test]
fn what_the_task_hides_is_in_no_example() {
    let task = "format = 1\nname = \"commands\"\nkind = \"command\"\n[privacy.reveal]\ncommand = \"nobody\"\n";
    let at = folder(&[
        ("a.ndjson", commands().as_bytes()),
        ("task.toml", task.as_bytes()),
    ]);
    let words = "run --task task.toml --retrain 0 --attack-events 30 --attack-queries 40 --json --out out a.ndjson";
    let ran = ringtrue(at.path(), words);
    assert!(matches!(ran.status, 0 | 1 | 3), "{}", ran.stderr);
    let told = &ran.json()["robustness"];
    // Their users have habits, so that each is measured after all events before it.
    let outside = told["not_attacked"].to_string();
    assert!(
        outside.contains("what users and hosts do before the event"),
        "{outside}"
    );
    assert_eq!(told["way"], "artefacts");
    for example in told["examples"].as_array().unwrap() {
        assert!(example["changed"].is_null());
        assert!(example["was"].as_str().unwrap().starts_with("event "));
    }
}

#[test]
fn what_a_text_may_do_is_stated_and_changes_nothing_where_none_is_read() {
    let few = fs::read_to_string(SHARED.few()).unwrap();
    let first: Vec<&str> = few.lines().take(60).collect();
    let at = folder(&[("first.csv", first.join("\n").as_bytes())]);
    let attack = |words: &str| {
        let words = format!(
            "attack --detector {} --distance linf --json {words} first.csv",
            SHARED.detector().display()
        );
        ringtrue(at.path(), &words)
    };
    let told = |words: &str| -> Vec<Value> {
        let rows = lines(&attack(words).exits(0).stdout);
        let figures = |row: &Value| json!([row["row"], row["lower"], row["upper"], row["exact"]]);
        rows.iter().map(figures).collect()
    };
    let fixed = told("");
    assert_eq!(fixed.len(), first.len() - 1);
    assert_eq!(fixed, told("--text any"));
    assert_eq!(fixed, told("--text 20"));
    for words in ["--text 0", "--text some", "--text 1001"] {
        attack(words).exits(2);
    }
}

#[test]
fn a_table_that_one_signal_decides_is_attacked_too() {
    let mut rows = "bytes,port,label\n".to_owned();
    for row in 0_u32..1_200 {
        let noise = row.wrapping_mul(2_654_435_761) >> 8;
        let is_malicious = noise % 5 == 0;
        let bytes = noise % 89 + if is_malicious { 100 } else { 0 };
        writeln!(rows, "{bytes},{},{}", noise % 1_024, u8::from(is_malicious)).unwrap();
    }
    let at = folder(&[("a.csv", rows.as_bytes())]);
    let words =
        "run --kind table --retrain 0 --without text --attack-events 30 --json --out out a.csv";
    let ran = ringtrue(at.path(), words);
    assert!(matches!(ran.status, 0 | 1 | 3), "{}", ran.stderr);
    let told = &ran.json()["robustness"];
    assert_eq!(
        json!([told["way"], told["unit"], told["evaded"], told["events"]]),
        json!(["declared", "spreads", 30, 30]),
        "{told}"
    );
    assert_eq!(told["certified"][0]["exact"], 30);
    for example in told["examples"].as_array().unwrap() {
        let changed = example["changed"].as_object().unwrap();
        let bytes = changed["bytes"].as_f64().unwrap();
        let was = example["was"].as_str().unwrap();
        let was = was.split(['=', ',']).nth(1).unwrap();
        assert!(
            changed.len() == 1 && bytes < was.parse::<f64>().unwrap(),
            "{example}"
        );
        // Whole numbers move in whole steps.
        assert!(bytes.fract().abs() <= 0.0, "{example}");
    }
}
