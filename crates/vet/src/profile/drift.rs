//! Drift: does a column look different later? How far apart two parts are, less what chance alone explains.
//!
//! A large number of events makes any difference certain, never large: what counts is the distance.

use serde::Serialize;

use super::column::Stratum;

/// A distance beyond chance from which a column counts as moved. A yes-or-no column that goes from 50 % to 61 %, or from 1 % to 3.7 %, is this far
/// apart.
const MOVED_MIN: f64 = 0.08;
/// Events of a part without which nothing is told.
const EVENTS_MIN: u64 = 10;
/// Bins of numbers, about equally full.
const BINS: usize = 10;
/// Normal quantile beyond which chance goes once in 5,000 looks: many columns are looked at.
const CHANCE_QUANTILE: f64 = 3.5;
/// Standard error of a share that a sketch of quantiles tells.
const SKETCH_ERROR: f64 = 0.005;

/// Whether a column looks different later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    /// It does not, or no more than chance explains.
    Steady,
    /// It does.
    Moved,
    /// There are too few events in one of the parts.
    CannotTell,
}

/// How far the later part of a column is from the earlier.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// The Jensen-Shannon distance of the two distributions, missing values being a value: 0 if they are the same, 1 if no value is common.
    pub distance: f64,
    /// The distance that chance goes beyond once in 5,000 looks, where nothing has moved.
    pub chance: f64,
    /// What is left of the distance beyond chance.
    pub beyond_chance: f64,
    /// What that comes to.
    pub verdict: Moved,
}

/// A part of a column and the events that it is of.
#[derive(Clone, Debug, Default)]
pub(super) struct PartOf {
    pub(super) stratum: Stratum,
    pub(super) events: u64,
}

/// Compares two parts of a column.
///
/// # Source
///
/// Lin, "Divergence measures based on the Shannon entropy", IEEE Transactions on Information Theory 37(1), 1991. Where nothing has moved, eight times
/// the divergence over `1/n + 1/m` is about chi-squared with one degree of freedom less than there are values (a Taylor series to the second
/// order); its quantile is that of Wilson and Hilferty, 1931.
pub(super) fn between(earlier: &PartOf, later: &PartOf) -> Drift {
    let (left, right) = shares(earlier, later);
    let divergence = divergence(&left, &right);
    let values = left
        .iter()
        .zip(&right)
        .filter(|(left, right)| **left + **right > 0.0)
        .count();
    let events = 1.0 / (earlier.events.max(1) as f64) + 1.0 / (later.events.max(1) as f64);
    let by_chance = chi_squared(values.saturating_sub(1) as f64) * events / 8.0;
    let has_numbers = earlier.stratum.moments.count + later.stratum.moments.count > 0;
    // Two shares, each told with an error, of bins that hold a tenth each.
    let by_sketch = if has_numbers {
        BINS as f64 * 2.0 * SKETCH_ERROR * SKETCH_ERROR * BINS as f64 / 8.0
    } else {
        0.0
    };
    let chance = (by_chance + by_sketch) / std::f64::consts::LN_2;
    let beyond_chance = (divergence - chance).max(0.0).sqrt();
    Drift {
        distance: divergence.max(0.0).sqrt(),
        chance: chance.sqrt().min(1.0),
        beyond_chance,
        verdict: if earlier.events.min(later.events) < EVENTS_MIN {
            Moved::CannotTell
        } else if beyond_chance >= MOVED_MIN {
            Moved::Moved
        } else {
            Moved::Steady
        },
    }
}

/// Returns the shares of values in both parts: missing, words by bucket, numbers by bin.
fn shares(earlier: &PartOf, later: &PartOf) -> (Vec<f64>, Vec<f64>) {
    let mut numbers = earlier.stratum.quantiles.clone();
    numbers.merge(&later.stratum.quantiles);
    let sorted = numbers.sorted();
    let mut edges: Vec<f64> = (1..BINS)
        .filter_map(|bin| sorted.quantile(bin as f64 / BINS as f64))
        .collect();
    edges.dedup_by(|left, right| left.total_cmp(right).is_eq());
    (shares_of(earlier, &edges), shares_of(later, &edges))
}

fn shares_of(part: &PartOf, edges: &[f64]) -> Vec<f64> {
    let PartOf { stratum, events } = part;
    let all = (*events).max(1) as f64;
    let mut shares = vec![events.saturating_sub(stratum.present) as f64 / all];
    shares.extend((0..super::column::BUCKETS).map(|bucket| {
        stratum
            .buckets
            .get(bucket)
            .map_or(0.0, |count| *count as f64 / all)
    }));
    let sorted = stratum.quantiles.sorted();
    let numbers = stratum.moments.count as f64 / all;
    let mut below = 0.0;
    for edge in edges {
        let up_to = sorted.share_up_to(*edge);
        shares.push((up_to - below).max(0.0) * numbers);
        below = up_to;
    }
    shares.push((1.0 - below) * numbers);
    shares
}

/// Returns the Jensen-Shannon divergence in bits.
fn divergence(left: &[f64], right: &[f64]) -> f64 {
    let towards = |share: f64, middle: f64| {
        if share > 0.0 {
            share * (share / middle).log2()
        } else {
            0.0
        }
    };
    let terms = left.iter().zip(right).map(|(left, right)| {
        let middle = f64::midpoint(*left, *right);
        0.5 * (towards(*left, middle) + towards(*right, middle))
    });
    terms.sum()
}

/// Returns the quantile of chi-squared that chance goes beyond once in 5,000 looks.
fn chi_squared(freedom: f64) -> f64 {
    if freedom <= 0.0 {
        return 0.0;
    }
    let spread = 2.0 / (9.0 * freedom);
    freedom * (1.0 - spread + CHANCE_QUANTILE * spread.sqrt()).powi(3)
}
