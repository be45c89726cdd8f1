//! Area under time: one number for how a figure holds up over the months after training.

/// Returns the area under the figures of equal periods in time order, by trapezoids and divided by
/// the periods' number less one: in `[0, 1]` if the figures are, and their common value if they
/// are all equal.
///
/// `None` for fewer than two periods, or if a figure is not a number: a period whose figure is not
/// supported has to be left out by the caller, who then says so.
///
/// # Source
///
/// Pendlebury, Pierazzi, Jordaney, Kinder and Cavallaro, "TESSERACT: Eliminating Experimental Bias in
/// Malware Classification across Space and Time", USENIX Security 2019, definition of AUT.
///
/// # Example
///
/// ```
/// use ringtrue_core::metrics::aut;
/// assert_eq!(aut(&[1.0, 0.5, 0.0]), Some(0.5));
/// assert_eq!(aut(&[1.0]), None);
/// ```
#[must_use]
pub fn aut(values: &[f64]) -> Option<f64> {
    if values.len() < 2 || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let area: f64 = values
        .iter()
        .zip(values.iter().skip(1))
        .map(|(&first, &second)| f64::midpoint(first, second))
        .sum();
    Some(area / (values.len() - 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], expected: Option<f64>) {
        let found = aut(values);
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
}
