//! How much is still found as the attacker pays more: share found against cost, from nothing on.
//!
//! ```text
//!   what each malicious event came to ──► points (cost, share found), area, median cost to evade, by family and attack
//! ```
//!
//! An event that nothing got past the detector counts as found at every cost. Figures that too few events support are absent
//! with their reason.

use std::collections::BTreeMap;

use ringtrue_core::metrics::interval::{CONFIDENCE, TRIALS_MIN, WIDTH_MAX};
use ringtrue_core::metrics::{clopper_pearson, effective_interval, supported};
use serde::Serialize;

use super::Verified;

/// What came of the attack on one malicious event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attempt {
    /// What it belongs to, where known.
    pub family: Option<String>,
    /// Minutes that evading took: 0 for an event that the detector allowed as it was, `None` for one that nothing got past it.
    pub minutes: Option<f64>,
    /// How sure it is that what got past still does its work; `None` for nothing, or for an event as it was.
    pub verified: Option<Verified>,
    /// The attacks of the cheapest chain.
    pub attacks: Vec<&'static str>,
    /// Questions that were asked for it.
    pub queries: u64,
}

/// A figure with its two-sided 95 % interval, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figure {
    /// The figure; `None` if the events do not support one.
    pub value: Option<f64>,
    /// The interval's lower end.
    pub low: Option<f64>,
    /// The interval's upper end; `None` where no event tells.
    pub high: Option<f64>,
    /// Why there is no figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The share found of an attacker who pays so much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Minutes an event.
    pub cost: f64,
    /// Events that are found.
    pub found: u64,
    /// Their share; `None` if the events do not support one.
    pub tpr: Option<f64>,
    /// Its interval's lower end.
    pub low: Option<f64>,
    /// Its interval's upper end.
    pub high: Option<f64>,
}

/// The figures of some events.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// What they have in common.
    pub name: String,
    /// How many they are.
    pub events: u64,
    /// How many of them got past the detector, as they were or changed.
    pub evaded: u64,
    /// How many of those did as they were.
    pub allowed_as_they_were: u64,
    /// Share found, area under the curve up to [`Curve::cost_max`]: 1 if no event is evaded at that cost, 0 if all are at none.
    pub area: Figure,
    /// Minutes at which half of the events are evaded.
    pub median: Figure,
}

/// How often an attack was part of the cheapest evasion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Use {
    /// The attack.
    pub attack: &'static str,
    /// Events that it helped past the detector.
    pub events: u64,
    /// Events that it got past the detector alone.
    pub alone: u64,
}

/// Share found against cost, and what it comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// Points in order of cost; the first costs nothing.
    pub points: Vec<Point>,
    /// The cost up to which areas are taken, in minutes.
    pub cost_max: f64,
    /// All events.
    pub all: Part,
    /// By family, in the order of names.
    pub families: Vec<Part>,
    /// By attack, in the order of names.
    pub attacks: Vec<Use>,
    /// Evaded events by how sure it is that they still do their work.
    pub verified: BTreeMap<Verified, u64>,
}

/// Most points of a curve; of more costs, those at equal shares are taken.
const POINTS_MAX: usize = 100;

impl Curve {
    /// Sums up attempts; areas are taken up to `cost_max` minutes.
    #[must_use]
    pub fn of(attempts: &[Attempt], cost_max: f64) -> Self {
        let mut families: BTreeMap<&str, Vec<&Attempt>> = BTreeMap::new();
        for attempt in attempts {
            if let Some(family) = &attempt.family {
                families.entry(family).or_default().push(attempt);
            }
        }
        let mut verified = BTreeMap::new();
        for level in attempts.iter().filter_map(|attempt| attempt.verified) {
            *verified.entry(level).or_default() += 1;
        }
        let families = families.into_iter();
        let part = |(name, attempts): (&str, Vec<&Attempt>)| Part::of(name, &attempts, cost_max);
        Self {
            points: points(attempts),
            cost_max,
            all: Part::of("all", &attempts.iter().collect::<Vec<_>>(), cost_max),
            families: families.map(part).collect(),
            attacks: uses(attempts),
            verified,
        }
    }
}

impl Part {
    fn of(name: &str, attempts: &[&Attempt], cost_max: f64) -> Self {
        let mut minutes: Vec<f64> = attempts.iter().map(|attempt| cost(attempt)).collect();
        minutes.sort_by(f64::total_cmp);
        let count =
            |is: &dyn Fn(&f64) -> bool| minutes.iter().filter(|minutes| is(minutes)).count() as u64;
        Self {
            name: name.to_owned(),
            events: minutes.len() as u64,
            evaded: count(&|minutes| minutes.is_finite()),
            allowed_as_they_were: count(&|minutes| *minutes <= 0.0),
            area: area(&minutes, cost_max),
            median: median(&minutes),
        }
    }
}

impl Figure {
    fn absent(reason: String) -> Self {
        Self {
            reason: Some(reason),
            ..Self::default()
        }
    }
}

fn cost(attempt: &Attempt) -> f64 {
    attempt.minutes.unwrap_or(f64::INFINITY)
}

fn points(attempts: &[Attempt]) -> Vec<Point> {
    let mut minutes: Vec<f64> = attempts.iter().map(cost).collect();
    minutes.sort_by(f64::total_cmp);
    let mut costs: Vec<f64> = minutes
        .iter()
        .copied()
        .filter(|cost| cost.is_finite() && *cost > 0.0)
        .collect();
    let step = costs.len().div_ceil(POINTS_MAX).max(1);
    let last = costs.last().copied();
    if costs.len() > POINTS_MAX {
        costs.dedup();
    }
    if costs.len() > POINTS_MAX {
        costs = costs.into_iter().step_by(step).chain(last).collect();
    }
    costs.dedup();
    let at = |cost: f64| {
        let evaded = minutes.partition_point(|minutes| *minutes <= cost);
        let found = (minutes.len() - evaded) as u64;
        let rate = supported(found, minutes.len() as u64).ok();
        Point {
            cost,
            found,
            tpr: rate.map(|rate| rate.value),
            low: rate.map(|rate| rate.low),
            high: rate.map(|rate| rate.high),
        }
    };
    std::iter::once(0.0).chain(costs).map(at).collect()
}

/// Returns the mean of the costs, those beyond `cost_max` as that, over `cost_max`: the area under the steps of the curve.
fn area(minutes: &[f64], cost_max: f64) -> Figure {
    let events = minutes.len() as u64;
    if events < TRIALS_MIN || cost_max <= 0.0 {
        return Figure::absent(too_few(events));
    }
    let sum: f64 = minutes
        .iter()
        .map(|minutes| minutes.min(cost_max) / cost_max)
        .sum();
    let mean = (sum / events as f64).clamp(0.0, 1.0);
    let (low, high) = effective_interval(mean, events as f64, CONFIDENCE);
    if high - low > WIDTH_MAX {
        return Figure::absent(format!(
            "its 95 % interval is wider than {WIDTH_MAX}: {low:.3} to {high:.3}"
        ));
    }
    Figure {
        value: Some(mean),
        low: Some(low),
        high: Some(high),
        reason: None,
    }
}

/// Returns the median of sorted costs with the interval between two of them that holds without any assumption.
///
/// # Source
///
/// David and Nagaraja, "Order Statistics", 2003, section 7.1: the ranks come from the binomial distribution of one half, here
/// from the exact interval of a share that excludes it.
fn median(minutes: &[f64]) -> Figure {
    let events = minutes.len();
    if (events as u64) < TRIALS_MIN {
        return Figure::absent(too_few(events as u64));
    }
    let excludes_half =
        |rank: &usize| clopper_pearson(*rank as u64, events as u64, CONFIDENCE).1 < 0.5;
    let ranks: Vec<usize> = (0..events.div_ceil(2)).collect();
    let below = ranks.partition_point(excludes_half).saturating_sub(1);
    let at = |rank: usize| {
        minutes
            .get(rank)
            .copied()
            .filter(|minutes| minutes.is_finite())
    };
    let value = at((events - 1) / 2);
    Figure {
        value,
        low: at(below),
        high: at(events - 1 - below),
        reason: value
            .is_none()
            .then(|| "at least half of the events were never evaded".to_owned()),
    }
}

fn too_few(events: u64) -> String {
    format!("it rests on {events} events, fewer than {TRIALS_MIN}")
}

fn uses(attempts: &[Attempt]) -> Vec<Use> {
    let mut uses: BTreeMap<&'static str, (u64, u64)> = BTreeMap::new();
    for attempt in attempts {
        let mut names = attempt.attacks.clone();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (events, alone) = uses.entry(name).or_default();
            *events += 1;
            *alone += u64::from(attempt.attacks.len() == 1);
        }
    }
    let uses = uses.into_iter();
    uses.map(|(attack, (events, alone))| Use {
        attack,
        events,
        alone,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(minutes: &[Option<f64>]) -> Vec<Attempt> {
        let each = minutes.iter().enumerate();
        each.map(|(place, minutes)| Attempt {
            family: Some(if place % 2 == 0 { "even" } else { "odd" }.to_owned()),
            minutes: *minutes,
            verified: minutes
                .filter(|minutes| *minutes > 0.0)
                .map(|_| Verified::Parse),
            attacks: if minutes.is_some_and(|minutes| minutes > 0.0) {
                vec!["a", "a", "b"]
            } else {
                Vec::new()
            },
            queries: 1,
        })
        .collect()
    }

    #[test]
    fn the_curve_falls_from_what_was_found_at_no_cost() {
        let mut minutes = vec![Some(0.0); 10];
        minutes.extend([Some(2.0); 20]);
        minutes.extend([Some(4.0); 30]);
        minutes.extend([None; 40]);
        let curve = Curve::of(&attempts(&minutes), 10.0);
        let points: Vec<(f64, u64)> = curve
            .points
            .iter()
            .map(|point| (point.cost, point.found))
            .collect();
        assert_eq!(points, [(0.0, 90), (2.0, 70), (4.0, 40)]);
        let first = &curve.points[0];
        assert_eq!(first.tpr, Some(0.9));
        assert!(first.low.unwrap() < 0.9 && first.high.unwrap() > 0.9);
        // Under the steps: 2 minutes at .9, 2 at .7, 6 at .4.
        let area = curve.all.area.value.unwrap();
        assert!((area - 0.56).abs() < 1e-12, "{area}");
        assert_eq!((curve.all.evaded, curve.all.allowed_as_they_were), (60, 10));
        // The ranks of 100 events at 95 % are the 40th and the 61st.
        let median = &curve.all.median;
        assert_eq!(
            (median.value, median.low, median.high),
            (Some(4.0), Some(4.0), None)
        );
        assert_eq!(
            curve.attacks,
            [
                Use {
                    attack: "a",
                    events: 50,
                    alone: 0
                },
                Use {
                    attack: "b",
                    events: 50,
                    alone: 0
                }
            ]
        );
        assert_eq!(curve.verified[&Verified::Parse], 50);
        assert_eq!(
            curve.families.iter().map(|part| part.events).sum::<u64>(),
            100
        );
    }

    #[test]
    fn ranks_are_those_of_the_tables() {
        let minutes: Vec<f64> = (1..=100).map(f64::from).collect();
        let figure = median(&minutes);
        assert_eq!(
            (figure.value, figure.low, figure.high),
            (Some(50.0), Some(40.0), Some(61.0))
        );
        let figure = median(&minutes[..10]);
        assert_eq!((figure.low, figure.high), (Some(2.0), Some(9.0)));
    }

    #[test]
    fn what_few_events_tell_is_absent_with_its_reason() {
        let curve = Curve::of(&attempts(&[Some(1.0), None, None]), 10.0);
        assert_eq!(curve.points[0].tpr, None);
        assert_eq!(curve.all.area.value, None);
        assert!(
            curve
                .all
                .median
                .reason
                .as_ref()
                .unwrap()
                .contains("3 events")
        );
        let curve = Curve::of(&attempts(&[None; 40]), 10.0);
        assert_eq!(curve.all.area.value, Some(1.0));
        assert!(curve.all.median.reason.as_ref().unwrap().contains("never"));
    }

    #[test]
    fn many_costs_are_thinned_and_keep_their_ends() {
        let minutes: Vec<Option<f64>> = (0..1000).map(|step| Some(f64::from(step))).collect();
        let curve = Curve::of(&attempts(&minutes), 10.0);
        assert!(curve.points.len() <= POINTS_MAX + 2);
        assert_eq!(curve.points.last().unwrap().found, 0);
        assert!(
            curve
                .points
                .windows(2)
                .all(|pair| pair[0].cost < pair[1].cost && pair[0].found >= pair[1].found)
        );
    }
}
