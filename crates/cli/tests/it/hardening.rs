//! Hardening in a run: measures with their prices, one recommended, another taken if that is asked for.

use serde_json::Value;

use crate::support::{Ran, SHARED, folder, program, run};

fn hardened(threads: &str, more: &str) -> (Ran, Vec<u8>) {
    let at = folder(&[("key", &[7; 32])]);
    let words = format!(
        "run --kind url --key key --retrain 0 --harden --harden-rounds 1 --attack-events 40 --attack-queries 40 {more} --json --out out {}",
        SHARED.few().display()
    );
    let ran = run(program(at.path())
        .args(words.split_whitespace())
        .env("RAYON_NUM_THREADS", threads));
    let detector = std::fs::read(at.path().join("out/detector/detector.json"));
    (ran, detector.unwrap_or_default())
}

/// Returns the measures without what a clock told: the time, and whether it puts one on the front.
fn measures(ran: &Ran) -> Vec<Value> {
    let told = ran.json()["hardening"]["measures"].clone();
    let mut measures = told.as_array().unwrap().clone();
    for measure in &mut measures {
        assert!(measure["micros"].as_f64().unwrap() > 0.0);
        measure["micros"] = Value::Null;
        if measure["standing"] != "recommended" {
            measure["standing"] = Value::Null;
        }
    }
    measures
}

#[test]
fn measures_are_tried_and_one_is_taken() {
    let (ran, detector) = hardened("1", "");
    assert!(matches!(ran.status, 0 | 1 | 3), "{}", ran.stderr);
    let tried = measures(&ran);
    let names: Vec<&str> = tried
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names[0], "plain");
    assert!(names.contains(&"adversarial-1"), "{names:?}");
    let recommended: Vec<&Value> = tried
        .iter()
        .filter(|it| it["standing"] == "recommended")
        .collect();
    assert_eq!(recommended.len(), 1);
    let told = &ran.json()["hardening"];
    assert_eq!(told["recommended"], recommended[0]["name"]);
    assert_eq!(told["taken"], told["recommended"]);
    for measure in &tried {
        assert_eq!(measure["attacked"], tried[0]["attacked"], "{measure}");
        // Nothing is recommended that is worse than doing nothing.
        assert!(
            measure["standing"] != "recommended"
                || measure["robust"].as_f64() >= tried[0]["robust"].as_f64()
        );
        let is_made = measure["made"].as_u64() > Some(0);
        assert_eq!(
            is_made,
            measure["name"].as_str().unwrap().contains("adversarial"),
            "{measure}"
        );
    }
    // The same on any number of threads.
    let (again, same) = hardened("3", "");
    assert_eq!(measures(&again), tried);
    assert_eq!(same, detector);
}

#[test]
fn another_measure_is_taken_if_it_is_asked_for() {
    let (ran, taken) = hardened("2", "--harden-take adversarial-1");
    assert!(matches!(ran.status, 0 | 1 | 3), "{}", ran.stderr);
    let figures = ran.json();
    assert_eq!(figures["hardening"]["taken"], "adversarial-1");
    assert!(
        figures["why"]
            .as_str()
            .unwrap()
            .contains("adversarial examples of one round")
    );
    let (plain, other) = hardened("2", "--harden-take plain");
    assert_eq!(plain.json()["hardening"]["taken"], "plain");
    assert_ne!(taken, other);
    let (refused, _) = hardened("2", "--harden-take nosuch");
    assert_eq!(refused.status, 2);
    assert!(
        refused.stderr.contains("no measure of this name") && refused.stderr.contains("plain"),
        "{}",
        refused.stderr
    );
}
