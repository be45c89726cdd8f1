//! A sample of a stream's events, to find near-copies in: the events whose ids come first in an order that is as good as random.
//!
//! ```text
//!   event that scores malicious, is outside the scope, or lies near a threshold ──► its sketch, under its scattered id ──► the first 2,048
//! ```
//!
//! An event is in the sample or not whatever came before it, so that samples merge in any order. Nobody can choose to be in it without
//! the reference, whose salt scatters the ids.

use std::collections::BTreeMap;

use ringtrue_core::EventId;
use ringtrue_core::near_duplicate::{Parameters, Sketch};
use ringtrue_core::random::mix;
use serde::{Deserialize, Serialize};

use crate::reference::Standing;

/// Events that a window's sample holds, at most: a cluster of a hundredth of them has some twenty.
const WINDOW_MAX: usize = 2_048;
/// Windows whose samples may all be full: together they take some 33 MB. Each of more windows has less room.
const FULL_MAX: usize = 32;
/// Events that a window's sample has room for, at least, however many windows there are.
const WINDOW_MIN: usize = 64;
/// Events that a reference's sample holds, at most: what none of them is near is less than a three-hundredth of its events, in 19 of 20 cases.
const REFERENCE_MAX: usize = 1_024;

/// What is compared of a text. A campaign's links differ in an identifier, so that fewer shingles are common than of a copy.
pub(crate) const LIKENESS: Parameters = Parameters {
    shingle_characters: 5,
    similarity_min: 0.6,
    text_bytes_max: 8 << 10,
};

/// What an event is compared with others by.
#[derive(Clone, Copy, Debug)]
pub enum Likeness<'a> {
    /// Its text.
    Text(&'a str),
    /// The sketch of its text, made by [`sketch`].
    Sketch(&'a Sketch),
}

/// Returns the sketch of an event's text as monitors compare it.
#[must_use]
pub fn sketch(text: &str) -> Sketch {
    Sketch::of(text, &LIKENESS)
}

impl Likeness<'_> {
    pub(crate) fn sketch(self) -> Sketch {
        match self {
            Self::Text(text) => sketch(text),
            Self::Sketch(sketch) => *sketch,
        }
    }
}

/// A threshold near which an event may score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// That of reviewing.
    Review,
    /// That of blocking.
    Block,
}

/// On which side of a threshold an event lies that is near it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    Below,
    Above,
}

/// Where an event's score lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    pub(crate) is_high: bool,
    pub(crate) is_outside: bool,
    pub(crate) standing: Standing,
    pub(crate) near_review: Option<Side>,
    pub(crate) near_block: Option<Side>,
}

impl Position {
    /// Returns whether near-copies of such events tell anything: there are too many others to look at.
    pub(crate) const fn is_telling(self) -> bool {
        self.may_be_new() || self.near_review.is_some() || self.near_block.is_some()
    }

    /// Returns whether an event may be of a new family: it scores like a malicious one, or nothing is known of such events.
    pub(crate) const fn may_be_new(self) -> bool {
        self.is_high || self.is_outside
    }

    /// Returns on which side of a threshold it is, if it is near.
    pub(crate) const fn near(self, threshold: Threshold) -> Option<Side> {
        match threshold {
            Threshold::Review => self.near_review,
            Threshold::Block => self.near_block,
        }
    }
}

/// An event of which near-copies would tell something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Telling {
    /// Its place in the order of the sample.
    pub(crate) rank: u64,
    pub(crate) id: EventId,
    pub(crate) position: Position,
    /// See [`scattered`].
    pub(crate) source: Option<u64>,
    /// `None` if the event has no text.
    pub(crate) sketch: Option<Sketch>,
}

/// Equal events of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) sketch: Sketch,
    pub(crate) events: u64,
    pub(crate) position: Position,
    /// Left out of a reference, which names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<u64>,
}

/// A sample of the telling events of a window or of the reference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    /// Telling events with a text, in the sample or not.
    pub(crate) events: u64,
    /// Telling events without a text.
    pub(crate) without_text: u64,
    /// By rank.
    entries: BTreeMap<u64, Entry>,
}

impl Sample {
    pub(crate) fn add(&mut self, telling: &Telling) {
        let Some(sketch) = telling.sketch else {
            self.without_text += 1;
            return;
        };
        self.events += 1;
        let entry = Entry {
            sketch,
            events: 1,
            position: telling.position,
            id: Some(telling.id),
            source: telling.source,
        };
        self.take(telling.rank, entry);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.without_text += other.without_text;
        for (rank, entry) in &other.entries {
            self.take(*rank, entry.clone());
        }
    }

    /// Counts equal events, if they are among the first.
    fn take(&mut self, rank: u64, entry: Entry) {
        let is_full = self.entries.len() >= WINDOW_MAX;
        let last = self.entries.last_key_value().map(|(last, _)| *last);
        if is_full && last < Some(rank) {
            return;
        }
        match self.entries.get_mut(&rank) {
            Some(held) => {
                held.events += entry.events;
                // Equal events may score otherwise where a past is remembered.
                held.position = held.position.max(entry.position);
            }
            None => {
                self.entries.insert(rank, entry);
            }
        }
        self.keep(WINDOW_MAX);
    }

    /// Leaves out all but the first.
    pub(crate) fn keep(&mut self, room: usize) {
        while self.entries.len() > room {
            self.entries.pop_last();
        }
    }

    /// Returns the sample as a reference keeps it.
    pub(crate) fn frozen(mut self) -> Self {
        self.keep(REFERENCE_MAX);
        for entry in self.entries.values_mut() {
            (entry.id, entry.source) = (None, None);
        }
        self
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Returns how many events are in the sample, equal ones each.
    pub(crate) fn sampled(&self) -> u64 {
        self.entries().map(|it| it.events).sum()
    }

    /// Returns whether it is such as [`Sample::frozen`] makes.
    pub(crate) fn is_sound(&self) -> bool {
        self.entries.len() <= REFERENCE_MAX && self.entries().all(|it| it.events <= self.events)
    }
}

/// Returns how many events the sample of each of so many windows has room for. It falls with their number alone, and by halves, so that
/// samples come out the same whatever the order in which windows were opened.
pub(crate) fn room(windows: usize) -> usize {
    let parts = windows.div_ceil(FULL_MAX).next_power_of_two();
    (WINDOW_MAX / parts).max(WINDOW_MIN)
}

/// Returns bytes as one number in which each bit of them counts.
pub(crate) fn scattered(bytes: &[u8], salt: u64) -> u64 {
    bytes.chunks(8).fold(salt, |hash, chunk| {
        let number = chunk
            .iter()
            .fold(1, |number, byte| number << 8 | u64::from(*byte));
        mix(hash ^ mix(number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn telling(number: u64) -> Telling {
        let text = format!("an event, the {number}th of all");
        Telling {
            rank: scattered(&number.to_be_bytes(), 7),
            id: EventId([0; 16]),
            position: Position {
                is_high: true,
                is_outside: false,
                standing: Standing::Passed,
                near_review: None,
                near_block: None,
            },
            source: None,
            sketch: Some(sketch(&text)),
        }
    }

    fn sample(numbers: impl Iterator<Item = u64>) -> Sample {
        let mut sample = Sample::default();
        numbers.for_each(|number| sample.add(&telling(number)));
        sample
    }

    #[test]
    fn any_number_of_events_takes_the_same_room_and_merges_in_any_order() {
        let whole = sample(0..10_000);
        assert_eq!((whole.entries.len(), whole.events), (WINDOW_MAX, 10_000));
        let mut merged = sample((3_000..10_000).rev());
        merged.merge(&sample(0..3_000));
        assert_eq!(merged, whole);
        let frozen = whole.frozen();
        assert_eq!(frozen.entries.len(), REFERENCE_MAX);
        assert!(frozen.is_sound() && frozen.entries().all(|it| it.id.is_none()));
    }

    #[test]
    fn equal_events_are_counted_at_one_place() {
        let copies = sample((0..5_000).map(|number| number % 3));
        assert_eq!((copies.entries.len(), copies.sampled()), (3, 5_000));
    }

    #[test]
    fn many_windows_share_the_room_of_some() {
        assert_eq!(
            [1, 32, 33, 64, 65].map(room),
            [2_048, 2_048, 1_024, 1_024, 512]
        );
        assert_eq!(room(10_000_000), 64);
    }

    #[test]
    fn ids_scatter_by_the_salt() {
        let ranks = |salt: u64| {
            let ids = (0..1_000_u64).map(u64::to_be_bytes);
            let mut ranked: Vec<(u64, [u8; 8])> =
                ids.map(|id| (scattered(&id, salt), id)).collect();
            ranked.sort_unstable();
            ranked
                .into_iter()
                .map(|(_, id)| id)
                .take(500)
                .collect::<std::collections::BTreeSet<_>>()
        };
        let both = ranks(1).intersection(&ranks(2)).count();
        assert!((200..300).contains(&both), "{both}");
    }
}
