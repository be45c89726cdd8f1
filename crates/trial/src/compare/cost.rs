//! What the new verdicts cost beside the old ones, in money and alerts a day, and how sure that is: whole groups of
//! near-duplicates are drawn, not events.
//!
//! ```text
//!   events ──by group──► sums of each class ──drawn with replacement──► per event of a class ──the traffic's mix──► a day
//! ```

use std::collections::BTreeMap;

use ringtrue_core::metrics::{Difference, Traffic, bootstrap_each};

use super::a_day::{a_day, class, weights};
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
    let cost_of = a_day(pairs, traffic, Pair::cost_rise)?;
    let alerts_of = a_day(pairs, traffic, Pair::alert_rise)?;
    Some(Money {
        cost,
        cost_error: cost_of.error,
        old_cost: a_day(pairs, traffic, |pair| pair.cost_of(pair.old.action))?.value,
        alerts,
        alerts_error: alerts_of.error,
        old_alerts: a_day(pairs, traffic, |pair| pair.alerts_of(pair.old.action))?.value,
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
        class.cost += pair.cost_rise();
        class.alerts += pair.alert_rise();
    }
    groups.into_values().collect()
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

impl GroupSum {
    fn a_day(&self, traffic: Traffic, of: fn(&ClassSum) -> f64) -> f64 {
        let weights = weights(self.classes.map(|class| class.events), traffic);
        let each = self.classes.iter().zip(weights);
        each.map(|(class, weight)| weight * of(class)).sum()
    }
}
