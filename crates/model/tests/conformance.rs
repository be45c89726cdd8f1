//! Conformance: the margins of other libraries' models, as this crate reads them, are those libraries' own.
//!
//! ```text
//!   conformance/make.py ──► NAME.model, NAME.rows, NAME.margins ──► |difference| <= 1e-6 max(1, |margin|), each row
//! ```
//!
//! The cases are made by `./x test`, which names their folder in `RINGTRUE_CONFORMANCE`, and in which a lack of them
//! is a failure. Without that variable the suite says that it is skipped. Likewise the models and margins beside the
//! real data that `RINGTRUE_DATA` names.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by a panic, and says what it measured or skipped"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use ringtrue_model::Forest;

/// How far a margin may be off.
const TOLERANCE: f64 = 1e-6;

/// The folder of the cases that `make.py` made.
fn cases() -> Option<PathBuf> {
    let folder = std::env::var_os("RINGTRUE_CONFORMANCE").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: RINGTRUE_CONFORMANCE names no folder of cases; `./x test` makes them");
    }
    folder
}

fn numbers(path: &Path) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap();
    let (chunks, rest) = bytes.as_chunks();
    assert!(rest.is_empty(), "{}", path.display());
    chunks
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect()
}

/// The difference of a margin from the library's, in units of what is allowed at most 1.
fn excess(found: f64, expected: f64) -> f64 {
    (found - expected).abs() / (TOLERANCE * expected.abs().max(1.0))
}

/// What a set of comparisons showed.
#[derive(Default)]
struct Outcome {
    rows: usize,
    equal: usize,
    worst: f64,
    faults: Vec<String>,
}

impl Outcome {
    fn compare(&mut self, name: &str, row: &[f64], found: f64, expected: f64) {
        self.rows += 1;
        self.equal += usize::from(found.to_bits() == expected.to_bits());
        let excess = excess(found, expected);
        self.worst = self.worst.max(excess);
        // NaN is a fault as well.
        if excess.is_nan() || excess > 1.0 {
            self.faults
                .push(format!("{name}: {found} instead of {expected} for {row:?}"));
        }
    }

    fn conclude(&self, what: &str) {
        println!(
            "{what}: {} rows, {} equal to the bit, largest difference {:.2e} max(1, |margin|)",
            self.rows,
            self.equal,
            self.worst * TOLERANCE
        );
        let first: Vec<&String> = self.faults.iter().take(20).collect();
        assert!(
            first.is_empty(),
            "{} rows are off: {first:#?}",
            self.faults.len()
        );
    }
}

#[test]
fn margins_are_those_of_the_libraries() {
    let Some(folder) = cases() else {
        return;
    };
    let list = std::fs::read_to_string(folder.join("cases.txt")).unwrap();
    let mut predicted = 0;
    let mut outcomes = BTreeMap::<String, (usize, Outcome)>::new();
    for line in list.lines() {
        let [name, width, trees] = *line.split(' ').collect::<Vec<_>>() else {
            panic!("{line}");
        };
        let read = |kind: &str| folder.join(format!("{name}.{kind}"));
        let forest = Forest::from_bytes(&std::fs::read(read("model")).unwrap());
        let forest = forest.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            (
                forest.width().to_string().as_str(),
                forest.len().to_string().as_str()
            ),
            (width, trees),
            "{name}"
        );
        let rows = numbers(&read("rows"));
        let margins = numbers(&read("margins"));
        let rows: Vec<&[f64]> = rows.chunks_exact(forest.width()).collect();
        assert_eq!(rows.len(), margins.len(), "{name}");
        let library = name.split('_').next().unwrap().to_owned();
        let (models, outcome) = outcomes.entry(library).or_default();
        *models += 1;
        for (row, expected) in rows.iter().zip(&margins) {
            outcome.compare(name, row, forest.margin(row), *expected);
        }
        let path = read("predictions");
        if path.is_file() {
            predicted += 1;
            for ((row, margin), expected) in rows.iter().zip(&margins).zip(numbers(&path)) {
                let found = forest.link().prediction(*margin);
                assert!(
                    excess(found, expected) <= 1.0,
                    "{name}: {found} {expected} {row:?}"
                );
            }
        }
    }
    assert!(predicted >= 80, "{predicted}");
    // Each library's cases were there.
    assert_eq!(
        outcomes.keys().collect::<Vec<_>>(),
        ["lightgbm", "onnx", "xgboost"]
    );
    for (library, (models, outcome)) in outcomes {
        assert!(models >= 20, "{library}: {models}");
        outcome.conclude(&format!("{library}, {models} models"));
    }
}

#[test]
fn what_cannot_be_held_exactly_is_refused_with_its_reason() {
    let Some(folder) = cases() else {
        return;
    };
    let list = std::fs::read_to_string(folder.join("refused.txt")).unwrap();
    assert!(list.lines().count() >= 18);
    for line in list.lines() {
        let (name, reason) = line.split_once(' ').unwrap();
        let bytes = std::fs::read(folder.join(format!("{name}.refused"))).unwrap();
        let error = Forest::from_bytes(&bytes).unwrap_err().to_string();
        assert!(error.contains(reason), "{name}: {error}");
        assert!(error.contains("cannot be held exactly"), "{name}: {error}");
    }
}

#[test]
fn lists_of_categories_come_with_the_model() {
    let Some(folder) = cases() else {
        return;
    };
    let read = |name: &str| {
        let forest = Forest::from_bytes(&std::fs::read(folder.join(name)).unwrap()).unwrap();
        let columns = forest.categories().iter();
        let columns = columns.map(|column| (column.feature, column.values.join("|")));
        (forest.names().to_vec(), columns.collect::<Vec<_>>())
    };
    let (names, columns) = read("lightgbm_pandas.model");
    assert_eq!(names, ["number", "colour", "size"]);
    let colours = "blue|blåbær, \"x\"|green|red".to_owned();
    let sizes = "0.0|10.0|20.0|30.0|40.0".to_owned();
    assert_eq!(columns, [(Some(1), colours), (Some(2), sizes)]);
    let (names, columns) = read("xgboost_pandas.model");
    assert_eq!(names, ["number", "colour"]);
    assert_eq!(columns, [(Some(1), "blue|green|red".to_owned())]);
}

#[test]
fn columns_that_a_graph_takes_one_by_one_name_the_signals() {
    let Some(folder) = cases() else {
        return;
    };
    let bytes = std::fs::read(folder.join("onnx_made_columns.model")).unwrap();
    assert_eq!(Forest::from_bytes(&bytes).unwrap().names(), ["a", "b", "c"]);
}

/// The folder of models and reference margins beside that of the real data.
fn robust() -> Option<PathBuf> {
    let data = std::env::var_os("RINGTRUE_DATA").map(PathBuf::from);
    let folder = data.and_then(|data| Some(data.canonicalize().ok()?.parent()?.join("robust")));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: RINGTRUE_DATA names no folder that has `robust` beside it");
    }
    folder
}

/// A file's bytes, unpacked if it is there as `.gz`.
fn unpacked(path: &Path) -> Vec<u8> {
    if let Ok(bytes) = std::fs::read(path) {
        return bytes;
    }
    let packed = std::fs::read(path.with_added_extension("gz")).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// The cells below a CSV's header, by column.
fn table(text: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    (lines.next().unwrap(), lines.collect())
}

#[test]
fn margins_of_the_reference_models_are_those_of_the_libraries() {
    let Some(folder) = robust() else {
        return;
    };
    let models = unpacked(&folder.join("models/models.csv"));
    let models = String::from_utf8(models).unwrap();
    let mut tests = BTreeMap::new();
    let mut outcome = Outcome::default();
    let (_, models) = table(&models);
    for model in &models {
        let [dataset, name, file, trees] = model[..4] else {
            panic!("{model:?}");
        };
        let rows = tests
            .entry(dataset)
            .or_insert_with(|| test_rows(&folder, dataset));
        let file = file.trim_end_matches(".gz");
        let forest = Forest::from_bytes(&unpacked(&folder.join("models").join(file))).unwrap();
        assert_eq!(forest.len().to_string(), trees, "{file}");
        let known = known_margins(&folder, &format!("{dataset}.{name}."));
        assert!(known.len() >= 20, "{file}: {}", known.len());
        for (row, expected) in known {
            let row = &rows[row];
            outcome.compare(file, row, forest.margin(row), expected);
        }
    }
    outcome.conclude(&format!("{} reference models", models.len()));
}

/// The rows of a dataset's test file, without their label.
fn test_rows(folder: &Path, dataset: &str) -> Vec<Vec<f64>> {
    let text = unpacked(&folder.join(format!("data/{dataset}.test.csv")));
    let text = String::from_utf8(text).unwrap();
    let (_, rows) = table(&text);
    let row = |cells: Vec<&str>| {
        cells[1..]
            .iter()
            .map(|cell| cell.parse().unwrap())
            .collect()
    };
    rows.into_iter().map(row).collect()
}

/// The library's margins of a model, with their rows, from all reference files that have them.
fn known_margins(folder: &Path, model: &str) -> Vec<(usize, f64)> {
    let mut known = Vec::new();
    for entry in std::fs::read_dir(folder.join("reference")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let begins = ["linf.", "treeshap."].map(|kind| format!("{kind}{model}"));
        if !begins.iter().any(|begin| name.starts_with(begin.as_str())) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let (header, rows) = table(&text);
        let place = |column: &str| header.iter().position(|found| *found == column).unwrap();
        let (row, margin) = (place("row"), place("raw_margin"));
        known.extend(rows.iter().map(|cells| {
            (
                cells[row].parse::<usize>().unwrap(),
                cells[margin].parse::<f64>().unwrap(),
            )
        }));
    }
    known
}
