//! The list of benign habits with their shares, and the choice of the file that writes each.

use ringtrue_core::random::Random;

use super::{
    api, asset, device, forum, hosted, login, news, portal, shop, shortener, tracking, wiki,
};
use crate::clock::Scene;
use crate::site::Site;

/// What kind of URLs a site has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Articles with dates and slugs.
    News,
    /// Products, categories and carts.
    Shop,
    /// Pages, revisions and talk.
    Wiki,
    /// Threads, members and searches.
    Forum,
    /// Machine interfaces.
    Api,
    /// Images, scripts and styles with hashes in their names.
    Asset,
    /// Links of newsletters and advertisements.
    Tracking,
    /// Short links.
    Shortener,
    /// Logins and accounts of honest brands.
    Login,
    /// Devices in the house, by address.
    Device,
    /// Pages of people at free hosters.
    Hosted,
    /// Home pages and plain pages of organisations.
    Portal,
}

/// The share of each habit among sites, in percent.
const SHARES: [(Habit, u64); 12] = [
    (Habit::News, 15),
    (Habit::Shop, 16),
    (Habit::Wiki, 5),
    (Habit::Forum, 8),
    (Habit::Api, 8),
    (Habit::Asset, 12),
    (Habit::Tracking, 8),
    (Habit::Shortener, 2),
    (Habit::Login, 6),
    (Habit::Device, 1),
    (Habit::Hosted, 8),
    (Habit::Portal, 11),
];

impl Habit {
    /// Draws a habit by the shares.
    pub(crate) fn drawn(random: &mut Random) -> Self {
        let mut rest = random.below(100);
        for (habit, share) in SHARES {
            if rest < share {
                return habit;
            }
            rest -= share;
        }
        Self::Portal
    }

    /// Appends one URL of `site`.
    pub(crate) fn write(self, site: &Site, scene: &Scene, random: &mut Random, out: &mut String) {
        match self {
            Self::News => news::write(site, scene, random, out),
            Self::Shop => shop::write(site, scene, random, out),
            Self::Wiki => wiki::write(site, scene, random, out),
            Self::Forum => forum::write(site, scene, random, out),
            Self::Api => api::write(site, scene, random, out),
            Self::Asset => asset::write(site, scene, random, out),
            Self::Tracking => tracking::write(site, scene, random, out),
            Self::Shortener => shortener::write(random, out),
            Self::Login => login::write(site, random, out),
            Self::Device => device::write(site, random, out),
            Self::Hosted => hosted::write(site, scene, random, out),
            Self::Portal => portal::write(site, scene, random, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_sum_to_one_hundred() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<u64>(), 100);
    }
}
