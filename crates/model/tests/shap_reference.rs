//! Path-dependent values beside those that the libraries gave for their own models, on real rows.
//!
//! The references stand in the folder `robust` beside the one that `RINGTRUE_DATA` names.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::io::Read;
use std::path::{Path, PathBuf};

use ringtrue_model::Forest;

/// A library's values for one model, and how far from them ours may be, relative to the largest number of the row.
struct Case {
    data: &'static str,
    model: &'static str,
    tolerance: f64,
}

/// LightGBM adds in 64 bits.
const DOUBLE: f64 = 1e-9;

const CASES: [Case; 2] = [
    Case {
        data: "breast_cancer",
        model: "lgb.n100.txt",
        tolerance: DOUBLE,
    },
    Case {
        data: "url_lexical",
        model: "lgb.n300.txt",
        tolerance: DOUBLE,
    },
];

#[test]
fn values_are_the_librarys_own() {
    let root = std::env::var_os("RINGTRUE_DATA").map(|data| PathBuf::from(data).join("../robust"));
    let Some(root) = root.filter(|root| root.is_dir()) else {
        println!("skipped: RINGTRUE_DATA names no folder with `robust` beside it");
        return;
    };
    for case in &CASES {
        check(&root, case);
    }
}

fn check(root: &Path, case: &Case) {
    let forest = forest(
        &root
            .join("models")
            .join(format!("{}.{}", case.data, case.model)),
    );
    let prepared = forest.path_dependent().unwrap();
    let rows = table(&root.join(format!("data/{}.test.csv.gz", case.data)));
    let (model, _) = case.model.rsplit_once('.').unwrap();
    let references = table(&root.join(format!("reference/treeshap.{}.{model}.csv", case.data)));
    assert_eq!(references.len(), 50);
    for reference in references {
        let (row, reference) = reference.split_first().unwrap();
        // The first column is the label.
        let row = rows
            .iter()
            .enumerate()
            .find(|(number, _)| row.to_bits() == (*number as f64).to_bits());
        let row = &row.unwrap().1[1..];
        let shap = prepared.explain(row);
        let (margin, values) = reference.split_last().unwrap();
        let scale = values
            .iter()
            .fold(margin.abs().max(1.0), |most, value| most.max(value.abs()));
        let found: Vec<f64> = shap
            .contributions
            .iter()
            .copied()
            .chain([shap.bias])
            .collect();
        assert_eq!(found.len(), values.len());
        for (signal, (found, value)) in found.iter().zip(values).enumerate() {
            let difference = (found - value).abs();
            assert!(
                difference <= case.tolerance * scale,
                "{} {}, signal {signal}: {found} {value}",
                case.data,
                case.model
            );
        }
        let difference = (found.iter().sum::<f64>() - forest.margin(row)).abs();
        assert!(
            difference <= case.tolerance.min(1e-12) * scale,
            "{difference}"
        );
    }
}

/// Reads a model by what its name ends in.
fn forest(path: &Path) -> Forest {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = text(path);
    match name.trim_end_matches(".gz").rsplit_once('.') {
        Some((_, "txt")) => Forest::from_lightgbm(&text).unwrap(),
        _ => panic!("no reader: {name}"),
    }
}

/// Reads the numbers of a CSV file below its header.
fn table(path: &Path) -> Vec<Vec<f64>> {
    let row = |line: &str| {
        line.split(',')
            .map(|field| field.parse().unwrap())
            .collect()
    };
    text(path).lines().skip(1).map(row).collect()
}

fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    text
}
