//! What labelling takes of people's time, by when they answered.

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::LabelEntry;

use super::delay::Spread;

/// Who pauses for longer than this between two answers did something else: half an hour.
const PAUSE_MINUTES: f64 = 30.0;

/// What one person's labels took.
#[derive(Clone, Debug, PartialEq)]
pub struct Labour {
    /// Who.
    pub who: String,
    /// Their entries.
    pub labels: u64,
    /// Moments at which they answered: an answer for a campaign, and a file that is taken in, is one.
    pub looks: u64,
    /// Minutes from one answer to the next without pauses; `None` for fewer than 10 of them.
    pub minutes: Option<Spread>,
}

/// Measures what labels took of each person, in order of their names. Programs' entries are left out.
#[must_use]
pub fn labour<'a>(entries: impl IntoIterator<Item = &'a LabelEntry>) -> Vec<Labour> {
    let mut by_person: BTreeMap<&str, (u64, BTreeSet<i64>)> = BTreeMap::new();
    for entry in entries {
        if entry.method.is_person() {
            let (labels, moments) = by_person.entry(entry.who.trim()).or_default();
            *labels += 1;
            moments.insert(entry.known.0);
        }
    }
    let each = by_person.into_iter();
    each.map(|(who, (labels, moments))| Labour {
        who: who.to_owned(),
        labels,
        looks: moments.len() as u64,
        minutes: Spread::of(gaps(&moments)),
    })
    .collect()
}

/// Returns the minutes between one moment and the next, but for pauses.
fn gaps(moments: &BTreeSet<i64>) -> Vec<f64> {
    let minutes = |(before, after): (&i64, &i64)| after.saturating_sub(*before) as f64 / 6e7;
    let gaps = moments.iter().zip(moments.iter().skip(1)).map(minutes);
    gaps.filter(|gap| *gap <= PAUSE_MINUTES).collect()
}
