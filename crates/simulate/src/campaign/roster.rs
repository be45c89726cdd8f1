//! Who is live: families by their age, and their campaigns by intensity.
//!
//! The roster is brought up to date every six hours of the stream's time. It holds at most about 40
//! families and, for each, the campaigns that have not died: memory does not grow with the stream.

use ringtrue_core::random::Random;

use super::family::{Family, Manner};
use super::life::Campaign;
use super::member::{Age, Member, drawn_index, running_sums};
use crate::clock::Moment;

/// The share of attacks that comes from quiet families.
pub(crate) const QUIET_SHARE: f64 = 0.56;
/// Events that a campaign has on average; small files have at least [`STARTS_MIN`] new campaigns a
/// day and family, big ones at most [`STARTS_MAX`].
const EVENTS_PER_CAMPAIGN: f64 = 10.0;
const STARTS_MIN: f64 = 0.3;
const STARTS_MAX: f64 = 6.0;
/// Families of one manner that are live at once, about.
const FAMILIES: f64 = 12.0;

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
    /// How many months families age in one.
    pace: f64,
    /// New campaigns a day and family.
    starts: f64,
    loud: Side,
    quiet: Side,
    next_campaign: u64,
}

impl Roster {
    /// Makes the roster of one seed for a stream with `malicious_per_day` attacks, whose families age `pace` months in one.
    pub(crate) fn new(seed: u64, malicious_per_day: f64, pace: f64) -> Self {
        let starts = malicious_per_day / EVENTS_PER_CAMPAIGN / (2.0 * FAMILIES);
        Self {
            seed,
            pace,
            starts: starts.clamp(STARTS_MIN, STARTS_MAX),
            loud: Side::new(Manner::Loud),
            quiet: Side::new(Manner::Quiet),
            next_campaign: 0,
        }
    }

    /// Brings families and campaigns up to date.
    pub(crate) fn advance(&mut self, moment: Moment) {
        let age = Age {
            month: moment.month * self.pace,
            pace: self.pace,
        };
        for side in [&mut self.loud, &mut self.quiet] {
            side.admit(self.seed, (moment.day, age));
            for member in &mut side.members {
                member.advance(moment.day, self.starts, &mut self.next_campaign);
            }
            side.sums.clear();
            let weights = side.members.iter().map(|member| member.weight(age.month));
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
        Some((&member.family, member.drawn(random)?))
    }

    /// Returns how many campaigns are live.
    #[cfg(test)]
    pub(crate) fn live(&self) -> usize {
        let members = self.loud.members.iter().chain(&self.quiet.members);
        members.map(Member::live).sum()
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

    /// Takes in the families born by then and lets go of those that are over.
    fn admit(&mut self, seed: u64, (day, age): (f64, Age)) {
        self.members
            .retain(|member| !member.family.is_over(age.month));
        loop {
            let number = &mut self.next_number;
            let family = self.next.take().unwrap_or_else(|| {
                *number += 1;
                Family::new(seed, self.manner, *number - 1)
            });
            if !family.is_born(age.month) {
                self.next = Some(family);
                return;
            }
            self.members.push(Member::new(family, day, age));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use ringtrue_core::EventTime;

    #[test]
    fn the_number_of_live_campaigns_is_bounded() {
        let clock = Clock::new(EventTime::from_date(2024, 1, 1), 120, 1);
        let mut roster = Roster::new(5, 1e9, 1.0);
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
        let mut roster = Roster::new(5, 30.0, 1.0);
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
}
