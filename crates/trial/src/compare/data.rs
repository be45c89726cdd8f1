//! How two training sets differ: families, sources and months that came or went, and events whose label changed.

use std::collections::BTreeMap;

use ringtrue_core::{EventId, EventTime, Label};

use super::pairs::{Dimension, month};
use super::report::{DataDifference, ShareChange};

/// What is known of an event that was trained on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingEvent {
    /// The event.
    pub id: EventId,
    /// What somebody decided.
    pub label: Label,
    /// When it happened.
    pub time: Option<EventTime>,
    /// Its family.
    pub family: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
}

impl TrainingEvent {
    /// Returns what it is of in a dimension that training sets have.
    #[must_use]
    pub fn name(&self, dimension: Dimension) -> Option<String> {
        match dimension {
            Dimension::Family => self.family.clone(),
            Dimension::Source => self.source.clone(),
            Dimension::Month => self.time.map(month),
            Dimension::Tenant | Dimension::Slice => None,
        }
    }
}

/// Changed shares of one dimension that are listed.
const LISTED_MAX: usize = 200;

/// Compares two training sets.
#[must_use]
pub fn data_difference(old: &[TrainingEvent], new: &[TrainingEvent]) -> DataDifference {
    let labels: BTreeMap<EventId, Label> =
        old.iter().map(|event| (event.id, event.label)).collect();
    let known: BTreeMap<EventId, Label> = new.iter().map(|event| (event.id, event.label)).collect();
    let common = known
        .iter()
        .filter_map(|(id, label)| Some((label, labels.get(id)?)));
    let (mut in_both, mut label_changes) = (0, 0);
    for (new, old) in common {
        in_both += 1;
        label_changes += u64::from(new != old);
    }
    let changes = |dimension| share_changes(old, new, dimension);
    let listed = |dimension| {
        let mut changes = changes(dimension);
        changes.sort_by(|left, right| {
            let by = |change: &ShareChange| (change.new - change.old).abs();
            by(right)
                .total_cmp(&by(left))
                .then_with(|| left.name.cmp(&right.name))
        });
        changes.truncate(LISTED_MAX);
        changes
    };
    DataDifference {
        old_events: old.len() as u64,
        new_events: new.len() as u64,
        common: in_both,
        label_changes,
        families: listed(Dimension::Family),
        sources: listed(Dimension::Source),
        months: changes(Dimension::Month),
    }
}

/// Returns the share of every name of a dimension in both sets, in order of names; shares are of all events of a set.
pub(super) fn share_changes(
    old: &[TrainingEvent],
    new: &[TrainingEvent],
    dimension: Dimension,
) -> Vec<ShareChange> {
    let mut counts: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for (set, events) in [old, new].into_iter().enumerate() {
        for name in events.iter().filter_map(|event| event.name(dimension)) {
            if let Some(count) = counts.entry(name).or_default().get_mut(set) {
                *count += 1;
            }
        }
    }
    let share = |count: u64, events: &[TrainingEvent]| count as f64 / events.len().max(1) as f64;
    let changes = counts
        .into_iter()
        .map(|(name, [before, after])| ShareChange {
            name,
            old_events: before,
            new_events: after,
            old: share(before, old),
            new: share(after, new),
        });
    changes.collect()
}
