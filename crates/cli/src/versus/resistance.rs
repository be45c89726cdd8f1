//! What it costs to get past either detector: the same attacks with the same seed on the same malicious events, which both
//! detectors flag as they are.

use rayon::prelude::*;
use ringtrue_attack::artefact::Material;
use ringtrue_core::Event;
use ringtrue_core::metrics::mcnemar;
use ringtrue_intake::Reading as Signals;
use ringtrue_trial::compare::Comparison;
use ringtrue_trial::compare::report::Robustness;

use super::Both;
use super::pairing::Paired;
use crate::args::{self, Attacking};
use crate::detector_folder::Loaded;
use crate::evasion::{self, Spread, Turn, Way, reads_artefacts};
use crate::failure::Outcome;

/// Queries that an attacker has for each event, as `attack` allows.
const QUERIES: u64 = 300;

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
    if both.old.task.reading_digest() != both.new.task.reading_digest() {
        return none("their tasks read events in different ways");
    }
    let [old, new] = [&both.old, &both.new].map(|loaded| way(loaded, versus.seed, paired));
    let (old, new) = match (old, new) {
        (Ok(old), Ok(new)) if old.unit() == new.unit() => (old, new),
        (Ok(_), Ok(_)) => return none("their tasks price changes of columns in different units"),
        (Err(failure), _) | (_, Err(failure)) => return none(&failure.in_line()),
    };
    let unit = old.unit();
    let events: Vec<&Event> = paired.flagged.events().map(|(_, event)| event).collect();
    let old = costs(&old, &both.old, &events);
    let new = costs(&new, &both.new, &events);
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
        unit: unit.word().to_owned(),
        old_median: median(both.iter().map(|it| it.0)),
        new_median: median(both.iter().map(|it| it.1)),
        p: (cheaper + dearer > 0).then(|| mcnemar(cheaper as f64, dearer as f64)),
        seed: versus.seed,
    });
    Ok(Vec::new())
}

/// Returns how a detector is attacked: as in a trial, with the attacker's questions of `attack`.
fn way<'a>(loaded: &'a Loaded, seed: u64, paired: &Paired) -> Outcome<Way<'a>> {
    let effort = Attacking {
        events: 0,
        queries: QUERIES,
        seed,
    };
    let spreads = if reads_artefacts(loaded) {
        Vec::new()
    } else {
        spreads(loaded, paired)
    };
    evasion::way(loaded, Material::default(), &effort, &spreads, None)
}

/// Returns how each signal of a table lies over events, which are the same for both detectors.
fn spreads(loaded: &Loaded, paired: &Paired) -> Vec<Spread> {
    let mut rows = Vec::new();
    let mut signals = Signals::default();
    for (_, event) in paired.spread.events() {
        loaded.read_signals(&mut event.clone(), &mut signals);
        let row = signals.row();
        rows.push(
            (0..row.len())
                .map(|signal| row.get(signal))
                .collect::<Vec<f64>>(),
        );
    }
    let values = |signal: usize| rows.iter().filter_map(move |row| row.get(signal).copied());
    (0..loaded.reader.schema().signals.len())
        .map(|signal| Spread::of(values(signal)))
        .collect()
}

/// Returns what each event costs, infinitely much where nothing was found; `None` of one that was not tried.
fn costs(way: &Way<'_>, loaded: &Loaded, events: &[&Event]) -> Vec<Option<f64>> {
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
