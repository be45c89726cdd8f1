//! Habits while a detector is used: its memory of users and hosts goes on over the events of one process.
//!
//! ```text
//!   detector's history ─► Memory::follow, event by event as they come ─► Habits ─► the end of each row
//! ```
//!
//! Each event is measured by all that came before it, then taken in. What a process took in ends with it: the detector's
//! folder stays as it is.

use rayon::prelude::*;
use ringtrue_core::{Event, EventTime};
use ringtrue_intake::SignalReader;
use ringtrue_intake::history::{History, Novelty, Seen, append_signals};

use crate::loaded::Loaded;

/// The signals of habits of some events, in their order; none of anybody if the rows tell of no habits.
#[derive(Debug, Default)]
pub struct Habits {
    width: usize,
    values: Vec<f32>,
}

impl Habits {
    /// Makes room for the habits of `events` events, which are missing until they are put.
    #[must_use]
    pub fn missing(width: usize, events: usize) -> Self {
        Self {
            width,
            values: vec![f32::NAN; width * events],
        }
    }

    /// Puts the signals of the event at `at`.
    pub fn put(&mut self, at: usize, signals: &[f32]) {
        let places = self.values.iter_mut().skip(at * self.width);
        places
            .zip(signals)
            .for_each(|(place, value)| *place = *value);
    }

    /// Returns the signals of the event at `at`.
    #[must_use]
    pub fn of(&self, at: usize) -> &[f32] {
        let start = at * self.width;
        self.values.get(start..start + self.width).unwrap_or(&[])
    }

    /// Leaves the events out that `is_kept` is not true of.
    pub fn retain(&mut self, is_kept: &[bool]) {
        let kept = is_kept.iter().enumerate().filter(|(_, is_kept)| **is_kept);
        self.values = kept.flat_map(|(at, _)| self.of(at).to_vec()).collect();
    }
}

/// What a detector remembers of users and hosts, going on.
pub struct Memory<'a> {
    reader: &'a SignalReader,
    history: Option<History>,
    /// The last event that was remembered to begin with.
    until: Option<EventTime>,
    /// Events that came and are not later than that.
    early: u64,
    /// Events without a time.
    untimed: u64,
    /// Room for the signals of one event.
    signals: Vec<f32>,
}

impl<'a> Memory<'a> {
    /// Starts from what the detector remembers.
    #[must_use]
    pub fn of(loaded: &'a Loaded) -> Self {
        Self {
            reader: &loaded.reader,
            history: loaded.history.clone(),
            until: loaded.history.as_ref().and_then(History::until),
            early: 0,
            untimed: 0,
            signals: Vec::new(),
        }
    }

    /// Returns what is remembered by now; `None` if rows tell of no habits.
    #[must_use]
    pub const fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    /// Measures and takes in the next events, one after the other.
    pub fn follow(&mut self, events: &[&Event]) -> Habits {
        if self.history.is_none() {
            return Habits::default();
        }
        let seen: Vec<Option<Seen>> = events
            .par_iter()
            .map(|event| self.reader.seen(event))
            .collect();
        let mut habits = Habits::missing(self.reader.habits(), events.len());
        for (at, seen) in seen.iter().enumerate() {
            self.follow_one(seen.as_ref(), |signals| habits.put(at, signals));
        }
        habits
    }

    /// Measures and takes in the next event, and hands its signals to `each`; does nothing if rows tell of no habits.
    pub fn follow_one(&mut self, seen: Option<&Seen>, each: impl FnOnce(&[f32])) {
        let Some(history) = &mut self.history else {
            return;
        };
        let novelty = seen.map(|seen| history.follow(seen));
        self.signals.clear();
        append_signals(&novelty.unwrap_or(Novelty::NONE), &mut self.signals);
        each(&self.signals);
        let time = seen.and_then(Seen::time);
        self.untimed += u64::from(time.is_none());
        self.early += u64::from(time.is_some() && time <= self.until);
    }

    /// Returns what must be known of the events that were followed, in sentences.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if let (early @ 1.., Some(until)) = (self.early, self.until) {
            sentences.push(format!(
                "{early} events are not later than the last that the detector's memory of users and hosts holds ({until}): they are measured by what came after them, too"
            ));
        }
        if self.untimed > 0 {
            sentences.push(format!(
                "{} events have no time: how unusual they are for their user and host is missing",
                self.untimed
            ));
        }
        sentences
    }
}
