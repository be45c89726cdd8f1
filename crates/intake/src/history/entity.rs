//! What is remembered of one user, one host or the fleet.
//!
//! ```text
//!   events ─► names, pairs, hours ─┐
//!         └─► first, last, rate ───┼─► Entity ─► how unusual the next event is (measure)
//!         └─► recent strangeness ──┘
//! ```
//!
//! Times are those of the events. An entity that turns strange is not learned from at once: who took an
//! account over would otherwise teach it to be his.

use ringtrue_core::EventTime;
use serde::{Deserialize, Serialize};

use super::counts::{Counts, Met};

const MICROS_PER_SECOND: f64 = 1e6;
const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// How a history weighs what it met.
///
/// The values were chosen on the masquerades of Schonlau et al., and the figure depends on them: near them 60 to 66 % are
/// hit at 1.3 % false alarms, with less patience 49 to 58 %, without the guard 40 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryParameters {
    /// How many names of its own an entity needs before they count as much as the fleet's.
    pub prior_names: f64,
    /// How often a name must have come before what follows it counts as much as the name alone.
    pub prior_pairs: f64,
    /// Names of a user or host after which all its counts are halved: older ones fade.
    pub memory_names: f64,
    /// Names of the fleet after which its counts are halved.
    pub fleet_memory_names: f64,
    /// Names over which the recent strangeness of an entity fades by half.
    pub recent_names: f64,
    /// Bits a name of recent strangeness above which an entity is not learned from.
    pub guard_bits: f64,
    /// Names that must be known of an entity before the guard holds.
    pub guard_after_names: f64,
    /// Names after which what stays strange is a new habit, and learned.
    pub guard_patience_names: u64,
    /// Seconds over which the recent number of events fades by half.
    pub burst_seconds: f64,
}

impl Default for HistoryParameters {
    fn default() -> Self {
        Self {
            prior_names: 100.0,
            prior_pairs: 5.0,
            memory_names: 65_536.0,
            fleet_memory_names: 4_194_304.0,
            recent_names: 50.0,
            guard_bits: 0.5,
            guard_after_names: 2_048.0,
            guard_patience_names: 2_048,
            burst_seconds: 600.0,
        }
    }
}

/// Whether an event is taken into an entity's habits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Learning {
    Whole,
    Withheld,
}

/// How many names and pairs an entity may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) names: usize,
    pub(super) pairs: usize,
}

/// What one event brings to each of its entities, in numbers for names.
#[derive(Clone, Debug, Default)]
pub(super) struct Brought {
    /// Distinct names with how often each came, in order of their numbers.
    pub(super) names: Vec<(u64, u32)>,
    /// Distinct pairs, each a name before and a name behind it, with how often each came.
    pub(super) pairs: Vec<((u64, u64), u32)>,
    /// How many names came.
    pub(super) count: usize,
    /// The last of them, 0 if there is none.
    pub(super) last: u64,
    pub(super) time: Option<EventTime>,
}

/// What is remembered of one user, one host or the fleet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Entity {
    pub(super) names: Counts,
    pub(super) pairs: Counts,
    pub(super) hours: [u32; 24],
    pub(super) events: u64,
    pub(super) first: Option<EventTime>,
    pub(super) last: Option<EventTime>,
    /// The number of its last event in the stream.
    pub(super) order: u64,
    /// Its last name, 0 before the first.
    pub(super) last_name: u64,
    /// Bits a name by which it lately looked like somebody else.
    pub(super) recent: f64,
    /// Names not learned since it turned strange.
    pub(super) withheld: u64,
    /// Its recent number of events.
    pub(super) burst: f64,
}

impl Entity {
    /// Returns how many counts it holds.
    pub(super) fn held(&self) -> usize {
        self.names.known().saturating_add(self.pairs.known())
    }

    /// Returns its recent strangeness once an event of so many names and so many bits a name is taken in.
    pub(super) fn recent_with(&self, bits: f64, names: usize, over: f64) -> f64 {
        let kept = (-(names as f64) / over.max(1.0)).exp2();
        self.recent * kept + bits * (1.0 - kept)
    }

    /// Takes an event's strangeness in, and says whether the event may become a habit.
    pub(super) fn judge(
        &mut self,
        bits: f64,
        names: usize,
        parameters: &HistoryParameters,
    ) -> Learning {
        if names == 0 || !bits.is_finite() {
            return Learning::Whole;
        }
        self.recent = self.recent_with(bits, names, parameters.recent_names);
        let is_known = self.names.total() >= parameters.guard_after_names;
        if !is_known || self.recent <= parameters.guard_bits {
            self.withheld = 0;
            return Learning::Whole;
        }
        self.withheld = self.withheld.saturating_add(names as u64);
        if self.withheld > parameters.guard_patience_names {
            Learning::Whole
        } else {
            Learning::Withheld
        }
    }

    /// Returns its recent number of events, faded until `time`.
    pub(super) fn burst_at(&self, time: EventTime, over: f64) -> f64 {
        let gap = self.last.map_or(0.0, |last| seconds_between(last, time));
        self.burst * (-gap / over.max(1.0)).exp2()
    }

    /// Takes in that an event happened, whatever it did.
    pub(super) fn note(&mut self, brought: &Brought, order: u64, burst_seconds: f64) {
        self.events = self.events.saturating_add(1);
        self.order = order;
        if brought.last != 0 {
            self.last_name = brought.last;
        }
        let Some(time) = brought.time else { return };
        self.burst = self.burst_at(time, burst_seconds) + 1.0;
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = self.last.max(Some(time));
    }

    /// Takes in what an event did; calls `first` with each name that was not known.
    pub(super) fn learn(&mut self, brought: &Brought, room: Room, mut first: impl FnMut(u64)) {
        for (name, times) in &brought.names {
            if self.names.add(*name, *times, room.names) == Met::First {
                first(*name);
            }
        }
        for ((before, name), times) in &brought.pairs {
            let pair = super::key::pair(*before, *name);
            self.pairs.add(pair, *times, room.pairs);
        }
        let hour = brought.time.and_then(|time| self.hours.get_mut(hour(time)));
        if let Some(count) = hour {
            *count = count.saturating_add(1);
        }
    }

    /// Halves all counts while more than `memory` names are remembered.
    pub(super) fn fade(&mut self, memory: f64) {
        while self.names.total() > memory.max(1.0) {
            self.names.halve();
            self.pairs.halve();
            self.hours.iter_mut().for_each(|count| *count /= 2);
        }
    }

    /// Adds what another part of the stream knows of the same entity.
    pub(super) fn merge(&mut self, other: &Self, room: Room, burst_seconds: f64) {
        self.names.merge(&other.names, room.names);
        self.pairs.merge(&other.pairs, room.pairs);
        for (count, more) in self.hours.iter_mut().zip(other.hours) {
            *count = count.saturating_add(more);
        }
        self.burst = match self.last.max(other.last) {
            Some(last) => self.burst_at(last, burst_seconds) + other.burst_at(last, burst_seconds),
            None => self.burst + other.burst,
        };
        self.events = self.events.saturating_add(other.events);
        self.first = [self.first, other.first].into_iter().flatten().min();
        // What is about the latest events comes of whichever saw them.
        if other.latest() > self.latest() {
            self.last_name = other.last_name;
            self.recent = other.recent;
            self.withheld = other.withheld;
        }
        self.last = self.last.max(other.last);
        self.order = self.order.max(other.order);
    }

    /// Orders entities by their last event; no two that differ in it are equal.
    fn latest(&self) -> (Option<EventTime>, u64, u64, u64, u64) {
        let recent = self.recent.to_bits();
        (self.last, self.order, self.last_name, self.withheld, recent)
    }

    /// Takes back what `other` brought to the counts.
    pub(super) fn subtract(&mut self, other: &Self) {
        self.names.subtract(&other.names);
        self.pairs.subtract(&other.pairs);
        for (count, less) in self.hours.iter_mut().zip(other.hours) {
            *count = count.saturating_sub(less);
        }
    }
}

/// Returns the hour of the day in UTC, 0 to 23.
pub(super) fn hour(time: EventTime) -> usize {
    let hour = time.0.div_euclid(MICROS_PER_HOUR).rem_euclid(24);
    usize::try_from(hour).unwrap_or(0)
}

/// Returns the seconds from one time to a later one; 0 if it is not later.
pub(super) fn seconds_between(earlier: EventTime, later: EventTime) -> f64 {
    later.0.saturating_sub(earlier.0).max(0) as f64 / MICROS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_strange_is_learned_only_when_it_stays() {
        let parameters = HistoryParameters {
            guard_after_names: 1.0,
            guard_patience_names: 300,
            ..HistoryParameters::default()
        };
        let mut entity = Entity::default();
        assert_eq!(
            entity.judge(9.0, 100, &parameters),
            Learning::Whole,
            "nothing is known yet"
        );
        entity.recent = 0.0;
        entity.names.add(1, 2, 10);
        let judged: Vec<Learning> = [-1.0, 3.0, 3.0, 3.0, 3.0, -3.0, 3.0]
            .map(|bits| entity.judge(bits, 100, &parameters))
            .into();
        let [yes, no] = [Learning::Whole, Learning::Withheld];
        assert_eq!(judged, [yes, no, no, no, yes, yes, no]);
    }

    #[test]
    fn hours_are_those_of_the_day() {
        for (micros, expected) in [
            (0, 0),
            (MICROS_PER_HOUR * 25, 1),
            (-1, 23),
            (i64::MIN, 19),
            (i64::MAX, 4),
        ] {
            assert_eq!(hour(EventTime(micros)), expected, "{micros}");
        }
    }
}
