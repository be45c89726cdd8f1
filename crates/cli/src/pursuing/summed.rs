//! Figures over seeds: means with intervals, and what a policy loses against another one, seed by seed.

use ringtrue_core::random::{Random, mix};
use serde::Serialize;

use super::measured::{Cycle, Played};
use super::policy::Policy;

const RESAMPLES: usize = 4_000;

/// A mean over seeds with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Mean {
    pub(crate) value: f64,
    /// The interval's ends; `None` with fewer than three seeds.
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

impl Mean {
    /// Returns the mean of values, one a seed; `None` without any. The interval is made of the 2.5 % and 97.5 % points of the means of resampled seeds.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (count, sum) = values.fold((0_u32, 0.0), |(count, sum), it| (count + 1, sum + it));
            sum / f64::from(count)
        };
        if values.is_empty() {
            return None;
        }
        let value = mean(&mut values.iter().copied());
        if values.len() < 3 {
            return Some(Self {
                value,
                low: None,
                high: None,
            });
        }
        let mut random = Random::new(mix(values.len() as u64));
        let mut means: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let mut drawn = values.iter().filter_map(|_| random.pick(values).copied());
                mean(&mut drawn)
            })
            .collect();
        means.sort_by(f64::total_cmp);
        let tail = RESAMPLES / 40;
        Some(Self {
            value,
            low: means.get(tail).copied(),
            high: means.get(RESAMPLES - 1 - tail).copied(),
        })
    }
}

/// What a policy came to over all seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Summed {
    pub(crate) policy: Policy,
    /// Recall, false-positive rate and cost per 1,000 events, cycle by cycle.
    pub(crate) recall: Vec<Mean>,
    pub(crate) fpr: Vec<Mean>,
    pub(crate) cost_per_1000: Vec<Mean>,
    /// How much lower than the oracle's its recall is in the last cycle, and over all cycles under a filter; `None` without the oracle.
    pub(crate) lost_last: Option<Mean>,
    pub(crate) lost_mean: Option<Mean>,
    /// The largest share of a cycle that was drawn for the audit sample, of any seed; and over all of them.
    pub(crate) audit_share_max: f64,
    pub(crate) audit_share: f64,
    pub(crate) kits: u64,
    /// Share of the kits that were never caught.
    pub(crate) never_caught: Option<f64>,
    /// Median days to protect, the mean over the seeds that have one.
    pub(crate) median_days: Option<Mean>,
}

impl Summed {
    /// Sums up the pursuits of a policy.
    pub(crate) fn of(policy: Policy, all: &[Played]) -> Self {
        let own: Vec<&Played> = all.iter().filter(|it| it.policy == policy).collect();
        let cycles = own.iter().map(|it| it.cycles.len()).min().unwrap_or(0);
        let by_cycle = |figure: fn(&Cycle) -> f64| -> Vec<Mean> {
            let of = |cycle: usize| {
                let values = own.iter().map(|it| figure(&it.cycles[cycle]));
                Mean::of(&values.collect::<Vec<f64>>())
            };
            (0..cycles).filter_map(of).collect()
        };
        let every = || own.iter().flat_map(|it| &it.cycles);
        let audited: u64 = every().map(|it| it.audited).sum();
        let events: u64 = every().map(|it| it.malicious + it.benign).sum();
        let kits: u64 = own.iter().map(|it| it.protection.kits).sum();
        let never: u64 = own.iter().map(|it| it.protection.never).sum();
        let days = own.iter().filter_map(|it| it.protection.median_days);
        Self {
            policy,
            recall: by_cycle(Cycle::recall),
            fpr: by_cycle(Cycle::fpr),
            cost_per_1000: by_cycle(Cycle::cost_per_1000),
            lost_last: lost(&own, all, |cycles| cycles.last().map(Cycle::recall)),
            lost_mean: lost(&own, all, |cycles| {
                let recalls = cycles.iter().map(Cycle::recall).sum::<f64>();
                (!cycles.is_empty()).then(|| recalls / cycles.len() as f64)
            }),
            audit_share_max: every().map(Cycle::audit_share).fold(0.0, f64::max),
            audit_share: audited as f64 / events.max(1) as f64,
            kits,
            never_caught: (kits > 0).then(|| never as f64 / kits as f64),
            median_days: Mean::of(&days.collect::<Vec<f64>>()),
        }
    }
}

/// Returns how much lower than the oracle's a figure of the same seed is.
fn lost(own: &[&Played], all: &[Played], figure: impl Fn(&[Cycle]) -> Option<f64>) -> Option<Mean> {
    let of_seed = |played: &&Played| {
        let oracle = all
            .iter()
            .find(|it| it.policy == Policy::Oracle && it.seed == played.seed)?;
        Some(figure(&oracle.cycles)? - figure(&played.cycles)?)
    };
    Mean::of(&own.iter().filter_map(of_seed).collect::<Vec<f64>>())
}

#[cfg(test)]
mod tests {
    use super::super::measured::Protection;
    use super::*;

    fn played(policy: Policy, seed: u64, blocked: u64) -> Played {
        let cycle = Cycle {
            malicious: 100,
            malicious_blocked: blocked,
            benign: 900,
            audited: 5,
            ..Cycle::default()
        };
        Played {
            policy,
            seed,
            cycles: vec![cycle; 2],
            protection: Protection {
                kits: 4,
                never: 1,
                median_days: None,
            },
        }
    }

    #[test]
    fn losses_are_taken_seed_by_seed() {
        // Seeds differ by far more than policies do.
        let pairs = (1..=8).flat_map(|seed| {
            let oracle = 20 + 10 * seed;
            [
                played(Policy::Oracle, seed, oracle),
                played(Policy::Audited, seed, oracle - 2),
            ]
        });
        let all: Vec<Played> = pairs.collect();
        let audited = Summed::of(Policy::Audited, &all);
        let lost = audited.lost_last.unwrap();
        assert!((lost.value - 0.02).abs() < 1e-9, "{lost:?}");
        assert!(lost.high.unwrap() - lost.low.unwrap() < 1e-9);
        let recall = audited.recall[1];
        assert!((recall.value - 0.63).abs() < 1e-9);
        assert!(recall.low.unwrap() < 0.55 && recall.high.unwrap() > 0.7);
        assert!((audited.audit_share - 0.005).abs() < 1e-12);
        assert_eq!(audited.never_caught, Some(0.25));
        assert_eq!(Summed::of(Policy::Never, &all).lost_last, None);
    }

    #[test]
    fn two_seeds_have_no_interval() {
        let mean = Mean::of(&[1.0, 3.0]).unwrap();
        assert_eq!((mean.low, mean.high), (None, None));
        assert_eq!(Mean::of(&[]), None);
    }
}
