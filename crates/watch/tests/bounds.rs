//! Bounds on streams whose truth is known: at every step of nearly every stream they hold it.

mod stream;

use stream::{Change, FIGURES, Stream, holds, of_audit, of_scores, reference};

const STREAMS: u64 = 200;

/// Counts the streams in which the audit's bounds hold the truth at every step, and in which they tell FPR and cost in the end.
fn audited(share: f64, change: Change, events: u64) -> [u64; 2] {
    let (mut held, mut told) = (0, 0);
    for seed in 0..STREAMS {
        let mut stream = Stream::new(10_000 + seed, (share, change), events);
        let mut is_held = true;
        for step in 1..=events {
            stream.step();
            is_held &= stream.is_held();
            if step % 5_000 == 0 {
                let bands = of_audit(&stream.audited.finish(&stream::STAKES));
                is_held &= bands
                    .into_iter()
                    .zip(stream.figures())
                    .all(|(band, truth)| holds(band, truth));
                told += u64::from(step == events && bands[1].is_some() && bands[4].is_some());
            }
        }
        held += u64::from(is_held);
    }
    [held, told]
}

fn check_audited(share: f64, change: Change, events: u64) {
    let [held, told] = audited(share, change, events);
    assert!(held * 100 >= STREAMS * 95, "{held} of {STREAMS} are held");
    assert_eq!(told, STREAMS);
}

#[test]
fn the_audits_bounds_hold_at_every_step_at_a_hundredth() {
    check_audited(1e-2, Change::Mix, 20_000);
}

#[test]
fn the_audits_bounds_hold_at_every_step_at_a_thousandth() {
    check_audited(1e-3, Change::Mix, 20_000);
}

#[test]
fn the_audits_bounds_hold_at_every_step_whatever_the_stream_does() {
    check_audited(1e-2, Change::Midway, 20_000);
}

#[test]
fn the_audits_bounds_hold_at_every_step_where_people_are_unsure() {
    check_audited(1e-2, Change::Unsure, 5_000);
}

/// Checks that what is said without labels holds at every step of nearly every stream, for each figure, and that these figures are told of
/// most streams in the end.
fn check_label_free(share: f64, change: Change, usual: &[&str]) {
    let (mut held, mut told) = ([0; FIGURES.len()], [0; FIGURES.len()]);
    for seed in 0..STREAMS {
        let known = reference(seed);
        let mut stream = Stream::new(20_000 + seed, (share, change), 30_000);
        let mut is_held = [true; FIGURES.len()];
        for step in 1..=30_000 {
            stream.step();
            if step % 10_000 == 0 {
                let bands = of_scores(&stream.estimate(&known));
                for ((is_held, band), truth) in is_held.iter_mut().zip(bands).zip(stream.figures())
                {
                    *is_held &= holds(band, truth);
                }
                for (told, band) in told.iter_mut().zip(bands) {
                    *told += u64::from(step == 30_000 && band.is_some());
                }
            }
        }
        for (held, is_held) in held.iter_mut().zip(is_held) {
            *held += u64::from(is_held);
        }
    }
    for ((name, held), told) in FIGURES.iter().zip(held).zip(told) {
        assert!(held * 100 >= STREAMS * 95, "{name}: {held} of {STREAMS}");
        assert!(
            !usual.contains(name) || told * 4 > 3 * STREAMS,
            "{name}: {told}"
        );
    }
}

#[test]
fn bands_without_labels_hold_under_another_mix_at_a_hundredth() {
    check_label_free(
        1e-2,
        Change::Mix,
        &[
            "malicious_share",
            "fpr",
            "recall",
            "roc_auc",
            "cost_per_day",
        ],
    );
}

#[test]
fn bands_without_labels_hold_under_another_mix_at_a_thousandth() {
    check_label_free(1e-3, Change::Mix, &["malicious_share", "fpr"]);
}

#[test]
fn bands_without_labels_hold_under_other_covariates_at_a_hundredth() {
    check_label_free(
        1e-2,
        Change::Covariates,
        &["malicious_share", "fpr", "roc_auc"],
    );
}

#[test]
fn bands_without_labels_hold_under_other_covariates_at_a_thousandth() {
    check_label_free(1e-3, Change::Covariates, &["malicious_share", "fpr"]);
}
