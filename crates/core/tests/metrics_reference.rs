//! Our metrics beside scikit-learn's and `SciPy`'s; `reference/make.py` says how the files were made.

use std::collections::BTreeMap;
use std::error::Error;

use ringtrue_core::metrics::{
    Ranking, average_precision, average_precision_at_share, brier, brier_at_share, clopper_pearson,
    roc_auc, upper_bound,
};

/// Returns the fields of each line below the header.
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}

fn assert_near(found: f64, expected: f64, tolerance: f64, what: &str) {
    let scale = expected.abs().max(1e-300);
    assert!(
        (found - expected).abs() <= tolerance * scale,
        "{what}: {found:e} is not {expected:e}"
    );
}

#[test]
fn metrics_are_those_of_scikit_learn() -> Result<(), Box<dyn Error>> {
    let mut cases: BTreeMap<&str, (Vec<f64>, Vec<bool>)> = BTreeMap::new();
    for fields in lines(include_str!("reference/scores.csv")) {
        let (scores, malicious) = cases.entry(fields[0]).or_default();
        scores.push(fields[1].parse()?);
        malicious.push(fields[2] == "1");
    }
    let mut checked = 0;
    for fields in lines(include_str!("reference/metrics.csv")) {
        let (scores, malicious) = &cases[fields[0]];
        let found = match (fields[1], fields[2]) {
            ("roc_auc", _) => roc_auc(scores, malicious),
            ("average_precision", _) => average_precision(scores, malicious),
            ("brier", _) => brier(scores, malicious).ok(),
            ("average_precision_at_share", share) => {
                average_precision_at_share(scores, malicious, share.parse()?)
            }
            ("brier_at_share", share) => brier_at_share(scores, malicious, share.parse()?).ok(),
            ("tpr_at_fpr", fpr) => {
                let point = Ranking::new(scores, malicious)?.tpr_at_fpr(fpr.parse()?);
                Some(point.true_positives as f64 / point.malicious as f64)
            }
            (metric, _) => panic!("a metric without a test: `{metric}`"),
        };
        let found = found.expect("both classes are there");
        assert_near(found, fields[3].parse()?, 1e-12, &fields.join(" "));
        checked += 1;
    }
    assert_eq!(checked, 5 * 14);
    Ok(())
}

#[test]
fn intervals_are_those_of_scipy() -> Result<(), Box<dyn Error>> {
    let mut checked = 0;
    for fields in lines(include_str!("reference/intervals.csv")) {
        let (successes, trials): (u64, u64) = (fields[0].parse()?, fields[1].parse()?);
        let confidence = fields[2].parse()?;
        let (low, high) = clopper_pearson(successes, trials, confidence);
        let bound = upper_bound(successes, trials, confidence);
        let what = fields.join(" ");
        // Terms of ln gamma(trials) cancel in the incomplete beta function: each has an error of about
        // trials * ln(trials) * 2^-53.
        let tolerance = 1e-9 + 2e-14 * trials as f64;
        assert_near(low, fields[3].parse()?, tolerance, &what);
        assert_near(high, fields[4].parse()?, tolerance, &what);
        assert_near(bound, fields[5].parse()?, tolerance, &what);
        checked += 1;
    }
    assert!(checked > 150, "{checked}");
    Ok(())
}
