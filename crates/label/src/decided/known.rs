//! What of some labels was said before, so that a file that comes again changes nothing.
//!
//! A label that states since when it is known was said before if the same one is there. One that does not is known since it is
//! taken in, which is another time each time: it was said before if anything like it is there, even if its author has said
//! something else since, for then the file is the older word.

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::{EventId, EventTime, LabelEntry};

/// Whose word on what: event, name, task.
type Key = (EventId, String, String);

/// All that was said before.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    said: BTreeMap<Key, Vec<&'a LabelEntry>>,
}

impl<'a> Known<'a> {
    /// Takes in what was said, in the order of appending.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = &'a LabelEntry>) -> Self {
        let mut known = Self::default();
        for entry in entries {
            known.said.entry(key(entry)).or_default().push(entry);
        }
        known
    }

    /// Returns those of `entries` that were not said before, in order, then how many were, and how many of these their author
    /// has replaced since. Entries known at `now` state no time.
    ///
    /// After somebody said something new of an event, what else `entries` hold of it counts in their order.
    #[must_use]
    pub fn fresh(&self, entries: Vec<LabelEntry>, now: EventTime) -> (Vec<LabelEntry>, (u64, u64)) {
        let mut latest: BTreeMap<Key, LabelEntry> = BTreeMap::new();
        let mut fresh = Vec::new();
        let (mut known, mut outdated) = (0, 0);
        for entry in entries {
            let key = key(&entry);
            let is_same = |other: &LabelEntry| is_same(other, &entry, now);
            let before: &[&LabelEntry] = self.said.get(&key).map_or(&[], Vec::as_slice);
            let is_known = match latest.get(&key) {
                Some(of_these) => is_same(of_these),
                None => before.iter().any(|it| is_same(it)),
            };
            if !is_known {
                latest.insert(key, entry.clone());
                fresh.push(entry);
                continue;
            }
            known += 1;
            let is_last = latest.contains_key(&key) || before.last().is_some_and(|it| is_same(it));
            outdated += u64::from(!is_last && entry.known == now);
        }
        (fresh, (known, outdated))
    }
}

/// Returns the pairs of names that differ in case only, in order: they count as two who speak.
#[must_use]
pub fn alike<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    let names: BTreeSet<&str> = names.into_iter().map(str::trim).collect();
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    let mut pairs = Vec::new();
    for name in names {
        match first.get(&name.to_lowercase()) {
            Some(earlier) => pairs.push((*earlier, name)),
            None => {
                first.insert(name.to_lowercase(), name);
            }
        }
    }
    pairs
}

fn key(entry: &LabelEntry) -> Key {
    let who = entry.who.trim().to_owned();
    (entry.event, who, entry.task.name.clone())
}

/// Returns whether `entry` says again what `other` said.
fn is_same(other: &LabelEntry, entry: &LabelEntry, now: EventTime) -> bool {
    let (one, mut two) = (plain(other), plain(entry));
    if entry.known == now {
        // The wording of the task counts: who answers a new one may say what they said before.
        return one.repeats(&two);
    }
    two.task.meaning = one.task.meaning;
    one == two
}

/// Returns an entry without the space around its texts, which no file keeps.
fn plain(entry: &LabelEntry) -> LabelEntry {
    let trim = |text: &str| text.trim().to_owned();
    LabelEntry {
        who: trim(&entry.who),
        role: trim(&entry.role),
        evidence: trim(&entry.evidence),
        note: trim(&entry.note),
        ..entry.clone()
    }
}
