//! Which of the judged events a detector may have learned from: those before the end of its training, and where no time tells, those that
//! stand in its training set.

use std::collections::BTreeSet;

use ringtrue_core::{EventId, EventTime, plural};
use ringtrue_trial::compare::{Pair, Pairs};

use super::Both;
use super::training::TrainingSet;
use crate::detector_folder::Loaded;

/// What came of looking.
pub(super) struct Learned {
    /// Events with a class that either detector may have learned from; `None` if nothing tells.
    pub(super) events: Option<u64>,
    /// What is to be said of it, in sentences.
    pub(super) told: Vec<String>,
}

/// What tells of one detector.
struct Training {
    before: Option<EventTime>,
    ids: Option<BTreeSet<EventId>>,
}

/// Looks at every judged event.
pub(super) fn learned(both: &Both, pairs: &Pairs, sets: [Option<&TrainingSet>; 2]) -> Learned {
    let [old, new] = sets;
    let of = [("old", &both.old, old), ("new", &both.new, new)];
    let of = of.map(|(which, loaded, set)| (which, Training::of(loaded, set)));
    let told = of.iter();
    let told = told.filter_map(|(which, training)| training.told(which, pairs));
    let told = told.collect();
    let of_event = |pair: &Pair| -> Option<bool> {
        let mut answers = of.iter().filter_map(|(_, training)| training.held(pair));
        answers.clone().next()?;
        Some(answers.any(|held| held))
    };
    let answers: Vec<bool> = pairs.decided().filter_map(of_event).collect();
    let held = answers.iter().filter(|held| **held).count() as u64;
    Learned {
        events: (!answers.is_empty()).then_some(held),
        told,
    }
}

impl Training {
    fn of(loaded: &Loaded, set: Option<&TrainingSet>) -> Self {
        let before = loaded.detector.card.trained_before.as_deref();
        let before = before.and_then(|text| EventTime::parse(text).ok());
        let ids = |set: &TrainingSet| set.events.iter().map(|event| event.id).collect();
        Self {
            before: before.map(|(time, _)| time),
            ids: set.map(ids),
        }
    }

    /// Returns whether it may have learned from an event; `None` if nothing tells.
    fn held(&self, pair: &Pair) -> Option<bool> {
        match (self.before, pair.time) {
            (Some(before), Some(time)) => Some(time < before),
            _ => self.ids.as_ref().map(|ids| ids.contains(&pair.id)),
        }
    }

    /// Says what is to be known of it.
    fn told(&self, which: &str, pairs: &Pairs) -> Option<String> {
        let answers: Vec<bool> = pairs.events.iter().filter_map(|it| self.held(it)).collect();
        if answers.is_empty() {
            return Some(format!(
                "whether the {which} detector learned from these events: it does not say until when it was trained"
            ));
        }
        let early = answers.iter().filter(|held| **held).count();
        let why = self.before.map_or_else(
            || "found in its training set".to_owned(),
            |before| format!("earlier than the end of its training, {}", before.date()),
        );
        (early > 0).then(|| {
            format!(
                "the future alone: the {which} detector may have learned from {}, {why}",
                plural(early, "event", "events")
            )
        })
    }
}
