//! Benign sites: who exists, how popular each is, and what each is called.
//!
//! A site is a number. Its habit, name and constants follow from the seed and that number alone, so
//! that a population of any size takes no memory.

use ringtrue_core::random::{Random, mix};

use crate::benign::Habit;
use crate::clock::{Scene, modern_share};
use crate::text::{pick, push_coined, push_name, push_suffix, whole};
use crate::words::INTERNATIONAL;

/// Sites that exist when a stream starts.
const FOUNDED: f64 = 40_000.0;
/// Sites born in each month.
const BORN_PER_MONTH: f64 = 3_000.0;
/// The share of visits that go to a site of the last month's births.
const YOUNG_SHARE: f64 = 0.08;
/// Flattens the top of the popularity law: rank `r` is visited in proportion to `1 / (r + 25)`.
const POPULARITY_SHIFT: f64 = 25.0;
/// Numbers from here on belong to sites that no benign event visits.
const SHADOW: u64 = 1 << 40;

/// Whether a site follows the habits of the stream's start or those that appear later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fashion {
    /// Short numbers and plain names.
    Classic,
    /// Long tokens and, now and then, international names.
    Modern,
}

/// One site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    key: u64,
    /// What kind of URLs it has.
    pub(crate) habit: Habit,
    /// Whether it follows old or new habits.
    pub(crate) fashion: Fashion,
}

/// All sites that exist, by number: the most popular first, the youngest last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Population {
    seed: u64,
}

impl Population {
    /// Makes the sites of one seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            seed: mix(seed ^ 0x5173),
        }
    }

    /// Draws the site of one benign visit.
    pub(crate) fn visited(self, scene: &Scene, random: &mut Random) -> Site {
        let count = FOUNDED + BORN_PER_MONTH * scene.month;
        let number = if scene.month > 0.0 && random.chance(YOUNG_SHARE) {
            count - random.unit() * BORN_PER_MONTH
        } else {
            let ratio = (count + POPULARITY_SHIFT) / POPULARITY_SHIFT;
            POPULARITY_SHIFT * ratio.powf(random.unit()) - POPULARITY_SHIFT
        };
        self.site(whole(number), scene)
    }

    /// Draws the number of a founding site that few people visit: each is as likely as the next.
    pub(crate) fn obscure(random: &mut Random) -> u64 {
        random.below(whole(FOUNDED))
    }

    /// Draws the number of a site that is none of the benign ones and looks like them.
    pub(crate) fn shadow(random: &mut Random) -> u64 {
        SHADOW + random.below(SHADOW)
    }

    /// Returns site `number` as it is on the day of `scene`.
    pub(crate) fn site(self, number: u64, scene: &Scene) -> Site {
        let key = mix(self.seed ^ mix(number));
        let mut random = Random::new(key);
        let habit = Habit::drawn(&mut random);
        let birth_month = (number as f64 - FOUNDED) / BORN_PER_MONTH;
        let share = if number >= SHADOW {
            scene.modern_share
        } else {
            modern_share(birth_month).max(0.3 * scene.modern_share)
        };
        let fashion = if random.chance(share) {
            Fashion::Modern
        } else {
            Fashion::Classic
        };
        Site {
            key,
            habit,
            fashion,
        }
    }
}

impl Site {
    /// Returns the random source of this site's constants; the same one each time.
    pub(crate) const fn constants(&self) -> Random {
        Random::new(mix(self.key ^ 0xc0de))
    }

    /// Returns the same site with another habit.
    pub(crate) const fn with_habit(self, habit: Habit) -> Self {
        Self { habit, ..self }
    }

    /// Appends scheme and host, such as `https://www.gardenvelmo.com`.
    pub(crate) fn push_origin(&self, out: &mut String) {
        self.push_origin_at(out, "www.");
    }

    /// Appends scheme and host; the host starts with `label` for those sites that use one.
    pub(crate) fn push_origin_at(&self, out: &mut String, label: &str) {
        let mut random = Random::new(mix(self.key ^ 0x0405));
        out.push_str(if random.chance(0.86) {
            "https://"
        } else {
            "http://"
        });
        if random.chance(0.55) {
            out.push_str(label);
        }
        if self.fashion == Fashion::Modern && random.chance(0.25) {
            push_coined(out, &mut random);
            out.push('.');
            out.push_str(pick(&mut random, INTERNATIONAL));
        } else {
            push_name(out, &mut random);
        }
        push_suffix(out, &mut random);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Season;

    fn scene(month: f64) -> Scene {
        Scene {
            month,
            year: 2024,
            month_of_year: 6,
            day_of_month: 1,
            season: Season::NONE,
            modern_share: modern_share(month),
        }
    }

    #[test]
    fn a_site_keeps_its_name() {
        let population = Population::new(9);
        let origin = |month: f64| {
            let mut out = String::new();
            population.site(77, &scene(month)).push_origin(&mut out);
            out
        };
        assert_eq!(origin(0.0), origin(2.0));
    }

    #[test]
    fn few_sites_take_most_visits() {
        let population = Population::new(1);
        let mut random = Random::new(1);
        let mut visits = std::collections::BTreeMap::new();
        for _ in 0..20_000 {
            let key = population.visited(&scene(0.0), &mut random).key;
            *visits.entry(key).or_insert(0_u32) += 1;
        }
        let mut counts: Vec<u32> = visits.into_values().collect();
        counts.sort_unstable_by(|left, right| right.cmp(left));
        let top: u32 = counts.iter().take(200).sum();
        assert!((5_000..9_000).contains(&top), "{top}");
        assert!(counts.len() > 5_000, "{}", counts.len());
    }

    #[test]
    fn young_sites_follow_new_fashions() {
        let population = Population::new(1);
        let modern = |numbers: std::ops::Range<u64>| {
            let late = scene(9.0);
            numbers
                .filter(|number| population.site(*number, &late).fashion == Fashion::Modern)
                .count()
        };
        assert!(modern(64_000..66_000) > 2 * modern(0..2_000));
    }
}
