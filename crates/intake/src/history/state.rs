//! The state: users, hosts and the fleet, and how an event changes them.
//!
//! ```text
//!   Seen, numbers for names ─► measure against the past ─► Novelty
//!                          └─► guard ─► learn: user, host, fleet ─► evict what is too much
//! ```

use std::collections::BTreeMap;

use ringtrue_core::{EventTime, Limits};

use super::counts::Counts;
use super::entity::{Brought, Entity, HistoryParameters, Learning, Room};
use super::format::HistoryError;
use super::key::{HistoryKey, KeyId, Level};
use super::measure::Novelty;
use super::seen::{Observation, Seen};

/// Pairs of the fleet for each of its names.
const FLEET_PAIRS: usize = 4;

/// A name that was not met before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct First<'a> {
    /// The name.
    pub name: &'a str,
    /// Whether the user never did it.
    pub user: bool,
    /// Whether it never happened on the host.
    pub host: bool,
    /// Whether nobody ever did it.
    pub fleet: bool,
}

/// The limits that a history was made under; part of it, since they decide what it forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) event_names: usize,
    pub(super) entities: usize,
    pub(super) one: Room,
    pub(super) fleet: Room,
    pub(super) counts: usize,
}

impl Bounds {
    pub(super) fn of(limits: &Limits) -> Self {
        Self {
            event_names: limits.history_event_names_max,
            entities: limits.history_entities_max,
            one: Room {
                names: limits.history_names_max,
                pairs: limits.history_pairs_max,
            },
            fleet: Room {
                names: limits.history_fleet_names_max,
                pairs: limits.history_fleet_names_max.saturating_mul(FLEET_PAIRS),
            },
            counts: limits.history_counts_max,
        }
    }
}

/// What users, hosts and the fleet did so far.
///
/// Equal streams give equal histories, and a history cut into bytes and read back goes on as if it had
/// never been.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub(super) key: HistoryKey,
    pub(super) parameters: HistoryParameters,
    pub(super) bounds: Bounds,
    pub(super) entities: BTreeMap<u64, Entity>,
    pub(super) fleet: Entity,
    /// By how many users (hosts, where no user is named) each name was met.
    pub(super) holders: Counts,
    /// Counts held by all entities but the fleet.
    pub(super) held: usize,
}

/// An event in numbers.
pub(super) struct Resolved {
    pub(super) user: Option<u64>,
    pub(super) host: Option<u64>,
    pub(super) brought: Brought,
}

impl Resolved {
    /// Returns whose stream of names the event continues.
    const fn stream(&self) -> Option<u64> {
        match self.user {
            Some(user) => Some(user),
            None => self.host,
        }
    }
}

impl History {
    /// Starts a history of nobody.
    #[must_use]
    pub fn new(key: HistoryKey, parameters: HistoryParameters, limits: &Limits) -> Self {
        Self {
            key,
            parameters,
            bounds: Bounds::of(limits),
            entities: BTreeMap::new(),
            fleet: Entity::default(),
            holders: Counts::default(),
            held: 0,
        }
    }

    /// Returns what tells the key of this history from others.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key.id()
    }

    /// Returns how many events were taken in.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.fleet.events
    }

    /// Returns how many users and hosts are remembered.
    #[must_use]
    pub fn entities(&self) -> usize {
        self.entities.len()
    }

    /// Returns how many counts are held over all, the fleet's included: what memory grows with.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
            .saturating_add(self.fleet.held())
            .saturating_add(self.holders.known())
    }

    /// Returns the time of the latest event, `None` before the first that has one.
    #[must_use]
    pub const fn until(&self) -> Option<EventTime> {
        self.fleet.last
    }

    /// Measures an event against what came before it, then takes it in.
    pub fn observe(&mut self, observation: &Observation<'_>) -> Novelty {
        self.follow(&self.see(observation))
    }

    /// Does what [`Self::observe`] does with an event in numbers, which were made under the key of this history.
    pub fn follow(&mut self, seen: &Seen) -> Novelty {
        let resolved = self.resolve(seen);
        let novelty = self.measure(&resolved);
        self.take_in(&resolved, &novelty);
        novelty
    }

    /// Measures an event against what came before it, and takes nothing in: for questions such as what
    /// another command would have looked like.
    #[must_use]
    pub fn novelty(&self, observation: &Observation<'_>) -> Novelty {
        self.novelty_of(&self.see(observation))
    }

    /// Does what [`Self::novelty`] does with an event in numbers, which were made under the key of this history.
    #[must_use]
    pub fn novelty_of(&self, seen: &Seen) -> Novelty {
        self.measure(&self.resolve(seen))
    }

    fn see(&self, observation: &Observation<'_>) -> Seen {
        Seen::of(observation, &self.key, self.bounds.event_names)
    }

    fn resolve(&self, seen: &Seen) -> Resolved {
        let mut resolved = Resolved {
            user: seen.user,
            host: seen.host,
            brought: Brought {
                time: seen.time,
                ..Brought::default()
            },
        };
        let stream = resolved.stream().and_then(|key| self.entities.get(&key));
        let before = stream.map_or(0, |entity| entity.last_name);
        let names = seen.names(self.bounds.event_names);
        let befores = std::iter::once(before).chain(names.clone());
        let pairs = befores
            .zip(names.clone())
            .filter(|(before, _)| *before != 0);
        let brought = &mut resolved.brought;
        brought.count = names.len();
        brought.last = names.clone().last().unwrap_or(0);
        brought.names = tallied(names);
        brought.pairs = tallied(pairs);
        resolved
    }

    fn take_in(&mut self, resolved: &Resolved, novelty: &Novelty) {
        let brought = &resolved.brought;
        let order = self.fleet.events.saturating_add(1);
        let mut of_stream = Learning::Whole;
        let levels = [
            (resolved.host, &novelty.host),
            (resolved.user, &novelty.user),
        ];
        for (key, level) in levels {
            let Some(key) = key else { continue };
            let entity = self.entities.entry(key).or_default();
            let before = entity.held();
            let bits = f64::from(level.strange_bits);
            let learning = entity.judge(bits, brought.count, &self.parameters);
            entity.note(brought, order, self.parameters.burst_seconds);
            let is_stream = resolved.stream() == Some(key);
            if learning == Learning::Whole {
                let most = self.bounds.fleet.names;
                entity.learn(brought, self.bounds.one, |name| {
                    if is_stream {
                        self.holders.add(name, 1, most);
                    }
                });
                entity.fade(self.parameters.memory_names);
            }
            if is_stream {
                of_stream = learning;
            }
            let after = entity.held();
            self.held = self.held.saturating_sub(before).saturating_add(after);
        }
        let fleet = &mut self.fleet;
        fleet.note(brought, order, self.parameters.burst_seconds);
        if of_stream == Learning::Whole {
            fleet.learn(brought, self.bounds.fleet, |_| ());
            fleet.fade(self.parameters.fleet_memory_names);
        }
        self.evict();
    }

    /// Where there is too much, forgets who was quiet longest, down to three quarters.
    fn evict(&mut self) {
        let Bounds {
            entities, counts, ..
        } = self.bounds;
        if self.entities.len() <= entities && self.held <= counts {
            return;
        }
        let keep_entities = entities.saturating_sub(entities / 4);
        let keep_counts = counts.saturating_sub(counts / 4);
        let mut quiet: Vec<(u64, u64)> = self
            .entities
            .iter()
            .map(|(key, entity)| (entity.order, *key))
            .collect();
        quiet.sort_unstable();
        for (_, key) in quiet {
            if self.entities.len() <= keep_entities && self.held <= keep_counts {
                break;
            }
            self.drop_entity(key);
        }
    }

    fn drop_entity(&mut self, key: u64) -> Option<Entity> {
        let entity = self.entities.remove(&key)?;
        self.held = self.held.saturating_sub(entity.held());
        Some(entity)
    }

    /// Returns for whom each distinct name of an event comes for the first time, in the order in which they stand;
    /// names that are new to nobody are left out.
    #[must_use]
    pub fn firsts<'a>(&self, observation: &Observation<'a>) -> Vec<First<'a>> {
        let seen = self.see(observation);
        let is_new =
            |entity: Option<&Entity>, name| entity.is_none_or(|it| it.names.of(name) <= 0.0);
        let is_new_to =
            |key: Option<u64>, name| key.is_some_and(|key| is_new(self.entities.get(&key), name));
        let mut found: Vec<First<'a>> = Vec::new();
        for (name, number) in observation.names.iter().zip(seen.names(usize::MAX)) {
            let first = First {
                name,
                user: is_new_to(seen.user, number),
                host: is_new_to(seen.host, number),
                fleet: is_new(Some(&self.fleet), number),
            };
            let is_told = found.iter().any(|told| told.name == *name);
            if !is_told && (first.user || first.host || first.fleet) {
                found.push(first);
            }
        }
        found
    }

    /// Returns whether a user or host is remembered.
    #[must_use]
    pub fn remembers(&self, level: Level, name: &str) -> bool {
        self.entities.contains_key(&self.key.entity(level, name))
    }

    /// Forgets a user or host, and takes what is known of a user back from the fleet. Returns whether it was
    /// remembered. What is known of a host stays with the fleet: it is that of the host's users.
    pub fn forget(&mut self, level: Level, name: &str) -> bool {
        let Some(entity) = self.drop_entity(self.key.entity(level, name)) else {
            return false;
        };
        if level == Level::User {
            self.fleet.subtract(&entity);
            for name in entity.names.keys() {
                self.holders.remove_one(name);
            }
        }
        true
    }

    /// Adds what another part of the stream knows: counts add up in any order. What is about the latest
    /// event of an entity comes of the part that saw it.
    ///
    /// # Errors
    ///
    /// [`HistoryError::Key`] and [`HistoryError::Parameters`] if the parts were kept differently.
    pub fn merge(&mut self, other: &Self) -> Result<(), HistoryError> {
        if self.key != other.key {
            return Err(HistoryError::Key);
        }
        if self.parameters != other.parameters || self.bounds != other.bounds {
            return Err(HistoryError::Parameters);
        }
        let burst_seconds = self.parameters.burst_seconds;
        for (key, theirs) in &other.entities {
            let ours = self.entities.entry(*key).or_default();
            ours.merge(theirs, self.bounds.one, burst_seconds);
            ours.fade(self.parameters.memory_names);
        }
        self.fleet
            .merge(&other.fleet, self.bounds.fleet, burst_seconds);
        self.fleet.fade(self.parameters.fleet_memory_names);
        self.holders.merge(&other.holders, self.bounds.fleet.names);
        self.held = self
            .entities
            .values()
            .map(Entity::held)
            .fold(0, usize::saturating_add);
        self.evict();
        Ok(())
    }
}

/// Returns the distinct items in order, with how often each came.
fn tallied<T: Ord>(items: impl Iterator<Item = T>) -> Vec<(T, u32)> {
    let mut tallies: Vec<(T, u32)> = items.map(|item| (item, 1)).collect();
    tallies.sort_unstable();
    tallies.dedup_by(|again, first| {
        let is_same = again.0 == first.0;
        if is_same {
            first.1 = first.1.saturating_add(1);
        }
        is_same
    });
    tallies
}
