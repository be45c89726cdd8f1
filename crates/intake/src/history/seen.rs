//! An event in numbers: what a history needs of it, without a name.
//!
//! ```text
//!   user, host, names of programs ──HistoryKey──► Seen ─► kept until its turn in time ─► History::follow
//! ```
//!
//! Numbers take room for eight bytes a name and tell nobody who it was, so that a whole stream can wait for its
//! order. They are made away from the history, on any number of threads.

use ringtrue_core::EventTime;

use super::key::{HistoryKey, Level};

/// One event, as a history sees it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Observation<'a> {
    /// Who did it, where known.
    pub user: Option<&'a str>,
    /// On which machine, where known.
    pub host: Option<&'a str>,
    /// What was done, in order: the programs of a command or of a session.
    pub names: &'a [&'a str],
    /// When, where known.
    pub time: Option<EventTime>,
}

/// One event in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub(super) user: Option<u64>,
    pub(super) host: Option<u64>,
    names: Box<[u64]>,
    pub(super) time: Option<EventTime>,
}

impl Seen {
    /// Makes numbers of an event's names, of no more than the first `names_max`; an empty user or host is nobody.
    #[must_use]
    pub fn of(observation: &Observation<'_>, key: &HistoryKey, names_max: usize) -> Self {
        let entity = |level, name: Option<&str>| {
            let name = name.filter(|name| !name.is_empty());
            name.map(|name| key.entity(level, name))
        };
        let names = observation.names.iter().take(names_max);
        Self {
            user: entity(Level::User, observation.user),
            host: entity(Level::Host, observation.host),
            names: names.map(|name| key.name(name)).collect(),
            time: observation.time,
        }
    }

    /// Returns the same event with these names, whose numbers were made under the same key.
    #[must_use]
    pub(crate) fn with_names(self, names: &[u64]) -> Self {
        Self {
            names: names.into(),
            ..self
        }
    }

    /// Returns when it happened.
    #[must_use]
    pub const fn time(&self) -> Option<EventTime> {
        self.time
    }

    /// Returns the numbers of the first `most` names.
    pub(super) fn names(&self, most: usize) -> impl ExactSizeIterator<Item = u64> + Clone {
        self.names.iter().take(most).copied()
    }
}
