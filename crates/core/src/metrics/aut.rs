//! Area under time: one number for how a figure holds up over the months after training.

/// Returns the area under the figures of periods in time order, by trapezoids and divided by the time from the
/// first to the last: in `[0, 1]` if the figures are, and their common value if they are all equal.
///
/// Each point is a period's time, in any unit, and its figure; over a gap the line between its ends holds for
/// as long as the gap lasts. `None` for fewer than two periods, if times do not rise, or if a figure is not a
/// number: a period whose figure is not supported has to be left out by the caller, who then says so.
///
/// # Source
///
/// Pendlebury, Pierazzi, Jordaney, Kinder and Cavallaro, "TESSERACT: Eliminating Experimental Bias in
/// Malware Classification across Space and Time", USENIX Security 2019, definition of AUT, for equal
/// periods. The weights over gaps are ours.
///
/// # Example
///
/// ```
/// use ringtrue_core::metrics::aut;
/// assert_eq!(aut(&[(1.0, 1.0), (2.0, 0.5), (3.0, 0.0)]), Some(0.5));
/// assert_eq!(aut(&[(1.0, 1.0)]), None);
/// ```
#[must_use]
pub fn aut(points: &[(f64, f64)]) -> Option<f64> {
    let (first, last) = (points.first()?, points.last()?);
    let pairs = || points.iter().zip(points.iter().skip(1));
    let rises = points.len() > 1 && pairs().all(|(first, second)| first.0 < second.0);
    if !rises || points.iter().any(|(_, value)| value.is_nan()) {
        return None;
    }
    let area: f64 = pairs()
        .map(|(first, second)| (second.0 - first.0) * f64::midpoint(first.1, second.1))
        .sum();
    Some(area / (last.0 - first.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], expected: Option<f64>) {
        let points: Vec<(f64, f64)> = (1..).map(f64::from).zip(values.iter().copied()).collect();
        let found = aut(&points);
        match (found, expected) {
            (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-12, "{found}"),
            _ => assert_eq!(found, expected, "{values:?}"),
        }
    }

    #[test]
    fn trapezoids_over_equal_periods() {
        check(&[0.7; 5], Some(0.7));
        // The ends count half: (0.5 * 0.9 + 0.6 + 0.5 * 0.3) / 2.
        check(&[0.9, 0.6, 0.3], Some(0.6));
        check(&[0.0, 1.0, 0.0], Some(0.5));
        check(&[], None);
        check(&[0.9], None);
        check(&[0.9, f64::NAN], None);
    }

    #[test]
    fn a_gap_counts_for_as_long_as_it_lasts() {
        // A month at 1, then nothing for nine months, then a month at 0: half, not a mean of neighbours.
        let found = aut(&[(0.0, 1.0), (1.0, 1.0), (10.0, 0.0)]).expect("three points");
        assert!((found - 0.55).abs() < 1e-12, "{found}");
        assert_eq!(aut(&[(1.0, 0.5), (1.0, 0.5)]), None);
    }
}
