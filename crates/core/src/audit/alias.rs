//! Aliases: which detector of a task is in use, and which may follow it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::entry::{Authority, Entry, Recorded};
use crate::digest::Digest;
use crate::time::EventTime;

/// A name for the detector of a task that has some part at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alias {
    /// The one in use.
    Champion,
    /// The one that may replace it.
    Challenger,
    /// One that scores beside it and decides nothing.
    Shadow,
}

impl Alias {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Champion, Self::Challenger, Self::Shadow];

    /// Returns the one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Champion => "champion",
            Self::Challenger => "challenger",
            Self::Shadow => "shadow",
        }
    }

    /// Returns the alias of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alias| alias.word() == word)
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// What an alias stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The detector.
    pub detector: Digest,
    /// The number of the entry that moved it there.
    pub since: u64,
    /// When that was.
    pub time: EventTime,
    /// By what right.
    pub by: Authority,
}

impl Held {
    /// Returns until when it stands, if an override put it there that holds no longer at `now`.
    #[must_use]
    pub fn expired(&self, now: EventTime) -> Option<EventTime> {
        match &self.by {
            Authority::Override { until, .. } if now > *until => Some(*until),
            _ => None,
        }
    }
}

/// What every alias of every task stands for, and stood for before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    stood: BTreeMap<(String, Alias), Vec<Held>>,
    /// Detectors that were taken out of the store, and not added again.
    gone: BTreeSet<Digest>,
}

impl Aliases {
    /// Returns what the entries come to.
    #[must_use]
    pub fn of(entries: &[Recorded]) -> Self {
        let mut aliases = Self::default();
        for recorded in entries {
            aliases.take(recorded);
        }
        aliases
    }

    /// Takes in one entry more.
    pub(super) fn take(&mut self, recorded: &Recorded) {
        let moved = match &recorded.payload.entry {
            Entry::Moved(moved) => moved,
            Entry::Removed(removal) => {
                self.gone.insert(removal.detector);
                return;
            }
            Entry::Registered(registration) => {
                self.gone.remove(&registration.detector);
                return;
            }
            Entry::Accepted(_) | Entry::SignedOff { .. } | Entry::Stopped(_) | Entry::Lifted(_) => {
                return;
            }
        };
        let key = (moved.step.task.clone(), moved.step.alias);
        self.stood.entry(key).or_default().push(Held {
            detector: moved.step.to,
            since: recorded.sequence,
            time: recorded.time,
            by: moved.by.clone(),
        });
    }

    /// Returns what an alias of a task stands for.
    #[must_use]
    pub fn get(&self, task: &str, alias: Alias) -> Option<&Held> {
        self.history(task, alias).last()
    }

    /// Returns what an alias of a task has stood for, oldest first.
    #[must_use]
    pub fn history(&self, task: &str, alias: Alias) -> &[Held] {
        let key = (task.to_owned(), alias);
        self.stood.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Returns what each alias stands for, in order of tasks and aliases.
    pub fn all(&self) -> impl Iterator<Item = (&str, Alias, &Held)> {
        let each = self.stood.iter();
        each.filter_map(|((task, alias), held)| Some((task.as_str(), *alias, held.last()?)))
    }

    /// Returns whether a detector was taken out of the store.
    #[must_use]
    pub fn is_gone(&self, detector: Digest) -> bool {
        self.gone.contains(&detector)
    }

    /// Returns what stood before the present one and is another, each once, the latest first: what a rollback can go to, but for
    /// what [is gone](Self::is_gone). After a rollback that is what stood before the one that was gone back to, so that going
    /// back twice goes on backwards.
    #[must_use]
    pub fn before(&self, task: &str, alias: Alias) -> Vec<&Held> {
        let mut left: Vec<&Held> = Vec::new();
        for held in self.history(task, alias) {
            // Going back takes everything off that came since.
            if matches!(held.by, Authority::Rollback { .. }) {
                while left.last().is_some_and(|it| it.detector != held.detector) {
                    left.pop();
                }
                if left.is_empty() {
                    left.push(held);
                }
            } else {
                left.push(held);
            }
        }
        let mut seen: BTreeSet<Digest> = left.pop().map(|held| held.detector).into_iter().collect();
        let latest_first = left.into_iter().rev();
        latest_first.filter(|it| seen.insert(it.detector)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Move, Moved, Payload};

    fn moved(sequence: u64, to: &str, by: Authority) -> Recorded {
        let entry = Entry::Moved(Moved {
            step: Move {
                task: "phishing".to_owned(),
                alias: Alias::Champion,
                from: None,
                to: Digest::of(to.as_bytes()),
            },
            by,
            objections: Vec::new(),
            note: None,
        });
        Recorded {
            sequence,
            time: EventTime(0),
            previous: Digest::of(b""),
            digest: Digest::of(b""),
            payload: Payload::unsigned(entry),
        }
    }

    fn gate() -> Authority {
        let report = Digest::of(b"gate");
        Authority::Gate { report }
    }

    fn back() -> Authority {
        Authority::Rollback {
            by: "ann".to_owned(),
            reason: "alerts".to_owned(),
        }
    }

    fn before(entries: &[Recorded]) -> Option<Digest> {
        let aliases = Aliases::of(entries);
        let before = aliases.before("phishing", Alias::Champion);
        before.first().map(|held| held.detector)
    }

    #[test]
    fn going_back_twice_goes_on_backwards() {
        let digest = |name: &str| Some(Digest::of(name.as_bytes()));
        let mut entries = vec![moved(0, "a", gate())];
        assert_eq!(before(&entries), None);
        entries.push(moved(1, "b", gate()));
        entries.push(moved(2, "c", gate()));
        assert_eq!(before(&entries), digest("b"));
        entries.push(moved(3, "b", back()));
        assert_eq!(before(&entries), digest("a"));
        entries.push(moved(4, "a", back()));
        assert_eq!(before(&entries), None);
        entries.push(moved(5, "d", gate()));
        assert_eq!(before(&entries), digest("a"));
        let aliases = Aliases::of(&entries);
        let champion = aliases.get("phishing", Alias::Champion).unwrap();
        assert_eq!((champion.since, Some(champion.detector)), (5, digest("d")));
        assert_eq!(aliases.get("spam", Alias::Champion), None);
        assert_eq!(aliases.get("phishing", Alias::Shadow), None);
    }

    #[test]
    fn what_was_taken_out_is_gone_until_it_is_added_again() {
        use crate::audit::{Origin, Registration, Removal};
        let digest = |name: &str| Digest::of(name.as_bytes());
        let mut entries: Vec<Recorded> = (0..)
            .zip(["a", "b", "a", "c"])
            .map(|(number, name)| moved(number, name, gate()))
            .collect();
        let stood = |entries: &[Recorded]| {
            let aliases = Aliases::of(entries);
            let before = aliases.before("phishing", Alias::Champion);
            let told = before
                .iter()
                .map(|it| (it.detector, aliases.is_gone(it.detector)));
            told.collect::<Vec<_>>()
        };
        assert_eq!(
            stood(&entries),
            [(digest("a"), false), (digest("b"), false)]
        );
        let entry = |entry| Recorded {
            payload: Payload::unsigned(entry),
            ..moved(4, "a", gate())
        };
        entries.push(entry(Entry::Removed(Removal {
            detector: digest("a"),
            by: "cleo".to_owned(),
            reason: "its memory".to_owned(),
        })));
        assert_eq!(stood(&entries), [(digest("a"), true), (digest("b"), false)]);
        entries.push(entry(Entry::Registered(Registration {
            detector: digest("a"),
            task: "phishing".to_owned(),
            task_digest: digest("task"),
            dataset: digest("dataset"),
            origin: Origin::Folder,
        })));
        assert_eq!(
            stood(&entries),
            [(digest("a"), false), (digest("b"), false)]
        );
    }

    #[test]
    fn an_override_holds_until_its_last_moment() {
        let by = Authority::Override {
            by: "cleo".to_owned(),
            reason: "urgent".to_owned(),
            until: EventTime(10),
            unmet: Vec::new(),
            report: None,
        };
        let aliases = Aliases::of(&[moved(0, "a", by)]);
        let held = aliases.get("phishing", Alias::Champion).unwrap();
        assert_eq!(held.expired(EventTime(10)), None);
        assert_eq!(held.expired(EventTime(11)), Some(EventTime(10)));
    }
}
