//! The sample: a stated part of the events of each class, the same however the events come.
//!
//! An event is taken if the hash of what signals see of it (not of when it came) is small enough for its class. Copies are therefore taken or left
//! together, whatever the order and however the input is cut in pieces, and samples of pieces merge to the sample of the whole.
//!
//! # Source
//!
//! Bottom-k sampling: Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007.

use std::collections::BTreeMap;

use ringtrue_core::random::mix;
use ringtrue_core::task::Copies;
use ringtrue_core::{Event, Label, Value};

/// How much is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleSize {
    /// Events of a class that are taken, at most but for copies.
    pub events_max: usize,
    /// Bytes of the texts of all events that are taken, at most.
    pub bytes_max: usize,
    /// How often events are taken that hold the same.
    pub copies: Copies,
}

impl Default for SampleSize {
    fn default() -> Self {
        Self {
            events_max: 60_000,
            bytes_max: 512 << 20,
            copies: Copies::All,
        }
    }
}

/// An event that was taken.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// The event.
    pub event: Event,
    /// Its place in the input, from 0, over all files.
    pub row: u64,
}

/// The classes, each sampled on its own: benign, malicious, and what nobody decided on.
pub const CLASSES: usize = 3;

/// The sample of what was observed so far.
#[derive(Clone, Debug)]
pub struct Sample {
    size: SampleSize,
    classes: [Class; CLASSES],
}

/// What was observed of a class, and what of it was taken.
#[derive(Clone, Debug)]
struct Class {
    observed: u64,
    /// Only smaller hashes are taken: one as large was given up before, and may not come back.
    below: u64,
    kept: usize,
    bytes: usize,
    by_hash: BTreeMap<u64, Vec<Sampled>>,
}

impl Sample {
    /// Starts a sample.
    #[must_use]
    pub fn new(size: SampleSize) -> Self {
        Self {
            size,
            classes: Default::default(),
        }
    }

    /// Takes the next event in; `row` is its place in the input, and `content` a hash of what signals see of it.
    pub fn observe(&mut self, event: &Event, row: u64, content: u64) {
        let size = self.size;
        let class = &mut self.classes[class_of(event.label)];
        class.observed += 1;
        let hash = mix(content);
        if hash >= class.below {
            return;
        }
        class.add(
            hash,
            Sampled {
                event: event.clone(),
                row,
            },
            size.copies,
        );
        class.shrink(size);
    }

    /// Takes in what another sample, of the same size, has taken of other events.
    pub fn merge(&mut self, other: Self) {
        let size = self.size;
        for (class, other) in self.classes.iter_mut().zip(other.classes) {
            class.observed += other.observed;
            class.give_up(other.below);
            let below = class.below;
            let smaller = other.by_hash.into_iter().filter(|(hash, _)| *hash < below);
            for (hash, events) in smaller {
                for event in events {
                    class.add(hash, event, size.copies);
                }
            }
            class.shrink(size);
        }
    }

    /// Returns how many events were observed: benign, malicious, and others.
    #[must_use]
    pub fn observed(&self) -> [u64; CLASSES] {
        [0, 1, 2].map(|class: usize| self.classes[class].observed)
    }

    /// Returns the events that were taken, in time order; those without a time come first.
    #[must_use]
    pub fn finish(self) -> Vec<Sampled> {
        let taken = self
            .classes
            .into_iter()
            .flat_map(|class| class.by_hash.into_values());
        let mut events: Vec<Sampled> = taken.flatten().collect();
        events.sort_by_cached_key(|sampled| (sampled.event.time, sampled.event.id(), sampled.row));
        events
    }
}

impl Default for Class {
    fn default() -> Self {
        Self {
            observed: 0,
            below: u64::MAX,
            kept: 0,
            bytes: 0,
            by_hash: BTreeMap::new(),
        }
    }
}

impl Class {
    fn is_full(&self, size: SampleSize) -> bool {
        self.kept > size.events_max || self.bytes > size.bytes_max / CLASSES
    }

    fn add(&mut self, hash: u64, sampled: Sampled, copies: Copies) {
        let held = self.by_hash.entry(hash).or_default();
        if let (Copies::Once, Some(held)) = (copies, held.first_mut()) {
            let order = |it: &Sampled| (it.event.time, it.event.id(), it.row);
            if order(&sampled) < order(held) {
                self.bytes -= bytes_of(&held.event);
                self.bytes += bytes_of(&sampled.event);
                *held = sampled;
            }
            return;
        }
        self.kept += 1;
        self.bytes += bytes_of(&sampled.event);
        held.push(sampled);
    }

    /// Takes nothing from `hash` on any more, and gives up what was taken.
    fn give_up(&mut self, hash: u64) {
        self.below = self.below.min(hash);
        for events in self.by_hash.split_off(&self.below).into_values() {
            self.kept -= events.len();
            self.bytes -= events.iter().map(|it| bytes_of(&it.event)).sum::<usize>();
        }
    }

    /// Gives up the largest hashes until no more is held than may be; the smallest stays whatever its size.
    fn shrink(&mut self, size: SampleSize) {
        while self.by_hash.len() > 1 && self.is_full(size) {
            let Some(hash) = self.by_hash.last_key_value().map(|(hash, _)| *hash) else {
                return;
            };
            self.give_up(hash);
        }
    }
}

/// Returns the place of a label's class.
#[must_use]
pub const fn class_of(label: Option<Label>) -> usize {
    match label {
        Some(Label::Benign) => 0,
        Some(Label::Malicious) => 1,
        Some(Label::Unsure) | None => 2,
    }
}

fn bytes_of(event: &Event) -> usize {
    let texts = event.fields.iter().map(|field| match &field.value {
        Value::Text(text) => text.len() + 64,
        _ => 48,
    });
    texts.sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use ringtrue_core::{EventTime, Field, Kind, Trust};

    use super::*;

    fn event(content: u8, time: i64) -> Event {
        Event {
            kind: Kind::Command,
            time: Some(EventTime(time)),
            label_known: None,
            label: Some(if content.is_multiple_of(3) {
                Label::Malicious
            } else {
                Label::Benign
            }),
            source: None,
            trust: Trust::Own,
            family: None,
            group: None,
            fields: vec![Field {
                name: Arc::from("command"),
                value: Value::Text(Arc::from(format!("c{content}"))),
            }],
        }
    }

    fn sample(events: &[(u8, i64)], from: u64, copies: Copies) -> Sample {
        let mut sample = Sample::new(SampleSize {
            events_max: 12,
            copies,
            ..SampleSize::default()
        });
        for (row, (content, time)) in (from..).zip(events) {
            sample.observe(&event(*content, *time), row, u64::from(*content));
        }
        sample
    }

    fn taken(sample: Sample) -> Vec<(u64, Option<EventTime>)> {
        let events = sample.finish().into_iter();
        events.map(|it| (it.row, it.event.time)).collect()
    }

    proptest! {
        #[test]
        fn samples_of_parts_merge_to_that_of_the_whole(
            events in prop::collection::vec((0_u8..40, 0_i64..50), 0..120),
            cut in 0_usize..120,
            once: bool,
        ) {
            let copies = if once { Copies::Once } else { Copies::All };
            let cut = cut.min(events.len());
            let mut merged = sample(&events[..cut], 0, copies);
            merged.merge(sample(&events[cut..], cut as u64, copies));
            let whole = sample(&events, 0, copies);
            prop_assert_eq!(merged.observed(), whole.observed());
            prop_assert_eq!(taken(merged), taken(whole));
        }
    }

    #[test]
    fn copies_are_taken_together_or_once() {
        let events: Vec<(u8, i64)> = (0..100).map(|at| (at % 4 * 3, i64::from(at))).collect();
        assert_eq!(sample(&events, 0, Copies::All).finish().len() % 25, 0);
        let once = taken(sample(&events, 0, Copies::Once));
        assert_eq!(once.len(), 4);
        assert!(once.iter().all(|(row, _)| *row < 4), "the earliest stay");
    }
}
