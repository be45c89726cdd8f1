//! What people confirmed, told on to the others of its origin and campaign.
//!
//! ```text
//!   confirmed labels ──same campaign: 1, same entity: how alike──► votes of each class ──with the model's word as one more──► P(wrong)
//! ```
//!
//! That a sender is called malicious three hundred times by whoever collected its mails says less than ten that somebody looked at. Events that are
//! confirmed themselves get no votes, and without confirmed labels nothing changes.

use std::collections::BTreeMap;

use rayon::prelude::*;
use ringtrue_core::split::evenly;

use super::suspects::Cases;

/// Confirmed events of an entity or campaign that speak, at most.
const SPEAKERS_MAX: usize = 100;

/// What confirmed labels say of a case: sums of weights from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Votes {
    /// For the label that it has.
    pub(super) own: f64,
    /// For the other one.
    pub(super) other: f64,
}

impl Votes {
    /// Returns the probability that the label is wrong, if it is `alone` without the votes: the mean of a beta distribution whose prior counts like one
    /// confirmed event.
    pub(super) fn wrong(self, alone: f64) -> f64 {
        (self.other + alone) / (self.own + self.other + 1.0)
    }

    /// Returns whether nobody spoke.
    pub(super) fn is_none(self) -> bool {
        self.own + self.other <= 0.0
    }
}

/// What confirmed labels say of each case.
pub(super) struct Confirmed {
    /// The votes.
    pub(super) votes: Vec<Votes>,
    /// Confirmed others of its origin or campaign: benign, malicious.
    pub(super) counts: Vec<[u32; 2]>,
}

impl Confirmed {
    /// Counts the votes; `certain` says of each case whether its label is confirmed.
    pub(super) fn of(cases: &Cases<'_>, certain: &[bool]) -> Self {
        let all = 0..cases.len();
        if !certain.contains(&true) {
            return Self {
                votes: all.clone().map(|_| Votes::default()).collect(),
                counts: all.map(|_| [0, 0]).collect(),
            };
        }
        let speakers = Speakers::of(cases, certain);
        let told: Vec<(Votes, [u32; 2])> = all
            .into_par_iter()
            .map_init(Vec::new, |scratch, case| {
                if certain[case] {
                    return Default::default();
                }
                speakers.told(cases, case, scratch)
            })
            .collect();
        let (votes, counts) = told.into_iter().unzip();
        Self { votes, counts }
    }
}

/// The confirmed cases, by where they belong.
struct Speakers {
    entity: Vec<u32>,
    campaign: Vec<u32>,
    of_entity: BTreeMap<u32, Vec<u32>>,
    of_campaign: BTreeMap<u32, Vec<u32>>,
    /// How much each bucket tells.
    tells: Vec<f64>,
    /// The buckets of the confirmed cases, ascending, with the length of their vector.
    buckets: BTreeMap<u32, (Vec<u32>, f64)>,
}

impl Speakers {
    fn of(cases: &Cases<'_>, certain: &[bool]) -> Self {
        let entity = cases.each(cases.of.events.entity);
        let campaign = cases.each(cases.of.events.campaign);
        let confirmed: Vec<u32> = (0_u32..)
            .zip(certain)
            .filter(|(_, certain)| **certain)
            .map(|(case, _)| case)
            .collect();
        let tells = tells(cases);
        let mut scratch = Vec::new();
        let mut vector = |case: u32| {
            let mut buckets = cases.buckets(case, &mut scratch).to_vec();
            buckets.sort_unstable();
            let length = length(&buckets, &tells);
            (case, (buckets, length))
        };
        let buckets = confirmed.iter().map(|case| vector(*case)).collect();
        Self {
            of_entity: grouped(&confirmed, &entity),
            of_campaign: grouped(&confirmed, &campaign),
            buckets,
            entity,
            campaign,
            tells,
        }
    }

    fn told(&self, cases: &Cases<'_>, case: usize, scratch: &mut Vec<u32>) -> (Votes, [u32; 2]) {
        let of_campaign = self.of_campaign.get(&self.campaign[case]);
        let copies = of_campaign.map_or(&[][..], Vec::as_slice);
        let of_entity = self.of_entity.get(&self.entity[case]);
        let others = of_entity.map_or(&[][..], Vec::as_slice);
        let (mut votes, mut counts) = (Votes::default(), [0, 0]);
        let mut say = |speaker: u32, weight: f64| {
            let called = cases.called[speaker as usize];
            counts[usize::from(called)] += 1;
            if called == cases.called[case] {
                votes.own += weight;
            } else {
                votes.other += weight;
            }
        };
        for copy in copies {
            say(*copy, 1.0);
        }
        if !others.is_empty() {
            let case = u32::try_from(case).unwrap_or(u32::MAX);
            let own = cases.buckets(case, scratch);
            let own_length = length(own, &self.tells);
            for other in others.iter().filter(|it| !copies.contains(it)) {
                say(*other, self.alike(*other, own, own_length));
            }
        }
        (votes, counts)
    }

    /// Returns the cosine of a confirmed case and one with these buckets: 0 to 1.
    fn alike(&self, speaker: u32, own: &[u32], own_length: f64) -> f64 {
        let Some((theirs, length)) = self.buckets.get(&speaker) else {
            return 0.0;
        };
        let common = own.iter().filter(|it| theirs.binary_search(it).is_ok());
        let common: f64 = common.map(|it| self.tells[*it as usize].powi(2)).sum();
        (common / (length * own_length)).min(1.0)
    }
}

/// Returns the members of each group, at most so many that may speak.
fn grouped(members: &[u32], group: &[u32]) -> BTreeMap<u32, Vec<u32>> {
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for member in members {
        let of = groups.entry(group[*member as usize]).or_default();
        of.push(*member);
    }
    let few = |(group, members): (u32, Vec<u32>)| (group, evenly(&members, SPEAKERS_MAX));
    groups.into_iter().map(few).collect()
}

/// Returns the logarithm of how rare each bucket is.
fn tells(cases: &Cases<'_>) -> Vec<f64> {
    let mut found = vec![0_u32; 2_usize << cases.of.events.tokens.bits()];
    let mut scratch = Vec::new();
    for case in (0_u32..).take(cases.len()) {
        for bucket in cases.buckets(case, &mut scratch) {
            found[*bucket as usize] += 1;
        }
    }
    let events = cases.len() as f64;
    let tells = |count: u32| (events / f64::from(count.max(1))).ln().max(0.0);
    found.into_iter().map(tells).collect()
}

/// Returns the length of a vector, kept from 0.
fn length(buckets: &[u32], tells: &[f64]) -> f64 {
    let squares: f64 = buckets.iter().map(|it| tells[*it as usize].powi(2)).sum();
    squares.sqrt() + 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_voice_moves_half_of_the_way_and_many_nearly_all() {
        let votes = |own: f64, other: f64| Votes { own, other };
        assert!((votes(0.0, 1.0).wrong(0.0) - 0.5).abs() < 1e-12);
        assert!((votes(0.0, 9.0).wrong(0.0) - 0.9).abs() < 1e-12);
        assert!((votes(9.0, 0.0).wrong(0.5) - 0.05).abs() < 1e-12);
        assert!((Votes::default().wrong(0.3) - 0.3).abs() < 1e-12);
        assert!(Votes::default().is_none() && !votes(0.1, 0.0).is_none());
    }
}
