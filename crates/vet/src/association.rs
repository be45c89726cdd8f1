//! How two variables go together: Pearson, Spearman, Cramer's V, mutual information.
//!
//! Numbers are compared where both are known (neither is NaN); codes by how often each pair of them came. What has no variation has no
//! association: the answer is `None`, never 0.

use statrs::function::gamma::gamma_ur;

/// Returns Pearson's correlation of the pairs of which both are known; `None` with fewer than two, or where either does not vary.
#[must_use]
pub fn pearson(one: &[f64], other: &[f64]) -> Option<f64> {
    let (one, other) = known(one, other);
    correlation(&one, &other)
}

/// Returns Spearman's correlation, which is Pearson's of the ranks, as [`pearson`]; equal values share the mean of their ranks.
#[must_use]
pub fn spearman(one: &[f64], other: &[f64]) -> Option<f64> {
    let (one, other) = known(one, other);
    correlation(&ranks(&one), &ranks(&other))
}

/// Returns the rank of each value, from 1; equal values share the mean of their ranks, and NaN stays NaN.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len())
        .filter(|at| !values[*at].is_nan())
        .collect();
    order.sort_unstable_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![f64::NAN; values.len()];
    let mut before = 0;
    // Zero and minus zero are equal, and next to each other in the order.
    for tied in order.chunk_by(|one, other| values[*one] >= values[*other]) {
        let mean = before as f64 + f64::midpoint(tied.len() as f64, 1.0);
        for at in tied {
            ranks[*at] = mean;
        }
        before += tied.len();
    }
    ranks
}

fn known(one: &[f64], other: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let pairs = one.iter().zip(other);
    pairs
        .filter(|(one, other)| !one.is_nan() && !other.is_nan())
        .unzip()
}

/// Returns values less their mean, at length 1; `None` if they do not vary.
#[must_use]
pub fn standardised(values: &[f64]) -> Option<Vec<f64>> {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let length = centred
        .iter()
        .map(|value| value * value)
        .sum::<f64>()
        .sqrt();
    // What is left of a constant is rounding.
    let is_rounding = length <= f64::EPSILON * mean.abs() * values.len() as f64;
    if is_rounding || !length.is_finite() || values.len() < 2 {
        return None;
    }
    Some(centred.into_iter().map(|value| value / length).collect())
}

/// Returns the sum of the products of two lists of one length.
#[must_use]
pub fn product(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    let product = product(&standardised(one)?, &standardised(other)?);
    Some(product.clamp(-1.0, 1.0))
}

/// How often each pair of codes of two variables came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossed {
    width: usize,
    counts: Vec<u64>,
}

impl Crossed {
    /// Counts pairs of codes; `height` and `width` are above every code of the first and the second variable. Pairs beyond are left out.
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (u16, u16)>, height: usize, width: usize) -> Self {
        let mut counts = vec![0; height * width];
        for (one, other) in pairs {
            let (one, other) = (usize::from(one), usize::from(other));
            if one < height && other < width {
                counts[one * width + other] += 1;
            }
        }
        Self { width, counts }
    }

    /// Returns how often a pair came.
    #[must_use]
    pub fn count(&self, one: usize, other: usize) -> u64 {
        let at = one * self.width + other;
        self.counts.get(at).copied().unwrap_or(0)
    }

    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn of_first(&self) -> Vec<u64> {
        let rows = self.counts.chunks(self.width.max(1));
        rows.map(|row| row.iter().sum()).collect()
    }

    fn of_second(&self) -> Vec<u64> {
        let mut sums = vec![0; self.width];
        for row in self.counts.chunks(self.width.max(1)) {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, count)| *sum += count);
        }
        sums
    }

    /// Returns Pearson's chi-squared statistic of independence with its degrees of freedom; codes that never came do not count.
    #[must_use]
    pub fn chi_squared(&self) -> (f64, usize) {
        let (first, second) = (self.of_first(), self.of_second());
        let total = self.total() as f64;
        let mut sum = 0.0;
        for (row, of_row) in self.counts.chunks(self.width.max(1)).zip(&first) {
            for (count, of_column) in row.iter().zip(&second) {
                let expected = *of_row as f64 * *of_column as f64 / total;
                if expected > 0.0 {
                    sum += (*count as f64 - expected).powi(2) / expected;
                }
            }
        }
        let freedom = |sums: &[u64]| {
            sums.iter()
                .filter(|sum| **sum > 0)
                .count()
                .saturating_sub(1)
        };
        (sum, freedom(&first) * freedom(&second))
    }

    /// Returns Cramer's V, from 0 (independent) to 1 (either says the other); `None` where either does not vary.
    ///
    /// # Source
    ///
    /// Cramer, "Mathematical Methods of Statistics", 1946, page 282.
    #[must_use]
    pub fn cramers_v(&self) -> Option<f64> {
        let came = |sums: &[u64]| sums.iter().filter(|sum| **sum > 0).count();
        let least = came(&self.of_first()).min(came(&self.of_second()));
        let scale = self.total() as f64 * least.saturating_sub(1) as f64;
        (scale > 0.0).then(|| (self.chi_squared().0 / scale).sqrt().min(1.0))
    }

    /// Returns the mutual information in nats, as counted: in small samples it is too high, see [`Crossed::corrected_information`].
    #[must_use]
    pub fn information(&self) -> f64 {
        let (first, second) = (self.of_first(), self.of_second());
        let total = self.total() as f64;
        let mut sum = 0.0;
        for (row, of_row) in self.counts.chunks(self.width.max(1)).zip(&first) {
            for (count, of_column) in row.iter().zip(&second) {
                if *count > 0 {
                    let count = *count as f64;
                    let ratio = count * total / (*of_row as f64 * *of_column as f64);
                    sum += count / total * ratio.ln();
                }
            }
        }
        sum.max(0.0)
    }

    /// Returns the mutual information in nats less what independent variables show by chance: the degrees of freedom over twice the
    /// events; never below 0.
    ///
    /// # Source
    ///
    /// Miller, "Note on the bias of information estimates", 1955, for each of the three entropies; cells that can come, not cells that
    /// came, are counted.
    #[must_use]
    pub fn corrected_information(&self) -> f64 {
        let (_, freedom) = self.chi_squared();
        let by_chance = freedom as f64 / (2.0 * self.total().max(1) as f64);
        (self.information() - by_chance).max(0.0)
    }

    /// Returns the corrected mutual information as a share of the second variable's entropy, from 0 to 1: how much of the second the first says;
    /// `None` where either does not vary.
    #[must_use]
    pub fn share_of_second(&self) -> Option<f64> {
        let (first, second) = (entropy(&self.of_first()), entropy(&self.of_second()));
        let varies = first > 0.0 && second > 0.0;
        varies.then(|| (self.corrected_information() / second).min(1.0))
    }
}

fn entropy(counts: &[u64]) -> f64 {
    let total = counts.iter().sum::<u64>() as f64;
    let came = counts.iter().filter(|count| **count > 0);
    came.map(|count| {
        let share = *count as f64 / total;
        -share * share.ln()
    })
    .sum()
}

/// Returns the probability that chance alone shows a chi-squared statistic as high; 1 without a degree of freedom.
#[must_use]
pub fn chi_squared_tail(statistic: f64, freedom: usize) -> f64 {
    if freedom == 0 || !statistic.is_finite() || statistic <= 0.0 {
        return 1.0;
    }
    gamma_ur(freedom as f64 / 2.0, statistic / 2.0)
}

/// Returns which of many probabilities under chance can be called discoveries, if at most `share` of what is called so may be false.
///
/// # Source
///
/// Benjamini and Hochberg, "Controlling the false discovery rate", 1995.
#[must_use]
pub fn discoveries(probabilities: &[f64], share: f64) -> Vec<bool> {
    let mut ordered: Vec<f64> = probabilities.to_vec();
    ordered.sort_unstable_by(f64::total_cmp);
    let count = ordered.len() as f64;
    let allowed = |place: usize| share * (place as f64 + 1.0) / count;
    let bound = ordered
        .iter()
        .enumerate()
        .rev()
        .find(|(place, probability)| **probability <= allowed(*place));
    let bound = bound.map_or(-1.0, |(_, probability)| *probability);
    probabilities.iter().map(|it| *it <= bound).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_does_not_vary_has_no_association() {
        assert_eq!(
            pearson(&[0.1; 9], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]),
            None
        );
        assert_eq!(spearman(&[1.0], &[2.0]), None);
        assert_eq!(pearson(&[], &[]), None);
        let crossed = Crossed::of([(0, 0), (0, 1)], 2, 2);
        assert_eq!(
            (crossed.cramers_v(), crossed.share_of_second()),
            (None, None)
        );
        assert!(chi_squared_tail(0.0, 0) >= 1.0);
    }

    #[test]
    fn equal_values_share_their_rank_and_missing_ones_have_none() {
        let ranks = ranks(&[2.0, f64::NAN, -0.0, 2.0, 0.0]);
        assert_eq!(ranks[..1], [3.5]);
        assert!(ranks[1].is_nan());
        assert_eq!(ranks[2..], [1.5, 3.5, 1.5]);
    }

    #[test]
    fn the_published_example_has_four_discoveries() {
        // Benjamini and Hochberg's own example, section 4.1.
        let probabilities = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0,
        ];
        let found = discoveries(&probabilities, 0.05);
        assert_eq!(found.iter().filter(|found| **found).count(), 4);
        assert!(discoveries(&[], 0.05).is_empty());
    }

    proptest! {
        #[test]
        fn association_is_the_same_both_ways_and_in_any_order(
            mut pairs in prop::collection::vec((0_u16..5, 0_u16..5), 2..60)
        ) {
            let crossed = |pairs: &[(u16, u16)]| Crossed::of(pairs.iter().copied(), 5, 5);
            let turned: Vec<(u16, u16)> = pairs.iter().map(|(one, other)| (*other, *one)).collect();
            let (there, back) = (crossed(&pairs), crossed(&turned));
            prop_assert!((there.information() - back.information()).abs() < 1e-12);
            prop_assert_eq!(there.cramers_v().is_some(), back.cramers_v().is_some());
            let (one, other): (Vec<f64>, Vec<f64>) =
                pairs.iter().map(|(one, other)| (f64::from(*one), f64::from(*other))).unzip();
            if let (Some(there), Some(back)) = (spearman(&one, &other), spearman(&other, &one)) {
                prop_assert!((there - back).abs() < 1e-12);
                prop_assert!((-1.0..=1.0).contains(&there));
            }
            pairs.reverse();
            prop_assert_eq!(crossed(&pairs), there);
        }
    }
}
