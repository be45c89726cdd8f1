//! One crew of attackers: which kit it uses, how much it sends, and what it does about what a filter stops.
//!
//! ```text
//!   events of a cycle ──stopped or not──► share stopped ──► volume; keep the kit, return to an old one, or buy another
//! ```
//!
//! A crew knows what became of its own events and nothing else: no score, no threshold, no other crew, no policy of training. Every constant
//! is a choice of this simulation and holds for every policy alike.

use ringtrue_core::random::{Random, mix};

use crate::campaign::{Family, Manner, Member, QUIET_SHARE};

/// A kit is given up, if at all, when at least this share of its events was stopped.
const STOPPED_TOO_OFTEN: f64 = 0.5;
/// The share of crews that give up a kit that is stopped too often; the others try a cycle longer.
const GIVES_UP: f64 = 0.7;
/// The share of crews that change their kit in a cycle whatever the filter does: kits are sold, and pages change.
const RESTLESS: f64 = 0.1;
/// The share of changes that go back to a kit of the crew's past, if it has one: filters forget.
const RETURNS: f64 = 0.3;
/// The share of new kits that hide among benign sites, if the one before was stopped too often.
const HIDES: f64 = 0.8;
/// What a cycle in which nothing was stopped multiplies a crew's volume by, and one in which all was divides it by.
const GROWTH: f64 = 1.5;
/// Bounds of a crew's volume; 1 is what it starts with.
const VOLUME: [f64; 2] = [0.25, 4.0];

/// One crew.
#[derive(Clone, Debug)]
pub(super) struct Crew {
    /// The kit in use, with its campaigns.
    pub(super) member: Member,
    /// Kits of the past, the longest ago first.
    past: Vec<Family>,
    volume: f64,
    random: Random,
    sent: u64,
    stopped: u64,
}

/// Kits for sale, in order of their making: no two are alike.
#[derive(Clone, Debug)]
pub(super) struct Market {
    seed: u64,
    next_number: u64,
}

impl Market {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            seed,
            next_number: 0,
        }
    }

    /// Returns a kit that nobody had before; quiet ones take up one trick after another.
    fn sell(&mut self, quiet_share: f64, random: &mut Random) -> Family {
        let manner = if random.chance(quiet_share) {
            Manner::Quiet
        } else {
            Manner::Loud
        };
        self.next_number += 1;
        Family::new(self.seed, manner, self.next_number - 1)
    }
}

impl Crew {
    /// Makes crew `number`, whose first campaigns are under way on `day`.
    pub(super) fn new(number: u64, day: f64, market: &mut Market) -> Self {
        let mut random = Random::new(mix(market.seed ^ mix(number ^ 0x0c4e)));
        let family = market.sell(QUIET_SHARE, &mut random);
        Self {
            member: Member::starting(family, day),
            past: Vec::new(),
            volume: 1.0,
            random,
            sent: 0,
            stopped: 0,
        }
    }

    /// Returns the relative number of this crew's attacks.
    pub(super) const fn volume(&self) -> f64 {
        self.volume
    }

    /// Takes in what became of one event.
    pub(super) const fn see(&mut self, stopped: bool) {
        self.sent += 1;
        self.stopped += stopped as u64;
    }

    /// Decides at the end of a cycle what to do in the next one, which starts on `day`.
    pub(super) fn adapt(&mut self, day: f64, market: &mut Market) {
        // Each draw is made in every case, so that what one crew decides does not move the chances of its later cycles.
        let (gives_up, restless) = (self.random.chance(GIVES_UP), self.random.chance(RESTLESS));
        let (returns, which) = (self.random.chance(RETURNS), self.random.unit());
        let stopped_share = if self.sent == 0 {
            0.0
        } else {
            self.stopped as f64 / self.sent as f64
        };
        (self.sent, self.stopped) = (0, 0);
        let factor = GROWTH.powf(1.0 - 2.0 * stopped_share);
        self.volume = (self.volume * factor).clamp(VOLUME[0], VOLUME[1]);
        let is_stopped = stopped_share >= STOPPED_TOO_OFTEN;
        if !(is_stopped && gives_up || restless) {
            return;
        }
        let quiet_share = if is_stopped { HIDES } else { QUIET_SHARE };
        let family = if returns && !self.past.is_empty() {
            let place = crate::text::whole(which * self.past.len() as f64);
            let place = usize::try_from(place).unwrap_or(0);
            self.past.remove(place.min(self.past.len() - 1))
        } else {
            market.sell(quiet_share, &mut self.random)
        };
        let left = std::mem::replace(&mut self.member, Member::starting(family, day));
        self.past.push(left.family);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the kits of a crew over cycles in which a share of its events is stopped, and its last volume.
    fn life(number: u64, stopped_of_ten: u64) -> (Vec<std::sync::Arc<str>>, f64) {
        let mut market = Market::new(number);
        let mut crew = Crew::new(number, 0.0, &mut market);
        let mut kits = vec![crew.member.family.name.clone()];
        for cycle in 1..=12 {
            for event in 0..10 {
                crew.see(event < stopped_of_ten);
            }
            crew.adapt(f64::from(cycle) * 30.0, &mut market);
            kits.push(crew.member.family.name.clone());
        }
        (kits, crew.volume())
    }

    fn changes(stopped_of_ten: u64) -> usize {
        let kits = (0..100).flat_map(|number| {
            let (kits, _) = life(number, stopped_of_ten);
            kits.windows(2)
                .map(|pair| pair[0] != pair[1])
                .collect::<Vec<_>>()
        });
        kits.filter(|changed| *changed).count()
    }

    #[test]
    fn what_is_stopped_is_given_up_and_what_passes_stays() {
        // Of 1,200 cycles: one in ten is restless; of stopped ones 0.73 end in a change.
        let (passing, stopped) = (changes(0), changes(10));
        assert!((80..170).contains(&passing), "{passing}");
        assert!((820..930).contains(&stopped), "{stopped}");
        // The filter's strength counts only through what it stops.
        assert_eq!(passing, changes(4));
        assert_eq!(stopped, changes(5));
    }

    #[test]
    fn volume_follows_success_within_bounds() {
        assert!((life(1, 0).1 - VOLUME[1]).abs() < 1e-12);
        assert!((life(1, 10).1 - VOLUME[0]).abs() < 1e-12);
        assert!((life(1, 5).1 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn crews_go_back_to_kits_of_their_past() {
        let returned = (0..100).filter(|number| {
            let (kits, _) = life(*number, 10);
            let mut runs: Vec<_> = kits;
            runs.dedup();
            let distinct: std::collections::BTreeSet<_> = runs.iter().collect();
            distinct.len() < runs.len()
        });
        assert!(returned.count() > 80);
    }
}
