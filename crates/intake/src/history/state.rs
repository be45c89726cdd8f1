//! The state: users, hosts and the fleet, and how an event changes them.
//!
//! ```text
//!   Observation ─► numbers for names ─► measure against the past ─► Novelty
//!                                   └─► guard ─► learn: user, host, fleet ─► evict what is too much
//! ```

use std::collections::BTreeMap;

use ringtrue_core::{EventTime, Limits};

use super::counts::Counts;
use super::entity::{Brought, Entity, HistoryParameters, Learning, Room};
use super::format::HistoryError;
use super::key::{HistoryKey, KeyId, Level};
use super::measure::Novelty;

/// Pairs of the fleet for each of its names.
const FLEET_PAIRS: usize = 4;

/// One event, as a history sees it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Observation<'a> {
    /// Who did it, where known.
    pub user: Option<&'a str>,
    /// On which machine, where known.
    pub host: Option<&'a str>,
    /// What was done, in order: the programs of a command or of a session.
    pub names: &'a [&'a str],
    /// When, where known.
    pub time: Option<EventTime>,
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

    /// Measures an event against what came before it, then takes it in.
    pub fn observe(&mut self, observation: &Observation<'_>) -> Novelty {
        let resolved = self.resolve(observation);
        let novelty = self.measure(&resolved);
        self.take_in(&resolved, &novelty);
        novelty
    }

    /// Measures an event against what came before it, and takes nothing in: for questions such as what
    /// another command would have looked like.
    #[must_use]
    pub fn novelty(&self, observation: &Observation<'_>) -> Novelty {
        self.measure(&self.resolve(observation))
    }

    fn resolve(&self, observation: &Observation<'_>) -> Resolved {
        let entity = |level, name: Option<&str>| {
            let name = name.filter(|name| !name.is_empty());
            name.map(|name| self.key.entity(level, name))
        };
        let mut resolved = Resolved {
            user: entity(Level::User, observation.user),
            host: entity(Level::Host, observation.host),
            brought: Brought {
                time: observation.time,
                ..Brought::default()
            },
        };
        let stream = resolved.stream().and_then(|key| self.entities.get(&key));
        let mut before = stream.map_or(0, |entity| entity.last_name);
        let (mut names, mut pairs) = (Vec::new(), Vec::new());
        for name in observation.names.iter().take(self.bounds.event_names) {
            let name = self.key.name(name);
            names.push(name);
            if before != 0 {
                pairs.push((before, name));
            }
            before = name;
        }
        let brought = &mut resolved.brought;
        brought.count = names.len();
        brought.last = names.last().copied().unwrap_or(0);
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
fn tallied<T: Ord + Copy>(mut items: Vec<T>) -> Vec<(T, u32)> {
    items.sort_unstable();
    let chunks = items.chunk_by(|one, other| one == other);
    chunks
        .filter_map(|chunk| {
            let count = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
            Some((*chunk.first()?, count))
        })
        .collect()
}
