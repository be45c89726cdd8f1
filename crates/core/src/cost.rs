//! What mistakes cost, and how much of people's time there is.

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::verdict::Action;

/// The price of each mistake for one family or slice, where it differs from the sheet's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CostOverride {
    /// Applies to events of this family ...
    pub family: Option<String>,
    /// ... or to events for which this expression is true.
    pub slice: Option<String>,
    /// Replaces the sheet's price of a false positive.
    pub false_positive: Option<f64>,
    /// Replaces the sheet's price of a false negative.
    pub false_negative: Option<f64>,
    /// Replaces the sheet's price of a person looking at an event.
    pub review: Option<f64>,
}

/// What mistakes cost, in one currency, and what the traffic is like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostSheet {
    /// The currency's name, printed after amounts.
    pub currency: String,
    /// Price of blocking one benign event.
    pub false_positive: f64,
    /// Price of letting one malicious event through.
    pub false_negative: f64,
    /// Price of a person looking at one event.
    pub review: f64,
    /// Other prices for some families and slices.
    pub overrides: Vec<CostOverride>,
    /// Events a day that the detector will see.
    pub events_per_day: f64,
    /// Share of them that is malicious, in (0, 1).
    pub malicious_share: f64,
    /// Alerts a day that people can handle: reviews, and benign events that were blocked.
    pub alerts_per_day: f64,
}

/// The prices that hold for one event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// Price of blocking it if it is benign.
    pub false_positive: f64,
    /// Price of letting it through if it is malicious.
    pub false_negative: f64,
    /// Price of a person looking at it.
    pub review: f64,
}

impl Prices {
    /// Returns what an action costs on an event of a class, as [`crate::metrics::cost`] prices it: a reviewer decides rightly.
    #[must_use]
    pub const fn of(&self, malicious: bool, action: Action) -> f64 {
        match (malicious, action) {
            (_, Action::Review) => self.review,
            (true, Action::Allow) => self.false_negative,
            (false, Action::Block) => self.false_positive,
            (true, Action::Block) | (false, Action::Allow) => 0.0,
        }
    }
}

impl Default for CostSheet {
    /// The assumptions of a run without a task, which every report prints.
    fn default() -> Self {
        Self {
            currency: "EUR".to_owned(),
            false_positive: 10.0,
            false_negative: 1_000.0,
            review: 5.0,
            overrides: Vec::new(),
            events_per_day: 1_000_000.0,
            malicious_share: 0.001,
            alerts_per_day: 40.0,
        }
    }
}

impl CostSheet {
    /// Returns the prices without overrides.
    #[must_use]
    pub const fn prices(&self) -> Prices {
        Prices {
            false_positive: self.false_positive,
            false_negative: self.false_negative,
            review: self.review,
        }
    }

    /// Returns the prices for `event`: the first override whose family is the event's, or whose
    /// slice `holds` says the event is in, replaces the sheet's own.
    pub fn prices_for(&self, event: &Event, mut holds: impl FnMut(&str, &Event) -> bool) -> Prices {
        let mut prices = self.prices();
        let found = self.overrides.iter().find(|entry| {
            let family = entry
                .family
                .as_deref()
                .is_some_and(|name| event.family.as_deref() == Some(name));
            family
                || entry
                    .slice
                    .as_deref()
                    .is_some_and(|slice| holds(slice, event))
        });
        if let Some(entry) = found {
            prices.false_positive = entry.false_positive.unwrap_or(prices.false_positive);
            prices.false_negative = entry.false_negative.unwrap_or(prices.false_negative);
            prices.review = entry.review.unwrap_or(prices.review);
        }
        prices
    }
}
