//! All that was said, by event.

use std::collections::BTreeMap;

use ringtrue_core::task::Deciding;
use ringtrue_core::{Event, EventId, EventTime, Label, LabelEntry, TaskName};

use super::state::{Decided, Moment, Own, State, state, words};

/// What was said of each event for one task.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    events: BTreeMap<EventId, Vec<LabelEntry>>,
    rules: Deciding,
    at: Option<EventTime>,
    /// The latest time that any entry tells.
    latest: Option<EventTime>,
    foreign: u64,
    reworded: u64,
}

/// What somebody says of an event by now.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The event.
    pub event: &'a EventId,
    /// Their latest word.
    pub entry: &'a LabelEntry,
}

impl Ledger {
    /// Takes in entries in the order of appending. Those that answer another task are counted and left out.
    #[must_use]
    pub fn of(
        entries: impl IntoIterator<Item = LabelEntry>,
        task: &TaskName,
        rules: &Deciding,
    ) -> Self {
        let mut ledger = Self {
            rules: rules.clone(),
            ..Self::default()
        };
        for entry in entries {
            if entry.task.name != task.name {
                ledger.foreign += 1;
                continue;
            }
            ledger.reworded += u64::from(entry.task.meaning != task.meaning);
            ledger.latest = ledger.latest.max(Some(entry.known));
            ledger.events.entry(entry.event).or_default().push(entry);
        }
        ledger
    }

    /// Asks for what was known at a time, instead of all that was ever said.
    #[must_use]
    pub const fn as_of(mut self, at: EventTime) -> Self {
        self.at = Some(at);
        self
    }

    /// Returns how many entries answer another task.
    #[must_use]
    pub const fn foreign(&self) -> u64 {
        self.foreign
    }

    /// Returns how many entries answer this task in an earlier wording.
    #[must_use]
    pub const fn reworded(&self) -> u64 {
        self.reworded
    }

    /// Returns whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Lists the events of which something was said, in order.
    pub fn events(&self) -> impl Iterator<Item = &EventId> {
        self.events.keys()
    }

    /// Returns all that was said of an event, in the order of appending.
    #[must_use]
    pub fn said(&self, event: &EventId) -> &[LabelEntry] {
        self.events.get(event).map_or(&[], Vec::as_slice)
    }

    /// Lists everybody's latest word on every event by the time that was asked for, in order of events and names; words that were taken back are
    /// left out.
    pub fn standing(&self) -> impl Iterator<Item = Standing<'_>> {
        let asked = self.at;
        self.events.iter().flat_map(move |(event, entries)| {
            let mut latest: BTreeMap<&str, &LabelEntry> = BTreeMap::new();
            let by_then = |it: &&LabelEntry| asked.is_none_or(|at| it.known <= at);
            for entry in entries.iter().filter(by_then) {
                latest.insert(entry.who.trim(), entry);
            }
            latest
                .into_values()
                .filter(|entry| entry.label.is_some())
                .map(move |entry| Standing { event, entry })
        })
    }

    /// Returns what holds of an event; `now` decides what has expired, unless a time was asked for.
    #[must_use]
    pub fn state(&self, event: &EventId, own: Own, now: EventTime) -> State {
        match self.events.get(event) {
            Some(entries) => state(entries, own, &self.rules, self.moment(now)),
            None if own.label.is_some() => State::Input,
            None => State::Silent,
        }
    }

    /// Returns what holds of an event by what all but `who` say.
    #[must_use]
    pub fn state_without(&self, event: &EventId, who: &str, own: Own, now: EventTime) -> State {
        let others = self.said(event).iter().filter(|it| it.who.trim() != who);
        let others: Vec<LabelEntry> = others.cloned().collect();
        state(&others, own, &self.rules, self.moment(now))
    }

    /// Returns the moment that is asked for. A clock that stands before what was said of late must not make it unsaid; but
    /// nothing expires because somebody told a time that is still to come.
    fn moment(&self, now: EventTime) -> Moment {
        let latest = self.latest.unwrap_or(now);
        Moment {
            known: self.at.unwrap_or_else(|| now.max(latest)),
            now: self.at.unwrap_or(now),
        }
    }

    /// Counts the entries that have expired; none if a time was asked for, which then says it.
    #[must_use]
    pub fn expired(&self, now: EventTime) -> u64 {
        if self.at.is_some() {
            return 0;
        }
        let entries = self.events.values().flatten();
        let expired = entries.filter(|entry| entry.expires.is_some_and(|it| it <= now));
        expired.count() as u64
    }

    /// Returns whether somebody's latest word on an event still stands: it was neither taken back nor has it expired.
    #[must_use]
    pub fn has_word(&self, event: &EventId, who: &str, now: EventTime) -> bool {
        let words = words(self.said(event), self.moment(now));
        words.iter().any(|entry| entry.who.trim() == who.trim())
    }

    /// Returns whether a person stands for the class that an event is decided to be: it need not be asked about again.
    #[must_use]
    pub fn is_confirmed(&self, event: &EventId, own: Own, now: EventTime) -> bool {
        let State::Decided(Decided { label, .. }) = self.state(event, own, now) else {
            return false;
        };
        let words = words(self.said(event), self.moment(now));
        label.class().is_some()
            && words.iter().any(|entry| {
                let is_sure = entry.certainty >= self.rules.certainty_min;
                entry.method.is_person() && is_sure && entry.label == Some(label)
            })
    }

    /// Gives an event the label that holds, and since when it is known. A disputed one is unsure. Returns whether that
    /// changed the label.
    pub fn settle(&self, event: &mut Event, impact: f64, now: EventTime) -> bool {
        if self.events.is_empty() {
            return false;
        }
        let own = Own {
            label: event.label,
            impact,
        };
        let (label, known) = match self.state(&event.id(), own, now) {
            State::Silent | State::Input | State::Open { .. } => return false,
            State::Disputed { known } => (Label::Unsure, known),
            State::Decided(decided) => (decided.label, decided.known),
        };
        let changed = event.label != Some(label);
        if changed {
            event.label = Some(label);
            event.label_known = Some(known);
        }
        changed
    }
}
