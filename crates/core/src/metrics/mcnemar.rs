//! Did as many events change for the worse as for the better, or is it luck? The exact test of McNemar, and Holm's
//! correction for asking it of many parts at once.
//!
//! Counts need not be whole: near-duplicates that change together count as far as they differ from each other
//! ([`crate::metrics::PairedChanges`]). For whole counts the test is the exact binomial one.

use statrs::function::beta::checked_beta_reg;

/// Returns how probable at least `worse` of `worse + better` changes are if either direction is as likely, in [0, 1]:
/// small if the changes are for the worse. Both are finite and not negative.
///
/// # Source
///
/// McNemar, "Note on the sampling error of the difference between correlated proportions or percentages", Psychometrika
/// 12, 1947, in its exact form: the tail of the binomial distribution at a half, as an incomplete beta function, which
/// also takes counts that are not whole.
///
/// # Example
///
/// ```
/// use ringtrue_core::metrics::mcnemar_worse;
/// assert!((mcnemar_worse(3.0, 0.0) - 0.125).abs() < 1e-12);
/// ```
#[must_use]
pub fn mcnemar_worse(worse: f64, better: f64) -> f64 {
    if worse.is_nan() || worse <= 0.0 {
        return 1.0;
    }
    // Arguments out of range say nothing against either direction.
    checked_beta_reg(worse, better + 1.0, 0.5).map_or(1.0, |tail| tail.clamp(0.0, 1.0))
}

/// Returns the two-sided form of [`mcnemar_worse`]: twice the smaller tail, at most 1.
#[must_use]
pub fn mcnemar(worse: f64, better: f64) -> f64 {
    let (more, fewer) = (worse.max(better), worse.min(better));
    (2.0 * mcnemar_worse(more, fewer)).min(1.0)
}

/// Returns p-values corrected for there being several: if those up to a level are called, a true hypothesis is among
/// them with no more than the level's probability, however the values hang together. NaN counts as 1.
///
/// # Source
///
/// Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
///
/// # Example
///
/// ```
/// use ringtrue_core::metrics::holm;
/// assert_eq!(holm(&[0.01, 0.5, 0.25]), [0.03, 0.5, 0.5]);
/// ```
#[must_use]
pub fn holm(values: &[f64]) -> Vec<f64> {
    let value = |at: usize| values.get(at).copied().filter(|it| !it.is_nan());
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|left, right| {
        let [left, right] = [*left, *right].map(|at| value(at).unwrap_or(1.0));
        left.total_cmp(&right)
    });
    let mut corrected = vec![1.0; values.len()];
    let mut floor = 0.0_f64;
    for (rank, at) in order.into_iter().enumerate() {
        let left = values.len().saturating_sub(rank) as f64;
        floor = floor.max((left * value(at).unwrap_or(1.0)).min(1.0));
        if let Some(slot) = corrected.get_mut(at) {
            *slot = floor;
        }
    }
    corrected
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `scipy.stats.binomtest(worse, worse + better, 0.5)`, two-sided and `greater`.
    const SCIPY: [(f64, f64, f64, f64); 6] = [
        (10.0, 2.0, 0.038_574_218_75, 0.019_287_109_375),
        (0.0, 5.0, 0.0625, 1.0),
        (7.0, 7.0, 1.0, 0.604_736_328_125),
        (121.0, 59.0, 4.434_449_263_755e-6, 2.217_224_631_878e-6),
        (3.0, 0.0, 0.25, 0.125),
        (30.0, 3.0, 1.401_174_813_509e-6, 7.005_874_067_545e-7),
    ];

    #[test]
    fn the_exact_test_is_scipys() {
        for (worse, better, two_sided, above) in SCIPY {
            let found = (mcnemar(worse, better), mcnemar_worse(worse, better));
            assert!(
                (found.0 / two_sided - 1.0).abs() < 1e-9,
                "{worse} {better}: {found:?}"
            );
            assert!(
                (found.1 / above - 1.0).abs() < 1e-9,
                "{worse} {better}: {found:?}"
            );
        }
        assert!((mcnemar(0.0, 0.0) - 1.0).abs() < 1e-15);
        assert!((mcnemar_worse(f64::NAN, 1.0) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn holm_is_closed_testing_with_bonferroni() {
        // From the definition: the largest of |S| * min(S) over all sets S that hold the value.
        let found = holm(&[0.01, 0.04, 0.03, 0.005, 0.6]);
        for (found, expected) in found.iter().zip([0.04, 0.09, 0.09, 0.025, 0.6]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert_eq!(holm(&[]), Vec::<f64>::new());
        assert_eq!(holm(&[f64::NAN]), [1.0]);
    }

    proptest! {
        #[test]
        fn swapping_the_directions_mirrors_the_test(worse in 0_u32..400, better in 0_u32..400) {
            let (worse, better) = (f64::from(worse), f64::from(better));
            prop_assert!((mcnemar(worse, better) - mcnemar(better, worse)).abs() < 1e-12);
            prop_assert!(mcnemar_worse(worse + 1.0, better) <= mcnemar_worse(worse, better) + 1e-12);
        }

        #[test]
        fn correction_keeps_the_order_and_never_helps(values in prop::collection::vec(0.0_f64..=1.0, 0..20)) {
            let corrected = holm(&values);
            for (value, found) in values.iter().zip(&corrected) {
                prop_assert!(found >= value && *found <= 1.0);
            }
            for (one, first) in values.iter().zip(&corrected) {
                for (other, second) in values.iter().zip(&corrected) {
                    prop_assert!(one > other || first <= second);
                }
            }
        }
    }
}
