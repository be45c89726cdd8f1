//! Sums over events as they come in a day of the traffic, with their errors over groups of near-duplicates.

use std::collections::BTreeMap;

use ringtrue_core::Label;
use ringtrue_core::metrics::Traffic;
use ringtrue_core::metrics::interval::CONFIDENCE;
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::pairs::{Pair, Pairs};

/// A sum a day in the traffic's mix of classes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ADay {
    /// The sum.
    pub value: f64,
    /// Its standard error over groups of near-duplicates; infinite for a single group.
    pub error: f64,
}

impl ADay {
    /// Returns the 95 % interval of the sum, by the normal distribution.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        let reach = Normal::standard().inverse_cdf(f64::midpoint(1.0, CONFIDENCE)) * self.error;
        (self.value - reach, self.value + reach)
    }
}

/// An event's part in a sum.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The group of events that come and stay away together.
    pub group: u32,
    /// Its class.
    pub malicious: bool,
    /// How many events it stands for.
    pub stands_for: f64,
    /// What is added up for each of them.
    pub value: f64,
}

/// Adds up what `of` says of each event, as it comes in a day of the traffic; `None` without events of both classes.
#[must_use]
pub fn a_day(pairs: &Pairs, traffic: Traffic, of: impl Fn(&Pair) -> f64) -> Option<ADay> {
    let part = |pair: &Pair| Part {
        group: pair.group,
        malicious: pair.label == Label::Malicious,
        stands_for: 1.0,
        value: of(pair),
    };
    a_day_of(pairs.decided().map(part), traffic)
}

/// Adds up parts, as events come in a day of the traffic; `None` without events of both classes.
///
/// # Source
///
/// The error: the linearised variance of a sum of ratios over clusters, Cochran, "Sampling Techniques", 3rd ed., 1977, section 6.
#[must_use]
pub fn a_day_of(parts: impl IntoIterator<Item = Part>, traffic: Traffic) -> Option<ADay> {
    let mut groups: BTreeMap<u32, [(f64, f64); 2]> = BTreeMap::new();
    let mut classes = [(0.0, 0.0); 2];
    for part in parts {
        let group = groups.entry(part.group).or_default();
        for sums in [group, &mut classes] {
            if let Some((events, sum)) = sums.get_mut(usize::from(part.malicious)) {
                *events += part.stands_for;
                *sum += part.stands_for * part.value;
            }
        }
    }
    if classes.iter().any(|(events, _)| *events <= 0.0) {
        return None;
    }
    let weights = weights(classes.map(|(events, _)| events), traffic);
    let of_classes = |each: [f64; 2]| -> f64 {
        let weighted = each.iter().zip(weights);
        weighted.map(|(value, weight)| weight * value).sum()
    };
    let means = classes.map(|(events, sum)| sum / events);
    let off = |group: &[(f64, f64); 2]| {
        let [benign, malicious] = group;
        let [of_benign, of_malicious] = means;
        of_classes([
            benign.1 - of_benign * benign.0,
            malicious.1 - of_malicious * malicious.0,
        ])
    };
    let squares: f64 = groups.values().map(|group| off(group).powi(2)).sum();
    let count = groups.len() as f64;
    Some(ADay {
        value: of_classes(classes.map(|(_, sum)| sum)),
        error: match count {
            2.0.. => (squares * count / (count - 1.0)).sqrt(),
            _ => f64::INFINITY,
        },
    })
}

/// Returns the place of an event's class: benign events come first.
pub(super) fn class(pair: &Pair) -> usize {
    usize::from(pair.label == Label::Malicious)
}

/// Returns what an event of each class weighs in a day of the traffic.
pub(super) fn weights(events: [f64; 2], traffic: Traffic) -> [f64; 2] {
    let [benign, malicious] = events.map(|events| events.max(1.0));
    let share = traffic.malicious_share;
    [
        traffic.events_per_day * (1.0 - share) / benign,
        traffic.events_per_day * share / malicious,
    ]
}
