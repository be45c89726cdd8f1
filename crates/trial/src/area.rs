//! The area under the ROC curve with an interval that holds near 1 too.
//!
//! The area is the mean of the events' placements: the share of the other class that an event stands on the
//! right side of. Their spread tells how sure the mean is, unless hardly an event is on the wrong side: then
//! the spread is unknown, and the interval is that of so many events that were ranked right or wrong.

use ringtrue_core::metrics::interval::{CONFIDENCE, WIDTH_MAX};
use ringtrue_core::metrics::{Ranking, Rate, Unsupported, effective_interval};

/// Events of the smaller class on the wrong side, by weight, at which their spread counts twice.
const WRONG_EVENTS: f64 = 5.0;

/// Returns the area under the ROC curve of a ranking, which is `area`, with its 95 % interval.
///
/// The interval is that of a share of as many events as have the area's variance. They are at most the events
/// of the smaller class, and so many times more as [`WRONG_EVENTS`] of them are on the wrong side.
///
/// # Errors
///
/// [`Unsupported::WideInterval`] if the interval is wider than a rate's may be.
///
/// # Source
///
/// The variance: `DeLong`, `DeLong` and Clarke-Pearson, "Comparing the areas under two or more correlated
/// receiver operating characteristic curves", Biometrics 44, 1988. The limit near 1 is ours.
pub(crate) fn area_interval(ranking: &Ranking, area: f64) -> Result<Rate, Unsupported> {
    let smaller = ranking.benign().min(ranking.malicious()) as f64;
    let wrong = smaller * area.min(1.0 - area).max(0.0);
    let most = smaller * (1.0 + wrong / WRONG_EVENTS);
    let alike = area * (1.0 - area) / variance(ranking, area);
    // Without a spread the quotient is no number, and the limit holds.
    let events = if alike < most { alike } else { most };
    let (low, high) = effective_interval(area, events, CONFIDENCE);
    if high - low > WIDTH_MAX {
        return Err(Unsupported::WideInterval { low, high });
    }
    Ok(Rate {
        value: area,
        low,
        high,
    })
}

/// Returns the variance of the area.
fn variance(ranking: &Ranking, area: f64) -> f64 {
    let (benign, malicious) = (ranking.benign() as f64, ranking.malicious() as f64);
    let (mut of_malicious, mut of_benign) = (0.0, 0.0);
    let mut above = (0_u64, 0_u64);
    for step in ranking.steps() {
        let ties = (
            (step.false_positives - above.0) as f64,
            (step.true_positives - above.1) as f64,
        );
        let below = (benign - step.false_positives as f64 + 0.5 * ties.0) / benign;
        let over = (above.1 as f64 + 0.5 * ties.1) / malicious;
        of_malicious += ties.1 * (below - area).powi(2);
        of_benign += ties.0 * (over - area).powi(2);
        above = (step.false_positives, step.true_positives);
    }
    of_malicious / (malicious * (malicious - 1.0).max(1.0))
        + of_benign / (benign * (benign - 1.0).max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringtrue_core::random::Random;

    fn interval(scores: &[f64], malicious: &[bool]) -> Result<Rate, Unsupported> {
        let ranking = Ranking::new(scores, malicious).unwrap();
        let area = ranking.roc_auc().unwrap();
        area_interval(&ranking, area)
    }

    /// Normal scores of a class each, `distance` apart.
    fn sample(random: &mut Random, counts: [usize; 2], distance: f64) -> (Vec<f64>, Vec<bool>) {
        let mut normal = |mean: f64| mean + (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        let benign: Vec<(f64, bool)> = (0..counts[0]).map(|_| (normal(0.0), false)).collect();
        let malicious = (0..counts[1]).map(|_| (normal(distance), true));
        benign
            .into_iter()
            .chain(malicious.collect::<Vec<_>>())
            .unzip()
    }

    #[test]
    fn a_perfect_ranking_is_as_sure_as_its_smaller_class() {
        let scores: Vec<f64> = (0..100).map(f64::from).collect();
        let malicious: Vec<bool> = (0..100).map(|n| n >= 50).collect();
        let rate = interval(&scores, &malicious).unwrap();
        // Nothing wrong in 50: 0.025^(1 / 50).
        assert!((rate.low - 0.025_f64.powf(0.02)).abs() < 1e-9, "{rate:?}");
        assert!(rate.value >= 1.0 && rate.high >= 1.0, "{rate:?}");
        let ten: Vec<bool> = (0..100).map(|n| n >= 90).collect();
        let told = interval(&scores, &ten).unwrap_err().to_string();
        assert!(told.contains("wider than 0.3"), "{told}");
    }

    #[test]
    fn an_area_near_one_of_a_few_malicious_events_has_an_interval_to_believe() {
        // 24 malicious events among 6,000; one of them stands below 5 % of the benign ones.
        let scores: Vec<f64> = (0..6_000).map(f64::from).collect();
        let is_malicious = |n: usize| n == 5_700 || n > 5_976;
        let malicious: Vec<bool> = (0..6_000).map(is_malicious).collect();
        let rate = interval(&scores, &malicious).unwrap();
        assert!(rate.value > 0.997 && rate.low < 0.95, "{rate:?}");
        assert!(rate.low > 0.8 && rate.high <= 1.0, "{rate:?}");
    }

    #[test]
    fn more_right_is_never_less_sure() {
        // One malicious event of 50 at a time falls to the bottom.
        let mut last = 2.0;
        for fallen in 0..8 {
            let scores: Vec<f64> = (0..1_050).map(f64::from).collect();
            let malicious: Vec<bool> = (0..1_050)
                .map(|n| n < fallen || n >= 1_000 + fallen)
                .collect();
            let rate = interval(&scores, &malicious).unwrap();
            assert!(rate.low < last, "{fallen}: {rate:?}");
            assert!(rate.low <= rate.value && rate.value <= rate.high);
            last = rate.low;
        }
    }

    #[test]
    fn intervals_hold_the_true_area() {
        // Normal scores 1.5 apart have the area Phi(1.5 / sqrt 2).
        let (mut random, truth) = (Random::new(11), 0.855_578);
        let mut held = 0;
        for _ in 0..300 {
            let (scores, malicious) = sample(&mut random, [200, 60], 1.5);
            let rate = interval(&scores, &malicious).unwrap();
            held += u32::from(rate.low <= truth && truth <= rate.high);
            assert!(rate.high - rate.low < 0.16, "{rate:?}");
        }
        assert!((279..=299).contains(&held), "{held}");
    }
}
