//! The profile's state: update with events, merge with another.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ringtrue_core::{EventTime, Limits, View};
use serde::{Deserialize, Serialize};

use super::block::{Block, ROWS};
use super::column::{Column, Room};
use super::correlation::{CoMoments, Strip};
use super::number;
use super::repeats::Repeats;
use super::slices::{Period, Slice, Slices};
use crate::sample::{CLASSES, class_of};

/// Parts into which events without a time fall at most; a part is twice as long whenever there would be more.
const PARTS_MAX: u64 = 32;

/// The profile of what was observed so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Profile {
    #[serde(skip)]
    limits: Limits,
    pub(super) events: u64,
    pub(super) columns: Vec<Column>,
    pub(super) slices: Slices,
    pub(super) sources: Vec<Source>,
    pub(super) co_moments: CoMoments,
    pub(super) repeats: Repeats,
    /// Events without a time.
    untimed: u64,
    /// Events of a part of those.
    part_events: u64,
    #[serde(skip)]
    block: Block,
    #[serde(skip)]
    places: Places,
    #[serde(skip)]
    month: Month,
}

/// A source and its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    /// `None` for all that are not told apart.
    pub(super) name: Option<String>,
    pub(super) by_class: [u64; CLASSES],
}

/// Where the fields of events stand among the columns.
#[derive(Clone, Debug, Default)]
struct Places {
    by_name: BTreeMap<String, usize>,
    by_source: BTreeMap<Option<String>, usize>,
    /// The names of the last event's fields, and their columns.
    names: Option<Arc<[Arc<str>]>>,
    columns: Vec<Option<usize>>,
}

/// The month of the last event: when it begins and ends, and what it is.
#[derive(Clone, Debug, Default)]
struct Month(Option<(Range<EventTime>, i32)>);

impl Month {
    fn of(&mut self, time: EventTime) -> i32 {
        match &self.0 {
            Some((range, month)) if range.contains(&time) => *month,
            _ => {
                let (year, month) = time.month();
                let month = i32::from(year) * 12 + i32::from(month) - 1;
                self.0 = Some((time.month_start()..time.next_month_start(), month));
                month
            }
        }
    }
}

impl Profile {
    /// Starts a profile.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            limits: *limits,
            events: 0,
            columns: Vec::new(),
            slices: Slices::default(),
            sources: Vec::new(),
            co_moments: CoMoments::default(),
            repeats: Repeats::default(),
            untimed: 0,
            part_events: ROWS as u64,
            block: Block::default(),
            places: Places::default(),
            month: Month::default(),
        }
    }

    /// Returns how many events were observed.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    const fn room(&self) -> Room {
        Room {
            values: self.limits.profile_values_max,
            text_bytes: self.limits.profile_text_bytes_max,
        }
    }

    /// Takes the next event in.
    pub fn observe(&mut self, view: &View<'_>) {
        let is_known = |names: &Arc<[Arc<str>]>| Arc::ptr_eq(names, view.names);
        if !self.places.names.as_ref().is_some_and(is_known) {
            self.meet(view.names);
        }
        let class = class_of(view.label);
        let period = self.period(view.time);
        let source = view.source.as_deref().map(|name| self.source(Some(name)));
        if let Some(source) = source {
            self.sources[source].by_class[class] += 1;
        }
        let (row, room) = (self.block.len(), self.room());
        for (place, cell) in self.places.columns.iter().zip(&view.cells) {
            if let Some(column) = place.and_then(|place| self.columns.get_mut(place)) {
                column.push(row, number::read(cell), room);
            }
        }
        self.enter(class, period, source);
        self.events += 1;
        if self.block.len() == ROWS {
            self.flush();
        }
    }

    /// Notes what the next event of the block is.
    fn enter(&mut self, class: usize, period: Period, source: Option<usize>) {
        let fine = self.slices.number(Slice { class, period });
        let period = Period::All;
        let coarse = self.slices.number(Slice { class, period });
        self.slices.count(fine, 1);
        self.slices.count(coarse, 1);
        self.block.classes.push(class);
        self.block.fine.push(fine);
        self.block.coarse.push(coarse);
        self.block.sources.push(source);
        self.block.contents.push(0);
    }

    /// Finds the columns of an event's fields.
    fn meet(&mut self, names: &Arc<[Arc<str>]>) {
        self.places.columns = names.iter().map(|name| self.column(name)).collect();
        self.places.names = Some(Arc::clone(names));
    }

    /// Returns the place of a column, a new one if it was not met; `None` if there are too many.
    fn column(&mut self, name: &str) -> Option<usize> {
        if let Some(place) = self.places.by_name.get(name) {
            return Some(*place);
        }
        let place = self.columns.len();
        if place >= self.limits.columns_max {
            return None;
        }
        self.columns.push(Column::new(name));
        self.places.by_name.insert(name.to_owned(), place);
        Some(place)
    }

    /// Returns the number of a source, that of the others if there are too many.
    fn source(&mut self, name: Option<&str>) -> usize {
        let name = name.map(str::to_owned);
        if let Some(number) = self.places.by_source.get(&name) {
            return *number;
        }
        let named = self
            .sources
            .iter()
            .filter(|source| source.name.is_some())
            .count();
        if name.is_some() && named >= self.limits.profile_sources_max {
            return self.source(None);
        }
        let number = self.sources.len();
        self.sources.push(Source {
            name: name.clone(),
            by_class: [0; CLASSES],
        });
        self.places.by_source.insert(name, number);
        number
    }

    fn period(&mut self, time: Option<EventTime>) -> Period {
        if let Some(time) = time {
            let month = self.month.of(time);
            return self.slices.month(month, self.limits.profile_months_max);
        }
        if self.untimed / self.part_events >= PARTS_MAX {
            self.flush();
            self.fold();
        }
        let part = self.untimed / self.part_events;
        self.untimed += 1;
        Period::Part(u32::try_from(part).unwrap_or(u32::MAX))
    }

    /// Makes parts twice as long.
    fn fold(&mut self) {
        self.part_events *= 2;
        let slices = std::mem::take(&mut self.slices);
        let numbers = renumbered(&slices, &mut self.slices, |period| match period {
            Period::Part(part) => Period::Part(part / 2),
            other => other,
        });
        for column in &mut self.columns {
            column.renumber(&numbers);
        }
    }

    /// Takes the block in, column by column.
    fn flush(&mut self) {
        let rows = self.block.len();
        if rows == 0 {
            return;
        }
        self.correlate(rows);
        let grouping = self.block.grouping();
        let (room, monthly) = (self.room(), self.limits.profile_monthly_columns_max);
        for (place, column) in self.columns.iter_mut().enumerate() {
            column.flush(&mut self.block, &grouping, place < monthly, room);
        }
        self.repeats
            .observe(&self.block.contents, self.limits.profile_exact_events_max);
        self.block.clear();
    }

    fn correlate(&mut self, rows: usize) {
        let mut strips = Vec::new();
        for column in &mut self.columns {
            if column.slot.is_some() || column.numbers(rows).is_none() {
                continue;
            }
            if self.co_moments.len() < self.limits.profile_correlated_columns_max {
                column.slot = Some(self.co_moments.add());
            }
        }
        for column in &mut self.columns {
            if let (Some(slot), Some(numbers)) = (column.slot, column.numbers(rows)) {
                strips.push(Strip { slot, numbers });
            }
        }
        self.co_moments.observe(&strips);
    }

    /// Takes in the profile of other events; those without a time count as having come after these.
    #[must_use]
    pub fn merge(mut self, mut other: Self) -> Self {
        self.flush();
        other.flush();
        while self.part_events < other.part_events {
            self.fold();
        }
        while other.part_events < self.part_events {
            other.fold();
        }
        let before = self.untimed.div_ceil(self.part_events);
        if other.untimed > 0 {
            self.untimed = before * self.part_events + other.untimed;
        }
        let most = self.limits.profile_months_max;
        let shift = u32::try_from(before).unwrap_or(u32::MAX);
        let mut slices = std::mem::take(&mut self.slices);
        let numbers = merged(&other.slices, &mut slices, shift, most);
        self.slices = slices;
        let sources: Vec<usize> = other
            .sources
            .iter()
            .map(|source| self.take_source(source))
            .collect();
        self.take_columns(
            std::mem::take(&mut other.columns),
            &other.co_moments,
            &numbers,
            &sources,
        );
        self.repeats
            .merge(other.repeats, self.limits.profile_exact_events_max);
        self.events += other.events;
        while self.untimed > self.part_events * PARTS_MAX {
            self.fold();
        }
        self
    }

    fn take_source(&mut self, other: &Source) -> usize {
        let number = self.source(other.name.as_deref());
        for (mine, theirs) in self.sources[number].by_class.iter_mut().zip(other.by_class) {
            *mine += theirs;
        }
        number
    }

    fn take_columns(
        &mut self,
        columns: Vec<Column>,
        sums: &CoMoments,
        slices: &[usize],
        sources: &[usize],
    ) {
        let room = self.room();
        let mut slots = vec![None; sums.len()];
        for column in columns {
            let Some(place) = self.column(&column.name) else {
                continue;
            };
            if let Some(slot) = column.slot {
                let is_room = self.co_moments.len() < self.limits.profile_correlated_columns_max;
                if self.columns[place].slot.is_none() && is_room {
                    self.columns[place].slot = Some(self.co_moments.add());
                }
                slots[slot] = self.columns[place].slot;
            }
            self.columns[place].merge(column, slices, sources, room);
        }
        self.co_moments.merge(sums, &slots);
    }

    /// Takes the events of an unfinished block in, so that nothing waits.
    pub(super) fn settle(&mut self) {
        self.flush();
    }

    /// Makes ready what was read from a document; returns whether it can be.
    pub(super) fn restore(&mut self, limits: &Limits) -> bool {
        self.limits = *limits;
        for (place, column) in self.columns.iter().enumerate() {
            self.places.by_name.insert(column.name.clone(), place);
        }
        for (number, source) in self.sources.iter().enumerate() {
            self.places.by_source.insert(source.name.clone(), number);
        }
        let names_differ = self.places.by_name.len() == self.columns.len()
            && self.places.by_source.len() == self.sources.len();
        let (slots, slices, sources) =
            (self.co_moments.len(), self.slices.len(), self.sources.len());
        let fits = |column: &Column| {
            column.slot.is_none_or(|slot| slot < slots)
                && column.strata.len() <= slices
                && column.sources.len() <= sources
        };
        names_differ
            && self.columns.len() <= limits.columns_max
            && self.part_events.is_power_of_two()
            && (ROWS as u64..=1 << 40).contains(&self.part_events)
            && self.untimed <= self.part_events * PARTS_MAX
            && self.columns.iter().all(fits)
            && self.columns.iter_mut().all(Column::restore)
            && self.slices.restore()
            && self.co_moments.is_sound()
            && self.repeats.is_sound()
    }
}

/// Enters slices under other periods; returns the new number of each.
fn renumbered(from: &Slices, to: &mut Slices, period: impl Fn(Period) -> Period) -> Vec<usize> {
    let mut numbers = vec![0; from.len()];
    for (slice, number, events) in from.all() {
        let renamed = to.number(Slice {
            class: slice.class,
            period: period(slice.period),
        });
        to.count(renamed, events);
        numbers[number] = renamed;
    }
    numbers
}

/// Enters the slices of another profile; returns the number of each here.
fn merged(other: &Slices, slices: &mut Slices, shift: u32, months_max: usize) -> Vec<usize> {
    let mut numbers = vec![0; other.len()];
    for (slice, number, events) in other.all() {
        let period = match slice.period {
            Period::Part(part) => Period::Part(part.saturating_add(shift)),
            Period::Month(month) => slices.month(month, months_max),
            period => period,
        };
        let mine = slices.number(Slice {
            class: slice.class,
            period,
        });
        slices.count(mine, events);
        numbers[number] = mine;
    }
    numbers
}
