//! What a detector's mistakes and alerts cost at given thresholds, in the traffic's mix of classes.
//!
//! | action | benign event | malicious event | unsure event |
//! |---|---|---|---|
//! | allow | nothing | `false_negative` | `review`, set apart |
//! | review | `review` | `review` | `review`, set apart |
//! | block | `false_positive` | nothing | `review`, set apart |
//!
//! A reviewed event costs the review and nothing else: it is assumed that the reviewer decides rightly.
//! Unsure events have no class, so they are in no figure but their own.

use serde::{Deserialize, Serialize};

use crate::cost::{CostSheet, Prices};
use crate::label::Label;
use crate::metrics::error::{MetricError, both_classes, same_length};
use crate::verdict::{Action, Score, Thresholds};

/// The traffic to which the judged events are re-weighted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Share of its events that is malicious, in (0, 1).
    pub malicious_share: f64,
    /// Its events a day.
    pub events_per_day: f64,
}

impl From<&CostSheet> for Traffic {
    fn from(sheet: &CostSheet) -> Self {
        Self {
            malicious_share: sheet.malicious_share,
            events_per_day: sheet.events_per_day,
        }
    }
}

/// Judged events: calibrated scores, labels and the prices that hold for each, in parallel.
#[derive(Clone, Copy, Debug)]
pub struct PricedEvents<'a> {
    /// Calibrated probabilities, in `[0, 1]`.
    pub scores: &'a [f64],
    /// Labels; unsure ones are allowed.
    pub labels: &'a [Label],
    /// Prices, finite and not negative.
    pub prices: &'a [Prices],
}

/// Events by what was done with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionCounts {
    /// Events that passed.
    pub allowed: u64,
    /// Events that a person looked at.
    pub reviewed: u64,
    /// Events that were stopped.
    pub blocked: u64,
}

impl ActionCounts {
    /// Counts one event.
    pub const fn add(&mut self, action: Action) {
        let count = match action {
            Action::Allow => &mut self.allowed,
            Action::Review => &mut self.reviewed,
            Action::Block => &mut self.blocked,
        };
        *count += 1;
    }

    /// Counts the events of another state as well.
    pub const fn merge(&mut self, other: &Self) {
        self.allowed += other.allowed;
        self.reviewed += other.reviewed;
        self.blocked += other.blocked;
    }

    /// Returns the number of events.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.allowed + self.reviewed + self.blocked
    }
}

/// Counts and money of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct ClassSums {
    counts: ActionCounts,
    alerts: u64,
    cost: f64,
    allow_all_cost: f64,
}

impl ClassSums {
    fn add(&mut self, action: Action, is_alert: bool, cost: f64, allow_all_cost: f64) {
        self.counts.add(action);
        self.alerts += u64::from(is_alert);
        self.cost += cost;
        self.allow_all_cost += allow_all_cost;
    }

    fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.alerts += other.alerts;
        self.cost += other.cost;
        self.allow_all_cost += other.allow_all_cost;
    }

    fn per_event(&self, sum: f64) -> f64 {
        sum / self.counts.events() as f64
    }
}

/// The running sums of a [`CostSummary`]: taken batch by batch and merged. Merging the same batches in
/// the same order gives the same bits; another order may change the last digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CostSums {
    benign: ClassSums,
    malicious: ClassSums,
    unsure: ClassSums,
}

/// What thresholds cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostSummary {
    /// Money for mistakes and reviews, per 1,000 events of the traffic.
    pub cost_per_1000_events: f64,
    /// The same if every event passed.
    pub allow_all_cost_per_1000_events: f64,
    /// Alerts a day in the traffic, which are what people have to deal with: reviews, and benign
    /// events that were blocked and come back as complaints. A malicious event that was blocked
    /// needs nobody.
    pub alerts_per_day: f64,
    /// The judged benign events, by count.
    pub benign: ActionCounts,
    /// The judged malicious events, by count.
    pub malicious: ActionCounts,
    /// The judged events without a decision, by count; they are in no other figure.
    pub unsure: ActionCounts,
    /// Price of a review of each of them, in all and not re-weighted.
    pub unsure_review_cost: f64,
}

impl CostSums {
    /// Counts one event of which `action` was the consequence.
    pub fn add(&mut self, action: Action, label: Label, prices: &Prices) {
        match label {
            Label::Benign => {
                let cost = match action {
                    Action::Allow => 0.0,
                    Action::Review => prices.review,
                    Action::Block => prices.false_positive,
                };
                self.benign.add(action, action != Action::Allow, cost, 0.0);
            }
            Label::Malicious => {
                let cost = match action {
                    Action::Allow => prices.false_negative,
                    Action::Review => prices.review,
                    Action::Block => 0.0,
                };
                let is_review = action == Action::Review;
                self.malicious
                    .add(action, is_review, cost, prices.false_negative);
            }
            Label::Unsure => self.unsure.add(action, true, prices.review, 0.0),
        }
    }

    /// Counts the events of another state as well.
    pub fn merge(&mut self, other: &Self) {
        self.benign.merge(&other.benign);
        self.malicious.merge(&other.malicious);
        self.unsure.merge(&other.unsure);
    }

    /// Re-weights the sums to the traffic: a malicious event weighs the traffic's malicious share over the
    /// file's, a benign one the same of the rest.
    ///
    /// # Errors
    ///
    /// [`MetricError::ClassAbsent`] if a class has no event, and [`MetricError::Share`] if the
    /// traffic's share is outside (0, 1).
    pub fn finish(&self, traffic: Traffic) -> Result<CostSummary, MetricError> {
        let share = traffic.malicious_share;
        if !(share > 0.0 && share < 1.0) {
            return Err(MetricError::Share { share });
        }
        let (benign, malicious) = (&self.benign, &self.malicious);
        both_classes(benign.counts.events(), malicious.counts.events())?;
        let mean = |of: fn(&ClassSums) -> f64| {
            share * malicious.per_event(of(malicious))
                + (1.0 - share) * benign.per_event(of(benign))
        };
        Ok(CostSummary {
            cost_per_1000_events: 1_000.0 * mean(|sums| sums.cost),
            allow_all_cost_per_1000_events: 1_000.0 * mean(|sums| sums.allow_all_cost),
            alerts_per_day: traffic.events_per_day * mean(|sums| sums.alerts as f64),
            benign: benign.counts,
            malicious: malicious.counts,
            unsure: self.unsure.counts,
            unsure_review_cost: self.unsure.cost,
        })
    }
}

/// Returns what `thresholds` cost on judged events, re-weighted to `traffic`.
///
/// # Errors
///
/// [`MetricError::Lengths`], [`MetricError::NotANumber`], [`MetricError::NotAProbability`],
/// [`MetricError::Price`] if a price is negative or not finite, and those of
/// [`CostSums::finish`].
pub fn cost_summary(
    events: &PricedEvents<'_>,
    thresholds: Thresholds,
    traffic: Traffic,
) -> Result<CostSummary, MetricError> {
    same_length("labels", events.labels.len(), events.scores.len())?;
    same_length("prices", events.prices.len(), events.scores.len())?;
    let mut sums = CostSums::default();
    let labelled = events.scores.iter().zip(events.labels).zip(events.prices);
    for (row, ((&score, &label), prices)) in labelled.enumerate() {
        if score.is_nan() {
            return Err(MetricError::NotANumber { row });
        }
        check_prices(row, prices)?;
        let score = Score::new(score).ok_or(MetricError::NotAProbability { score })?;
        sums.add(thresholds.action(score), label, prices);
    }
    sums.finish(traffic)
}

fn check_prices(row: usize, prices: &Prices) -> Result<(), MetricError> {
    let all = [prices.false_positive, prices.false_negative, prices.review];
    match all
        .into_iter()
        .find(|&price| !(price.is_finite() && price >= 0.0))
    {
        Some(price) => Err(MetricError::Price { row, price }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PRICES: Prices = Prices {
        false_positive: 10.0,
        false_negative: 1_000.0,
        review: 5.0,
    };
    const THRESHOLDS: Thresholds = Thresholds {
        review: 0.4,
        block: 0.8,
    };
    const TRAFFIC: Traffic = Traffic {
        malicious_share: 0.01,
        events_per_day: 10_000.0,
    };

    fn summary(scores: &[f64], labels: &[Label]) -> Result<CostSummary, MetricError> {
        let prices = vec![PRICES; scores.len()];
        let events = PricedEvents {
            scores,
            labels,
            prices: &prices,
        };
        cost_summary(&events, THRESHOLDS, TRAFFIC)
    }

    #[test]
    fn every_action_has_its_price() {
        use Label::{Benign, Malicious, Unsure};
        let scores = [0.1, 0.1, 0.5, 0.9, 0.1, 0.5, 0.9, 0.9, 0.9];
        let labels = [
            Benign, Benign, Benign, Benign, Malicious, Malicious, Malicious, Malicious, Unsure,
        ];
        let found = summary(&scores, &labels).expect("both classes");
        // Benign: (5 + 10) / 4 an event; malicious: (1,000 + 5) / 4.
        let expected = 1_000.0 * (0.99 * 15.0 / 4.0 + 0.01 * 1_005.0 / 4.0);
        assert!(
            (found.cost_per_1000_events - expected).abs() < 1e-9,
            "{found:?}"
        );
        assert!((found.allow_all_cost_per_1000_events - 10_000.0).abs() < 1e-9);
        // Half of the benign events are reviewed or blocked, a quarter of the malicious ones reviewed.
        assert!((found.alerts_per_day - 10_000.0 * (0.99 * 0.5 + 0.01 * 0.25)).abs() < 1e-9);
        assert_eq!(
            (
                found.benign.allowed,
                found.benign.reviewed,
                found.benign.blocked
            ),
            (2, 1, 1)
        );
        assert_eq!(found.malicious.blocked, 2);
        assert_eq!(found.unsure.events(), 1);
        assert!((found.unsure_review_cost - 5.0).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_priced_is_refused() {
        use Label::{Benign, Malicious};
        assert!(matches!(
            summary(&[0.5], &[Benign]),
            Err(MetricError::ClassAbsent { class: Malicious })
        ));
        assert!(matches!(
            summary(&[0.5, f64::NAN], &[Benign, Malicious]),
            Err(MetricError::NotANumber { row: 1 })
        ));
        assert!(summary(&[0.5, -0.1], &[Benign, Malicious]).is_err());
        assert!(summary(&[0.5, 0.1], &[Benign]).is_err());
        let free = Prices {
            review: f64::NAN,
            ..PRICES
        };
        let events = PricedEvents {
            scores: &[0.1],
            labels: &[Benign],
            prices: &[free],
        };
        let refused = cost_summary(&events, THRESHOLDS, TRAFFIC);
        assert!(matches!(refused, Err(MetricError::Price { row: 0, .. })));
    }

    fn label() -> impl Strategy<Value = Label> {
        prop::sample::select(vec![Label::Benign, Label::Malicious, Label::Unsure])
    }

    fn action() -> impl Strategy<Value = Action> {
        prop::sample::select(vec![Action::Allow, Action::Review, Action::Block])
    }

    proptest! {
        #[test]
        fn the_files_mix_of_classes_is_without_influence(
            rows in prop::collection::vec((0.0_f64..=1.0, label()), 1..50),
            copies in 2_usize..5,
        ) {
            let copied = |rows: &[(f64, Label)]| -> (Vec<f64>, Vec<Label>) {
                let repeat = |&(score, label): &(f64, Label)| {
                    let times = if label == Label::Malicious { copies } else { 1 };
                    std::iter::repeat_n((score, label), times)
                };
                rows.iter().flat_map(repeat).unzip()
            };
            let (scores, labels): (Vec<f64>, Vec<Label>) = rows.iter().copied().unzip();
            let (more_scores, more_labels) = copied(&rows);
            if let (Ok(few), Ok(many)) =
                (summary(&scores, &labels), summary(&more_scores, &more_labels))
            {
                prop_assert!((few.cost_per_1000_events - many.cost_per_1000_events).abs() < 1e-6);
                prop_assert!((few.alerts_per_day - many.alerts_per_day).abs() < 1e-6);
            }
        }

        #[test]
        fn parts_merge_into_the_whole(
            rows in prop::collection::vec((action(), label()), 0..60),
            cut in 0_usize..60,
        ) {
            let sum = |rows: &[(Action, Label)]| {
                let mut sums = CostSums::default();
                for &(action, label) in rows {
                    sums.add(action, label, &PRICES);
                }
                sums
            };
            let (first, second) = rows.split_at(cut.min(rows.len()));
            let mut merged = sum(first);
            merged.merge(&sum(second));
            // Prices are whole, so that sums of them are exact.
            prop_assert_eq!(merged, sum(&rows));
        }
    }
}
