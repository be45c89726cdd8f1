//! What the new verdicts cost beside the old ones, in money and alerts a day, and how sure that is: whole groups of
//! near-duplicates are drawn, not events.
//!
//! ```text
//!   events ──by group──► sums of each class ──drawn with replacement──► per event of a class ──the traffic's mix──► a day
//! ```

use std::collections::BTreeMap;

use ringtrue_core::metrics::{Difference, Traffic, bootstrap_each};
use ringtrue_core::{Action, Label};

use super::pairs::{Pair, Pairs};

/// How comparisons draw and weigh.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The deployment's traffic.
    pub traffic: Traffic,
    /// Resamples of intervals.
    pub resamples: u32,
    /// Decides every draw.
    pub seed: u64,
}

/// What verdicts come to beside the old ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Money {
    /// Money a day, more than before.
    pub cost: Difference,
    /// Its standard error over groups.
    pub cost_error: f64,
    /// Money a day that the old verdicts cost.
    pub old_cost: f64,
    /// Alerts a day, more than before.
    pub alerts: Difference,
    /// Their standard error over groups.
    pub alerts_error: f64,
    /// Alerts a day that the old verdicts made.
    pub old_alerts: f64,
}

/// Sums over the events of one group and class.
#[derive(Clone, Copy, Debug, Default)]
struct ClassSum {
    events: f64,
    cost: f64,
    alerts: f64,
}

/// One group of near-duplicates.
#[derive(Clone, Copy, Debug, Default)]
struct GroupSum {
    /// Benign events, then malicious ones.
    classes: [ClassSum; 2],
}

/// Returns the differences in money and alerts; `None` without events of both classes, or where resamples mostly lack one.
#[must_use]
pub fn paid(pairs: &Pairs, setting: &Setting) -> Option<Money> {
    let groups = grouped(pairs);
    let traffic = setting.traffic;
    let statistics = |counts: &[u32]| {
        let sum = total(&groups, counts);
        let has_both = sum.classes.iter().all(|class| class.events > 0.0);
        has_both.then(|| {
            let cost = sum.a_day(traffic, |class| class.cost);
            [cost, sum.a_day(traffic, |class| class.alerts)]
        })
    };
    let (resamples, seed) = (setting.resamples, setting.seed);
    let drawn = bootstrap_each(resamples, seed, groups.len(), None, statistics);
    let [cost, alerts] = drawn.ok()?;
    let sum = total(&groups, &vec![1; groups.len()]);
    let [old_cost, old_alerts] = old(pairs, traffic);
    Some(Money {
        cost,
        cost_error: error(&groups, &sum, traffic, |class| class.cost),
        old_cost,
        alerts,
        alerts_error: error(&groups, &sum, traffic, |class| class.alerts),
        old_alerts,
    })
}

/// Returns the groups in order of their numbers.
fn grouped(pairs: &Pairs) -> Vec<GroupSum> {
    let mut groups: BTreeMap<u32, GroupSum> = BTreeMap::new();
    for pair in pairs.decided() {
        let group = groups.entry(pair.group).or_default();
        let Some(class) = group.classes.get_mut(class(pair)) else {
            continue;
        };
        class.events += 1.0;
        class.cost += price(pair, pair.new.action) - price(pair, pair.old.action);
        class.alerts += alert(pair, pair.new.action) - alert(pair, pair.old.action);
    }
    groups.into_values().collect()
}

fn class(pair: &Pair) -> usize {
    usize::from(pair.label == Label::Malicious)
}

/// Returns what an action costs on an event, as [`ringtrue_core::metrics::cost`] prices it.
fn price(pair: &Pair, action: Action) -> f64 {
    match (pair.label == Label::Malicious, action) {
        (_, Action::Review) => pair.prices.review,
        (true, Action::Allow) => pair.prices.false_negative,
        (false, Action::Block) => pair.prices.false_positive,
        (true, Action::Block) | (false, Action::Allow) => 0.0,
    }
}

/// Returns 1 if people have to deal with it: a review, or a benign event that is blocked.
fn alert(pair: &Pair, action: Action) -> f64 {
    match (pair.label == Label::Malicious, action) {
        (_, Action::Review) | (false, Action::Block) => 1.0,
        _ => 0.0,
    }
}

fn total(groups: &[GroupSum], counts: &[u32]) -> GroupSum {
    let mut sum = GroupSum::default();
    for (group, count) in groups.iter().zip(counts) {
        let count = f64::from(*count);
        for (sum, class) in sum.classes.iter_mut().zip(&group.classes) {
            sum.events += count * class.events;
            sum.cost += count * class.cost;
            sum.alerts += count * class.alerts;
        }
    }
    sum
}

/// Returns what an event of each class weighs in a day of the traffic.
fn weights(sum: &GroupSum, traffic: Traffic) -> [f64; 2] {
    let [benign, malicious] = sum.classes.map(|class| class.events.max(1.0));
    let share = traffic.malicious_share;
    [
        traffic.events_per_day * (1.0 - share) / benign,
        traffic.events_per_day * share / malicious,
    ]
}

impl GroupSum {
    fn a_day(&self, traffic: Traffic, of: fn(&ClassSum) -> f64) -> f64 {
        let weights = weights(self, traffic);
        let each = self.classes.iter().zip(weights);
        each.map(|(class, weight)| weight * of(class)).sum()
    }
}

/// Returns the standard error of a difference over groups.
///
/// # Source
///
/// The linearised variance of a sum of ratios over clusters: Cochran, "Sampling Techniques", 3rd ed., 1977, section 6.
fn error(groups: &[GroupSum], sum: &GroupSum, traffic: Traffic, of: fn(&ClassSum) -> f64) -> f64 {
    let weights = weights(sum, traffic);
    let means = sum.classes.map(|class| of(&class) / class.events.max(1.0));
    let squares: f64 = groups
        .iter()
        .map(|group| {
            let parts = group.classes.iter().zip(weights).zip(means);
            let off: f64 = parts
                .map(|((class, weight), mean)| weight * (of(class) - mean * class.events))
                .sum();
            off * off
        })
        .sum();
    let count = groups.len() as f64;
    if count < 2.0 {
        return f64::INFINITY;
    }
    (squares * count / (count - 1.0)).sqrt()
}

/// Returns what the old verdicts cost a day, and their alerts.
fn old(pairs: &Pairs, traffic: Traffic) -> [f64; 2] {
    let mut sum = GroupSum::default();
    for pair in pairs.decided() {
        if let Some(sum) = sum.classes.get_mut(class(pair)) {
            sum.events += 1.0;
            sum.cost += price(pair, pair.old.action);
            sum.alerts += alert(pair, pair.old.action);
        }
    }
    [
        sum.a_day(traffic, |class| class.cost),
        sum.a_day(traffic, |class| class.alerts),
    ]
}
