//! The monitor of probing: near-copies on both sides of a threshold, as somebody leaves who tries how far a change has to go.
//!
//! A detector scores near-copies alike, so that a campaign lies on one side, and where it happens to lie around a threshold it did so before.

use super::{Bounds, Reading, Readings, chance, per_cent};
use crate::cluster::{Clusters, EVENTS_MIN, Members, events, example};
use crate::sample::{Entry, Sample, Side, Threshold};

/// As parts of the events near the threshold: more alike events than a twentieth are no accident, a fifth is what most reviews are spent on.
const BOUNDS: Bounds = Bounds {
    warning: 0.05,
    drift: 0.2,
};
/// The share of the near-copies near a threshold that either side holds, at least.
const SIDE_MIN: f64 = 0.2;
/// The share of the near-copies that are near the threshold, at least: others happen to lie there.
const NEAR_MIN: f64 = 0.5;

/// Compares a window with the reference.
pub(crate) fn finish(clusters: &Clusters<'_>) -> Readings {
    let thresholds = [Threshold::Review, Threshold::Block].into_iter();
    let readings = thresholds.flat_map(|threshold| {
        let each = clusters.large.iter();
        each.filter_map(move |it| reading(clusters, it, threshold))
    });
    Readings {
        name: "probing",
        all: readings.collect(),
        silent: super::without_copies(clusters),
        says,
    }
}

fn reading(
    clusters: &Clusters<'_>,
    members: &Members<'_>,
    threshold: Threshold,
) -> Option<Reading> {
    let near = |entry: &Entry| entry.position.near(threshold).is_some();
    let on =
        |side: Side| events(&members.now, |it| it.position.near(threshold) == Some(side)) as f64;
    let found = events(&members.now, near);
    let all = events(&members.now, |_| true) as f64;
    let is_spread = on(Side::Below).min(on(Side::Above)) >= SIDE_MIN * found as f64;
    if found < EVENTS_MIN || !is_spread || (found as f64) < NEAR_MIN * all {
        return None;
    }
    let before = events(&members.before, near);
    // Few events of the reference may be near the threshold: whether chance makes so many is asked of all that might have been copies.
    let p = chance([
        [before, clusters.before.sampled()],
        [found, clusters.now.sampled()],
    ])?;
    let total = |sample: &Sample| events(&sample.entries().collect::<Vec<_>>(), near);
    let counts = [
        [before, total(clusters.before)],
        [found, total(clusters.now)],
    ];
    let reading = Reading::share(example(members), counts, clusters.corrected(p), BOUNDS);
    let is_more = reading.value > reading.reference.unwrap_or(0.0);
    let mut cluster = clusters.told(members);
    cluster.around = Some(clusters.around(members, threshold));
    Some(Reading {
        effect: if is_more { reading.effect } else { [0.0; 2] },
        cluster: Some(cluster),
        ..reading
    })
}

fn says(moved: &[&Reading]) -> String {
    let [first, ..] = moved else {
        return String::new();
    };
    let around = first.cluster.as_ref().and_then(|it| it.around);
    let Some(around) = around else {
        return String::new();
    };
    let name = match around.threshold {
        Threshold::Review => "review",
        Threshold::Block => "block",
    };
    format!(
        "near-copies of `{}` lie on both sides of the {name} threshold, {} just below and {} just above: {} of all that is near",
        first.about.as_deref().unwrap_or(""),
        around.below,
        around.above,
        per_cent(first.value)
    )
}
