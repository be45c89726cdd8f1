//! Shares of copies and drops of scores, by hand.

use super::flattery::Flattery;
use super::repeats::known;
use crate::probe::Score;

#[test]
fn a_copy_is_learned_with_the_probability_of_a_random_split() {
    let (asked, learned) = known(&[1], None);
    assert!((asked - 0.25).abs() < 1e-12 && learned.abs() < 1e-12);
    let (_, learned) = known(&[1, 2], None);
    // Asked with 1/4, and the other learned with 3/4.
    assert!((learned - 2.0 * 0.25 * 0.75).abs() < 1e-12);
    let (asked, learned) = known(&[7; 50], None);
    assert!((asked - learned).abs() < 1e-9);
}

#[test]
fn over_time_a_copy_is_learned_if_one_is_earlier() {
    let later = [false, true, true];
    assert_eq!(known(&[0, 1, 2], Some(&later)), (2.0, 2.0));
    assert_eq!(known(&[1, 2], Some(&later)), (2.0, 0.0));
    assert_eq!(known(&[0], Some(&later)), (0.0, 0.0));
}

#[test]
fn a_drop_is_sure_only_beyond_both_intervals() {
    let score = |auc: f64, reach: f64| Score {
        auc,
        interval: [auc - reach, auc + reach],
        malicious: 100,
        benign: 100,
    };
    let drop = |reach| Flattery {
        with: score(0.99, reach),
        without: score(0.97, reach),
    };
    assert!(drop(0.005).is_sure());
    assert!(!drop(0.02).is_sure());
    let [low, high] = drop(0.003).interval();
    assert!(
        (low - (0.02 - 0.003 * 2.0_f64.sqrt())).abs() < 1e-9
            && (high - low - 0.006 * 2.0_f64.sqrt()).abs() < 1e-9
    );
}
