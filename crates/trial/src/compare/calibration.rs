//! How far both detectors' scores are from the truth, at the traffic's mix of classes.

use ringtrue_core::metrics::{Ranking, brier_at_share, tail_calibration_error};

use super::pairs::{Answer, Pair, Pairs};
use super::report::Calibration;

/// Measures both; a figure that the events do not support is absent.
pub(super) fn calibration(pairs: &Pairs, share: f64) -> Calibration {
    let malicious: Vec<bool> = pairs
        .decided()
        .filter_map(|pair| pair.label.class())
        .collect();
    let scores = |of: fn(&Pair) -> Answer| -> Vec<f64> {
        pairs.decided().map(|pair| of(pair).score).collect()
    };
    let brier = |scores: &[f64]| brier_at_share(scores, &malicious, share).ok();
    let tail = |scores: &[f64]| {
        let ranking = Ranking::new(scores, &malicious).ok()?;
        let tail = tail_calibration_error(&ranking, Some(share));
        tail.ok().map(|tail| tail.error)
    };
    let (old, new) = (scores(|pair| pair.old), scores(|pair| pair.new));
    Calibration {
        old_brier: brier(&old),
        new_brier: brier(&new),
        old_tail_error: tail(&old),
        new_tail_error: tail(&new),
    }
}
