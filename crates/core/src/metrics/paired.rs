//! The difference of two shares on the same events: how many changed for the worse, how many for the better, and what
//! that says of events that were not seen.
//!
//! ```text
//!   each event: worse, better or as it was ──by near-duplicate group──► PairedChanges ──► interval, p above a margin
//! ```
//!
//! Near-duplicates mostly change together. Their number is divided by how much more the difference varies between
//! groups than it would between events alone (the design effect), and never multiplied.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::metrics::mcnemar::mcnemar_worse;

/// Changes between two detectors on the same events.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PairedChanges {
    /// Events.
    pub events: u64,
    /// Events that changed for the worse.
    pub worse: u64,
    /// Events that changed for the better.
    pub better: u64,
    /// How many events say as much as one, since near-duplicates change together; at least 1.
    pub design_effect: f64,
}

/// Changes of one group of near-duplicates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupChanges {
    /// Events of the group.
    pub events: u64,
    /// Events that changed for the worse.
    pub worse: u64,
    /// Events that changed for the better.
    pub better: u64,
}

impl PairedChanges {
    /// Sums groups up.
    #[must_use]
    pub fn of(groups: impl IntoIterator<Item = GroupChanges> + Clone) -> Self {
        let (mut count, mut sum) = (0_u64, GroupChanges::default());
        for group in groups.clone() {
            count += 1;
            sum.events += group.events;
            sum.worse += group.worse;
            sum.better += group.better;
        }
        let events = sum.events as f64;
        let mean = (sum.worse as f64 - sum.better as f64) / events.max(1.0);
        let between: f64 = groups
            .into_iter()
            .map(|group| {
                let net = group.worse as f64 - group.better as f64;
                (net - mean * group.events as f64).powi(2)
            })
            .sum();
        let alone = (sum.worse + sum.better) as f64 - events * mean * mean;
        let between = between * count as f64 / count.saturating_sub(1).max(1) as f64;
        // A single group is a single observation.
        let design_effect = match count {
            0 | 1 => events,
            _ if alone > 0.0 => between / alone,
            // All events changed alike, so that nothing says how groups differ: each is an observation.
            _ if sum.worse + sum.better > 0 => events / count as f64,
            _ => 1.0,
        };
        Self {
            events: sum.events,
            worse: sum.worse,
            better: sum.better,
            design_effect: design_effect.clamp(1.0, events.max(1.0)),
        }
    }

    /// Returns events, worse and better ones as so many independent events.
    fn effective(&self) -> (f64, f64, f64) {
        let by = self.design_effect.max(1.0);
        let [events, worse, better] = [self.events, self.worse, self.better];
        (events as f64 / by, worse as f64 / by, better as f64 / by)
    }

    /// Returns by how much the share fell, in [-1, 1]; `None` without events.
    #[must_use]
    pub fn drop(&self) -> Option<f64> {
        (self.events > 0).then(|| (self.worse as f64 - self.better as f64) / self.events as f64)
    }

    /// Returns the two-sided interval of [`Self::drop`] at this confidence; (-1, 1) without events.
    ///
    /// # Source
    ///
    /// Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample design",
    /// Statistics in Medicine 17, 1998; with effective counts where groups change together, as Korn and Graubard do for
    /// one share (see [`crate::metrics::effective_interval`]).
    #[must_use]
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let (events, worse, better) = self.effective();
        if events <= 0.0 || !(confidence > 0.0 && confidence < 1.0) {
            return (-1.0, 1.0);
        }
        let quantile = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
        let value = (worse - better) / events;
        let statistic = |margin: f64| score(worse, better, events, margin);
        let low = crossing(-1.0, value, |margin| statistic(margin) > quantile);
        let high = crossing(value, 1.0, |margin| statistic(margin) > -quantile);
        (low.min(value), high.max(value))
    }

    /// Returns how probable these or more changes for the worse are if the share fell by `margin` alone: the exact
    /// McNemar test at a margin of 0, Tango's score test above.
    #[must_use]
    pub fn p_above(&self, margin: f64) -> f64 {
        let (events, worse, better) = self.effective();
        if margin <= 0.0 {
            return mcnemar_worse(worse, better);
        }
        if events <= 0.0 {
            return 1.0;
        }
        Normal::standard().sf(score(worse, better, events, margin))
    }

    /// Returns how many events put one standard error between what was seen and `bound`, if it stays what it is: z errors
    /// take z² times as many. `None` if nothing changed, or just by the bound.
    #[must_use]
    pub fn events_for_one_error(&self, bound: f64) -> Option<f64> {
        let drop = self.drop()?;
        let changed = (self.worse + self.better) as f64 / self.events as f64;
        let variance = (changed - drop * drop) * self.design_effect.max(1.0);
        let distance = (drop - bound).abs();
        (variance > 0.0 && distance > 1e-9).then(|| variance / (distance * distance))
    }
}

/// Returns how many standard errors the difference lies above a margin, with the errors of the margin: 0 if there are none.
fn score(worse: f64, better: f64, events: f64, margin: f64) -> f64 {
    // The share of changes for the better that is most likely if the difference is the margin, as Tango's root.
    let second = 2.0 * events;
    let first = -worse - better + (2.0 * events - worse + better) * margin;
    let constant = -better * margin * (1.0 - margin);
    let root = (first * first - 4.0 * second * constant).max(0.0).sqrt();
    let share = ((root - first) / (2.0 * second)).max(0.0);
    let variance = events * (2.0 * share + margin * (1.0 - margin));
    let distance = worse - better - events * margin;
    if variance <= 0.0 {
        return if distance.abs() < 1e-12 {
            0.0
        } else {
            distance.signum() * f64::INFINITY
        };
    }
    distance / variance.sqrt()
}

/// Returns where `holds`, true at the lower end, becomes false, by halving.
fn crossing(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Random;

    const fn alone(worse: u64, better: u64, events: u64) -> PairedChanges {
        PairedChanges {
            events,
            worse,
            better,
            design_effect: 1.0,
        }
    }

    /// Tango's statistic with the constrained likelihood maximised numerically, by `scipy.optimize`.
    const REFERENCE: [(u64, u64, u64, f64, f64); 5] = [
        (30, 3, 300, 0.056_615_52, 0.130_519_58),
        (90, 30, 3_000, 0.013_070_00, 0.027_483_71),
        (12, 2, 50, 0.061_112_41, 0.344_708_75),
        (3, 5, 100, -0.086_811_89, 0.042_477_10),
        (1, 0, 40, -0.064_812_14, 0.128_813_69),
    ];

    #[test]
    fn the_interval_is_the_one_of_the_constrained_likelihood() {
        for (worse, better, events, low, high) in REFERENCE {
            let found = alone(worse, better, events).interval(0.95);
            assert!(
                (found.0 - low).abs() < 2e-6 && (found.1 - high).abs() < 2e-6,
                "{worse} {better} {events}: {found:?}"
            );
        }
        assert_eq!(alone(0, 0, 0).interval(0.95), (-1.0, 1.0));
    }

    #[test]
    fn the_test_above_a_margin_is_the_one_of_the_constrained_likelihood() {
        for (worse, better, events, margin, expected) in [
            (30, 3, 300, 0.05, 0.009_215_55),
            (90, 30, 3_000, 0.01, 0.002_289_78),
            (12, 2, 50, 0.1, 0.073_816_61),
        ] {
            let found = alone(worse, better, events).p_above(margin);
            assert!((found - expected).abs() < 2e-6, "{found} {expected}");
        }
        assert!((alone(10, 2, 100).p_above(0.0) - 0.019_287_109_375).abs() < 1e-12);
    }

    #[test]
    fn a_campaign_that_changes_as_one_is_one_observation() {
        let campaign = GroupChanges {
            events: 200,
            worse: 200,
            better: 0,
        };
        let single = GroupChanges {
            events: 1,
            ..GroupChanges::default()
        };
        let groups = std::iter::once(campaign).chain(std::iter::repeat_n(single, 800));
        let changes = PairedChanges::of(groups);
        assert_eq!((changes.events, changes.worse), (1_000, 200));
        assert!(changes.p_above(0.0) > 0.3, "{changes:?}");
        let each = GroupChanges {
            events: 1,
            worse: 1,
            better: 0,
        };
        let groups = std::iter::repeat_n(each, 200).chain(std::iter::repeat_n(single, 800));
        let changes = PairedChanges::of(groups);
        assert!((changes.design_effect - 1.0).abs() < 0.01, "{changes:?}");
        assert!(changes.p_above(0.0) < 1e-50);
    }

    #[test]
    fn the_interval_holds_the_truth_as_often_as_it_says() {
        // A drop of 2 points among 4 % of changes, 400 events, 2,000 times; in groups of 5 that change together.
        let mut random = Random::new(5);
        let mut held = [0_u32; 2];
        for _ in 0..2_000 {
            for (place, size) in [(0, 1_u64), (1, 5)] {
                let groups: Vec<GroupChanges> = (0..400 / size)
                    .map(|_| {
                        let draw = random.unit();
                        GroupChanges {
                            events: size,
                            worse: if draw < 0.03 { size } else { 0 },
                            better: if draw > 0.99 { size } else { 0 },
                        }
                    })
                    .collect();
                let (low, high) = PairedChanges::of(groups).interval(0.95);
                held[place] += u32::from(low <= 0.02 && 0.02 <= high);
            }
        }
        assert!(held[0] >= 1_870, "{held:?}");
        assert!(held[1] >= 1_780, "{held:?}");
    }

    #[test]
    fn as_many_events_as_it_says_do_tell() {
        let few = alone(6, 3, 300);
        let one = few.events_for_one_error(0.0).expect("something changed");
        // (1.96 / 0.01)^2 * (0.03 - 0.0001)
        let needed = 1.96 * 1.96 * one;
        assert!((needed - 1_148.6).abs() < 1.0, "{needed}");
        let more = alone(60, 30, 3_000);
        assert!(more.p_above(0.0) < 0.025 && few.p_above(0.0) > 0.025);
        assert_eq!(alone(0, 0, 300).events_for_one_error(0.0), None);
    }

    proptest! {
        #[test]
        fn swapping_mirrors_the_interval(worse in 0_u64..60, better in 0_u64..60, others in 0_u64..500) {
            let events = worse + better + others;
            prop_assume!(events > 0);
            let (low, high) = alone(worse, better, events).interval(0.95);
            let (mirror_low, mirror_high) = alone(better, worse, events).interval(0.95);
            prop_assert!((low + mirror_high).abs() < 1e-6 && (high + mirror_low).abs() < 1e-6);
            let drop = alone(worse, better, events).drop().unwrap_or(0.0);
            prop_assert!(low <= drop && drop <= high);
        }
    }
}
