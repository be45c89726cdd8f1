//! Thresholds: where to review and where to block, from what mistakes cost and how many alerts
//! people can handle.
//!
//! For an event of probability `p`, allowing costs `p FN`, reviewing `R + v`, blocking `(1 - p)(FP + v)`,
//! where `v` is the worth of an alert: 0 while capacity suffices, else the smallest value at
//! which expected alerts fit. An alert is what a person has to deal with: a review, or a benign
//! event that was blocked and comes back as a complaint.

use ringtrue_core::CostSheet;
use ringtrue_core::metrics::interval::lower_bound;
use ringtrue_core::verdict::Thresholds;
use serde::{Deserialize, Serialize};

/// Thresholds with what was expected of them on the events that chose them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operating {
    /// The scores from which events are reviewed and blocked.
    pub thresholds: Thresholds,
    /// Alerts a day that the calibrated scores let expect.
    pub alerts_per_day: f64,
    /// What one more alert a day of capacity would be worth, in the sheet's currency.
    pub alert_worth: f64,
}

const HALVINGS: usize = 80;

/// Chooses the thresholds of least expected cost whose expected alerts fit the capacity.
///
/// `scores` are calibrated to the sheet's malicious share and belong to events that the model was
/// not trained on; each class is weighed to its share of the traffic. The benign events above a
/// threshold are expected from the scores, since a few thousand events hold no benign one where one
/// in 100,000 is allowed; but where the events themselves show more, with 95 % confidence, they are
/// believed.
#[must_use]
pub fn choose_thresholds(scores: &[f64], malicious: &[bool], sheet: &CostSheet) -> Operating {
    let traffic = Traffic::new(scores, malicious, sheet);
    let free = thresholds(sheet, 0.0);
    let alerts = traffic.alerts_per_day(free);
    if alerts <= sheet.alerts_per_day {
        return Operating {
            thresholds: free,
            alerts_per_day: alerts,
            alert_worth: 0.0,
        };
    }
    let (mut low, mut high) = (0.0, sheet.false_negative.max(1.0));
    while traffic.alerts_per_day(thresholds(sheet, high)) > sheet.alerts_per_day && high < 1e18 {
        (low, high) = (high, high * 16.0);
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if traffic.alerts_per_day(thresholds(sheet, middle)) > sheet.alerts_per_day {
            low = middle;
        } else {
            high = middle;
        }
    }
    let thresholds = thresholds(sheet, high);
    Operating {
        thresholds,
        alerts_per_day: traffic.alerts_per_day(thresholds),
        alert_worth: high,
    }
}

/// Returns the thresholds of least expected cost when an alert costs `worth` beside its price.
fn thresholds(sheet: &CostSheet, worth: f64) -> Thresholds {
    let review_price = sheet.review + worth;
    let block_price = sheet.false_positive + worth;
    let review = review_price / sheet.false_negative;
    let block_over_review = 1.0 - review_price / block_price;
    let block_over_allow = block_price / (block_price + sheet.false_negative);
    if review < block_over_review {
        Thresholds {
            review,
            block: block_over_review,
        }
    } else {
        Thresholds {
            review: block_over_allow,
            block: block_over_allow,
        }
    }
}

/// The traffic as the scored events stand for it.
struct Traffic {
    /// Scores, highest first.
    scores: Vec<f64>,
    /// Events a day at this score and above.
    events: Vec<f64>,
    /// Benign events a day at this score and above: as the scores let expect, or as many as the events
    /// surely show.
    benign: Vec<f64>,
}

impl Traffic {
    fn new(scores: &[f64], malicious: &[bool], sheet: &CostSheet) -> Self {
        let positives = malicious.iter().filter(|malicious| **malicious).count();
        let negatives = malicious.len() - positives;
        let per_event =
            |share: f64, count: usize| sheet.events_per_day * share / count.max(1) as f64;
        let weights = [
            per_event(1.0 - sheet.malicious_share, negatives),
            per_event(sheet.malicious_share, positives),
        ];
        let mut sorted: Vec<(f64, bool)> = scores
            .iter()
            .copied()
            .zip(malicious.iter().copied())
            .collect();
        sorted.sort_by(|left, right| right.0.total_cmp(&left.0));
        let mut traffic = Self {
            scores: Vec::new(),
            events: Vec::new(),
            benign: Vec::new(),
        };
        let mut surely = Surely::new(negatives as u64);
        let (mut events, mut benign) = (0.0, 0.0);
        for (score, malicious) in sorted {
            let weight = weights[usize::from(malicious)];
            events += weight;
            benign += weight * (1.0 - score);
            let shown =
                sheet.events_per_day * (1.0 - sheet.malicious_share) * surely.next(!malicious);
            traffic.scores.push(score);
            traffic.events.push(events);
            traffic.benign.push(benign.max(shown).min(events));
        }
        traffic
    }

    fn alerts_per_day(&self, thresholds: Thresholds) -> f64 {
        let above = |threshold: f64| self.scores.partition_point(|score| *score >= threshold);
        let at = |sums: &[f64], count: usize| count.checked_sub(1).map_or(0.0, |last| sums[last]);
        let blocked = above(thresholds.block);
        let flagged = above(thresholds.review).max(blocked);
        at(&self.events, flagged) - at(&self.events, blocked) + at(&self.benign, blocked)
    }
}

/// The false-positive rate that benign events, taken from the highest score down, surely show: the
/// lower end of a one-sided 95 % interval.
struct Surely {
    benign: u64,
    seen: u64,
    rate: f64,
}

impl Surely {
    const fn new(benign: u64) -> Self {
        Self {
            benign,
            seen: 0,
            rate: 0.0,
        }
    }

    fn next(&mut self, is_benign: bool) -> f64 {
        /// Events beyond which the bound lies so close to the rate that it need not be computed.
        const COUNTED: u64 = 400;
        if is_benign {
            self.seen += 1;
            self.rate = if self.seen <= COUNTED {
                lower_bound(self.seen, self.benign, 0.95)
            } else {
                let seen = self.seen as f64;
                (seen - 1.645 * seen.sqrt()) / self.benign.max(1) as f64
            };
        }
        self.rate
    }
}

/// Returns the lowest threshold that at most a share `rate` of these benign scores reaches, `None`
/// if there are too few of them to tell (`rate` times their number is below 1).
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small count"
)]
pub fn nominal_threshold(benign_scores: &[f64], rate: f64) -> Option<f64> {
    let allowed = (rate * benign_scores.len() as f64 + 1e-9).floor() as usize;
    if allowed == 0 {
        return None;
    }
    let mut sorted = benign_scores.to_vec();
    sorted.sort_by(|left, right| right.total_cmp(left));
    sorted.get(allowed).map(|score| score.next_up())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> CostSheet {
        CostSheet {
            events_per_day: 1_000.0,
            malicious_share: 0.1,
            ..CostSheet::default()
        }
    }

    /// 900 benign and 100 malicious events whose scores are right on average.
    fn sample() -> (Vec<f64>, Vec<bool>) {
        let benign = (0..900).map(|n| (f64::from(n) / 1_800.0, false));
        let malicious = (0..100).map(|n| (0.5 + f64::from(n) / 200.0, true));
        benign.chain(malicious).unzip()
    }

    #[test]
    fn without_a_limit_costs_alone_decide() {
        let (scores, malicious) = sample();
        let sheet = CostSheet {
            alerts_per_day: 1e9,
            ..sheet()
        };
        let operating = choose_thresholds(&scores, &malicious, &sheet);
        // Review from R / FN, block from 1 - R / FP.
        assert!((operating.thresholds.review - 0.005).abs() < 1e-12);
        assert!((operating.thresholds.block - 0.5).abs() < 1e-12);
    }

    #[test]
    fn alerts_fit_the_capacity_and_nearly_fill_it() {
        let (scores, malicious) = sample();
        for capacity in [1.0, 10.0, 40.0, 200.0] {
            let sheet = CostSheet {
                alerts_per_day: capacity,
                ..sheet()
            };
            let operating = choose_thresholds(&scores, &malicious, &sheet);
            assert!(operating.alerts_per_day <= capacity, "{operating:?}");
            assert!(operating.alerts_per_day > capacity - 2.5, "{operating:?}");
            assert!(operating.thresholds.review <= operating.thresholds.block);
        }
    }

    #[test]
    fn benign_events_that_are_there_are_believed() {
        // 50 benign events score as high as the malicious ones: wrong labels, perhaps.
        let (mut scores, mut malicious) = sample();
        for (score, malicious) in scores.iter_mut().zip(&mut malicious).take(50) {
            (*score, *malicious) = (0.999_999, false);
        }
        let sheet = CostSheet {
            alerts_per_day: 10.0,
            ..sheet()
        };
        let operating = choose_thresholds(&scores, &malicious, &sheet);
        assert!(operating.thresholds.block > 0.999_999, "{operating:?}");
    }

    #[test]
    fn dear_reviews_leave_two_actions() {
        let (scores, malicious) = sample();
        let sheet = CostSheet {
            review: 50.0,
            alerts_per_day: 1e9,
            ..sheet()
        };
        let thresholds = choose_thresholds(&scores, &malicious, &sheet).thresholds;
        assert!((thresholds.review - thresholds.block).abs() < 1e-12);
        assert!((thresholds.block - 10.0 / 1_010.0).abs() < 1e-12);
    }

    #[test]
    fn nominal_rate_holds_on_its_own_events() {
        let scores: Vec<f64> = (0..1_000).map(|n| f64::from(n % 500) / 500.0).collect();
        let threshold = nominal_threshold(&scores, 0.01).unwrap();
        assert!(scores.iter().filter(|score| **score >= threshold).count() <= 10);
        assert_eq!(nominal_threshold(&scores[..50], 0.01), None);
    }
}
