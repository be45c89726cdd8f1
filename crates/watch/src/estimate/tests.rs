//! Estimates on streams whose truth is known.

use super::*;

/// A class whose scores fall into 16 bins: malicious ones high, benign ones low.
fn draw(random: &mut Random, is_malicious: bool, shift: f64) -> usize {
    let normal = {
        let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * random.unit()).cos()
    };
    let score = if is_malicious { 10.5 } else { 4.0 } + 2.0 * normal + shift;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a bin"
    )]
    let bin = score.clamp(0.0, 15.0) as usize;
    bin
}

fn drawn(random: &mut Random, events: [u64; 2], shifts: [f64; 2]) -> ClassCounts {
    let mut classes = ClassCounts::new(16);
    for _ in 0..events[0] {
        classes.malicious[draw(random, true, shifts[0])] += 1;
    }
    for _ in 0..events[1] {
        classes.benign[draw(random, false, shifts[1])] += 1;
    }
    classes
}

fn mixed(classes: &ClassCounts) -> Vec<u64> {
    let pairs = classes.malicious.iter().zip(&classes.benign);
    pairs.map(|(one, other)| one + other).collect()
}

const PLACE: Place = Place {
    review: 7,
    block: 9,
    at: 0.5,
    stakes: Stakes {
        caught: Action::Block,
        prices: Prices {
            false_positive: 10.0,
            false_negative: 1_000.0,
            review: 5.0,
        },
        events_a_day: 1e6,
    },
};

fn truth(classes: &ClassCounts) -> [f64; FIGURES] {
    let floats = |counts: &[u64]| counts.iter().map(|it| *it as f64).collect::<Vec<f64>>();
    figures(
        &[floats(&classes.malicious), floats(&classes.benign)],
        &PLACE,
    )
}

fn bands(found: &Estimate) -> [Option<Band>; FIGURES] {
    [
        found.malicious_share,
        found.fpr,
        found.recall,
        found.precision,
        found.roc_auc,
        found.cost_per_day,
    ]
}

/// Counts, of `streams` streams, how often a figure is given and how often its band holds the truth.
fn covered(share: f64, streams: u64, shifts: [f64; 2]) -> [[u64; 2]; FIGURES] {
    let mut counts = [[0; 2]; FIGURES];
    for seed in 0..streams {
        let mut random = Random::new(1_000 + seed);
        let reference = drawn(&mut random, [400, 8_000], [0.0; 2]);
        let events = 20_000;
        let malicious = (0..events).filter(|_| random.chance(share)).count() as u64;
        let now = drawn(&mut random, [malicious, events - malicious], shifts);
        let found = estimate(&reference, &mixed(&now), &PLACE);
        for ((count, band), truth) in counts.iter_mut().zip(bands(&found)).zip(truth(&now)) {
            if let Some(band) = band {
                count[0] += 1;
                count[1] += u64::from(band.low - 1e-9 <= truth && truth <= band.high + 1e-9);
            }
        }
    }
    counts
}

#[test]
fn bands_hold_the_truth_where_benign_events_have_new_habits() {
    for (name, [given, held]) in NAMES.iter().zip(covered(1e-2, 60, [0.0, 0.7])) {
        assert!(held * 100 >= given * 95, "{name}: {held} of {given}");
    }
}

#[test]
fn a_larger_window_tells_more() {
    let width = |events: u64| {
        let mut random = Random::new(7);
        let reference = drawn(&mut random, [4_000, 40_000], [0.0; 2]);
        let now = drawn(&mut random, [events / 10, events], [0.0; 2]);
        let found = estimate(&reference, &mixed(&now), &PLACE);
        found.malicious_share.map(|band| band.high - band.low)
    };
    assert!(width(20_000).unwrap() < 0.5 * width(1_000).unwrap());
}

#[test]
fn nobody_can_tell_of_nothing() {
    let empty = ClassCounts::new(16);
    let found = estimate(&empty, &[9; 16], &PLACE);
    assert_eq!(bands(&found), [None; FIGURES]);
    assert!(
        found.why["recall"].contains("0 malicious"),
        "{:?}",
        found.why
    );
    let mut random = Random::new(3);
    let reference = drawn(&mut random, [500, 500], [0.0; 2]);
    let mut few = vec![0; 16];
    few[3] = 9;
    assert!(estimate(&reference, &few, &PLACE).why["fpr"].contains("9 events"));
    // Scores that neither class has: anything may be true.
    let mut odd = vec![0; 16];
    odd[7] = 5_000;
    let found = estimate(&reference, &odd, &PLACE);
    assert!(
        found.roc_auc.is_none() && found.precision.is_none(),
        "{found:?}"
    );
}
