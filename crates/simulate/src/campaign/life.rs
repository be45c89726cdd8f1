//! One campaign: when it starts, how its intensity rises and falls, how its URLs change, and the URL
//! of one of its events.

use ringtrue_core::random::{Random, mix};

use super::family::{Family, Kit};
use crate::benign::Habit;
use crate::clock::Scene;
use crate::site::{Population, Site};
use crate::text::whole;

/// The share of a campaign's events that hide behind a shortener.
const SHORTENED: f64 = 0.03;
/// The share that leads to a page without any mark, from where the victim is sent on.
const BARE: f64 = 0.02;
/// How many peaks' times a campaign lives.
const LIFE_IN_PEAKS: f64 = 9.0;

/// One campaign of a family.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Campaign {
    /// Unique in the stream.
    pub(crate) id: u64,
    key: u64,
    /// Days from the stream's start, negative for those under way when it starts.
    start: f64,
    /// Days from its start to its peak.
    peak: f64,
    size: f64,
    hosts: u64,
}

impl Campaign {
    /// Draws campaign `id` of `family`, starting on day `start`.
    pub(crate) fn new(family: &Family, id: u64, start: f64) -> Self {
        let key = mix(family.key ^ mix(id));
        let mut random = Random::new(key);
        Self {
            id,
            key,
            start,
            peak: 0.7 + random.exponential(1.8).min(5.0),
            size: 0.3 + random.exponential(1.0),
            hosts: 1 + random.below(6),
        }
    }

    /// Returns the relative number of events on `day`: a gamma density of shape 2.
    pub(crate) fn intensity(&self, day: f64) -> f64 {
        let age = (day - self.start) / self.peak;
        if age <= 0.0 {
            0.0
        } else {
            self.size / self.peak * age * (-age).exp()
        }
    }

    /// Returns whether the campaign has died.
    pub(crate) fn is_over(&self, day: f64) -> bool {
        day - self.start > LIFE_IN_PEAKS * self.peak
    }

    /// Appends the URL of one event on `day`.
    pub(crate) fn write(
        &self,
        family: &Family,
        day: f64,
        (population, scene): (Population, &Scene),
        random: &mut Random,
        out: &mut String,
    ) {
        let variant = whole((day - self.start) / (2.0 * self.peak));
        let mut constants = self.host(variant, random);
        let draw = random.unit();
        if draw < SHORTENED {
            Habit::Shortener.write(
                &hiding_place(population, scene, &mut constants),
                scene,
                random,
                out,
            );
        } else if draw < SHORTENED + BARE {
            let site = population.site(Population::shadow(random), scene);
            site.habit.write(&site, scene, random, out);
        } else {
            match &family.kit {
                Kit::Loud(kit) => kit.write((population, scene), &mut constants, random, out),
                Kit::Quiet(kit) => {
                    let site = hiding_place(population, scene, &mut constants);
                    kit.write(site, scene, variant, random, out);
                }
            }
        }
    }

    /// Returns the constants of one of the campaign's hosts of the day; it moves on as it changes.
    fn host(&self, variant: u64, random: &mut Random) -> Random {
        let number = random.below(self.hosts) + variant * self.hosts;
        Random::new(mix(self.key ^ mix(number + 1)))
    }
}

/// Returns a hacked site, or one that was registered long ago and looks like any other.
fn hiding_place(population: Population, scene: &Scene, constants: &mut Random) -> Site {
    let hacked = constants.chance(0.5);
    let number = if hacked {
        Population::obscure(constants)
    } else {
        Population::shadow(constants)
    };
    population.site(number, scene)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::family::Manner;

    #[test]
    fn a_campaign_rises_peaks_and_dies() {
        let family = Family::new(1, Manner::Loud, 3);
        let campaign = Campaign::new(&family, 7, 10.0);
        let at = |peaks: f64| campaign.intensity(10.0 + peaks * campaign.peak);
        assert!(at(-0.5) <= 0.0);
        assert!(at(0.3) < at(1.0) && at(1.0) > at(2.5) && at(2.5) > at(6.0));
        assert!(campaign.is_over(10.0 + 9.1 * campaign.peak));
    }
}
