//! What it costs to get past either detector: the same attacks with the same seed on the same malicious events, which both
//! detectors flag as they are.

use rayon::prelude::*;
use ringtrue_attack::artefact::Material;
use ringtrue_attack::artefact::search::Search;
use ringtrue_attack::threat::Knowledge;
use ringtrue_core::Event;
use ringtrue_core::metrics::mcnemar;
use ringtrue_trial::compare::Comparison;
use ringtrue_trial::compare::report::Robustness;

use super::Both;
use super::pairing::Paired;
use crate::args;
use crate::detector_folder::Loaded;
use crate::evasion::{Attacks, Evader, Turn, Way, allowed, reads_artefacts};
use crate::failure::Outcome;

/// Queries that an attacker has for each event, as `attack` allows.
const QUERIES: u64 = 300;
/// Changes of an attacker who asks nothing; here every attacker asks.
const CHANGES: usize = 4;

/// Attacks both detectors and puts what it came to; returns sentences on what was not tried.
pub(super) fn put(
    both: &Both,
    versus: &args::Versus,
    paired: &Paired,
    comparison: &mut Comparison,
) -> Outcome<Vec<String>> {
    let none = |why: &str| Ok(vec![format!("what it costs to get past them: {why}")]);
    if versus.attack == 0 {
        return none("`--attack EVENTS` was not asked for");
    }
    if !reads_artefacts(&both.old) || !reads_artefacts(&both.new) {
        return none("a detector reads columns, not artefacts that could be changed");
    }
    if both.old.task.reading_digest() != both.new.task.reading_digest() {
        return none("their tasks read events in different ways");
    }
    let events: Vec<&Event> = paired.flagged.events().map(|(_, event)| event).collect();
    let old = minutes(&way(&both.old, versus.seed)?, &both.old, &events);
    let new = minutes(&way(&both.new, versus.seed)?, &both.new, &events);
    let both: Vec<(f64, f64)> = old
        .into_iter()
        .zip(new)
        .filter_map(|(old, new)| old.zip(new))
        .collect();
    let count = |is: fn(f64, f64) -> bool| both.iter().filter(|(old, new)| is(*new, *old)).count();
    let (cheaper, dearer) = (
        count(|new, old| new < old) as u64,
        count(|new, old| new > old) as u64,
    );
    comparison.robustness = Some(Robustness {
        events: both.len() as u64,
        cheaper,
        dearer,
        old_median_minutes: median(both.iter().map(|it| it.0)),
        new_median_minutes: median(both.iter().map(|it| it.1)),
        p: (cheaper + dearer > 0).then(|| mcnemar(cheaper as f64, dearer as f64)),
        seed: versus.seed,
    });
    Ok(Vec::new())
}

fn way(loaded: &Loaded, seed: u64) -> Outcome<Way<'_>> {
    Ok(Way::Artefacts(Box::new(Evader {
        loaded,
        attacks: Attacks::of(loaded.reader.spec().kind, &[])?,
        material: Material::default(),
        search: Search {
            knowledge: Knowledge::Scores,
            queries: QUERIES,
            changes: CHANGES,
            allowed: allowed(&loaded.detector, None)?,
            seed,
        },
        labelled_only: true,
    })))
}

/// Returns the minutes that each event takes, infinitely many where nothing was found; `None` of one that was not tried.
fn minutes(way: &Way<'_>, loaded: &Loaded, events: &[&Event]) -> Vec<Option<f64>> {
    let turn = |event: &&Event| match way.turn(0, event, loaded.history.as_ref()) {
        Turn::Told(line) => Some(line.cost.unwrap_or(f64::INFINITY)),
        Turn::Passed | Turn::Open => None,
    };
    events.par_iter().map(turn).collect()
}

/// Returns the median; `None` where it is not finite, or of nothing.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied();
    middle.filter(|value| value.is_finite())
}
