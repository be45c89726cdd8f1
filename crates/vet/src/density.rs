//! Density: in which stretch of time a class is collected far more densely than outside it.

/// A stretch of months in which far more was collected than before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dense {
    /// Its first month, by place.
    pub(crate) first: usize,
    /// Its last month, by place.
    pub(crate) last: usize,
    /// Events in it.
    pub(crate) inside: u64,
    /// Events outside it.
    pub(crate) outside: u64,
    /// Events of its middling month.
    pub(crate) inside_median: u64,
    /// Events of the middling month outside it.
    pub(crate) outside_median: u64,
}

/// Months that are looked at, at most: the scan is quadratic in them. 100 years.
const MONTHS_MAX: usize = 1_200;

/// Returns the stretch of consecutive months whose count departs most from what its length would give; `None` without two months or
/// with more than a century of them.
///
/// # Source
///
/// Kulldorff, "A spatial scan statistic", Communications in Statistics 26, 1997, in one dimension.
pub(crate) fn densest(months: &[u64]) -> Option<Dense> {
    if months.len() < 2 || months.len() > MONTHS_MAX {
        return None;
    }
    let all: u64 = months.iter().sum();
    let mut best: Option<(f64, usize, usize, u64)> = None;
    for first in 0..months.len() {
        let mut inside = 0;
        for (last, count) in months.iter().enumerate().skip(first) {
            inside += count;
            let share = (last + 1 - first) as f64 / months.len() as f64;
            let excess = log_likelihood_ratio(inside, all, share);
            if excess > best.map_or(0.0, |(excess, ..)| excess) {
                best = Some((excess, first, last, inside));
            }
        }
    }
    let (_, first, last, inside) = best?;
    let within = months.get(first..=last)?;
    let outside = [months.get(..first)?, months.get(last + 1..)?].concat();
    Some(Dense {
        first,
        last,
        inside,
        outside: all - inside,
        inside_median: median(within.to_vec()),
        outside_median: median(outside),
    })
}

/// Returns how much more probable the counts are if the stretch has a rate of its own; 0 if it holds no more than its part.
fn log_likelihood_ratio(inside: u64, all: u64, share: f64) -> f64 {
    let (inside, all) = (inside as f64, all as f64);
    let expected = all * share;
    if inside <= expected || share >= 1.0 {
        return 0.0;
    }
    let outside = all - inside;
    let part = |count: f64, expected: f64| {
        if count > 0.0 {
            count * (count / expected).ln()
        } else {
            0.0
        }
    };
    part(inside, expected) + part(outside, all - expected)
}

fn median(mut counts: Vec<u64>) -> u64 {
    counts.sort_unstable();
    counts.get(counts.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dense_year_among_sparse_ones_is_found() {
        let mut months = vec![90_u64; 60];
        months[20..33].fill(9_000);
        let dense = densest(&months).unwrap();
        assert_eq!((dense.first, dense.last), (20, 32));
        assert_eq!((dense.inside, dense.outside), (13 * 9_000, 47 * 90));
        assert_eq!((dense.inside_median, dense.outside_median), (9_000, 90));
    }

    #[test]
    fn even_months_have_no_stretch_worth_naming() {
        assert_eq!(densest(&[100; 24]), None);
        assert_eq!(densest(&[7]), None);
        assert_eq!(densest(&[]), None);
        let dense = densest(&[100, 110, 105, 95, 98]).unwrap();
        assert!(dense.inside_median < 2 * dense.outside_median);
    }
}
