//! How often to retrain, from the shell: what is recommended where detectors decay and where they do not, and what it costs on time that the plan did not see.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{SHARED, folder, ringtrue};

/// Mistakes cost as in `simulate --loop`; the traffic is the stream's own.
const TASK: &[u8] = b"format = 1\nname = \"links\"\nkind = \"url\"\n\
    [costs]\nfalse_positive = 100\nfalse_negative = 1000\nreview = 5\n\
    [traffic]\nevents_per_day = 80\nmalicious_share = 0.05\n\
    [capacity]\nalerts_per_day = 5\n";

/// A year of events, of which the plan sees the first half.
const HALF: &str = "2025-07-01";

fn simulated(at: &Path, pace: u32) {
    let words = format!("simulate url --months 12 --events 14000 --pace {pace} --out events.csv");
    ringtrue(at, &words).exits(0);
}

fn plan(at: &Path, more: &str) -> Value {
    let words = "retrain --plan --task task.toml --cadences 14,28,56,never --windows all --json";
    ringtrue(at, &format!("{words} {more} events.csv"))
        .exits(0)
        .json()
}

fn costs(plan: &Value) -> Vec<(Value, f64)> {
    let lines = plan["cadences"].as_array().unwrap().iter();
    lines
        .map(|it| {
            let cost = it["cost_a_day"]["value"].as_f64().unwrap();
            (it["cadence_days"].clone(), cost)
        })
        .collect()
}

/// What came of a plan of the first half on the second.
struct Foreseen {
    /// The cost of what was recommended over the least.
    ratio: f64,
    /// How much more it costs a day never to train, at least.
    never_costs: f64,
}

fn foreseen(at: &Path) -> Foreseen {
    let first = plan(at, &format!("--until {HALF}"));
    let recommended = &first["recommended"]["cadence_days"];
    assert!(recommended.is_u64(), "{recommended}");
    let later = plan(at, &format!("--from {HALF}"));
    let costs = costs(&later);
    let least = costs.iter().map(|(_, cost)| *cost).fold(f64::MAX, f64::min);
    let own = costs.iter().find(|(cadence, _)| cadence == recommended);
    let lines = later["cadences"].as_array().unwrap();
    let never = lines.iter().find(|it| it["cadence_days"].is_null());
    let never = never.unwrap();
    assert_eq!(never["told"], false);
    Foreseen {
        ratio: own.unwrap().1 / least,
        never_costs: never["more_a_day"]["low"].as_f64().unwrap(),
    }
}

#[test]
fn what_decays_is_trained_again_and_costs_little_more_than_the_best_in_hindsight() {
    let at = folder(&[("task.toml", TASK)]);
    simulated(at.path(), 4);
    let Foreseen { ratio, never_costs } = foreseen(at.path());
    assert!(ratio <= 1.05, "{ratio}");
    assert!(never_costs > 0.0, "{never_costs}");
}

#[test]
fn where_nothing_decays_nothing_is_lost_by_leaving_it_alone() {
    let at = folder(&[("task.toml", TASK)]);
    simulated(at.path(), 0);
    let Foreseen { ratio, never_costs } = foreseen(at.path());
    assert!(ratio <= 1.05, "{ratio}");
    assert!(never_costs < 0.0, "{never_costs}");
}

#[test]
fn a_plan_hangs_on_neither_threads_nor_the_order_of_events_and_prices_late_labels() {
    let at = folder(&[("task.toml", TASK)]);
    let words = "simulate url --months 9 --events 7000 --pace 4 --out events.csv";
    ringtrue(at.path(), words).exits(0);
    let path = at.path().join("events.csv");
    let text = fs::read_to_string(&path).unwrap();
    let whole = plan(at.path(), "");
    let trained = costs(&whole);
    assert_eq!(trained.len(), 4);
    let families = whole["families"].as_array().unwrap();
    assert!(families.len() >= 5);
    assert_eq!(families[0]["by_cadence"].as_array().unwrap().len(), 4);
    // Whoever never trains again never stops a family that the first detector misses.
    let of = |cadence: usize, figure: &str| whole["cadences"][cadence][figure].as_f64().unwrap();
    assert!(of(0, "passed_a_family") < of(3, "passed_a_family"));
    assert!(of(0, "trainings_a_day") > of(1, "trainings_a_day"));

    let (header, events) = text.split_once('\n').unwrap();
    let mut lines: Vec<&str> = events.lines().collect();
    lines.reverse();
    fs::write(&path, format!("{header}\n{}\n", lines.join("\n"))).unwrap();
    assert_eq!(plan(at.path(), "--threads 1"), whole);

    // Without a word on when labels were known, somebody has to say it.
    let silent = text.replacen("label_known", "noted", 1);
    fs::write(&path, silent).unwrap();
    let words = "retrain --plan --task task.toml events.csv";
    let told = ringtrue(at.path(), words).exits(2).told();
    assert!(told.contains("--label-delay"), "{told}");
    let weekly = |delay: u32| costs(&plan(at.path(), &format!("--label-delay {delay}")))[0].1;
    let (soon, late) = (weekly(1), weekly(60));
    assert!(late > 1.1 * soon, "{soon} {late}");
}

#[test]
fn a_store_is_replayed_under_the_task_of_its_detector() {
    let at = folder(&[]);
    let events = SHARED.events();
    let ingest = format!("ingest --kind url --store registry {}", events.display());
    ringtrue(at.path(), &ingest).exits(0);
    let of = |what: String| {
        let words = format!("retrain --plan --cadences 28,56 --windows all --json {what}");
        ringtrue(at.path(), &words).json()
    };
    let against = SHARED.detector();
    let stored = of(format!("--store registry --against {}", against.display()));
    let read = of(format!("--kind url {}", events.display()));
    assert_eq!(stored["cadences"].as_array().unwrap().len(), 2);
    assert_eq!(stored["cadences"], read["cadences"]);
    assert_eq!(stored["families"], read["families"]);
}

#[test]
fn what_cannot_be_replayed_is_refused_with_the_reason() {
    let at = folder(&[("task.toml", TASK)]);
    ringtrue(
        at.path(),
        "simulate url --months 2 --events 2000 --out events.csv",
    )
    .exits(0);
    let refused = |more: &str, status: i32| {
        let words = format!("retrain --plan --task task.toml {more} events.csv");
        let ran = ringtrue(at.path(), &words).exits(status);
        ran.stdout.clone() + &ran.told()
    };
    assert!(refused("--cadences 7,30", 2).contains("no multiple"));
    assert!(refused("--cadences never", 2).contains("no cadence"));
    assert!(refused("--cadences 0", 2).contains("neither days"));
    assert!(refused("--from 2020-01-01", 3).contains("nothing to replay"));
    // Forty days are too few for two trainings at a distance of 28.
    let short = refused("--cadences 28,never --windows all", 3);
    assert!(short.contains("cannot tell"), "{short}");
}
