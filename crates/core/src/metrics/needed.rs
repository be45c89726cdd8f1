//! How many events a claim needs: a false-positive rate that none of them may break, a recall whose interval is narrow.

use crate::metrics::interval::{CONFIDENCE, clopper_pearson};

/// The recall for which events are counted: what detectors reach, more or less.
pub const RECALL: f64 = 0.9;
/// How narrow the interval of recall is to be where a task does not say: five points up and five down.
pub const RECALL_WIDTH: f64 = 0.1;

/// Returns of how many benign events none may be flagged to show a false-positive rate in (0, 1) with 95 % confidence: three over the rate, or a little
/// less.
///
/// # Example
///
/// ```
/// use ringtrue_core::metrics::needed::benign_for_rate;
/// assert!((benign_for_rate(1e-3) - 2_995.0).abs() < 1e-9);
/// ```
#[must_use]
pub fn benign_for_rate(rate: f64) -> f64 {
    ((1.0 - CONFIDENCE).ln() / (-rate).ln_1p()).ceil()
}

/// Returns the exact interval of a recall near [`RECALL`] on so many events.
#[must_use]
pub fn recall_interval(events: f64) -> (f64, f64) {
    clopper_pearson(whole((events * RECALL).round()), whole(events), CONFIDENCE)
}

/// Returns how many malicious events narrow the interval of recall to `width`, to one in fifty.
#[must_use]
pub fn malicious_for_recall(width: f64) -> f64 {
    let is_narrow = |events: f64| {
        let (low, high) = recall_interval(events);
        high - low <= width
    };
    let mut events = 10.0_f64;
    while !is_narrow(events) && events < 1e9 {
        events = (events * 1.02).ceil();
    }
    events
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of events, 0 or more"
)]
const fn whole(events: f64) -> u64 {
    events as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::interval::upper_bound;

    #[test]
    fn a_rate_takes_three_over_itself() {
        assert!((benign_for_rate(1e-3) - 2_995.0).abs() < 1e-9);
        assert!(upper_bound(0, 2_995, CONFIDENCE) <= 1e-3);
        assert!(upper_bound(0, 2_994, CONFIDENCE) > 1e-3);
    }

    #[test]
    fn the_width_that_was_asked_for_is_reached_and_not_passed_by_much() {
        let width = |events: f64| {
            let (low, high) = recall_interval(events);
            high - low
        };
        let needed = malicious_for_recall(RECALL_WIDTH);
        assert!(width(needed) <= RECALL_WIDTH && width(needed * 0.9) > RECALL_WIDTH);
        assert!((140.0..170.0).contains(&needed), "{needed}");
    }
}
