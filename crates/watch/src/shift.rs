//! How far two sets of counts lie apart, with an interval: size alone moves nothing.

use serde::Serialize;
use statrs::function::gamma::gamma_ur;

/// How far a window's shares lie from the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shift {
    /// The distance, 0 (equal shares) to 1 (no bin in common), without what chance alone adds. No more than this share of the events
    /// would have to move to another bin for the shares to be equal.
    pub distance: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// How likely chance makes such a distance of equal shares, at least.
    pub p: f64,
}

/// Counts that are expected of a bin on the smaller side, or else found there, at least; bins of fewer are taken together.
const EXPECTED_MIN: f64 = 5.0;
/// See [`EXPECTED_MIN`]: so many do not come by chance where fewer than that are expected.
const FOUND_MIN: f64 = 12.0;
/// The standard normal distribution's 97.5 % quantile.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// Compares the counts of a window with those of the reference, bin by bin; `None` if either is too small to fill two bins.
///
/// The distance is half the root of the triangular discrimination, `sum((p - q)^2 / ((p + q) / 2))`; by the Cauchy-Schwarz
/// inequality the total variation distance is no larger. Its interval is that of the noncentrality of Pearson's statistic.
///
/// # Source
///
/// Topsoe, "Some inequalities for information divergence and related measures of discrimination", IEEE Transactions on Information Theory
/// 46, 2000. The interval by the normal approximation of the noncentral chi-squared distribution, scaled to the discrimination, is ours.
///
/// # Example
///
/// ```
/// use ringtrue_watch::shift;
/// let moved = shift(&[9_000, 1_000], &[800, 200]).unwrap();
/// assert!(moved.low > 0.1 && moved.high < 0.2 && moved.p < 1e-9);
/// let same = shift(&[900_000, 100_000], &[90_200, 9_800]).unwrap();
/// assert!(same.distance < 0.005);
/// ```
#[must_use]
pub fn shift(reference: &[u64], window: &[u64]) -> Option<Shift> {
    let bins = lumped(reference, window);
    if bins.len() < 2 {
        return None;
    }
    let [all_reference, all_window] = totals(&bins);
    let all = all_reference + all_window;
    let (mut statistic, mut symmetric) = (0.0, 0.0);
    for [before, now] in &bins {
        let (before, now, both) = (
            before / all_reference,
            now / all_window,
            (before + now) / all,
        );
        let square = (before - now).powi(2);
        statistic += square / both;
        symmetric += square / f64::midpoint(before, now);
    }
    let events = all_reference * all_window / all;
    let freedom = (bins.len() - 1) as f64;
    let scale = if statistic > 0.0 {
        symmetric / statistic
    } else {
        1.0
    };
    let chi = statistic * events;
    let beyond = chi - freedom;
    let spread = Z * (2.0 * (freedom + 2.0 * beyond.max(0.0))).sqrt();
    let distance = |part: f64| ((part.max(0.0) * scale / events).sqrt() / 2.0).min(1.0);
    Some(Shift {
        distance: distance(beyond),
        low: distance(beyond - spread),
        high: distance(beyond + spread),
        p: upper_tail(chi, freedom),
    })
}

/// Returns how likely a chi-squared statistic of `freedom` degrees is at least `chi`.
pub(crate) fn upper_tail(chi: f64, freedom: f64) -> f64 {
    if !(chi > 0.0 && freedom > 0.0) {
        return 1.0;
    }
    // Far beyond this the regularised function leaves its range, and the answer is as good as 0.
    if chi > 1e6 + 100.0 * freedom {
        return 0.0;
    }
    gamma_ur(freedom / 2.0, chi / 2.0)
}

fn totals(bins: &[[f64; 2]]) -> [f64; 2] {
    bins.iter()
        .fold([0.0; 2], |sum, bin| [sum[0] + bin[0], sum[1] + bin[1]])
}

/// Returns the bins as pairs of counts, those of little content as one.
fn lumped(reference: &[u64], window: &[u64]) -> Vec<[f64; 2]> {
    let pairs: Vec<[f64; 2]> = reference
        .iter()
        .zip(window)
        .map(|(before, now)| [*before as f64, *now as f64])
        .collect();
    let [before, now] = totals(&pairs);
    if before <= 0.0 || now <= 0.0 {
        return Vec::new();
    }
    let smaller = before.min(now) / (before + now);
    let expected = |bin: &[f64; 2]| (bin[0] + bin[1]) * smaller;
    let found = |bin: &[f64; 2]| if before < now { bin[0] } else { bin[1] };
    let tells = |bin: &[f64; 2]| expected(bin) >= EXPECTED_MIN || found(bin) >= FOUND_MIN;
    let (mut kept, small): (Vec<_>, Vec<_>) = pairs.into_iter().partition(tells);
    let rest = totals(&small);
    if tells(&rest) {
        kept.push(rest);
    } else if let Some(last) = kept
        .iter_mut()
        .min_by(|left, right| expected(left).total_cmp(&expected(right)))
    {
        *last = [last[0] + rest[0], last[1] + rest[1]];
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `scipy.stats.chi2_contingency([[90, 60, 50], [40, 70, 90]], correction=False)`.
    #[test]
    fn the_test_is_scipys() {
        let found = shift(&[90, 60, 50], &[40, 70, 90]).unwrap();
        assert!(
            (found.p - 1.497_519_296_407_867_3e-7).abs() < 1e-13,
            "{}",
            found.p
        );
    }

    #[test]
    fn nothing_in_common_is_one_and_too_little_is_nothing() {
        let found = shift(&[5_000, 0], &[0, 70]).unwrap();
        assert!(
            found.high > 0.99 && found.low > 0.5 && found.p < 1e-12,
            "{found:?}"
        );
        assert_eq!(shift(&[3, 1], &[1, 3]), None);
        assert_eq!(shift(&[100, 0], &[100, 0]), None);
        assert_eq!(shift(&[], &[]), None);
    }

    proptest! {
        #[test]
        fn the_distance_lies_in_its_interval_and_does_not_grow_with_size(
            before in prop::collection::vec(5_u64..400, 2..12),
            seed in any::<u64>(),
        ) {
            let mut random = ringtrue_core::random::Random::new(seed);
            let now: Vec<u64> = before.iter().map(|_| 5 + random.below(300)).collect();
            let Some(found) = shift(&before, &now) else { return Ok(()) };
            prop_assert!(found.low <= found.distance && found.distance <= found.high);
            prop_assert!((0.0..=1.0).contains(&found.p));
            let larger = |counts: &[u64]| counts.iter().map(|it| it * 100).collect::<Vec<_>>();
            let large = shift(&larger(&before), &larger(&now)).unwrap();
            prop_assert!(large.distance <= found.high + 0.15);
            prop_assert!(large.high - large.low <= found.high - found.low + 1e-9);
        }
    }
}
