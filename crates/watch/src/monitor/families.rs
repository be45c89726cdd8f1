//! The monitor of families: near-copies of which the reference held none, among events that score like malicious ones or lie outside the scope.
//!
//! A family that is known and grows is the score monitor's; what is alike and scores like benign events is nobody's news.

use super::{Bounds, Reading, Readings, per_cent};
use crate::cluster::{Clusters, Members, events, example};
use crate::sample::{Entry, Sample};

/// As parts of the events that may be of a new family: campaigns come and go, one of a quarter of all such events is another threat.
const BOUNDS: Bounds = Bounds {
    warning: 0.05,
    drift: 0.2,
};

/// Compares a window with the reference.
pub(crate) fn finish(clusters: &Clusters<'_>) -> Readings {
    let readings = clusters.large.iter();
    Readings {
        name: "families",
        all: readings.filter_map(|it| reading(clusters, it)).collect(),
        silent: super::without_copies(clusters),
        says,
    }
}

fn reading(clusters: &Clusters<'_>, members: &Members<'_>) -> Option<Reading> {
    let is_of = |entry: &Entry| entry.position.may_be_new();
    if events(&members.before, is_of) > 0 {
        return None;
    }
    let all = |sample: &Sample| events(&sample.entries().collect::<Vec<_>>(), is_of);
    let counts = [
        [0, all(clusters.before)],
        [events(&members.now, is_of), all(clusters.now)],
    ];
    let reading = Reading::rate(example(members), counts, BOUNDS)?;
    Some(Reading {
        p: clusters.corrected(reading.p),
        cluster: Some(clusters.told(members)),
        ..reading
    })
}

fn says(moved: &[&Reading]) -> String {
    let all = moved.iter().filter_map(|it| it.cluster.as_ref());
    let events: u64 = all.clone().map(|it| it.events).sum();
    let share: f64 = all.clone().map(|it| it.share).sum();
    let caught: f64 = all.map(|it| it.caught * it.events as f64).sum();
    let [first, ..] = moved else {
        return String::new();
    };
    format!(
        "{events} events ({} of all) are near-copies of each other, and of none before, such as `{}`; {} of them are caught",
        per_cent(share),
        first.about.as_deref().unwrap_or(""),
        per_cent(caught / events.max(1) as f64)
    )
}
