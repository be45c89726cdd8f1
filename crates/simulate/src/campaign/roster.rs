//! Who is live: families by their age, and their campaigns by intensity.
//!
//! The roster is brought up to date every six hours of the stream's time. It holds at most about 40
//! families and, for each, the campaigns that have not died: memory does not grow with the stream.

use ringtrue_core::random::{Random, mix};

use super::family::{Family, Manner};
use super::life::Campaign;
use crate::clock::Moment;

/// The share of attacks that comes from quiet families.
const QUIET_SHARE: f64 = 0.56;
/// Events that a campaign has on average; small files have at least [`STARTS_MIN`] new campaigns a
/// day and family, big ones at most [`STARTS_MAX`].
const EVENTS_PER_CAMPAIGN: f64 = 10.0;
const STARTS_MIN: f64 = 0.3;
const STARTS_MAX: f64 = 6.0;
/// Families of one manner that are live at once, about.
const FAMILIES: f64 = 12.0;
/// Days before the stream's start from which campaigns are under way.
const EARLIER: f64 = 40.0;
const DAYS_PER_MONTH: f64 = 30.4375;

/// One family with its live campaigns.
#[derive(Clone, Debug)]
struct Member {
    family: Family,
    random: Random,
    campaigns: Vec<Campaign>,
    /// When the next campaign starts, in days.
    next_start: f64,
    /// Running sums of the campaigns' intensities.
    sums: Vec<f64>,
}

/// All live families of one manner.
#[derive(Clone, Debug)]
struct Side {
    manner: Manner,
    members: Vec<Member>,
    /// The youngest family that is known already, though perhaps not born.
    next: Option<Family>,
    next_number: u64,
    /// Running sums of the members' weights.
    sums: Vec<f64>,
}

/// All live families and campaigns.
#[derive(Clone, Debug)]
pub(crate) struct Roster {
    seed: u64,
    /// New campaigns a day and family.
    starts: f64,
    loud: Side,
    quiet: Side,
    next_campaign: u64,
}

impl Roster {
    /// Makes the roster of one seed for a stream with `malicious_per_day` attacks.
    pub(crate) fn new(seed: u64, malicious_per_day: f64) -> Self {
        let starts = malicious_per_day / EVENTS_PER_CAMPAIGN / (2.0 * FAMILIES);
        Self {
            seed,
            starts: starts.clamp(STARTS_MIN, STARTS_MAX),
            loud: Side::new(Manner::Loud),
            quiet: Side::new(Manner::Quiet),
            next_campaign: 0,
        }
    }

    /// Brings families and campaigns up to date.
    pub(crate) fn advance(&mut self, moment: Moment) {
        for side in [&mut self.loud, &mut self.quiet] {
            side.admit(self.seed, moment);
            for member in &mut side.members {
                member.advance(moment.day, self.starts, &mut self.next_campaign);
            }
            side.sums.clear();
            let weights = side
                .members
                .iter()
                .map(|member| member.weight(moment.month));
            side.sums.extend(running_sums(weights));
        }
    }

    /// Draws the family and the campaign of one attack.
    pub(crate) fn drawn(&self, random: &mut Random) -> Option<(&Family, Campaign)> {
        let side = if random.chance(QUIET_SHARE) {
            &self.quiet
        } else {
            &self.loud
        };
        let member = side.members.get(drawn_index(&side.sums, random))?;
        let campaign = member.campaigns.get(drawn_index(&member.sums, random))?;
        Some((&member.family, *campaign))
    }

    /// Returns how many campaigns are live.
    #[cfg(test)]
    pub(crate) fn live(&self) -> usize {
        let members = self.loud.members.iter().chain(&self.quiet.members);
        members.map(|member| member.campaigns.len()).sum()
    }
}

impl Side {
    const fn new(manner: Manner) -> Self {
        Self {
            manner,
            members: Vec::new(),
            next: None,
            next_number: 0,
            sums: Vec::new(),
        }
    }

    /// Takes in the families born by `moment` and lets go of those that are over.
    fn admit(&mut self, seed: u64, moment: Moment) {
        self.members
            .retain(|member| !member.family.is_over(moment.month));
        loop {
            let number = &mut self.next_number;
            let family = self.next.take().unwrap_or_else(|| {
                *number += 1;
                Family::new(seed, self.manner, *number - 1)
            });
            if !family.is_born(moment.month) {
                self.next = Some(family);
                return;
            }
            self.members.push(Member::new(family, moment));
        }
    }
}

impl Member {
    fn new(family: Family, moment: Moment) -> Self {
        // A family that is older than the stream has campaigns under way.
        let age_days = family.age(moment.month) * DAYS_PER_MONTH;
        Self {
            random: Random::new(mix(family.key ^ 0xca3b)),
            next_start: moment.day - age_days.min(EARLIER),
            family,
            campaigns: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Returns the relative number of attacks now: the family's part times what its campaigns do.
    fn weight(&self, month: f64) -> f64 {
        self.family.weight(month) * self.sums.last().copied().unwrap_or(0.0)
    }

    /// Starts the campaigns that are due on `day`, drops the dead, and keeps at least one.
    fn advance(&mut self, day: f64, starts: f64, next_campaign: &mut u64) {
        while self.next_start < day || self.campaigns.is_empty() {
            self.campaigns
                .push(Campaign::new(&self.family, *next_campaign, self.next_start));
            *next_campaign += 1;
            self.next_start += self.random.exponential(1.0 / starts);
        }
        let youngest = self.campaigns.len() - 1;
        let mut index = 0;
        self.campaigns.retain(|campaign| {
            index += 1;
            index > youngest || !campaign.is_over(day)
        });
        self.sums.clear();
        let campaigns = &self.campaigns;
        self.sums.extend(running_sums(
            campaigns.iter().map(|campaign| campaign.intensity(day)),
        ));
    }
}

fn running_sums(weights: impl Iterator<Item = f64>) -> impl Iterator<Item = f64> {
    weights.scan(0.0, |sum, weight| {
        *sum += weight;
        Some(*sum)
    })
}

/// Draws an index in proportion to the weights behind these running sums; the last if all are 0.
fn drawn_index(sums: &[f64], random: &mut Random) -> usize {
    let target = random.unit() * sums.last().copied().unwrap_or(0.0);
    let index = sums.partition_point(|sum| *sum <= target);
    index.min(sums.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use ringtrue_core::EventTime;

    #[test]
    fn the_number_of_live_campaigns_is_bounded() {
        let clock = Clock::new(EventTime::from_date(2024, 1, 1), 120, 1);
        let mut roster = Roster::new(5, 1e9);
        let mut most = 0;
        for step in 0..(119 * 30 * 2) {
            roster.advance(clock.at_day(f64::from(step) / 2.0));
            most = most.max(roster.live());
        }
        assert!(most < 8_000, "{most}");
        assert!(roster.loud.members.len() + roster.quiet.members.len() < 45);
    }

    #[test]
    fn new_families_keep_coming() {
        let clock = Clock::new(EventTime::from_date(2024, 1, 1), 12, 1);
        let mut roster = Roster::new(5, 30.0);
        roster.advance(clock.at_day(0.0));
        let first: Vec<_> = roster
            .quiet
            .members
            .iter()
            .map(|member| member.family.name.clone())
            .collect();
        roster.advance(clock.at_day(300.0));
        let known = roster
            .quiet
            .members
            .iter()
            .filter(|member| first.contains(&member.family.name));
        assert!(known.count() * 2 < roster.quiet.members.len());
    }

    #[test]
    fn draws_follow_the_weights() {
        let sums: Vec<f64> = running_sums([1.0, 0.0, 3.0].into_iter()).collect();
        let mut random = Random::new(2);
        let mut counts = [0_u32; 3];
        for _ in 0..4_000 {
            counts[drawn_index(&sums, &mut random)] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((2_850..3_150).contains(&counts[2]), "{counts:?}");
    }
}
