//! Proven distances beside those of a reference, on real models and rows.
//!
//! The references stand in the folder `robust` beside the one that `RINGTRUE_DATA` names: two-sided, whole numbers, upwards
//! only. A few rows of each file; `bench/peers/exact.py` runs all of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use ringtrue_attack::exact::{Attacker, Distance, Ensemble, Goal, Move, Reached, Side, cheapest};
use ringtrue_core::Precision;
use ringtrue_core::signal::Movable;
use ringtrue_model::Forest;

/// Rows of each file.
const ROWS: usize = 4;
/// Rounds of a search; what is not proven by then only has to have sound bounds.
const ROUNDS: u64 = 3_000;
const CLOSE: f64 = 1e-4;

#[test]
fn distances_are_those_of_the_reference() {
    let root = std::env::var_os("RINGTRUE_DATA").map(|data| PathBuf::from(data).join("../robust"));
    let Some(root) = root.filter(|root| root.is_dir()) else {
        println!("skipped: RINGTRUE_DATA names no folder with `robust` beside it");
        return;
    };
    let mut files: Vec<PathBuf> = fs::read_dir(root.join("reference"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| name(path).starts_with("linf."))
        .collect();
    files.sort();
    assert_eq!(files.len(), 29);
    let mut data = BTreeMap::new();
    let (mut proven, mut compared) = (0, 0);
    for file in &files {
        let dataset = name(file).split('.').nth(1).unwrap().to_owned();
        let rows = data
            .entry(dataset.clone())
            .or_insert_with(|| lines(&root.join(format!("data/{dataset}.test.csv.gz"))));
        let found = check(&root, file, rows);
        proven += found.0;
        compared += found.1;
    }
    // The reference itself lacks some of them.
    assert!(proven + 4 >= ROWS * files.len(), "{proven}");
    assert!(compared + 20 >= ROWS * files.len(), "{compared}");
}

/// Checks the first rows of a file. Returns how many were proven, and how many of these compared with a proven reference.
fn check(root: &Path, file: &Path, rows: &[String]) -> (usize, usize) {
    let name = name(file);
    let parts: Vec<&str> = name.split('.').collect();
    let [dataset, library, model] = [parts[1], parts[2], parts[3]];
    let forest = forest(root, &format!("{dataset}.{library}.{model}."));
    let ensemble = Ensemble::new(&forest).unwrap();
    let attacker = Attacker {
        moves: moves(root, dataset, forest.width(), &parts),
        distance: Distance::Largest,
        precision: Precision::Double,
    };
    let (mut proven, mut compared) = (0, 0);
    for reference in lines(file).iter().take(ROWS) {
        let fields: Vec<&str> = reference.split(',').collect();
        let place: usize = fields[2].parse().unwrap();
        let [low, high] = [fields[6], fields[7]].map(|field| field.parse::<f64>().unwrap());
        let row = rows[place].split(',').skip(1);
        let row: Vec<f64> = row.map(|value| value.parse().unwrap()).collect();
        let margin = forest.margin(&row);
        let side = if margin > 0.0 {
            Side::AtMost(0.0)
        } else {
            Side::Above(0.0)
        };
        let goal = Goal {
            side,
            beside: [0.0; 2],
        };
        let mut rounds = 0;
        let found = cheapest(&ensemble, &attacker, &row, &goal, &mut || {
            rounds += 1;
            rounds < ROUNDS
        });
        let told = format!("{name} row {place}: {found:?}, reference {low} to {high}");
        assert!(
            found.lower <= high + CLOSE && found.upper >= low - CLOSE,
            "{told}"
        );
        if found.reached == Reached::Proven {
            proven += 1;
            if fields[8] == "1" {
                compared += 1;
                assert!((found.upper - high).abs() <= CLOSE, "{told}");
            }
        }
    }
    (proven, compared)
}

/// What the attacker may do in a file's problem.
fn moves(root: &Path, dataset: &str, width: usize, parts: &[&str]) -> Vec<Move> {
    let list = root.join(format!("data/{dataset}.features.csv"));
    let free = Move {
        movable: Movable::Both,
        step: 0.0,
        price: 1.0,
        group: None,
    };
    if !list.is_file() {
        return vec![free; width];
    }
    let listed = |line: &String| {
        let fields: Vec<&str> = line.split(',').collect();
        let [scale, up, integer] = [fields[2], fields[3], fields[4]];
        Move {
            movable: match (parts.contains(&"upward"), up) {
                (false, _) => Movable::Both,
                (true, "1") => Movable::Up,
                (true, _) => Movable::No,
            },
            step: if parts.contains(&"integer") && integer == "1" {
                1.0
            } else {
                0.0
            },
            price: 1.0 / scale.parse::<f64>().unwrap(),
            ..free
        }
    };
    lines(&list).iter().map(listed).collect()
}

fn forest(root: &Path, prefix: &str) -> Forest {
    let models = fs::read_dir(root.join("models")).unwrap();
    let mut models = models.map(|entry| entry.unwrap().path());
    let path = models.find(|path| name(path).starts_with(prefix));
    let path = path.unwrap_or_else(|| panic!("no model {prefix}"));
    Forest::from_bytes(text(&path).as_bytes()).unwrap()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Reads the lines below a header.
fn lines(path: &Path) -> Vec<String> {
    text(path).lines().skip(1).map(str::to_owned).collect()
}

fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut text = String::new();
        let mut reader = flate2::read::MultiGzDecoder::new(bytes.as_slice());
        reader.read_to_string(&mut text).expect("text");
        text
    } else {
        String::from_utf8(bytes).unwrap()
    }
}
