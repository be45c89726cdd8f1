//! The first whole journey: a task, events into a store, a judged detector, and judging it again.

use std::fs;
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{
    SHARED, assert_same_detector, folder, program, ringtrue, tree, without_line_numbers,
};

#[test]
fn a_new_task_is_undefined_until_somebody_decides() {
    let at = folder(&[]);
    assert_snapshot!(ringtrue(at.path(), "new phishing --kind url").told(), @r"
    exit 0
    wrote task.toml: fill it in, then `ringtrue task check task.toml`
    ");
    assert_snapshot!(ringtrue(at.path(), "new phishing --kind url").told(), @r"
    exit 2
    error: `task.toml` exists already

    hint: name another file with `--out`
    ");
    let ran = ringtrue(at.path(), "task check").exits(1);
    let needed: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("undefined, and needed: "))
        .collect();
    for key in ["`labelling.", "`retraining."] {
        assert!(needed.iter().any(|line| line.contains(key)), "{needed:?}");
    }
    let path = at.path().join("task.toml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text
        .replace("who = \"\"", "who = \"the abuse desk\"")
        .replace("# events_per_week", "events_per_week")
        .replace("evidence = []", "evidence = [\"page fetched\"]");
    fs::write(&path, &text).unwrap();
    ringtrue(at.path(), "task check").exits(1);
    fs::write(&path, text.replace("# cadence_days", "cadence_days")).unwrap();
    let ran = ringtrue(at.path(), "task check --json").exits(0);
    let checked = ran.json();
    assert!(checked["assumed"].as_array().unwrap().len() > 5);
    let blocking = |entry: &Value| entry["blocking"] == true;
    assert!(
        !checked["undefined"]
            .as_array()
            .unwrap()
            .iter()
            .any(blocking)
    );
}

#[test]
fn a_key_that_no_task_has_names_its_line_and_the_nearest() {
    let at = folder(&[]);
    ringtrue(at.path(), "new t --kind table").exits(0);
    let path = at.path().join("task.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replace("# cadence_days", "cadance_days")
            .replace("# review =", "reviews ="),
    )
    .unwrap();
    let ran = ringtrue(at.path(), "task check");
    assert_snapshot!(without_line_numbers(&ran.told()), @r"
    exit 2
    error: the task `task.toml` does not hold
      cause: line [N]: unknown key `costs.reviews`
        hint: did you mean `costs.review`?
      cause: line [N]: unknown key `retraining.cadance_days`
        hint: did you mean `retraining.cadence_days`?

    hint: did you mean `costs.review`?
    ");
    let line = 1 + text
        .lines()
        .position(|line| line.starts_with("# cadence_days"))
        .unwrap();
    assert!(ran.stderr.contains(&format!(
        "line {line}: unknown key `retraining.cadance_days`"
    )));
}

#[test]
fn ingesting_a_file_twice_adds_nothing() {
    let at = folder(&[]);
    fs::copy(SHARED.few(), at.path().join("a.csv")).unwrap();
    fs::copy(SHARED.few(), at.path().join("renamed.csv")).unwrap();
    ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    let before = tree(&at.path().join("s/segments"));
    let again = ringtrue(
        at.path(),
        "ingest --kind url --store s --json a.csv renamed.csv",
    );
    let again = again.exits(0).json();
    assert_eq!(again["added"], 0);
    assert_eq!(again["repeated"], 5_000);
    // The same events in a file with one row more.
    let mut text = fs::read_to_string(SHARED.few()).unwrap();
    text.push_str("http://new.example/,benign,2024-01-01,,,,,\n");
    fs::write(at.path().join("more.csv"), text).unwrap();
    let more = ringtrue(at.path(), "ingest --kind url --store s --json more.csv").json();
    assert_eq!(
        (&more["added"], &more["repeated"]),
        (&1.into(), &2_500.into())
    );
    let after = tree(&at.path().join("s/segments"));
    assert!(
        before
            .iter()
            .all(|(name, bytes)| after.get(name) == Some(bytes))
    );
    assert_eq!(after.len(), before.len() + 1);
}

#[test]
fn two_ingests_at_once_end_with_every_event_once() {
    let at = folder(&[]);
    let text = fs::read_to_string(SHARED.events()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    // They share the middle third.
    for (name, part) in [("a.csv", 1..4_001), ("b.csv", 2_001..6_001)] {
        let text = format!("{}\n{}\n", lines[0], lines[part].join("\n"));
        fs::write(at.path().join(name), text).unwrap();
    }
    let children = ["a.csv", "b.csv"].map(|name| {
        program(at.path())
            .args(["ingest", "--json", "--kind", "url", "--store", "s", name])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    let mut sums = [0, 0];
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        sums[0] += told["added"].as_u64().unwrap();
        sums[1] += told["repeated"].as_u64().unwrap();
    }
    assert_eq!(sums, [6_000, 2_000]);
    fs::copy(SHARED.events(), at.path().join("all.csv")).unwrap();
    let all = ringtrue(at.path(), "ingest --json --kind url --store s all.csv").json();
    assert_eq!(
        (&all["added"], &all["repeated"]),
        (&0.into(), &6_000.into())
    );
}

#[test]
fn a_run_leaves_report_and_detector() {
    let left = tree(&SHARED.out());
    for name in [
        "report.html",
        "report.json",
        "report.md",
        "detector/detector.json",
        "detector/manifest.json",
    ] {
        assert!(
            left.contains_key(name),
            "{name} is not among {:?}",
            left.keys()
        );
    }
    let html = String::from_utf8_lossy(&left["report.html"]).into_owned();
    assert!(html.contains("Content-Security-Policy") && html.contains("<svg"));
    for needle in ["src=\"http", "href=\"http", "<script src"] {
        assert!(!html.contains(needle), "the page needs a network: {needle}");
    }
    let report: Value = serde_json::from_slice(&left["report.json"]).unwrap();
    assert!(report.is_object());
    assert!(left.keys().all(|name| !name.contains("staging/")));
}

#[test]
fn a_second_run_into_the_same_folder_gives_the_same_detector() {
    let at = folder(&[]);
    fs::copy(SHARED.few(), at.path().join("few.csv")).unwrap();
    for _ in 0..2 {
        ringtrue(at.path(), "run --kind url --out out few.csv").exits(0);
        assert_same_detector(
            &crate::support::FEW_DETECTOR,
            &at.path().join("out/detector"),
        );
    }
}

fn assert_rate_or_null(value: &Value, name: &str) {
    if value.is_null() {
        return;
    }
    let part = |part: &str| value[part].as_f64().unwrap_or(f64::NAN);
    let (value, low, high) = (part("value"), part("low"), part("high"));
    assert!(
        0.0 <= low && low <= value && value <= high && high <= 1.0,
        "{name}"
    );
}

/// Checks the figures that scripts rely on.
fn assert_figures(figures: &Value) {
    for count in ["events", "malicious"] {
        assert!(figures[count].is_u64(), "{count}");
    }
    let share = |value: &Value| {
        value
            .as_f64()
            .is_some_and(|share| (0.0..=1.0).contains(&share))
    };
    for name in ["roc_auc", "average_precision", "fpr", "tpr"] {
        assert!(figures[name].is_null() || share(&figures[name]), "{name}");
    }
    for name in ["threshold_block", "threshold_review"] {
        assert!(share(&figures[name]), "{name}");
    }
    assert!(figures["threshold_review"].as_f64() <= figures["threshold_block"].as_f64());
    for name in ["cost_per_1000_events", "alerts_per_day"] {
        let figure = &figures[name];
        assert!(
            figure.is_null() || figure.as_f64().unwrap() >= 0.0,
            "{name}"
        );
    }
    let rates = figures["tpr_at_fpr"].as_object().unwrap();
    let names: Vec<&str> = rates.keys().map(String::as_str).collect();
    assert_eq!(names, ["0.01", "0.001", "0.0001"]);
    for (name, rate) in rates {
        assert_rate_or_null(rate, name);
    }
}

#[test]
fn try_prints_the_figures_that_scripts_rely_on() {
    let at = folder(&[]);
    let words = format!(
        "try --json --detector {} {}",
        SHARED.detector().display(),
        SHARED.events().display()
    );
    let figures = ringtrue(at.path(), &words).exits(0).json();
    assert_figures(&figures);
    assert!(figures["tpr_at_fpr"]["0.01"].is_object());
    assert!(figures["roc_auc"].as_f64().unwrap() > 0.9);
    let windows = figures["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 6);
    for window in windows {
        assert!(window["window"].is_string());
        assert_figures(window);
    }
    let sum: u64 = windows
        .iter()
        .map(|window| window["events"].as_u64().unwrap())
        .sum();
    assert_eq!(Some(sum), figures["events"].as_u64());
    let waived = figures["waived"].as_array().unwrap();
    assert!(waived.iter().all(Value::is_string));
    let early = |sentence: &Value| sentence.as_str().unwrap().starts_with("C1 is waived");
    assert!(waived.iter().any(early), "{waived:?}");
    assert_eq!(tree(at.path()).len(), 0, "try without --out writes nothing");
}

#[test]
fn try_without_times_or_labels_says_what_it_cannot_tell() {
    let at = folder(&[("bare.csv", b"url\nhttp://a.example/\n")]);
    let text = fs::read_to_string(SHARED.few()).unwrap();
    let untimed: String = text
        .lines()
        .map(|line| line.split(',').take(2).collect::<Vec<_>>().join(",") + "\n")
        .collect();
    fs::write(
        at.path().join("untimed.csv"),
        untimed + "http://x.example/,perhaps\n",
    )
    .unwrap();
    let detector = SHARED.detector();
    let words = |file: &str| format!("try --json --detector {} {file}", detector.display());
    let ran = ringtrue(at.path(), &words("untimed.csv")).exits(0);
    assert!(
        ran.stderr.contains("1 row was set aside and not judged"),
        "{}",
        ran.stderr
    );
    let figures = ran.json();
    assert_figures(&figures);
    assert_eq!(figures["windows"], serde_json::json!([]));
    assert_snapshot!(ringtrue(at.path(), &words("bare.csv")).told(), @r"
    exit 2
    error: cannot tell the columns of `bare.csv`
      cause: no column is recognised as the label

    hint: name the label under `[columns]` of a task.toml; the input's columns are: url
    ");
}

#[test]
fn one_source_can_be_left_out_and_only_one_that_is_there() {
    let at = folder(&[]);
    let few = SHARED.few();
    let words = |value: &str| {
        format!(
            "run --json --kind url --out out --leave-out {value} {}",
            few.display()
        )
    };
    let ran = ringtrue(at.path(), &words("source=proxy-a")).exits(0);
    let report = fs::read_to_string(at.path().join("out/report.md")).unwrap();
    assert!(report.contains("source=proxy-a"));
    let detector = fs::read(at.path().join("out/detector/detector.json")).unwrap();
    let detector: Value = serde_json::from_slice(&detector).unwrap();
    let trained_on = |detector: &Value| -> u64 {
        let counts = detector["card"]["trained_on"].as_array().unwrap();
        counts.iter().map(|count| count.as_u64().unwrap()).sum()
    };
    let whole = fs::read(crate::support::FEW_DETECTOR.join("detector.json")).unwrap();
    let whole: Value = serde_json::from_slice(&whole).unwrap();
    assert!(trained_on(&detector) < trained_on(&whole));
    let segments = ran.json()["segments"].as_array().unwrap().clone();
    let is_left_out = |segment: &&Value| segment["by"] == "source" && segment["name"] == "proxy-a";
    let left_out = segments.iter().find(is_left_out).unwrap();
    assert!(left_out["malicious"].as_u64().unwrap() > 0);
    assert_snapshot!(ringtrue(at.path(), &words("source=nowhere")).told(), @r"
    exit 2
    0 events added, 2500 known already, 0 rows set aside
    error: nothing can be left out: no labelled event has the source `nowhere`

    hint: the value must stand as in the input, letter for letter
    ");
    assert_snapshot!(ringtrue(at.path(), &words("truth=benign")).told(), @r"
    exit 2
    error: cannot leave out by the column `truth`

    hint: leave out one `source`, `family` or `group`, for example `--leave-out source=proxy`
    ");
}

#[test]
fn a_theme_can_be_left_out() {
    let at = folder(&[]);
    let few = SHARED.few();
    let words = |theme: &str| {
        format!(
            "run --kind url --out out --without {theme} {}",
            few.display()
        )
    };
    ringtrue(at.path(), &words("host,text")).exits(0);
    let forest = fs::read_to_string(at.path().join("out/detector/detector.json")).unwrap();
    assert!(forest.contains("host_length"), "the schema stays whole");
    let report = fs::read_to_string(at.path().join("out/report.md")).unwrap();
    assert!(report.contains("host, text"));
    let left = tree(&at.path().join("out/detector"));
    assert!(
        left.keys().all(|name| !name.starts_with("linear")),
        "{:?}",
        left.keys()
    );
    assert_snapshot!(ringtrue(at.path(), &words("hots")).told(), @r"
    exit 2
    0 events added, 2500 known already, 0 rows set aside
    error: no signal has the theme `hots`

    hint: the themes are: length, host, path, query, disguise, brand, service, random, words, text
    ");
}
