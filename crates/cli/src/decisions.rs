//! What holds of events by the label store: who said what, and what comes of it under a task's rules.
//!
//! ```text
//!   store ──labels──► Ledger ──settle──► events with the labels that hold, since when they are known
//! ```

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::cost::Prices;
use ringtrue_core::{CostSheet, Event, EventId, EventTime, Label, Task, plural};
use ringtrue_label::decided::{Ledger, Own, State};
use ringtrue_store::dataset::LabelsTaken;
use ringtrue_store::{EventQuery, Store, StoredLabels};
use ringtrue_vet::Sampled;

use crate::commands::ingest::store_failure;
use crate::commands::now;
use crate::failure::Outcome;

/// The labels of a store, under a task.
pub(crate) struct Decisions {
    pub(crate) ledger: Ledger,
    sheet: CostSheet,
    now: EventTime,
    taken: LabelsTaken,
    sentences: Vec<String>,
}

impl Decisions {
    /// Reads the label store; `as_of` asks for what was known then.
    pub(crate) fn of(store: &Store, task: &Task, as_of: Option<EventTime>) -> Outcome<Self> {
        let stored = read(store)?;
        let sentences = told(&stored);
        let (appended, now) = (stored.appended, now()?);
        let entries = stored.entries.into_iter().map(|it| it.entry);
        let mut ledger = Ledger::of(entries, &task.meaning(), &task.deciding);
        if let Some(as_of) = as_of {
            ledger = ledger.as_of(as_of);
        }
        let mut decisions = Self {
            sentences: sentences.into_iter().chain(of_tasks(&ledger)).collect(),
            taken: LabelsTaken {
                entries: appended,
                as_of,
                expired: ledger.expired(now),
            },
            ledger,
            sheet: task.cost_sheet(),
            now,
        };
        decisions.tell_open(store, task)?;
        Ok(decisions)
    }

    /// Reads the label store if there is one.
    pub(crate) fn of_any(
        store: Option<&Store>,
        task: &Task,
        as_of: Option<EventTime>,
    ) -> Outcome<Self> {
        store.map_or_else(
            || Ok(Self::none(task)),
            |store| Self::of(store, task, as_of),
        )
    }

    /// Says that nobody said anything.
    pub(crate) fn none(task: &Task) -> Self {
        Self {
            ledger: Ledger::default(),
            sheet: task.cost_sheet(),
            now: EventTime(0),
            taken: LabelsTaken::default(),
            sentences: Vec::new(),
        }
    }

    /// Returns up to which entry labels were taken over; `None` if there is none.
    pub(crate) fn taken(&self) -> Option<LabelsTaken> {
        (self.taken.entries > 0).then_some(self.taken)
    }

    /// Gives an event the label that holds; returns whether that is another one than it came with.
    pub(crate) fn settle(&self, event: &mut Event) -> bool {
        let impact = if self.ledger.is_empty() {
            0.0
        } else {
            self.impact(event)
        };
        self.ledger.settle(event, impact, self.now)
    }

    /// Returns what holds of an event that came with its label.
    pub(crate) fn state(&self, event: &Event) -> State {
        self.ledger.state(&event.id(), self.own(event), self.now)
    }

    /// Returns what holds of each event of which anything was said, and the label that came with it. An event that the store no
    /// longer holds came with none.
    pub(crate) fn states(
        &self,
        store: &Store,
    ) -> Outcome<BTreeMap<EventId, (State, Option<Label>)>> {
        let cannot = |error| store_failure("cannot read the events", &error);
        let of_unheld = |event: &EventId| self.ledger.state(event, Own::default(), self.now);
        let unheld = self.ledger.events();
        let mut states: BTreeMap<_, _> = unheld
            .map(|event| (*event, (of_unheld(event), None)))
            .collect();
        if states.is_empty() {
            return Ok(states);
        }
        for batch in store.read_events(&EventQuery::default()).map_err(cannot)? {
            for event in batch.map_err(cannot)? {
                if let Some(state) = states.get_mut(&event.id()) {
                    *state = (self.state(&event), event.label);
                }
            }
        }
        Ok(states)
    }

    /// Says how many events stay open because too few have spoken.
    fn tell_open(&mut self, store: &Store, task: &Task) -> Outcome<()> {
        if task.deciding.quorum < 2 && task.deciding.two_people_above.is_none() {
            return Ok(());
        }
        let states = self.states(store)?;
        let is_open = |state: &State| matches!(state, State::Open { .. });
        let open = states.values().filter(|(state, _)| is_open(state)).count();
        if open > 0 {
            let events = plural(open as u64, "event is", "events are");
            self.sentences.push(format!(
                "{events} open: too few have said the same by the task's rules, and until enough have, the label that came with it holds"
            ));
        }
        Ok(())
    }

    /// Returns whether a person stands for the class that holds of an event.
    pub(crate) fn is_confirmed(&self, event: &Event) -> bool {
        let own = self.own(event);
        self.ledger.is_confirmed(&event.id(), own, self.now)
    }

    /// Returns whether somebody's word on an event stands.
    pub(crate) fn has_word(&self, event: &EventId, who: &str) -> bool {
        self.ledger.has_word(event, who, self.now)
    }

    fn own(&self, event: &Event) -> Own {
        Own {
            label: event.label,
            impact: self.impact(event),
        }
    }

    /// Gives events the labels that hold; returns those for whose label people stand.
    pub(crate) fn confirmed(&self, events: &mut [Sampled]) -> BTreeSet<EventId> {
        let mut confirmed = BTreeSet::new();
        for sampled in events {
            if self.is_confirmed(&sampled.event) {
                confirmed.insert(sampled.event.id());
            }
            self.settle(&mut sampled.event);
        }
        confirmed
    }

    /// Returns what the dearer mistake about an event costs.
    pub(crate) fn impact(&self, event: &Event) -> f64 {
        let Prices {
            false_positive,
            false_negative,
            ..
        } = self.prices(event);
        false_positive.max(false_negative)
    }

    /// Returns the prices of an event without those of slices, which may read signals: how many people must agree on a label hangs on no model's signals.
    pub(crate) fn prices(&self, event: &Event) -> Prices {
        self.sheet.prices_for(event, |_, _| false)
    }

    /// Returns the prices of an event that is in the slices of which `holds` says so.
    pub(crate) fn prices_in(&self, event: &Event, holds: impl Fn(&str) -> bool) -> Prices {
        self.sheet.prices_for(event, |name, _| holds(name))
    }

    /// Returns what is odd about the label store, in sentences.
    pub(crate) fn sentences(&self) -> &[String] {
        &self.sentences
    }
}

/// Reads all that was said.
pub(crate) fn read(store: &Store) -> Outcome<StoredLabels> {
    let stored = store.labels();
    stored.map_err(|error| store_failure("cannot read the label store", &error))
}

/// Returns what is odd about the log itself, in sentences.
pub(crate) fn told(stored: &StoredLabels) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(torn) = stored.torn {
        let are = if torn.holds_records {
            "are unfinished or damaged, and whole labels stand in them: they are left out, and the next label that is stored moves them into a file `*.torn`"
        } else {
            "were never finished and are left out: nobody was told that they are kept"
        };
        sentences.push(format!(
            "the last {} bytes of the label store {are}",
            torn.bytes
        ));
    }
    if stored.clock_went_back > 0 {
        let times = plural(stored.clock_went_back, "time", "times");
        sentences.push(format!(
            "the clock went back {times} while labels were stored: they count in the order in which they were stored, and keep the times that were told"
        ));
    }
    sentences
}

fn of_tasks(ledger: &Ledger) -> Vec<String> {
    let mut sentences = Vec::new();
    if ledger.foreign() > 0 {
        let labels = plural(ledger.foreign(), "label answers", "labels answer");
        sentences.push(format!("{labels} another task and are not used"));
    }
    if ledger.reworded() > 0 {
        let labels = plural(ledger.reworded(), "label was", "labels were");
        sentences.push(format!(
            "{labels} given when the task called other things malicious or unsure, and still count"
        ));
    }
    sentences
}
