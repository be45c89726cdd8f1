//! The data that checks read: a sample of events with their rows, tokens, traits and columns, by position in time order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use ringtrue_core::near_duplicate::{self, group};
use ringtrue_core::split::halves;
use ringtrue_core::{
    CostSheet, Event, EventTime, Kind, Label, RowBlock, SignalSchema, Task, Trust,
};
use ringtrue_model::train::TrainParameters;
use ringtrue_model::{Examples, Tokens};

use crate::check::{Derived, Search};
use crate::columns::{Column, Columns};
use crate::contents::Contents;
use crate::left_out::LeftOut;
use crate::probe::Unscored;
use crate::sample::{CLASSES, Sampled, class_of};
use crate::scores::Scores;
use crate::traits::Traits;

/// What vetting is given; all lists have one entry for each event, in the order of `events`.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The task, stated or assumed.
    pub task: &'a Task,
    /// When the data is vetted.
    pub now: EventTime,
    /// Decides every random choice.
    pub seed: u64,
    /// Threads for training; nothing depends on them.
    pub threads: u32,
    /// How a detector of these events would be trained.
    pub parameters: &'a TrainParameters,
    /// The events, in time order ([`crate::Sample::finish`]).
    pub events: &'a [Sampled],
    /// How many events the input holds: benign, malicious, and others.
    pub observed: [u64; CLASSES],
    /// The signals of a row.
    pub schema: &'a SignalSchema,
    /// The rows.
    pub rows: &'a RowBlock,
    /// The tokens, as the text models read them.
    pub tokens: &'a Tokens<'a>,
    /// Who stands behind each event.
    pub entity: &'a [u32],
    /// The evidence of each event as a text; its fields in order for a table.
    pub texts: &'a [String],
    /// The traits of each event.
    pub traits: &'a Traits,
    /// The columns of the input that signals are computed of, beside the evidence.
    pub read: &'a BTreeSet<String>,
}

/// Stands for "no name".
pub const NO_NAME: u32 = u32::MAX;

/// Names that events have, by number.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// The names, in order.
    pub names: Vec<Arc<str>>,
    /// The number of each event's name, [`NO_NAME`] without one.
    pub of: Vec<u32>,
}

impl Named {
    fn new<'a>(names: impl Iterator<Item = Option<&'a Arc<str>>> + Clone) -> Self {
        let distinct: BTreeSet<&Arc<str>> = names.clone().flatten().collect();
        let numbers: BTreeMap<&Arc<str>, u32> = distinct.iter().copied().zip(0..).collect();
        let number = |name: Option<&Arc<str>>| name.and_then(|name| numbers.get(name).copied());
        Self {
            of: names.map(|name| number(name).unwrap_or(NO_NAME)).collect(),
            names: distinct.into_iter().cloned().collect(),
        }
    }

    /// Returns the name of the event at `position`.
    #[must_use]
    pub fn name(&self, position: usize) -> Option<&str> {
        let number = self.of.get(position)?;
        self.names.get(*number as usize).map(|name| &**name)
    }

    /// Returns the positions of each name, by its number.
    #[must_use]
    pub fn members(&self) -> Vec<Vec<u32>> {
        let mut members = vec![Vec::new(); self.names.len()];
        for (position, number) in (0_u32..).zip(&self.of) {
            if let Some(members) = members.get_mut(*number as usize) {
                members.push(position);
            }
        }
        members
    }
}

/// The margins of events that a probe was asked, with those events; or why there are none.
pub type Asked = Result<(Vec<f64>, Vec<u32>), Unscored>;

/// The data under examination.
pub struct Data<'a> {
    /// What vetting was given.
    given: Given<'a>,
    /// The label of each event, unsure where there is none.
    pub labels: Vec<Label>,
    /// Whether each event is malicious.
    pub malicious: Vec<bool>,
    /// When each happened.
    pub times: Vec<Option<EventTime>>,
    /// The sources.
    pub sources: Named,
    /// The families of malicious events.
    pub families: Named,
    /// What belongs together, where the input says so.
    pub groups: Named,
    /// Whose data each event is.
    pub trust: Vec<Trust>,
    /// The fields as they came.
    pub columns: Columns,
    weight: Vec<f32>,
    contents: OnceLock<Contents>,
    campaigns: OnceLock<Vec<u32>>,
    later: OnceLock<Option<Asked>>,
    left_out: OnceLock<LeftOut>,
    scores: OnceLock<Scores>,
    search: OnceLock<Search>,
}

impl<'a> std::ops::Deref for Data<'a> {
    type Target = Given<'a>;

    fn deref(&self) -> &Given<'a> {
        &self.given
    }
}

impl<'a> Data<'a> {
    /// Gathers what checks ask for.
    #[must_use]
    pub fn new(given: Given<'a>) -> Self {
        let events = || given.events.iter().map(|sampled| &sampled.event);
        let labels: Vec<Label> = events()
            .map(|event| event.label.unwrap_or(Label::Unsure))
            .collect();
        let family = |event: &'a Event| {
            let is_malicious = event.label == Some(Label::Malicious);
            event.family.as_ref().filter(|_| is_malicious)
        };
        Self {
            malicious: labels
                .iter()
                .map(|label| *label == Label::Malicious)
                .collect(),
            labels,
            times: events().map(|event| event.time).collect(),
            sources: Named::new(events().map(|event| event.source.as_ref())),
            families: Named::new(events().map(family)),
            groups: Named::new(events().map(|event| event.group.as_ref())),
            trust: events().map(|event| event.trust).collect(),
            columns: Columns::of(&events(), given.read),
            weight: vec![1.0; given.events.len()],
            contents: OnceLock::new(),
            campaigns: OnceLock::new(),
            later: OnceLock::new(),
            left_out: OnceLock::new(),
            scores: OnceLock::new(),
            search: OnceLock::new(),
            given,
        }
    }

    /// Returns what an event is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.given.task.kind
    }

    /// Returns the event at `position`.
    #[must_use]
    pub fn event(&self, position: u32) -> Option<&Event> {
        let sampled = self.given.events.get(position as usize);
        sampled.map(|sampled| &sampled.event)
    }

    /// Returns whether a signal is computed of a column, as it came or derived.
    #[must_use]
    pub fn is_used(&self, column: &Column) -> bool {
        let is_derived = |(name, _): &(String, String)| **name == *column.name;
        column.is_read || self.given.task.derived.iter().any(is_derived)
    }

    /// Returns the number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns whether there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns what mistakes cost.
    #[must_use]
    pub fn sheet(&self) -> CostSheet {
        self.given.task.cost_sheet()
    }

    /// Returns how many events of the input one of this event's class stands for.
    #[must_use]
    pub fn stands_for(&self, label: Label) -> f64 {
        let taken = self.labels.iter().filter(|it| **it == label).count();
        let class = class_of(Some(label));
        let observed = self.given.observed.get(class).copied().unwrap_or(0);
        observed as f64 / taken.max(1) as f64
    }

    /// Returns the positions of the events of a class.
    #[must_use]
    pub fn of_class(&self, label: Label) -> Vec<u32> {
        let all = (0_u32..).zip(&self.labels);
        let of_class = all.filter(|(_, it)| **it == label);
        of_class.map(|(position, _)| position).collect()
    }

    /// Returns the positions of all events that somebody decided on.
    #[must_use]
    pub fn decided(&self) -> Vec<u32> {
        let all = (0_u32..).zip(&self.labels);
        let decided = all.filter(|(_, label)| **label != Label::Unsure);
        decided.map(|(position, _)| position).collect()
    }

    /// Returns which events hold the same.
    #[must_use]
    pub fn contents(&self) -> &Contents {
        self.contents.get_or_init(|| Contents::of(self))
    }

    /// Returns the number of each event's campaign: events that are nearly the same are of one. Rows of a table have most of their letters in common
    /// whatever they say, so theirs are those that are the same.
    #[must_use]
    pub fn campaigns(&self) -> &[u32] {
        self.campaigns.get_or_init(|| {
            if self.kind() == Kind::Table {
                return self.contents().of.clone();
            }
            let texts = self.given.texts.iter().map(String::as_str);
            group(texts, &near_duplicate::Parameters::default())
        })
    }

    /// Returns the events before and after the moment that a quarter of them follow; `None` unless more than half of them have a time and
    /// some are later than others.
    #[must_use]
    pub fn halves(&self) -> Option<(Vec<u32>, Vec<u32>)> {
        halves(&self.times, &self.decided())
    }

    /// Returns the margins of the later events ([`Data::halves`]) after learning the earlier ones, with the events that were asked.
    #[must_use]
    pub fn later_margins(&self) -> Option<&Asked> {
        let learn = || {
            let (earlier, later) = self.halves()?;
            Some(self.probe_margins(&earlier, &later))
        };
        self.later.get_or_init(learn).as_ref()
    }

    /// Returns what is learned of most events, and of these without each source.
    pub(crate) fn left_out(&self) -> &LeftOut {
        self.left_out.get_or_init(|| LeftOut::of(self))
    }

    /// Returns how well the classes are told apart, by how the events are split.
    #[must_use]
    pub fn scores(&self) -> &Scores {
        self.scores.get_or_init(|| Scores::of(self))
    }

    /// Returns the derived columns that gain on later events, as a task writes them.
    #[must_use]
    pub fn derived(&self) -> &[Derived] {
        &self.search().derived
    }

    pub(crate) fn search(&self) -> &Search {
        self.search.get_or_init(|| Search::run(self))
    }

    /// Returns the events as training reads them.
    #[must_use]
    pub fn examples(&self) -> Examples<'_> {
        Examples {
            rows: self.given.rows,
            tokens: self.given.tokens,
            malicious: &self.malicious,
            weight: &self.weight,
            entity: self.given.entity,
        }
    }
}
