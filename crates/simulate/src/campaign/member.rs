//! One family at work: the campaigns it has under way, and which of them the next attack belongs to.

use ringtrue_core::random::{Random, mix};

use super::family::Family;
use super::life::Campaign;

/// Days before the stream's start from which campaigns are under way.
const EARLIER: f64 = 40.0;
const DAYS_PER_MONTH: f64 = 30.4375;

/// Where families stand in their lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Age {
    /// Months that families have aged since the stream's start.
    pub(crate) month: f64,
    /// How many months they age in one.
    pub(crate) pace: f64,
}

/// One family with its live campaigns.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The family.
    pub(crate) family: Family,
    random: Random,
    campaigns: Vec<Campaign>,
    /// When the next campaign starts, in days.
    next_start: f64,
    /// Running sums of the campaigns' intensities.
    sums: Vec<f64>,
}

impl Member {
    /// Makes the member of a family that lives by its own course, on `day`.
    pub(crate) fn new(family: Family, day: f64, age: Age) -> Self {
        // A family that is older than the stream has campaigns under way.
        let age_days = family.age(age.month) * DAYS_PER_MONTH / age.pace;
        // Families that never age were always about.
        Self::starting(family, day - age_days.min(EARLIER))
    }

    /// Makes the member of a family whose first campaign starts on `day`, whatever its course says.
    pub(crate) fn starting(family: Family, day: f64) -> Self {
        Self {
            random: Random::new(mix(family.key ^ 0xca3b)),
            next_start: day,
            family,
            campaigns: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// Returns the relative number of attacks now: the family's part times what its campaigns do.
    pub(crate) fn weight(&self, month: f64) -> f64 {
        self.family.weight(month) * self.sums.last().copied().unwrap_or(0.0)
    }

    /// Starts the campaigns that are due on `day`, drops the dead, and keeps at least one.
    pub(crate) fn advance(&mut self, day: f64, starts: f64, next_campaign: &mut u64) {
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

    /// Draws the campaign of one attack.
    pub(crate) fn drawn(&self, random: &mut Random) -> Option<Campaign> {
        self.campaigns.get(drawn_index(&self.sums, random)).copied()
    }

    /// Returns how many campaigns are live.
    #[cfg(test)]
    pub(crate) fn live(&self) -> usize {
        self.campaigns.len()
    }
}

/// Returns the sums of the weights up to each.
pub(crate) fn running_sums(weights: impl Iterator<Item = f64>) -> impl Iterator<Item = f64> {
    weights.scan(0.0, |sum, weight| {
        *sum += weight;
        Some(*sum)
    })
}

/// Draws an index in proportion to the weights behind these running sums; the last if all are 0.
pub(crate) fn drawn_index(sums: &[f64], random: &mut Random) -> usize {
    let target = random.unit() * sums.last().copied().unwrap_or(0.0);
    let index = sums.partition_point(|sum| *sum <= target);
    index.min(sums.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

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
