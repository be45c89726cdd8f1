//! How variables go together beside `SciPy` and `NumPy`; `reference/make.py` says how the files were made.

use std::collections::BTreeMap;
use std::error::Error;

use ringtrue_vet::association::{Crossed, chi_squared_tail, pearson, spearman};

/// Returns the fields of each line below the header.
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cases of codes hold small whole numbers"
)]
fn crossed((one, other): &(Vec<f64>, Vec<f64>)) -> Crossed {
    let pairs = one.iter().zip(other);
    Crossed::of(pairs.map(|(one, other)| (*one as u16, *other as u16)), 9, 9)
}

#[test]
fn associations_are_those_of_scipy() -> Result<(), Box<dyn Error>> {
    let mut cases: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for fields in lines(include_str!("reference/pairs.csv")) {
        let (one, other) = cases.entry(fields[0]).or_default();
        one.push(fields[1].parse()?);
        other.push(fields[2].parse()?);
    }
    let mut checked = 0;
    for fields in lines(include_str!("reference/associations.csv")) {
        let case = &cases[fields[0]];
        let found = match fields[1] {
            "pearson" => pearson(&case.0, &case.1),
            "spearman" => spearman(&case.0, &case.1),
            "cramers_v" => crossed(case).cramers_v(),
            "information" => Some(crossed(case).information()),
            "corrected_information" => Some(crossed(case).corrected_information()),
            "tail" => {
                let (statistic, freedom) = crossed(case).chi_squared();
                Some(chi_squared_tail(statistic, freedom))
            }
            figure => panic!("a figure without a test: `{figure}`"),
        };
        let (found, expected): (f64, f64) = (found.expect("both vary"), fields[2].parse()?);
        // The tails of the gamma function agree less far than sums and roots do.
        let tolerance = if fields[1] == "tail" { 1e-9 } else { 1e-12 };
        assert!(
            (found - expected).abs() <= tolerance * expected.abs().max(1e-3),
            "{}: {found:e} is not {expected:e}",
            fields.join(" ")
        );
        checked += 1;
    }
    assert_eq!(checked, 5 * 2 + 4 * 4);
    Ok(())
}
