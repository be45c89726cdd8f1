//! Measures: how unusual an event is for a user, a host and the fleet, from the past alone.
//!
//! ```text
//!   name, entity, fleet ─► share of the name, the fleet's standing in for what is not known ─► bits
//!   time, entity ─► hour of the day, gap, burst
//! ```
//!
//! A surprise is `-log2` of a share. Shares are smoothed towards the next wider circle: those of an entity
//! towards the rest of the fleet's, those of pairs towards those of names.

use ringtrue_core::EventTime;

use super::counts::Counts;
use super::entity::{Brought, Entity, HistoryParameters, hour, seconds_between};
use super::key::pair;
use super::state::{History, Resolved};
use crate::declare::single;

/// What stands for an hour's worth of events before any was seen.
const HOUR_PRIOR: f64 = 0.25;

/// How unusual an event is for one user, one host or the fleet; NaN where there is nothing to compare.
#[derive(Clone, Copy, Debug)]
pub struct LevelNovelty {
    /// Events seen before this one.
    pub events: f32,
    /// Distinct names remembered.
    pub known_names: f32,
    /// Surprise at the rarest name, in bits.
    pub rarest_bits: f32,
    /// Mean surprise at the distinct names, each weighed by the root of how often it came.
    pub name_bits: f32,
    /// Mean surprise at what follows what, weighed alike.
    pub pair_bits: f32,
    /// Share of the distinct names that were never met.
    pub new_share: f32,
    /// Mean bits a name by which the event looks like the rest of the fleet rather than like this entity;
    /// negative if it looks like the entity. NaN of the fleet.
    pub strange_bits: f32,
    /// The same over the last events and this one.
    pub recent_bits: f32,
    /// Seconds since the event before.
    pub gap_seconds: f32,
    /// Seconds since the first event.
    pub known_seconds: f32,
    /// Surprise at the hour of the day (UTC), in bits; log2 of 24 where nothing is known.
    pub hour_bits: f32,
    /// How much busier than usual it was just before, as log2 of a ratio.
    pub burst_bits: f32,
}

impl LevelNovelty {
    /// Nothing to compare with.
    pub const NONE: Self = Self {
        events: f32::NAN,
        known_names: f32::NAN,
        rarest_bits: f32::NAN,
        name_bits: f32::NAN,
        pair_bits: f32::NAN,
        new_share: f32::NAN,
        strange_bits: f32::NAN,
        recent_bits: f32::NAN,
        gap_seconds: f32::NAN,
        known_seconds: f32::NAN,
        hour_bits: f32::NAN,
        burst_bits: f32::NAN,
    };
}

/// How unusual an event is, from what came before it.
#[derive(Clone, Copy, Debug)]
pub struct Novelty {
    /// For its user.
    pub user: LevelNovelty,
    /// For its host.
    pub host: LevelNovelty,
    /// For everybody.
    pub fleet: LevelNovelty,
    /// Share of the distinct names that others use and this user (host, where no user is named) does not.
    pub foreign_share: f32,
    /// How many users (hosts, where no user is named) were seen with the name that the fewest have.
    pub holders: f32,
}

impl Novelty {
    /// Nothing to compare with: of an event that no history saw.
    pub const NONE: Self = Self {
        user: LevelNovelty::NONE,
        host: LevelNovelty::NONE,
        fleet: LevelNovelty::NONE,
        foreign_share: f32::NAN,
        holders: f32::NAN,
    };
}

/// A mean whose items weigh as the root of how often they came: the tenth `ls` tells less than the first.
#[derive(Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: f64, times: u32) {
        let weight = f64::from(times).sqrt();
        self.sum += weight * value;
        self.weight += weight;
    }

    /// Returns the mean, NaN of nothing.
    fn value(&self) -> f32 {
        single(self.sum / self.weight)
    }
}

/// How often a name came, in a circle and to the fleet.
#[derive(Clone, Copy)]
struct Known {
    here: f64,
    fleet: f64,
}

/// One circle's shares of names: the entity's own, smoothed towards those of the rest of the fleet.
struct Circle<'a> {
    entity: &'a Entity,
    fleet: &'a Entity,
    parameters: &'a HistoryParameters,
    /// The entity again; none if it is the fleet, beside which there is no rest.
    own: Option<&'a Entity>,
}

impl Circle<'_> {
    /// Returns the share of `name` among the rest of the fleet, never 0.
    fn elsewhere(&self, name: Known) -> f64 {
        let own = self.own.map(|entity| &entity.names);
        let unknown = 1.0 / (self.fleet.names.known() as f64 + 1.0);
        let times = name.fleet - own.map_or(0.0, |_| name.here);
        let total = self.fleet.names.total() - own.map_or(0.0, Counts::total);
        // The fleet's counts fade at another pace than the entity's.
        let times = times.max(0.0);
        (times + unknown) / (total.max(times) + 1.0)
    }

    /// Returns the share of `name` in this circle.
    fn share(&self, name: Known, elsewhere: f64) -> f64 {
        if self.own.is_none() {
            return elsewhere;
        }
        let prior = self.parameters.prior_names.max(f64::MIN_POSITIVE);
        (name.here + prior * elsewhere) / (self.entity.names.total() + prior)
    }

    /// Returns the share of a name, which alone has the share `alone`, among what follows `before`.
    fn share_after(&self, before: u64, name: u64, alone: f64) -> f64 {
        let prior = self.parameters.prior_pairs.max(f64::MIN_POSITIVE);
        let together = self.entity.pairs.of(pair(before, name));
        // The name before may have been forgotten while the pair was not.
        let times = self.entity.names.of(before).max(together);
        (together + prior * alone) / (times + prior)
    }

    /// Measures an event whose distinct names came to the fleet as often as `fleet` says, in their order.
    fn measure(&self, brought: &Brought, fleet: &[f64]) -> LevelNovelty {
        let (mut surprise, mut strange, mut pairs) =
            (Mean::default(), Mean::default(), Mean::default());
        let (mut rarest, mut new) = (f64::NAN, 0_usize);
        let mut shares: Vec<f64> = Vec::with_capacity(fleet.len());
        for ((name, times), fleet) in brought.names.iter().zip(fleet) {
            let known = Known {
                here: self.own.map_or(*fleet, |own| own.names.of(*name)),
                fleet: *fleet,
            };
            let elsewhere = self.elsewhere(known);
            let share = self.share(known, elsewhere);
            let bits = -share.log2();
            rarest = rarest.max(bits);
            surprise.add(bits, *times);
            strange.add(bits + elsewhere.log2(), *times);
            if known.here <= 0.0 {
                new = new.saturating_add(1);
            }
            shares.push(share);
        }
        for ((before, name), times) in &brought.pairs {
            let place = brought.names.binary_search_by_key(name, |(name, _)| *name);
            let alone = place.ok().and_then(|place| shares.get(place));
            let alone = alone.copied().unwrap_or(f64::NAN);
            pairs.add(-self.share_after(*before, *name, alone).log2(), *times);
        }
        let mut novelty = LevelNovelty {
            events: self.entity.events as f32,
            known_names: self.entity.names.known() as f32,
            rarest_bits: single(rarest),
            name_bits: surprise.value(),
            pair_bits: pairs.value(),
            new_share: new as f32 / brought.names.len() as f32,
            ..LevelNovelty::NONE
        };
        if self.own.is_some() && !brought.names.is_empty() {
            novelty.strange_bits = strange.value();
            let over = self.parameters.recent_names;
            let bits = f64::from(novelty.strange_bits);
            novelty.recent_bits = single(self.entity.recent_with(bits, brought.count, over));
        }
        if let Some(time) = brought.time {
            self.measure_time(time, &mut novelty);
        }
        novelty
    }

    fn measure_time(&self, time: EventTime, novelty: &mut LevelNovelty) {
        novelty.hour_bits = single(hour_bits(&self.entity.hours, hour(time)));
        let (Some(first), Some(last)) = (self.entity.first, self.entity.last) else {
            return;
        };
        novelty.gap_seconds = single(seconds_between(last, time));
        novelty.known_seconds = single(seconds_between(first, time));
        let over = self.parameters.burst_seconds.max(1.0);
        // A constant rate keeps `rate * over / ln 2` events in a count that fades by half over `over`.
        let span = seconds_between(first, last).max(over);
        let usual = self.entity.events as f64 / span * over / std::f64::consts::LN_2;
        let recent = self.entity.burst_at(time, over);
        novelty.burst_bits = single(((recent + 1.0) / (usual + 1.0)).log2());
    }
}

/// Returns the surprise at an hour, whose neighbours count half as much as it does.
fn hour_bits(hours: &[u32; 24], hour: usize) -> f64 {
    let at = |hour: usize| f64::from(hours.get(hour % 24).copied().unwrap_or(0));
    let beside = at(hour.saturating_add(1)) + at(hour.saturating_add(23));
    let near = at(hour) / 2.0 + beside / 4.0;
    let total: f64 = hours.iter().map(|count| f64::from(*count)).sum();
    -((near + HOUR_PRIOR) / (total + 24.0 * HOUR_PRIOR)).log2()
}

impl History {
    pub(super) fn measure(&self, resolved: &Resolved) -> Novelty {
        let nobody = Entity::default();
        let entity = |key: Option<u64>| key.map(|key| self.entities.get(&key).unwrap_or(&nobody));
        let names = &resolved.brought.names;
        let in_fleet: Vec<f64> = names
            .iter()
            .map(|(name, _)| self.fleet.names.of(*name))
            .collect();
        let measure = |entity, own| {
            let circle = Circle {
                entity,
                fleet: &self.fleet,
                parameters: &self.parameters,
                own,
            };
            circle.measure(&resolved.brought, &in_fleet)
        };
        let level =
            |key| entity(key).map_or(LevelNovelty::NONE, |entity| measure(entity, Some(entity)));
        let stream = entity(resolved.user.or(resolved.host));
        let foreign = stream.map(|stream| {
            let is_foreign = |((name, _), fleet): &(&(u64, u32), &f64)| {
                **fleet > 0.0 && stream.names.of(*name) <= 0.0
            };
            let count = names.iter().zip(&in_fleet).filter(is_foreign).count();
            count as f32 / names.len() as f32
        });
        let holders = names.iter().map(|(name, _)| self.holders.of(*name));
        Novelty {
            user: level(resolved.user),
            host: level(resolved.host),
            fleet: measure(&self.fleet, None),
            foreign_share: foreign.unwrap_or(f32::NAN),
            holders: single(holders.fold(f64::NAN, f64::min)),
        }
    }
}
