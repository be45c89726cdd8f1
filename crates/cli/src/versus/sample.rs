//! A few of many events, which ones hanging on what they hold alone.

use std::collections::BTreeMap;

use ringtrue_core::random::mix;
use ringtrue_core::{Event, EventId};

/// Keeps so many events whose scattered ids come first.
#[derive(Default)]
pub(super) struct Sample {
    most: usize,
    events: BTreeMap<(u64, EventId), Event>,
}

impl Sample {
    pub(super) const fn of(most: usize) -> Self {
        Self {
            most,
            events: BTreeMap::new(),
        }
    }

    /// Takes an event in, if it is one of those.
    pub(super) fn offer(&mut self, event: &Event) {
        if self.most == 0 {
            return;
        }
        let id = event.id();
        let key = (scattered(id), id);
        let last = self.events.last_key_value().map(|(key, _)| *key);
        if self.events.len() >= self.most && last.is_none_or(|last| last < key) {
            return;
        }
        self.events.insert(key, event.clone());
        if self.events.len() > self.most {
            self.events.pop_last();
        }
    }

    /// Returns the events, by their scattered ids.
    pub(super) fn events(&self) -> impl Iterator<Item = (EventId, &Event)> {
        self.events.iter().map(|((_, id), event)| (*id, event))
    }
}

fn scattered(id: EventId) -> u64 {
    mix(id
        .0
        .iter()
        .fold(0, |number, byte| number.rotate_left(8) ^ u64::from(*byte)))
}
