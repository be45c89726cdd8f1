//! Same input, same bytes: whatever the threads, the time zone, the language or the terminal.

use std::fs;

use crate::support::{
    FEW_DETECTOR, SHARED, assert_same_detector, folder, program, ringtrue, run, tree,
};

#[test]
fn the_detector_does_not_depend_on_threads() {
    let at = folder(&[]);
    for threads in [1, 2] {
        let words = format!(
            "run --kind url --threads {threads} --out {threads} {}",
            SHARED.few().display()
        );
        ringtrue(at.path(), &words).exits(0);
    }
    assert_same_detector(&at.path().join("1/detector"), &at.path().join("2/detector"));
    assert_same_detector(&FEW_DETECTOR, &at.path().join("2/detector"));
}

#[test]
fn nothing_depends_on_time_zone_or_language() {
    let at = folder(&[]);
    let mut left = Vec::new();
    for (zone, language) in [("UTC", "C"), ("Pacific/Chatham", "de_DE.UTF-8")] {
        let ran = run(program(at.path())
            .args(["run", "--json", "--kind", "url", "--out", "out"])
            .arg(SHARED.few())
            .env("TZ", zone)
            .env("LC_ALL", language)
            .env("LANG", language))
        .exits(0);
        let mut files = tree(&at.path().join("out"));
        files.retain(|name, _| !name.starts_with("store/"));
        left.push((ran.stdout, files));
        fs::remove_dir_all(at.path().join("out")).unwrap();
    }
    assert!(left[0] == left[1]);
}

#[test]
fn output_that_is_no_terminal_has_no_colour() {
    let at = folder(&[]);
    let words = format!(
        "try --detector {} {}",
        SHARED.detector().display(),
        SHARED.few().display()
    );
    let plain = ringtrue(at.path(), &words).exits(0);
    assert!(!plain.stdout.contains('\u{1b}') && !plain.stderr.contains('\u{1b}'));
    let asked = run(program(at.path())
        .args(words.split(' '))
        .env("NO_COLOR", "1"))
    .exits(0);
    assert_eq!(asked.stdout, plain.stdout);
}

/// `script` of util-linux makes a terminal; without it only the plain side is tested.
#[test]
fn no_color_holds_on_a_terminal() {
    let at = folder(&[]);
    let command = format!(
        "{} try --detector {} {}",
        env!("CARGO_BIN_EXE_ringtrue"),
        SHARED.detector().display(),
        SHARED.few().display()
    );
    let on_terminal = |no_color: Option<&str>| {
        let mut script = std::process::Command::new("script");
        script
            .args(["-qec", &command, "/dev/null"])
            .current_dir(at.path())
            .env("TERM", "dumb")
            .env_remove("NO_COLOR")
            .stdin(std::process::Stdio::null());
        if let Some(value) = no_color {
            script.env("NO_COLOR", value);
        }
        script.output().map(|output| output.stdout)
    };
    let coloured = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        ["\u{1b}[1", "\u{1b}[3"]
            .iter()
            .any(|start| text.contains(start))
    };
    let (Ok(usual), Ok(plain)) = (on_terminal(None), on_terminal(Some("1"))) else {
        println!("NO_COLOR on a terminal: skipped, for `script` is not installed");
        return;
    };
    assert!(coloured(&usual), "{}", String::from_utf8_lossy(&usual));
    assert!(!coloured(&plain), "{}", String::from_utf8_lossy(&plain));
}

#[test]
fn with_json_standard_output_holds_json_alone() {
    let at = folder(&[]);
    ringtrue(at.path(), "new t --kind url --out t.toml").exits(0);
    let few = SHARED.few().display().to_string();
    let detector = SHARED.detector().display().to_string();
    let run = format!("run --json --kind url --out out {few}");
    for (words, status) in [
        ("task check --json t.toml".to_owned(), 1),
        (format!("ingest --json --kind url --store s {few}"), 0),
        (format!("try --json --detector {detector} {few}"), 0),
    ] {
        let ran = ringtrue(at.path(), &words).exits(status);
        assert!(ran.json().is_object(), "{words}");
    }
    let printed = ringtrue(at.path(), &run).exits(0).json();
    // The report holds the same figures as were printed.
    let report = fs::read(at.path().join("out/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["data"]["roc_auc"], printed["roc_auc"]);
}
