//! Slices: the events of one class in one month, or in one part of an input without times.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::sample::CLASSES;

/// A stretch of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Period {
    /// All of it, for columns whose months are not told apart.
    All,
    /// Part of the events without a time, in the order in which they came.
    Part(u32),
    /// A month: 12 times the year, and the month from 0.
    Month(i32),
    /// Months that are not told apart.
    Others,
}

impl Period {
    /// Returns what it is called.
    pub(super) fn name(self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Part(part) => format!("part {}", part + 1),
            Self::Month(months) => format!(
                "{:04}-{:02}",
                months.div_euclid(12),
                months.rem_euclid(12) + 1
            ),
            Self::Others => "other months".to_owned(),
        }
    }
}

/// The events of one class in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Slice {
    pub(super) class: usize,
    pub(super) period: Period,
}

/// The slices met so far, by number, with their events.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slices {
    keys: Vec<Slice>,
    events: Vec<u64>,
    #[serde(skip)]
    numbers: BTreeMap<Slice, usize>,
    #[serde(skip)]
    months: BTreeSet<i32>,
}

impl Slices {
    /// Returns the number of a slice, a new one if it was not met.
    pub(super) fn number(&mut self, slice: Slice) -> usize {
        let next = self.keys.len();
        let number = *self.numbers.entry(slice).or_insert(next);
        if number == next {
            self.keys.push(slice);
            self.events.push(0);
            if let Period::Month(month) = slice.period {
                self.months.insert(month);
            }
        }
        number
    }

    /// Returns the period of a month; no more than `most` are told apart.
    pub(super) fn month(&self, month: i32, most: usize) -> Period {
        if self.months.contains(&month) || self.months.len() < most {
            Period::Month(month)
        } else {
            Period::Others
        }
    }

    /// Returns the number of slices.
    pub(super) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Counts events of a slice.
    pub(super) fn count(&mut self, number: usize, events: u64) {
        if let Some(count) = self.events.get_mut(number) {
            *count += events;
        }
    }

    /// Returns every slice with its number and events, by class and period.
    pub(super) fn all(&self) -> impl Iterator<Item = (Slice, usize, u64)> + '_ {
        let numbered = self.numbers.iter();
        numbered.filter_map(|(slice, number)| Some((*slice, *number, *self.events.get(*number)?)))
    }

    /// Makes ready what was read from a document; returns whether it can be.
    pub(super) fn restore(&mut self) -> bool {
        let keys = std::mem::take(&mut self.keys);
        let events = std::mem::take(&mut self.events);
        let is_sound = keys.len() == events.len() && keys.iter().all(|slice| slice.class < CLASSES);
        *self = Self::default();
        let count = keys.len();
        for (slice, events) in keys.into_iter().zip(events) {
            let number = self.number(slice);
            self.count(number, events);
        }
        is_sound && self.keys.len() == count
    }
}
