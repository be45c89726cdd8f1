//! What a window holds: one state for each monitor, and the labels that are known by now.

use serde::{Deserialize, Serialize};

use ringtrue_core::metrics::ConfusionCounts;
use ringtrue_core::{EventTime, Label};

use crate::monitor::alerts::AlertCounts;
use crate::monitor::credibility::CredibilityCounts;
use crate::monitor::scope::ScopeCounts;
use crate::monitor::score::ScoreCounts;
use crate::monitor::signals::SignalCounts;
use crate::monitor::sources::SourceCounts;
use crate::reference::{Seen, Standing};
use crate::sample::Sample;

/// The counts of a window or of the reference. The order of events and of merges is without influence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    pub(crate) events: u64,
    pub(crate) first: Option<EventTime>,
    pub(crate) last: Option<EventTime>,
    pub(crate) score: ScoreCounts,
    pub(crate) signals: SignalCounts,
    pub(crate) scope: ScopeCounts,
    pub(crate) sources: SourceCounts,
    pub(crate) alerts: AlertCounts,
    /// The events of which the class is known, caught or not.
    pub(crate) labelled: ConfusionCounts,
    /// Nothing in a reference of format 1, and so is the sample.
    #[serde(default)]
    pub(crate) credibility: CredibilityCounts,
    #[serde(default)]
    pub(crate) sample: Sample,
}

impl Counts {
    pub(crate) fn new(score_bins: usize, signals: usize) -> Self {
        Self {
            events: 0,
            first: None,
            last: None,
            score: ScoreCounts::new(score_bins),
            signals: SignalCounts::new(signals),
            scope: ScopeCounts::default(),
            sources: SourceCounts::default(),
            alerts: AlertCounts::default(),
            labelled: ConfusionCounts::default(),
            credibility: CredibilityCounts::default(),
            sample: Sample::default(),
        }
    }

    /// Counts one event.
    pub fn add(&mut self, seen: &Seen) {
        self.events += 1;
        self.meet(seen.time, seen.time);
        self.score.add(seen);
        self.signals.add(seen);
        self.scope.add(seen);
        self.sources.add(seen);
        self.alerts.add(seen);
        self.credibility.add(seen);
        if let Some(telling) = &seen.telling {
            self.sample.add(telling);
        }
        if let Some(is_malicious) = seen.label.and_then(Label::class) {
            let is_caught = seen.standing == Standing::Caught;
            self.labelled.add(is_caught, is_malicious);
        }
    }

    /// Counts the events of another state as well.
    pub fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.meet(other.first, other.last);
        self.score.merge(&other.score);
        self.signals.merge(&other.signals);
        self.scope.merge(&other.scope);
        self.sources.merge(&other.sources);
        self.alerts.merge(&other.alerts);
        self.labelled.merge(&other.labelled);
        self.credibility.merge(&other.credibility);
        self.sample.merge(&other.sample);
    }

    fn meet(&mut self, first: Option<EventTime>, last: Option<EventTime>) {
        self.first = self.first.into_iter().chain(first).min();
        self.last = self.last.max(last);
    }

    /// Returns whether it has so many bins of scores, and signals.
    pub(crate) fn has(&self, score_bins: usize, signals: usize) -> bool {
        self.score.0.len() == score_bins && self.signals.has(signals)
    }

    /// Returns the days from the first to the last event; `None` for less than one.
    pub(crate) fn days(&self) -> Option<f64> {
        let days = self.last?.days_since(self.first?);
        (days >= 1.0).then_some(days)
    }
}

/// Adds counts to counts, bin by bin.
pub(crate) fn sum(counts: &mut [u64], others: &[u64]) {
    for (count, other) in counts.iter_mut().zip(others) {
        *count = count.saturating_add(*other);
    }
}

/// Counts one in a bin.
pub(crate) fn count(counts: &mut [u64], bin: usize) {
    if let Some(count) = counts.get_mut(bin) {
        *count += 1;
    }
}
