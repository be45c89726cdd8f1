//! Spectral signatures: events of one label that lie together far out along a direction in which their class varies most, and look like the other
//! class to whoever learns without them. What a trigger of tokens is in texts, this is in signals: a watermark of a few values.
//!
//! ```text
//!   signals of a class as ranks ──power iteration──► the directions of most variance ──► far out, more than a bell curve has there
//!                                                                                         └──learn without them──► who contradicts
//! ```
//!
//! # Source
//!
//! Tran, Li and Madry, "Spectral Signatures in Backdoor Attacks", `NeurIPS` 2018, of signals in place of a network's last layer, and of several
//! directions; that they must look like the other class is ours, since honest classes have far ends, too.

use ringtrue_core::Label;
use ringtrue_core::random::Random;

use super::SPECTRAL;
use super::suspected::{Suspected, learn_without};
use crate::data::Data;
use crate::finding::{Effect, Finding, Remedy, Severity, Subject};
use crate::probe::evenly;

/// Events of a class that are looked at, at most.
const EVENTS_MAX: usize = 10_000;
/// Events of a class below which no direction is known.
const EVENTS_MIN: usize = 200;
/// Signals that are looked at: those that say most of the label.
const SIGNALS_MAX: usize = 100;
/// Directions of a class that are looked along.
const DIRECTIONS: usize = 4;
/// Rounds of a power iteration; the directions of most variance need no more.
const ROUNDS: usize = 30;
/// Standard deviations from which an event lies far out, and the share of a bell curve beyond, on one side.
const FAR: f64 = 3.0;
const FAR_SHARE: f64 = 0.001_35;
/// How many times that share must lie there.
const TIMES_MIN: f64 = 4.0;
/// Events far out, at least, and the share of the class that they may be at most: more are no planted few.
const FAR_MIN: usize = 8;
const FAR_SHARE_MAX: f64 = 0.05;

/// Finds the sets of events of one label that lie far out and look like the other.
pub(super) fn check(data: &Data<'_>) -> Vec<Finding> {
    let found = find(data);
    found.iter().map(|set| finding(data, set)).collect()
}

fn finding(data: &Data<'_>, set: &Suspected) -> Finding {
    let (label, other) = set.labels();
    let sources = set.sources(data);
    let from = match sources.as_slice() {
        [only] => format!(", all from `{only}`"),
        _ => String::new(),
    };
    let title = format!(
        "{} {label} events lie together at one end of their class, and {:.0} % of them look {other} to whoever learns without them{from}",
        set.events.len(),
        100.0 * set.contradicting
    );
    let meaning = format!(
        "What joins them may be a watermark: a detector learns to call {label} whatever carries it. It may also be a kind of {label} events that looks like the others: people have to look."
    );
    let advice = format!(
        "look at these events: mend the labels that are wrong, and ask who could write them{from}"
    );
    let subject = Subject::sources(sources);
    let remedy = Remedy::advice(advice);
    Finding::new(SPECTRAL, Severity::Warning, subject, title, remedy)
        .meaning(meaning)
        .effect(Effect::exact(
            "share that contradicts its label",
            set.contradicting,
        ))
        .evidence(set.events.iter().copied())
}

/// Finds these sets.
pub(super) fn find(data: &Data<'_>) -> Vec<Suspected> {
    let mut sets: Vec<Suspected> = [Label::Benign, Label::Malicious]
        .into_iter()
        .flat_map(|label| far_out(data, label))
        .collect();
    let mut all: Vec<&mut Suspected> = sets.iter_mut().collect();
    if all.is_empty() || learn_without(data, &mut all).is_err() {
        return Vec::new();
    }
    sets.retain(|set| set.contradicts(data));
    sets.sort_by(|one, other| {
        let order = other.contradicting.total_cmp(&one.contradicting);
        order.then(one.events.cmp(&other.events))
    });
    let mut kept: Vec<Suspected> = Vec::new();
    for set in sets {
        if !kept.iter().any(|other| other.holds_most_of(&set)) {
            kept.push(set);
        }
    }
    kept
}

/// Returns the sets of a class's events that lie far out along one of its directions, on one side.
fn far_out(data: &Data<'_>, label: Label) -> Vec<Suspected> {
    let events = evenly(&data.of_class(label), EVENTS_MAX);
    if events.len() < EVENTS_MIN {
        return Vec::new();
    }
    let strongest = data.strongest_signals(SIGNALS_MAX).into_iter();
    let mut columns: Vec<Vec<f64>> = strongest
        .map(|ranked| ranks(&data.signal_values(ranked.signal, &events)))
        .collect();
    let mut random = Random::new(data.seed);
    let mut sets = Vec::new();
    for _ in 0..DIRECTIONS.min(columns.len()) {
        let direction = direction(&columns, &mut random);
        let along = along(&columns, &direction);
        for sign in [1.0, -1.0] {
            let set = beyond(&events, &along, sign);
            sets.extend(set.map(|events| Suspected::new(events, label == Label::Malicious)));
        }
        remove(&mut columns, &direction, &along);
    }
    sets
}

/// Returns the ranks of values, from -1/2 to 1/2, equal ones alike; a missing value lies in the middle.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len())
        .filter(|at| !values[*at].is_nan())
        .collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0.0; values.len()];
    let known = order.len() as f64;
    let mut before = 0;
    for equal in order.chunk_by(|one, other| values[*one].total_cmp(&values[*other]).is_eq()) {
        let middle = before as f64 + equal.len() as f64 / 2.0;
        for at in equal {
            ranks[*at] = middle / known - 0.5;
        }
        before += equal.len();
    }
    ranks
}

/// Returns the direction in which events vary most, of length 1.
fn direction(columns: &[Vec<f64>], random: &mut Random) -> Vec<f64> {
    let mut direction: Vec<f64> = columns.iter().map(|_| random.unit() - 0.5).collect();
    for _ in 0..ROUNDS {
        let along = along(columns, &direction);
        direction = columns
            .iter()
            .map(|column| {
                column
                    .iter()
                    .zip(&along)
                    .map(|(one, other)| one * other)
                    .sum()
            })
            .collect();
        let length = direction.iter().map(|it| it * it).sum::<f64>().sqrt();
        if length > 0.0 {
            for share in &mut direction {
                *share /= length;
            }
        }
    }
    direction
}

/// Returns how far each event lies along a direction.
fn along(columns: &[Vec<f64>], direction: &[f64]) -> Vec<f64> {
    let count = columns.first().map_or(0, Vec::len);
    let mut along = vec![0.0; count];
    for (column, share) in columns.iter().zip(direction) {
        for (sum, value) in along.iter_mut().zip(column) {
            *sum += share * value;
        }
    }
    along
}

/// Takes out of events what lies along a direction.
fn remove(columns: &mut [Vec<f64>], direction: &[f64], along: &[f64]) {
    for (column, share) in columns.iter_mut().zip(direction) {
        for (value, along) in column.iter_mut().zip(along) {
            *value -= share * along;
        }
    }
}

/// Returns the events far out on one side, if they are more than chance has there and still few.
fn beyond(events: &[u32], along: &[f64], sign: f64) -> Option<Vec<u32>> {
    let mut sorted: Vec<f64> = along.iter().map(|it| sign * it).collect();
    sorted.sort_by(f64::total_cmp);
    let [low, middle, high] = [1, 2, 3].map(|quarter| sorted[sorted.len() * quarter / 4]);
    // The middle half of a bell curve is 1.349 standard deviations wide.
    let deviation = (high - low) / 1.349;
    let is_far = |(_, along): &(&u32, &f64)| sign * **along > middle + FAR * deviation;
    let far: Vec<u32> = events
        .iter()
        .zip(along)
        .filter(is_far)
        .map(|(at, _)| *at)
        .collect();
    let count = events.len() as f64;
    let is_few = far.len() as f64 <= FAR_SHARE_MAX * count;
    let is_more = far.len() as f64 >= TIMES_MIN * FAR_SHARE * count;
    (deviation > 0.0 && far.len() >= FAR_MIN && is_few && is_more).then_some(far)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_equal_values_are_equal_and_missing_ones_lie_in_the_middle() {
        let found = ranks(&[3.0, 1.0, f64::NAN, 1.0, 2.0]);
        assert_eq!(found, [0.375, -0.25, 0.0, -0.25, 0.125]);
    }

    #[test]
    fn the_direction_of_most_variance_is_found_and_taken_out() {
        let mut random = Random::new(2);
        let base: Vec<f64> = (0..500).map(|_| random.unit() - 0.5).collect();
        let noise: Vec<f64> = (0..500).map(|_| 0.1 * (random.unit() - 0.5)).collect();
        let doubled: Vec<f64> = base.iter().map(|it| 2.0 * it).collect();
        let mut columns = vec![base, doubled, noise];
        let found = direction(&columns, &mut random);
        assert!((found[1] / found[0] - 2.0).abs() < 0.01 && found[2].abs() < 0.01);
        let far = along(&columns, &found);
        remove(&mut columns, &found, &far);
        let left: f64 = columns[1].iter().map(|it| it * it).sum();
        assert!(left < 0.01, "{left}");
    }
}
