//! Is one detector better than another, or is it luck? The difference of any figure on the same rows, with
//! an interval from resampled rows or whole groups of them.
//!
//! ```text
//!   rows (or groups) ──drawn with replacement──► how often each row counts ──► both figures ──► difference
//! ```
//!
//! Each resample has a random sequence of its own, started from the seed and the resample's number, so that
//! the number of threads is without influence.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::metrics::error::{MetricError, same_length};
use crate::metrics::ranking::{Ranking, Tie};
use crate::random::{Random, mix};

/// The part of resamples that must have the figure.
const USED_SHARE_MIN: f64 = 0.9;

/// Two detectors' scores of the same rows.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// Scores of the first.
    pub first: &'a [f64],
    /// Scores of the second.
    pub second: &'a [f64],
    /// Whether each row is malicious.
    pub malicious: &'a [bool],
    /// The group of each row; rows of a group are drawn together. Rows are drawn alone without.
    pub groups: Option<&'a [u32]>,
}

/// A figure of the second less that of the first, with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The difference on the rows themselves.
    pub value: f64,
    /// The interval's lower end: the 2.5th percentile of the resampled differences.
    pub low: f64,
    /// The interval's upper end: the 97.5th percentile.
    pub high: f64,
    /// Resamples on which the interval rests.
    pub resamples_used: u32,
}

/// Returns how a figure of rankings differs between two detectors: positive if the second's is higher.
///
/// Rows are sorted once; a resample costs time linear in the rows. `statistic` may be any figure of a
/// [`Ranking`], and `None` where it has none.
///
/// # Errors
///
/// [`MetricError::Lengths`] and [`MetricError::NotANumber`] from the scores, and
/// [`MetricError::Resamples`] if the rows themselves or more than a tenth of resamples have no figure.
///
/// # Source
///
/// Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3 (percentile
/// interval), with both figures taken on the same resample.
pub fn paired_bootstrap<S>(
    resamples: u32,
    seed: u64,
    pair: &Pair<'_>,
    statistic: S,
) -> Result<Difference, MetricError>
where
    S: Fn(&Ranking) -> Option<f64> + Sync,
{
    let first = Resampled::new(pair.first, pair.malicious)?;
    let second = Resampled::new(pair.second, pair.malicious)?;
    same_length("scores", pair.second.len(), pair.first.len())?;
    let difference = |counts: &[u32]| {
        let second = statistic(&second.ranking(counts, pair.malicious))?;
        Some(second - statistic(&first.ranking(counts, pair.malicious))?)
    };
    let units = Units::new(pair.first.len(), pair.groups)?;
    interval(resamples, seed, &units, difference)
}

/// Returns a figure of one detector's ranking with its interval; rows of a group are drawn together.
///
/// # Errors
///
/// Those of [`paired_bootstrap`].
pub fn ranking_bootstrap<S>(
    resamples: u32,
    seed: u64,
    (scores, malicious): (&[f64], &[bool]),
    groups: Option<&[u32]>,
    statistic: S,
) -> Result<Difference, MetricError>
where
    S: Fn(&Ranking) -> Option<f64> + Sync,
{
    let sorted = Resampled::new(scores, malicious)?;
    let units = Units::new(scores.len(), groups)?;
    interval(resamples, seed, &units, |counts| {
        statistic(&sorted.ranking(counts, malicious))
    })
}

/// Returns a statistic of `rows` rows with its interval. `statistic` is told how often each row counts: 1
/// each for the value, and as drawn for each resample. Rows of a group are drawn together.
///
/// # Errors
///
/// [`MetricError::Lengths`] if there is not one group for each row, and [`MetricError::Resamples`]
/// as in [`paired_bootstrap`].
pub fn bootstrap<S>(
    resamples: u32,
    seed: u64,
    rows: usize,
    groups: Option<&[u32]>,
    statistic: S,
) -> Result<Difference, MetricError>
where
    S: Fn(&[u32]) -> Option<f64> + Sync,
{
    interval(resamples, seed, &Units::new(rows, groups)?, statistic)
}

/// Returns several statistics of the same resamples of `rows` rows, each with its interval: what [`bootstrap`] does for one.
///
/// # Errors
///
/// Those of [`bootstrap`].
pub fn bootstrap_each<const COUNT: usize, S>(
    resamples: u32,
    seed: u64,
    rows: usize,
    groups: Option<&[u32]>,
    statistics: S,
) -> Result<[Difference; COUNT], MetricError>
where
    S: Fn(&[u32]) -> Option<[f64; COUNT]> + Sync,
{
    intervals(resamples, seed, &Units::new(rows, groups)?, statistics)
}

fn interval<S>(
    resamples: u32,
    seed: u64,
    units: &Units,
    statistic: S,
) -> Result<Difference, MetricError>
where
    S: Fn(&[u32]) -> Option<f64> + Sync,
{
    let single = |counts: &[u32]| statistic(counts).map(|value| [value]);
    intervals(resamples, seed, units, single).map(|[difference]| difference)
}

fn intervals<const COUNT: usize, S>(
    resamples: u32,
    seed: u64,
    units: &Units,
    statistics: S,
) -> Result<[Difference; COUNT], MetricError>
where
    S: Fn(&[u32]) -> Option<[f64; COUNT]> + Sync,
{
    let none = MetricError::Resamples { used: 0, resamples };
    let values = statistics(&vec![1; units.rows.len()]).ok_or(none)?;
    let drawn: Vec<[f64; COUNT]> = (0..resamples)
        .into_par_iter()
        .filter_map(|number| statistics(&units.draw(seed, number)))
        .filter(|values| values.iter().all(|value| !value.is_nan()))
        .collect();
    let mut found = values.map(|value| Difference {
        value,
        low: value,
        high: value,
        resamples_used: 0,
    });
    for (place, found) in found.iter_mut().enumerate() {
        let of_this = drawn.iter().filter_map(|values| values.get(place).copied());
        *found = within(found.value, of_this.collect(), resamples)?;
    }
    Ok(found)
}

/// Returns a value with the interval of what was drawn for it.
fn within(value: f64, mut drawn: Vec<f64>, resamples: u32) -> Result<Difference, MetricError> {
    let used = u32::try_from(drawn.len()).unwrap_or(resamples);
    if used == 0 || f64::from(used) < USED_SHARE_MIN * f64::from(resamples) {
        return Err(MetricError::Resamples { used, resamples });
    }
    drawn.sort_unstable_by(f64::total_cmp);
    Ok(Difference {
        value,
        low: percentile(&drawn, 0.025),
        high: percentile(&drawn, 0.975),
        resamples_used: used,
    })
}

/// Returns a percentile of sorted values, between two of them by their distance; NaN without values.
fn percentile(sorted: &[f64], part: f64) -> f64 {
    let position = part * sorted.len().saturating_sub(1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the position lies between 0 and the length"
    )]
    let below = position as usize;
    let at = |index: usize| sorted.get(index).copied();
    let low = at(below).unwrap_or(f64::NAN);
    let high = at(below + 1).unwrap_or(low);
    low + (high - low) * (position - below as f64)
}

/// What is drawn: single rows, or groups of them.
struct Units {
    /// Rows, those of a group side by side.
    rows: Vec<usize>,
    /// Where in `rows` each group starts, and where the last ends; `None` if rows are drawn alone.
    starts: Option<Vec<usize>>,
}

impl Units {
    fn new(count: usize, groups: Option<&[u32]>) -> Result<Self, MetricError> {
        let mut rows: Vec<usize> = (0..count).collect();
        let Some(groups) = groups else {
            return Ok(Self { rows, starts: None });
        };
        same_length("groups", groups.len(), count)?;
        rows.sort_by_key(|&row| groups.get(row));
        let mut starts: Vec<usize> = Vec::new();
        let mut last = None;
        for (place, &row) in rows.iter().enumerate() {
            let group = groups.get(row);
            if group != last {
                starts.push(place);
                last = group;
            }
        }
        starts.push(count);
        Ok(Self {
            rows,
            starts: Some(starts),
        })
    }

    /// Draws as many units as there are, with replacement, and returns how often each row came.
    fn draw(&self, seed: u64, number: u32) -> Vec<u32> {
        let mut random = Random::new(mix(seed).wrapping_add(mix(u64::from(number) + 1)));
        let mut counts = vec![0_u32; self.rows.len()];
        let units = match &self.starts {
            Some(starts) => starts.len().saturating_sub(1),
            None => self.rows.len(),
        };
        for _ in 0..units {
            let unit = usize::try_from(random.below(units as u64)).unwrap_or(0);
            let range = match &self.starts {
                Some(starts) => start(starts, unit)..start(starts, unit + 1),
                None => unit..unit + 1,
            };
            for &row in self.rows.get(range).unwrap_or_default() {
                if let Some(count) = counts.get_mut(row) {
                    *count += 1;
                }
            }
        }
        counts
    }
}

fn start(starts: &[usize], unit: usize) -> usize {
    starts.get(unit).copied().unwrap_or(0)
}

/// Scores sorted once, from which the ranking of any resample follows without sorting.
struct Resampled {
    /// The distinct scores, highest first.
    scores: Vec<f64>,
    /// The place of each row's score among them.
    place_of_row: Vec<usize>,
}

impl Resampled {
    fn new(scores: &[f64], malicious: &[bool]) -> Result<Self, MetricError> {
        let ranking = Ranking::new(scores, malicious)?;
        let distinct: Vec<f64> = ranking.steps().iter().map(|step| step.score).collect();
        let place = |score: &f64| distinct.partition_point(|other| other > score);
        let place_of_row = scores.iter().map(place).collect();
        Ok(Self {
            scores: distinct,
            place_of_row,
        })
    }

    fn ranking(&self, counts: &[u32], malicious: &[bool]) -> Ranking {
        let empty = |&score: &f64| Tie {
            score,
            benign: 0,
            malicious: 0,
        };
        let mut ties: Vec<Tie> = self.scores.iter().map(empty).collect();
        for ((&place, &count), &is_malicious) in self.place_of_row.iter().zip(counts).zip(malicious)
        {
            if let Some(tie) = ties.get_mut(place) {
                let class = if is_malicious {
                    &mut tie.malicious
                } else {
                    &mut tie.benign
                };
                *class += u64::from(count);
            }
        }
        Ranking::from_sorted(ties)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels, scores of a weak detector and of a better one, and groups of five rows.
    fn detectors(rows: u32) -> (Vec<bool>, Vec<f64>, Vec<f64>, Vec<u32>) {
        let mut random = Random::new(3);
        let mut noisy = |malicious: bool, signal: f64| {
            signal * f64::from(u8::from(malicious)) + random.unit() + random.unit()
        };
        let malicious: Vec<bool> = (0..rows).map(|row| row % 4 == 0).collect();
        let weak = malicious.iter().map(|&label| noisy(label, 0.2)).collect();
        let strong = malicious.iter().map(|&label| noisy(label, 0.9)).collect();
        (
            malicious,
            weak,
            strong,
            (0..rows).map(|row| row / 5).collect(),
        )
    }

    #[test]
    fn a_better_detector_is_told_from_luck() {
        let (malicious, weak, strong, _) = detectors(800);
        let pair = |first, second| Pair {
            first,
            second,
            malicious: &malicious,
            groups: None,
        };
        let better = paired_bootstrap(500, 1, &pair(&weak, &strong), Ranking::roc_auc).expect("ok");
        assert!(better.low > 0.0 && better.low < better.value && better.value < better.high);
        let same = paired_bootstrap(500, 1, &pair(&weak, &weak), Ranking::roc_auc).expect("ok");
        assert!(same.value.abs() < 1e-15 && same.low.abs() < 1e-15 && same.high.abs() < 1e-15);
    }

    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        // The mean of 400 coin flips: standard error 0.025, so 95 % lies within 0.049 on each side.
        let mean = |counts: &[u32]| {
            let heads: u32 = counts.iter().step_by(2).sum();
            let all: u32 = counts.iter().sum();
            Some(f64::from(heads) / f64::from(all))
        };
        let alone = bootstrap(4_000, 9, 400, None, mean).expect("ok");
        let width = alone.high - alone.low;
        assert!((width - 0.098).abs() < 0.006, "{width}");
        // Drawn in 40 groups of ten equal flips, the error is sqrt(10) times as large.
        let heads = |counts: &[u32]| {
            let of = |parity: usize| -> u32 {
                let inside = counts.iter().enumerate();
                inside
                    .filter(|(row, _)| (row / 10) % 2 == parity)
                    .map(|(_, &count)| count)
                    .sum()
            };
            Some(f64::from(of(0)) / f64::from(of(0) + of(1)))
        };
        let groups: Vec<u32> = (0..400).map(|row| row / 10).collect();
        let grouped = bootstrap(4_000, 9, 400, Some(&groups), heads).expect("ok");
        let width = grouped.high - grouped.low;
        assert!((width - 0.31).abs() < 0.02, "{width}");
    }

    #[test]
    fn threads_are_without_influence_and_seeds_are_not() {
        let (malicious, weak, strong, groups) = detectors(200);
        let pair = Pair {
            first: &weak,
            second: &strong,
            malicious: &malicious,
            groups: Some(&groups),
        };
        let run = |threads: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let precision = |ranking: &Ranking| ranking.average_precision(Some(0.01));
            pool.expect("a pool")
                .install(|| paired_bootstrap(200, seed, &pair, precision))
                .expect("ok")
        };
        assert_eq!(run(1, 5), run(4, 5));
        assert_ne!(run(1, 5), run(1, 6));
    }

    #[test]
    fn a_resample_is_the_ranking_of_its_rows() {
        let (malicious, weak, _, _) = detectors(50);
        let counts: Vec<u32> = (0..50).map(|row| row % 3).collect();
        let repeated = |row: usize| std::iter::repeat_n(row, counts[row] as usize);
        let rows: Vec<usize> = (0..50).flat_map(repeated).collect();
        let scores: Vec<f64> = rows.iter().map(|&row| weak[row]).collect();
        let labels: Vec<bool> = rows.iter().map(|&row| malicious[row]).collect();
        let direct = Ranking::new(&scores, &labels).expect("scores are numbers");
        let resampled = Resampled::new(&weak, &malicious).expect("scores are numbers");
        assert_eq!(resampled.ranking(&counts, &malicious), direct);
    }

    #[test]
    fn a_class_that_most_resamples_miss_gives_no_interval() {
        let malicious: Vec<bool> = (0..50).map(|row| row == 0).collect();
        let scores: Vec<f64> = (0..50).map(f64::from).collect();
        let pair = Pair {
            first: &scores,
            second: &scores,
            malicious: &malicious,
            groups: None,
        };
        let refused = paired_bootstrap(100, 1, &pair, Ranking::roc_auc);
        assert!(matches!(
            refused,
            Err(MetricError::Resamples { resamples: 100, .. })
        ));
        let short = Pair {
            second: &scores[1..],
            ..pair
        };
        let refused = paired_bootstrap(10, 1, &short, Ranking::roc_auc);
        assert!(matches!(refused, Err(MetricError::Lengths { .. })));
        let none = Pair {
            first: &[],
            second: &[],
            malicious: &[],
            groups: None,
        };
        assert!(paired_bootstrap(10, 1, &none, Ranking::roc_auc).is_err());
    }
}
