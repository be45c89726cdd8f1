//! Events with the answers of two detectors side by side, in an order that hangs on what they hold alone.

use std::collections::BTreeMap;

use ringtrue_core::cost::Prices;
use ringtrue_core::digest::DigestBuilder;
use ringtrue_core::{Action, EventId, EventTime, Label};

use super::report::FlipKind;
use crate::gate::JudgedEvents;

/// Stands for "no name".
pub const NO_NAME: u32 = u32::MAX;

/// What a detector said of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The calibrated probability, in [0, 1].
    pub score: f64,
    /// What it does.
    pub action: Action,
}

/// One event with both answers.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The event.
    pub id: EventId,
    /// When it happened.
    pub time: Option<EventTime>,
    /// What somebody decided.
    pub label: Label,
    /// What mistakes on it cost.
    pub prices: Prices,
    /// The group of its near-duplicates.
    pub group: u32,
    /// The number of its family among the names, or [`NO_NAME`].
    pub family: u32,
    /// Of its source.
    pub source: u32,
    /// Of its tenant.
    pub tenant: u32,
    /// The numbers of the slices that it is in.
    pub slices: Box<[u32]>,
    /// What the old detector said.
    pub old: Answer,
    /// What the new one says.
    pub new: Answer,
    /// A number by which the caller finds what the event looks like.
    pub place: u32,
}

/// All events, and the names that they refer to.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    /// The events; in order after [`Pairs::settle`].
    pub events: Vec<Pair>,
    /// Names of families, sources and tenants.
    pub names: Vec<String>,
    /// Names of slices.
    pub slices: Vec<String>,
}

/// What events are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The family, of malicious events alone.
    Family,
    /// Where they came from.
    Source,
    /// The group column.
    Tenant,
    /// The slices of the task.
    Slice,
    /// The month in which they happened.
    Month,
}

impl Dimension {
    /// Returns its word in documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Source => "source",
            Self::Tenant => "tenant",
            Self::Slice => "slice",
            Self::Month => "month",
        }
    }
}

impl Pair {
    /// Returns whether a detector that did this was right; `None` if nobody decided on the event.
    ///
    /// A malicious event is caught if it is blocked or reviewed, and a benign one is harmed only if it is blocked.
    #[must_use]
    pub fn is_right(&self, action: Action) -> Option<bool> {
        let malicious = self.label.class()?;
        Some(if malicious {
            action != Action::Allow
        } else {
            action != Action::Block
        })
    }

    /// Returns whether neither detector allows it.
    #[must_use]
    pub fn is_caught_by_both(&self) -> bool {
        self.old.action != Action::Allow && self.new.action != Action::Allow
    }

    /// Returns what an action costs on it, as [`ringtrue_core::metrics::cost`] prices it; nothing of an event that nobody decided on.
    #[must_use]
    pub fn cost_of(&self, action: Action) -> f64 {
        let class = self.label.class();
        class.map_or(0.0, |malicious| self.prices.of(malicious, action))
    }

    /// Returns 1 if people have to deal with what an action makes of it: a review, or a benign event that is blocked.
    #[must_use]
    pub fn alerts_of(&self, action: Action) -> f64 {
        match (self.label.class(), action) {
            (Some(_), Action::Review) | (Some(false), Action::Block) => 1.0,
            _ => 0.0,
        }
    }

    /// Returns how much more the new verdict costs.
    #[must_use]
    pub fn cost_rise(&self) -> f64 {
        self.cost_of(self.new.action) - self.cost_of(self.old.action)
    }

    /// Returns how many more alerts the new verdict makes.
    #[must_use]
    pub fn alert_rise(&self) -> f64 {
        self.alerts_of(self.new.action) - self.alerts_of(self.old.action)
    }

    /// Returns what became of the event, if the verdict changed between right and wrong.
    #[must_use]
    pub fn flip(&self) -> Option<FlipKind> {
        let malicious = self.label.class()?;
        match (
            self.is_right(self.old.action)?,
            self.is_right(self.new.action)?,
        ) {
            (true, false) if malicious => Some(FlipKind::NewlyMissed),
            (true, false) => Some(FlipKind::NewlyBlockedInError),
            (false, true) if malicious => Some(FlipKind::NewlyCaught),
            (false, true) => Some(FlipKind::NewlyReleased),
            _ => None,
        }
    }
}

impl Pairs {
    /// Puts the events into the order of time, then of what they are, so that the order of input is without influence.
    pub fn settle(&mut self) {
        self.events.sort_by(|left, right| {
            let key = |pair: &Pair| {
                (
                    pair.time,
                    pair.id,
                    pair.label as u8,
                    pair.old.action,
                    pair.new.action,
                )
            };
            key(left)
                .cmp(&key(right))
                .then(left.old.score.total_cmp(&right.old.score))
                .then(left.new.score.total_cmp(&right.new.score))
        });
    }

    /// Returns whether an event is of a part of this name.
    #[must_use]
    pub fn is_of_part(&self, pair: &Pair, dimension: Dimension, name: &str) -> bool {
        let is_named = |number: u32| self.name(number) == Some(name);
        match dimension {
            Dimension::Family => pair.label == Label::Malicious && is_named(pair.family),
            Dimension::Source => is_named(pair.source),
            Dimension::Tenant => is_named(pair.tenant),
            Dimension::Slice => {
                let mut slices = pair.slices.iter();
                slices.any(|slice| {
                    self.slices
                        .get(*slice as usize)
                        .is_some_and(|it| it == name)
                })
            }
            Dimension::Month => pair.time.is_some_and(|time| month(time) == name),
        }
    }

    /// Returns the events that somebody decided on.
    pub fn decided(&self) -> impl Iterator<Item = &Pair> + Clone {
        self.events
            .iter()
            .filter(|pair| pair.label.class().is_some())
    }

    /// Counts the events and makes the digest of their ids and labels; the order is that of [`Pairs::settle`].
    #[must_use]
    pub fn judged(&self) -> JudgedEvents {
        let mut builder = DigestBuilder::default();
        builder.piece(b"ringtrue judged events 1");
        let mut counts = [0_u64; 3];
        for pair in &self.events {
            builder.stream(&pair.id.0).stream(&[pair.label as u8]);
            let class = match pair.label {
                Label::Malicious => 0,
                Label::Benign => 1,
                Label::Unsure => 2,
            };
            if let Some(count) = counts.get_mut(class) {
                *count += 1;
            }
        }
        let [malicious, benign, unsure] = counts;
        JudgedEvents {
            digest: builder.finish(),
            malicious,
            benign,
            unsure,
        }
    }

    /// Returns the name of a number.
    #[must_use]
    pub fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(String::as_str)
    }

    /// Returns the decided events of each part, by name; events without a name of that kind are in none.
    #[must_use]
    pub fn parts(&self, dimension: Dimension) -> BTreeMap<String, Vec<&Pair>> {
        let mut numbered: BTreeMap<u32, Vec<&Pair>> = BTreeMap::new();
        let mut months: BTreeMap<String, Vec<&Pair>> = BTreeMap::new();
        for pair in self.decided() {
            match dimension {
                Dimension::Family if pair.label != Label::Malicious => {}
                Dimension::Family => numbered.entry(pair.family).or_default().push(pair),
                Dimension::Source => numbered.entry(pair.source).or_default().push(pair),
                Dimension::Tenant => numbered.entry(pair.tenant).or_default().push(pair),
                Dimension::Slice => {
                    for slice in &pair.slices {
                        numbered.entry(*slice).or_default().push(pair);
                    }
                }
                Dimension::Month => {
                    if let Some(time) = pair.time {
                        months.entry(month(time)).or_default().push(pair);
                    }
                }
            }
        }
        let name = |number: u32| match dimension {
            Dimension::Slice => self.slices.get(number as usize).cloned(),
            _ => self.name(number).map(str::to_owned),
        };
        for (number, members) in numbered {
            if let Some(name) = name(number) {
                months.insert(name, members);
            }
        }
        months
    }
}

/// Returns a month as `2027-01`.
#[must_use]
pub fn month(time: EventTime) -> String {
    let date = time.date();
    date.rsplit_once('-')
        .map_or(date.clone(), |(month, _)| month.to_owned())
}
