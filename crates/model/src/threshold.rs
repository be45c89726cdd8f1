//! Thresholds: where to review and where to block, from what mistakes cost and how many alerts
//! people can handle.
//!
//! For an event of probability `p`, allowing costs `p FN`, reviewing `R + v`, blocking `(1 - p)(FP + v)`,
//! where `v` is the worth of an alert: 0 while capacity suffices, else the smallest value at
//! which expected alerts fit. An alert is what a person has to deal with: a review, or a benign
//! event that was blocked and comes back as a complaint.
//!
//! Where events have prices of their own, the thresholds are those of the mean prices, moved to where the
//! events' own prices sum to the least.

mod priced;

use priced::Priced;
use ringtrue_core::CostSheet;
use ringtrue_core::cost::Prices;
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

/// Events that a model was not trained on, as calibration and thresholds read them.
#[derive(Clone, Copy, Debug)]
pub struct HeldOut<'a> {
    /// Whether each is malicious.
    pub malicious: &'a [bool],
    /// What mistakes on each cost, which the sheet's overrides may have changed; the sheet's prices where there is none.
    pub prices: &'a [Prices],
    /// How many events of the traffic each stands for, above 0: the inverse of the probability that it was looked at; 1 where there is none.
    /// What an event stands for is no evidence: how sure its class's rates are hangs on how many events were looked at, and how evenly.
    pub stands_for: &'a [f64],
}

impl<'a> HeldOut<'a> {
    /// Returns events that each stand for one.
    #[must_use]
    pub const fn plain(malicious: &'a [bool], prices: &'a [Prices]) -> Self {
        Self {
            malicious,
            prices,
            stands_for: &[],
        }
    }

    /// Returns how many events the one at `place` stands for.
    #[must_use]
    pub fn stands_for(&self, place: usize) -> f64 {
        self.stands_for.get(place).copied().unwrap_or(1.0)
    }
}

const HALVINGS: usize = 80;

/// Chooses the thresholds of least expected cost whose expected alerts fit the capacity.
///
/// `scores` are calibrated to the sheet's malicious share and belong to events that the model was
/// not trained on; each class is weighed to its share of the traffic. The benign events above a
/// threshold are expected from the scores, since a few thousand events hold no benign one where one
/// in 100,000 is allowed; but where the events themselves show more, with 95 % confidence, they are
/// believed. Where no miss costs anything, nothing is ever flagged.
#[must_use]
pub fn choose_thresholds(scores: &[f64], held_out: &HeldOut<'_>, sheet: &CostSheet) -> Operating {
    let traffic = Traffic::new(&sorted(scores, held_out, sheet), sheet);
    let free = traffic.cheapest(0.0);
    let alerts = traffic.alerts_per_day(free);
    if alerts <= sheet.alerts_per_day {
        return Operating {
            thresholds: free,
            alerts_per_day: alerts,
            alert_worth: 0.0,
        };
    }
    let (mut low, mut high) = (0.0, traffic.prices.false_negative.max(1.0));
    while traffic.alerts_per_day(traffic.cheapest(high)) > sheet.alerts_per_day && high < 1e18 {
        (low, high) = (high, high * 16.0);
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if traffic.alerts_per_day(traffic.cheapest(middle)) > sheet.alerts_per_day {
            low = middle;
        } else {
            high = middle;
        }
    }
    let thresholds = traffic.cheapest(high);
    Operating {
        thresholds,
        alerts_per_day: traffic.alerts_per_day(thresholds),
        alert_worth: high,
    }
}

/// Returns the thresholds of least expected cost at these prices, when an alert costs `worth` beside its
/// price.
fn thresholds(prices: Prices, worth: f64) -> Thresholds {
    if prices.false_negative <= 0.0 {
        return Thresholds {
            review: Thresholds::NEVER,
            block: Thresholds::NEVER,
        };
    }
    let review_price = prices.review + worth;
    let block_price = prices.false_positive + worth;
    let review = review_price / prices.false_negative;
    let block_over_review = 1.0 - review_price / block_price;
    let block_over_allow = block_price / (block_price + prices.false_negative);
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

/// One scored event.
#[derive(Clone, Copy, Debug)]
struct Scored {
    score: f64,
    malicious: bool,
    prices: Prices,
    /// How many events it stands for.
    times: f64,
}

/// Returns the events, highest score first.
fn sorted(scores: &[f64], held_out: &HeldOut<'_>, sheet: &CostSheet) -> Vec<Scored> {
    let own = held_out.prices.iter().copied();
    let prices = own.chain(std::iter::repeat(sheet.prices()));
    let events = scores.iter().zip(held_out.malicious).zip(prices);
    let mut events: Vec<Scored> = events
        .enumerate()
        .map(|(place, ((score, malicious), prices))| Scored {
            score: *score,
            malicious: *malicious,
            prices,
            times: held_out.stands_for(place),
        })
        .collect();
    events.sort_by(|left, right| right.score.total_cmp(&left.score));
    events
}

/// Returns the price that all events have, if there is one, else the mean: of a miss among the malicious
/// events, of a false positive among the benign ones, of a review in the traffic.
fn mean_prices(events: &[Scored], sheet: &CostSheet) -> Prices {
    let Some(first) = events.first().map(|event| event.prices) else {
        return sheet.prices();
    };
    if events.iter().all(|event| event.prices == first) {
        return first;
    }
    let mean = |class: bool, price: fn(&Prices) -> f64| {
        let of_class = || events.iter().filter(|event| event.malicious == class);
        let all: f64 = of_class().map(|event| event.times).sum();
        if all <= 0.0 {
            return price(&sheet.prices());
        }
        let sum = of_class().map(|event| event.times * price(&event.prices));
        sum.sum::<f64>() / all
    };
    let share = sheet.malicious_share;
    let review = |prices: &Prices| prices.review;
    Prices {
        false_positive: mean(false, |prices| prices.false_positive),
        false_negative: mean(true, |prices| prices.false_negative),
        review: share * mean(true, review) + (1.0 - share) * mean(false, review),
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
    /// The price of each mistake, the mean where events differ.
    prices: Prices,
    /// What thresholds cost where prices differ.
    priced: Option<Priced>,
}

impl Traffic {
    fn new(scored: &[Scored], sheet: &CostSheet) -> Self {
        let benign = Stood::for_all(scored.iter().filter(|event| !event.malicious));
        let malicious = Stood::for_all(scored.iter().filter(|event| event.malicious));
        let per_event = |share: f64, all: Stood| {
            let sum = if all.sum > 0.0 { all.sum } else { 1.0 };
            sheet.events_per_day * share / sum
        };
        let weights = [
            per_event(1.0 - sheet.malicious_share, benign),
            per_event(sheet.malicious_share, malicious),
        ];
        let prices = mean_prices(scored, sheet);
        let differ = scored.iter().any(|event| event.prices != prices);
        let mut traffic = Self {
            scores: Vec::with_capacity(scored.len()),
            events: Vec::with_capacity(scored.len()),
            benign: Vec::with_capacity(scored.len()),
            prices,
            priced: differ.then(|| Priced::new(scored, weights, prices)),
        };
        let mut surely = Surely::new(benign);
        let (mut events, mut benign) = (0.0, 0.0);
        for event in scored {
            let weight = event.times * weights[usize::from(event.malicious)];
            events += weight;
            benign += weight * (1.0 - event.score);
            let shown = sheet.events_per_day * (1.0 - sheet.malicious_share) * surely.next(event);
            traffic.scores.push(event.score);
            traffic.events.push(events);
            traffic.benign.push(benign.max(shown).min(events));
        }
        traffic
    }

    /// Returns the thresholds of least expected cost when an alert costs `worth` beside its price.
    fn cheapest(&self, worth: f64) -> Thresholds {
        let plain = thresholds(self.prices, worth);
        match &self.priced {
            Some(priced) => priced.cheapest(self, worth, plain),
            None => plain,
        }
    }

    fn alerts_per_day(&self, thresholds: Thresholds) -> f64 {
        let above = |threshold: f64| self.scores.partition_point(|score| *score >= threshold);
        let blocked = above(thresholds.block);
        let flagged = above(thresholds.review).max(blocked);
        self.reviewed(flagged) + self.blocked(blocked)
    }

    /// Returns the alerts a day if the highest `count` events are flagged and none is blocked.
    fn reviewed(&self, count: usize) -> f64 {
        first(&self.events, count)
    }

    /// Returns what blocking the highest `count` events adds to the alerts of reviewing them; at most 0.
    fn blocked(&self, count: usize) -> f64 {
        first(&self.benign, count) - first(&self.events, count)
    }
}

/// Returns the sum over the first `count` events.
fn first(sums: &[f64], count: usize) -> f64 {
    let last = count.checked_sub(1).and_then(|last| sums.get(last));
    last.copied().unwrap_or(0.0)
}

/// The false-positive rate that benign events, taken from the highest score down, surely show: the
/// lower end of a one-sided 95 % interval.
struct Surely {
    benign: Stood,
    seen: Stood,
    rate: f64,
}

impl Surely {
    fn new(benign: Stood) -> Self {
        Self {
            benign,
            seen: Stood::default(),
            rate: 0.0,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of events, rounded"
    )]
    fn next(&mut self, event: &Scored) -> f64 {
        /// Events beyond which the bound lies so close to the rate that it need not be computed.
        const COUNTED: f64 = 400.0;
        if !event.malicious {
            self.seen.add(event.times);
            let seen = self.seen.events();
            // As many events as would show this share if each stood for the same.
            let benign = seen * self.benign.sum / self.seen.sum;
            self.rate = if seen <= COUNTED {
                lower_bound(seen.round() as u64, benign.round() as u64, 0.95)
            } else {
                (seen - 1.645 * seen.sqrt()) / benign.max(1.0)
            };
        }
        self.rate
    }
}

/// What events stand for together.
#[derive(Clone, Copy, Debug, Default)]
struct Stood {
    sum: f64,
    squares: f64,
}

impl Stood {
    fn for_all<'a>(events: impl Iterator<Item = &'a Scored>) -> Self {
        let mut all = Self::default();
        for event in events {
            all.add(event.times);
        }
        all
    }

    fn add(&mut self, times: f64) {
        self.sum += times;
        self.squares += times * times;
    }

    /// Returns how many events that each stand for the same would tell as much.
    ///
    /// # Source
    ///
    /// The effective sample size: Kish, "Survey Sampling", 1965, section 11.7.
    fn events(self) -> f64 {
        if self.squares > 0.0 {
            self.sum * self.sum / self.squares
        } else {
            0.0
        }
    }
}

/// Returns the lowest threshold that at most a share `rate` of these benign scores reaches, `None`
/// if there are too few of them to tell (`rate` times their number is below 1). Each stands for as many events as `stands_for` says, for one where it
/// says nothing.
#[must_use]
pub fn nominal_threshold(benign_scores: &[f64], stands_for: &[f64], rate: f64) -> Option<f64> {
    let times = stands_for.iter().copied().chain(std::iter::repeat(1.0));
    let mut sorted: Vec<(f64, f64)> = benign_scores.iter().copied().zip(times).collect();
    let mut all = Stood::default();
    for (_, times) in &sorted {
        all.add(*times);
    }
    if rate * all.events() + 1e-9 < 1.0 {
        return None;
    }
    sorted.sort_by(|left, right| right.0.total_cmp(&left.0));
    let allowed = rate * all.sum + 1e-9;
    let mut above = 0.0;
    let first = sorted.iter().find(|(_, times)| {
        above += times;
        above > allowed
    });
    first.map(|(score, _)| score.next_up())
}

#[cfg(test)]
mod tests;
