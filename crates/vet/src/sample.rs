//! The sample: a stated part of the events of each class, the same however the events come.
//!
//! An event is taken if the hash of what it holds (not of when it came) is small enough for its class. Copies are therefore taken or left
//! together, whatever the order and however the input is cut in pieces, and samples of pieces merge to the sample of the whole.
//!
//! # Source
//!
//! Bottom-k sampling: Cohen and Kaplan, "Summarizing data using bottom-k sketches", PODC 2007.

use std::collections::BTreeMap;

use ringtrue_core::random::mix;
use ringtrue_core::{Event, Label, Value};

/// How much is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleSize {
    /// Events of a class that are taken, at most but for copies.
    pub events_max: usize,
    /// Bytes of the texts of all events that are taken, at most.
    pub bytes_max: usize,
}

impl Default for SampleSize {
    fn default() -> Self {
        Self {
            events_max: 60_000,
            bytes_max: 512 << 20,
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
#[derive(Clone, Debug, Default)]
struct Class {
    observed: u64,
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

    /// Takes the next event in; `row` is its place in the input.
    pub fn observe(&mut self, event: &Event, row: u64) {
        let size = self.size;
        let class = &mut self.classes[class_of(event.label)];
        class.observed += 1;
        let hash = content_hash(event);
        if class.is_full(size) && class.by_hash.last_key_value().is_some_and(|(last, _)| hash > *last) {
            return;
        }
        class.add(hash, Sampled { event: event.clone(), row });
        class.shrink(size);
    }

    /// Takes in what another sample, of the same size, has taken of other events.
    pub fn merge(&mut self, other: Self) {
        let size = self.size;
        for (class, other) in self.classes.iter_mut().zip(other.classes) {
            class.observed += other.observed;
            for (hash, events) in other.by_hash {
                for event in events {
                    class.add(hash, event);
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
        let taken = self.classes.into_iter().flat_map(|class| class.by_hash.into_values());
        let mut events: Vec<Sampled> = taken.flatten().collect();
        events.sort_by_cached_key(|sampled| (sampled.event.time, sampled.event.id(), sampled.row));
        events
    }
}

impl Class {
    fn is_full(&self, size: SampleSize) -> bool {
        self.kept > size.events_max || self.bytes > size.bytes_max / CLASSES
    }

    fn add(&mut self, hash: u64, sampled: Sampled) {
        self.kept += 1;
        self.bytes += bytes_of(&sampled.event);
        self.by_hash.entry(hash).or_default().push(sampled);
    }

    /// Gives up the largest hashes until no more is held than may be; the smallest stays whatever its size.
    fn shrink(&mut self, size: SampleSize) {
        while self.by_hash.len() > 1 && self.is_full(size) {
            let Some((_, events)) = self.by_hash.pop_last() else {
                return;
            };
            self.kept -= events.len();
            self.bytes -= events.iter().map(|it| bytes_of(&it.event)).sum::<usize>();
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

/// Returns a hash of the fields of an event, whatever its time, source and label.
#[must_use]
pub fn content_hash(event: &Event) -> u64 {
    let mut hash = 0;
    for field in &event.fields {
        let value = match &field.value {
            Value::Missing => continue,
            Value::Boolean(value) => u64::from(*value),
            Value::Number(value) => value.to_bits(),
            Value::Text(text) => hash_of(text),
        };
        hash = mix(hash ^ hash_of(&field.name)).wrapping_add(mix(value));
    }
    mix(hash)
}

fn hash_of(text: &str) -> u64 {
    let digest = blake3::hash(text.as_bytes());
    let [a, b, c, d, e, f, g, h, ..] = *digest.as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

fn bytes_of(event: &Event) -> usize {
    let texts = event.fields.iter().map(|field| match &field.value {
        Value::Text(text) => text.len() + 64,
        _ => 48,
    });
    texts.sum()
}
