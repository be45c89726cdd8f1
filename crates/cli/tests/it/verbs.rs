//! Scoring and simulating from the shell: lines in, lines out, any end of a pipe may close.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{SHARED, folder, lines, ringtrue, ringtrue_fed, run};

fn score(words: &str) -> String {
    format!("score --detector {} {words}", SHARED.detector().display())
}

#[test]
fn score_prints_one_object_a_line() {
    let at = folder(&[]);
    let words = score(&SHARED.few().display().to_string());
    let verdicts = lines(&ringtrue(at.path(), &words).exits(0).stdout);
    assert_eq!(verdicts.len(), 2_500);
    let mut actions = BTreeSet::new();
    for (row, verdict) in (0_u64..).zip(&verdicts) {
        let keys: Vec<&String> = verdict.as_object().unwrap().keys().collect();
        let expected = [
            "id",
            "row",
            "margin",
            "score",
            "calibrated",
            "action",
            "covered",
        ];
        assert_eq!(keys[..7], expected);
        assert_eq!(*keys[keys.len() - 1], "reasons");
        assert_eq!(verdict["row"], row);
        assert_eq!(verdict["id"].as_str().unwrap().len(), 32);
        assert!((0.0..=1.0).contains(&verdict["score"].as_f64().unwrap()));
        actions.insert(verdict["action"].as_str().unwrap().to_owned());
        let reasons = verdict["reasons"].as_array().unwrap();
        assert!(reasons.len() <= 3);
        assert!(reasons.iter().all(|reason| reason["meaning"].is_string()));
    }
    assert!(
        actions.contains("allow") && actions.contains("block"),
        "{actions:?}"
    );
    let plain = ringtrue(at.path(), &format!("{words} --reasons 0")).exits(0);
    let plain = lines(&plain.stdout);
    for (plain, verdict) in plain.iter().zip(&verdicts) {
        assert_eq!(plain["score"], verdict["score"]);
        assert_eq!(plain["reasons"], serde_json::json!([]));
    }
}

#[test]
fn score_reads_a_list_of_urls_from_standard_input() {
    let at = folder(&[]);
    let list = b"http://a.example/login\n\nhttps://b.example/\n\xff\nc.example\n";
    let ran = ringtrue_fed(at.path(), &score("-"), list).exits(0);
    let rows: Vec<Value> = lines(&ran.stdout)
        .iter()
        .map(|verdict| verdict["row"].clone())
        .collect();
    assert_eq!(rows, [0, 1, 3]);
    assert_snapshot!(ran.told(), @r"
    exit 0
    set aside: standard input line 4: not UTF-8 at byte 1
    1 row was set aside and has no score
    ");
    let without_a_name = ringtrue_fed(at.path(), &score(""), list).exits(0);
    assert_eq!(without_a_name.stdout, ran.stdout);
}

#[test]
fn score_says_what_it_assumes_of_times() {
    let at = folder(&[(
        "a.csv",
        b"url,time\nhttp://a.example/,2024-01-01 00:00:00\n",
    )]);
    let ran = ringtrue(at.path(), &score("a.csv")).exits(0);
    assert!(
        ran.stderr
            .contains("assumed: times without a zone are UTC\n")
    );
}

#[test]
fn a_folder_that_is_no_detector_is_named() {
    let at = folder(&[("urls.txt", b"http://a.example/\n")]);
    assert_snapshot!(ringtrue(at.path(), "score --detector none urls.txt").told(), @r"
    exit 2
    error: cannot use the detector `none`: there is no such folder

    hint: `ringtrue run --out DIR` makes one in `DIR/detector`
    ");
}

#[test]
fn a_reader_that_goes_is_no_failure() {
    let at = folder(&[]);
    let script = "{ \"$0\" \"$@\"; echo $? > status; } | head -n 1 > first";
    let few = SHARED.few().display().to_string();
    for words in [
        score(&few),
        "simulate url --events 100000 --out -".to_owned(),
        format!(
            "try --json --detector {} {few}",
            SHARED.detector().display()
        ),
    ] {
        let ran = run(Command::new("sh")
            .args(["-c", script, env!("CARGO_BIN_EXE_ringtrue")])
            .args(words.split(' '))
            .current_dir(at.path()))
        .exits(0);
        assert_eq!(ran.told(), "exit 0\n", "{words}");
        let read = |name: &str| fs::read_to_string(at.path().join(name)).unwrap();
        assert_eq!(read("status"), "0\n", "{words}");
        assert_eq!(read("first").lines().count(), 1, "{words}");
    }
}

#[test]
fn the_same_seed_simulates_the_same_bytes() {
    let at = folder(&[]);
    let mut made = BTreeSet::new();
    for (name, words) in [
        ("a.csv", "--seed 5"),
        ("b.csv", "--seed 5"),
        ("c.csv", "--seed 6"),
        ("d.csv", "--seed 5 --clean"),
    ] {
        let words = format!("simulate url --months 3 --events 1000 {words} --out {name}");
        ringtrue(at.path(), &words).exits(0);
        let bytes = fs::read_to_string(at.path().join(name)).unwrap();
        assert_eq!(bytes.lines().count(), 1_001);
        made.insert(bytes);
    }
    assert_eq!(made.len(), 3);
    let printed = ringtrue(
        at.path(),
        "simulate url --months 3 --events 1000 --seed 5 --out -",
    );
    assert!(made.contains(&printed.exits(0).stdout));
    assert_snapshot!(ringtrue(at.path(), "simulate url --months 0 --out e.csv").told(), @r"
    exit 2
    error: cannot simulate that
      cause: `months` lies outside 1 to 240: 0
    ");
    assert!(!at.path().join("e.csv").exists());
}

#[test]
fn wrong_usage_exits_with_2() {
    let at = folder(&[]);
    for words in [
        "",
        "runn",
        "run --out out",
        "run --out out --threads 0 a.csv",
        "run --out out --train-before soon a.csv",
        "run --out out --leave-out source a.csv",
        "new x --kind mail",
    ] {
        let ran = ringtrue(at.path(), words).exits(2);
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{words}");
    }
    assert_eq!(fs::read_dir(at.path()).unwrap().count(), 0);
}

#[test]
fn every_detector_carries_a_card_and_knows_what_it_covers() {
    let card = fs::read_to_string(SHARED.detector().join("card.md")).unwrap();
    for part in [
        "# Model card",
        "What it covers",
        "Why these thresholds",
        "Not tested",
        "robustness",
    ] {
        assert!(card.contains(part), "{part}");
    }
    let json: Value =
        serde_json::from_slice(&fs::read(SHARED.detector().join("card.json")).unwrap()).unwrap();
    assert!(json["data"]["scope"]["ranges"].as_array().unwrap().len() > 45);
    let far = format!("http://a.example/{}", "a/".repeat(900));
    let at = folder(&[("urls.txt", format!("{far}\n").as_bytes())]);
    let verdict = &lines(&ringtrue(at.path(), &score("urls.txt")).exits(0).stdout)[0];
    assert_eq!(verdict["covered"], false);
    assert!(verdict["outside"].is_string());
    let few = ringtrue(at.path(), &score(&SHARED.few().display().to_string()));
    let few = lines(&few.exits(0).stdout);
    let covered = few.iter().filter(|verdict| verdict["covered"] == true);
    assert!(covered.count() * 100 > few.len() * 95);
}

#[test]
fn an_explained_url_adds_up_and_shows_its_letters_and_neighbours() {
    let at = folder(&[]);
    let url = "http://login.secure-account.example/verify.php?id=1";
    // Few signals are left, so that the text has its say.
    let without = "host,path,query,disguise,brand,service,random,words";
    let events = SHARED.events();
    let run = format!(
        "run --kind url --retrain 0 --without {without} --out out {}",
        events.display()
    );
    ringtrue(at.path(), &run).exits(0);
    let explain = format!("explain --detector out/detector {url}");
    let found = ringtrue(
        at.path(),
        &format!("{explain} --json --labelled {}", SHARED.few().display()),
    )
    .exits(0)
    .json();
    let sum = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .values()
            .map(|part| part.as_f64().unwrap())
            .sum::<f64>()
    };
    let total = found["bias"].as_f64().unwrap()
        + sum(&found["contributions"])
        + found["text_contribution"].as_f64().unwrap();
    assert!((total - found["margin"].as_f64().unwrap()).abs() < 1e-9);
    let pieces = found["letters"]["pieces"].as_array().unwrap();
    let text: f64 = pieces
        .iter()
        .map(|piece| piece["contribution"].as_f64().unwrap())
        .sum();
    assert!((text - found["text_contribution"].as_f64().unwrap()).abs() < 1e-9);
    for piece in pieces {
        let place: Vec<usize> = serde_json::from_value(piece["place"].clone()).unwrap();
        assert_eq!(piece["letters"], url.get(place[0]..place[1]).unwrap());
    }
    assert_eq!(found["neighbours"]["agree"].as_array().unwrap().len(), 3);
    let page = ringtrue(at.path(), &explain).exits(0).stdout;
    assert!(
        page.starts_with(url) && page.contains("For benign") || page.contains("For malicious"),
        "{page}"
    );
}
