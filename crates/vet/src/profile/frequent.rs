//! The values that come most often, with their counts by class.
//!
//! While a column has no more values than may be held, every count is exact. After that the smaller half is given up whenever there are too
//! many, and how much a count may lack is known.
//!
//! # Source
//!
//! Misra and Gries, "Finding repeated elements", 1982; Anderson and others, "A high-performance algorithm for identifying frequent items in data
//! streams", IMC 2017, for giving up by the median.

use serde::{Deserialize, Serialize};

use crate::sample::CLASSES;

/// A value as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Shown {
    /// A number; a time in microseconds since 1970.
    Number(f64),
    /// A word, or the beginning of a long one.
    Word(Box<str>),
}

/// A value with its counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    hash: u64,
    /// How often it came at least.
    pub(super) count: u64,
    /// How often it came since it is held, by class.
    pub(super) by_class: [u64; CLASSES],
    pub(super) shown: Shown,
}

/// The values held, in order of arrival.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Frequent {
    entries: Vec<Entry>,
    /// By how much a count may lack.
    lacking: u64,
    /// One more than the place of an entry, by its hash; 0 is free.
    #[serde(skip)]
    slots: Vec<u32>,
}

impl PartialEq for Frequent {
    fn eq(&self, other: &Self) -> bool {
        (&self.entries, self.lacking) == (&other.entries, other.lacking)
    }
}

impl Frequent {
    /// Takes in a value of a class; no more than `most` values are held.
    pub(super) fn observe(
        &mut self,
        hash: u64,
        class: usize,
        most: usize,
        shown: impl FnOnce() -> Shown,
    ) {
        if let Some(entry) = self.find(hash) {
            entry.count += 1;
            entry.by_class[class] += 1;
            return;
        }
        let mut by_class = [0; CLASSES];
        by_class[class] = 1;
        self.insert(
            Entry {
                hash,
                count: 1,
                by_class,
                shown: shown(),
            },
            most,
        );
    }

    fn find(&mut self, hash: u64) -> Option<&mut Entry> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = start(hash) & mask;
        loop {
            let place = *self.slots.get(slot)? as usize;
            let entry = self.entries.get(place.checked_sub(1)?)?;
            if entry.hash == hash {
                return self.entries.get_mut(place - 1);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn insert(&mut self, entry: Entry, most: usize) {
        if self.entries.len() >= most.max(2) {
            self.give_up();
        }
        self.entries.push(entry);
        if self.slots.len() < 2 * self.entries.len() {
            self.index();
        } else {
            self.enter(self.entries.len() - 1);
        }
    }

    /// Gives up the smaller half: what is subtracted from all may lack from then on.
    fn give_up(&mut self) {
        let mut counts: Vec<u64> = self.entries.iter().map(|entry| entry.count).collect();
        let middle = counts.len() / 2;
        let (_, median, _) = counts.select_nth_unstable(middle);
        let median = *median;
        self.entries.retain_mut(|entry| {
            entry.count = entry.count.saturating_sub(median);
            entry.count > 0
        });
        self.lacking += median;
        self.index();
    }

    /// Makes the index anew, with room for as many again.
    fn index(&mut self) {
        let room = (4 * self.entries.len())
            .next_power_of_two()
            .max(16)
            .max(self.slots.len());
        self.slots.clear();
        self.slots.resize(room, 0);
        for place in 0..self.entries.len() {
            self.enter(place);
        }
    }

    fn enter(&mut self, place: usize) {
        let mask = self.slots.len() - 1;
        let mut slot = start(self.entries[place].hash) & mask;
        while self.slots[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = u32::try_from(place + 1).unwrap_or(u32::MAX);
    }

    /// Takes in what was held of other events.
    pub(super) fn merge(&mut self, other: Self, most: usize) {
        self.lacking += other.lacking;
        for theirs in other.entries {
            if let Some(entry) = self.find(theirs.hash) {
                entry.count += theirs.count;
                for (mine, theirs) in entry.by_class.iter_mut().zip(theirs.by_class) {
                    *mine += theirs;
                }
            } else {
                self.insert(theirs, most);
            }
        }
    }

    /// Returns how many different values there are, if every one is held.
    pub(super) fn exact(&self) -> Option<u64> {
        (self.lacking == 0).then_some(self.entries.len() as u64)
    }

    /// Returns by how much a count may lack.
    pub(super) const fn lacking(&self) -> u64 {
        self.lacking
    }

    /// Returns the values held, those that came most often first.
    pub(super) fn ranked(&self) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|entry| (std::cmp::Reverse(entry.count), entry.hash));
        entries
    }

    /// Makes ready what was read from a document.
    pub(super) fn restore(&mut self) -> bool {
        self.index();
        let mut hashes: Vec<u64> = self.entries.iter().map(|entry| entry.hash).collect();
        hashes.sort_unstable();
        hashes.windows(2).all(|pair| pair[0] != pair[1])
    }
}

fn start(hash: u64) -> usize {
    usize::try_from(hash >> 20).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::hash;

    fn offer(frequent: &mut Frequent, number: u32, most: usize) {
        let number = f64::from(number);
        frequent.observe(hash::of_number(number), 0, most, || Shown::Number(number));
    }

    #[test]
    fn counts_are_exact_while_every_value_is_held() {
        let mut frequent = Frequent::default();
        for round in 0..100_u32 {
            for number in 0..=round {
                offer(&mut frequent, number, 100);
            }
        }
        assert_eq!(frequent.exact(), Some(100));
        let counts: Vec<u64> = frequent.ranked().iter().map(|entry| entry.count).collect();
        assert_eq!(counts, (1..=100).rev().collect::<Vec<u64>>());
    }

    #[test]
    fn a_count_lacks_no_more_than_is_told() {
        let (mut left, mut right, mut truth) = (Frequent::default(), Frequent::default(), 0);
        for step in 0..60_000_u32 {
            let frequent = if step < 20_000 { &mut left } else { &mut right };
            let is_often = step % 10 == 0;
            truth += u64::from(is_often);
            offer(frequent, if is_often { 1 } else { step + 10 }, 64);
        }
        left.merge(right, 64);
        assert_eq!(left.exact(), None);
        let first = left.ranked()[0];
        assert_eq!(first.shown, Shown::Number(1.0));
        assert!(first.count <= truth && first.count + left.lacking() >= truth);
        assert!(left.lacking() <= 60_000 / 30, "{}", left.lacking());
    }
}
