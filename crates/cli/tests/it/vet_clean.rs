//! Clean data vets as fit: simulated streams without wrong labels and drift, tables without any flaw, and the demo's own events.

use std::fmt::Write as _;

use ringtrue_core::random::Random;
use serde_json::Value;

use crate::support::{folder, ringtrue};

/// Returns the seeds that are tried of each: ten, or as many as `RINGTRUE_CLEAN_SEEDS` says.
fn seeds() -> std::ops::RangeInclusive<u64> {
    let asked = std::env::var("RINGTRUE_CLEAN_SEEDS");
    1..=asked.map_or(10, |count| count.parse().unwrap())
}

/// Checks that at most two of a hundred seeds block; none of ten. `blocked` gives what blocks with a seed.
fn check(blocked: impl Fn(u64) -> Vec<String>) {
    let tried = seeds().count();
    let found = seeds().map(|seed| (seed, blocked(seed)));
    let found: Vec<(u64, Vec<String>)> = found.filter(|(_, titles)| !titles.is_empty()).collect();
    println!("{} of {tried} block", found.len());
    assert!(found.len() * 50 <= tried, "{found:#?}");
}

/// Returns the codes of findings that block.
fn blocking(vetted: &Value) -> Vec<String> {
    let findings = vetted["findings"].as_array().unwrap().iter();
    let blocking = findings.filter(|finding| finding["blocking"] == true);
    blocking
        .map(|finding| finding["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn simulated_streams_without_flaws_are_fit() {
    let at = folder(&[]);
    check(|seed| {
        let words =
            format!("simulate url --clean --months 6 --events 6000 --seed {seed} --out a.csv");
        ringtrue(at.path(), &words).exits(0);
        blocking(&ringtrue(at.path(), "vet --kind url --json a.csv").json())
    });
}

/// A year of payments from three shops: amounts and counts differ by class, a tenth of the values is missing at random.
fn payments(seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut text = "label,time,source,amount,items,age,country,channel,note\n".to_owned();
    for row in 0..4_000_u64 {
        let is_malicious = random.chance(0.1);
        let pull = f64::from(u8::from(is_malicious));
        let mut number = |mean: f64, spread: f64| {
            let sum: f64 = (0..6).map(|_| random.unit() - 0.5).sum();
            (mean + spread * sum).abs()
        };
        let (amount, items, age) = (
            number(50.0 + 40.0 * pull, 40.0),
            number(3.0 + pull, 3.0).round(),
            number(900.0 - 300.0 * pull, 600.0).round(),
        );
        let country = random.pick(&["at", "be", "ch", "de"]).unwrap();
        let channel = ["web", "app"][usize::from(random.chance(0.4 + 0.3 * pull))];
        let amount = if random.chance(0.1) {
            String::new()
        } else {
            format!("{amount:.2}")
        };
        let label = if is_malicious { "malicious" } else { "benign" };
        let (month, day) = (1 + row * 12 / 4_000, 1 + random.below(28));
        writeln!(
            text,
            "{label},2026-{month:02}-{day:02}T{:02}:{:02}:00Z,shop{},{amount},{items},{age},{country},{channel},{}",
            random.below(24),
            random.below(60),
            random.below(3),
            random.below(1_000_000),
        )
        .unwrap();
    }
    text
}

#[test]
fn tables_without_flaws_are_fit() {
    check(|seed| {
        let at = folder(&[("a.csv", payments(seed).as_bytes())]);
        blocking(&ringtrue(at.path(), "vet --kind table --json a.csv").json())
    });
}

#[test]
fn the_demo_is_fit() {
    let task = include_bytes!("../../../../examples/demo-task.toml");
    let at = folder(&[("task.toml", task)]);
    let words = "simulate url --months 9 --events 40000 --seed 1 --out a.csv";
    ringtrue(at.path(), words).exits(0);
    let vetted = ringtrue(at.path(), "vet --task task.toml --json a.csv").exits(0);
    assert_eq!(vetted.json()["verdict"], "fit");
}
