//! The monitor of sources: one that has gone quiet, one that floods, or one that nobody knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bounds, NOTHING, Reading, Readings, named};
use crate::reference::Seen;

/// Sources that are counted by name, first those that the reference names; events of those beyond are counted together.
const NAMED_MAX: usize = 512;
/// The name of the others.
const OTHERS: &str = "(all others)";
/// Shares of sources move with the day's work.
const BOUNDS: Bounds = Bounds {
    warning: 0.1,
    drift: 0.3,
};
/// A source of which nothing came is quiet whatever its share was.
const QUIET: Bounds = Bounds {
    warning: 0.0,
    drift: 0.0,
};

/// Events by their source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceCounts {
    named: BTreeMap<String, u64>,
    others: u64,
    unnamed: u64,
}

impl SourceCounts {
    /// Starts the counts of a window: what the reference names is counted by name, however many others come before it.
    pub(crate) fn like(reference: &Self) -> Self {
        let names = reference.named.keys();
        Self {
            named: names.map(|name| (name.clone(), 0)).collect(),
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, seen: &Seen) {
        match &seen.source {
            Some(source) => self.count(source, 1),
            None => self.unnamed += 1,
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (source, events) in &other.named {
            self.count(source, *events);
        }
        self.others += other.others;
        self.unnamed += other.unnamed;
    }

    fn count(&mut self, source: &str, events: u64) {
        if let Some(count) = self.named.get_mut(source) {
            *count += events;
        } else if self.named.len() < NAMED_MAX {
            self.named.insert(source.to_owned(), events);
        } else {
            self.others += events;
        }
    }

    /// Returns the names of the sources that are counted by name.
    pub(crate) fn names(&self) -> impl IntoIterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    fn events(&self) -> u64 {
        self.named.values().sum::<u64>() + self.others + self.unnamed
    }

    /// Compares a window with the reference. A window in which no event names its source says nothing of sources, and neither does
    /// such a reference.
    pub(crate) fn finish(&self, reference: &Self) -> Readings {
        let mut readings = Vec::new();
        if self.events() > self.unnamed && !reference.named.is_empty() {
            readings.extend(reference.named.iter().filter_map(|(name, before)| {
                self.reading(
                    reference,
                    name,
                    [*before, self.named.get(name).copied().unwrap_or(0)],
                )
            }));
            let known: u64 = reference
                .named
                .keys()
                .filter_map(|name| self.named.get(name))
                .sum();
            let unknown = self.named.values().sum::<u64>() + self.others - known;
            readings.extend(self.reading(reference, OTHERS, [reference.others, unknown]));
        }
        Readings {
            name: "sources",
            all: readings,
            silent: NOTHING,
            says: |moved| {
                let quiet: Vec<&Reading> =
                    moved.iter().copied().filter(|it| is_quiet(it)).collect();
                if quiet.is_empty() {
                    format!("another share of the events than before: {}", named(moved))
                } else {
                    format!("nothing comes any more from {}", named(&quiet))
                }
            },
        }
    }

    fn reading(&self, reference: &Self, name: &str, [before, now]: [u64; 2]) -> Option<Reading> {
        let bounds = if now == 0 { QUIET } else { BOUNDS };
        let counts = [[before, reference.events()], [now, self.events()]];
        Reading::rate(Some(name.to_owned()), counts, bounds)
    }
}

/// Returns whether nothing came of what a reading is about.
pub(crate) fn is_quiet(reading: &Reading) -> bool {
    reading.value <= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_source_is_not_quiet_because_many_others_came_first() {
        let mut reference = SourceCounts::default();
        for name in ["mail", "proxy"] {
            reference.count(name, 500);
        }
        let mut window = SourceCounts::like(&reference);
        for number in 0..1_000 {
            window.count(&format!("sensor {number}"), 1);
        }
        window.count("mail", 500);
        let readings = window.finish(&reference).all;
        let about = |name: &str| {
            let of = |it: &&Reading| it.about.as_deref() == Some(name);
            readings.iter().find(of).unwrap()
        };
        assert!(!is_quiet(about("mail")));
        assert!(is_quiet(about("proxy")));
        // A window in which no event names its source says nothing of them.
        let mut unnamed = SourceCounts::like(&reference);
        unnamed.unnamed = 9;
        assert!(unnamed.finish(&reference).all.is_empty());
    }
}
