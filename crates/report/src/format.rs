//! How numbers are written, for every renderer: one place, so that two reports never write a figure in two ways.
//!
//! Nothing here decides whether a number may be printed; a missing one is written as "cannot tell" with its reason.

use crate::estimate::{Estimate, Figure, Form};
use crate::visible;

/// What stands where a number is not known.
const CANNOT_TELL: &str = "cannot tell";

/// An estimate in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The number, the bound, or "cannot tell".
    pub main: String,
    /// The interval beside a number, `low to high`.
    pub interval: Option<String>,
    /// Why there is no number.
    pub reason: Option<String>,
}

impl Printed {
    /// Returns everything on one line: `0.943 (0.921 to 0.960)` or `cannot tell (only 4 events)`.
    #[must_use]
    pub fn line(&self) -> String {
        match (&self.interval, &self.reason) {
            (Some(interval), _) => format!("{} ({interval})", self.main),
            (None, Some(reason)) => format!("{} ({reason})", self.main),
            (None, None) => self.main.clone(),
        }
    }
}

/// Writes an estimate in `form`, by the table at [`Estimate`].
#[must_use]
pub fn estimate(estimate: &Estimate, form: &Form) -> Printed {
    let finite = |number: Option<f64>| number.filter(|value| value.is_finite());
    let write = |value| number(value, form);
    let interval = match (finite(estimate.low), finite(estimate.high)) {
        (Some(low), Some(high)) => Some(span(&write(low), &write(high), form)),
        _ => None,
    };
    let (main, interval) = match (
        finite(estimate.value),
        finite(estimate.low),
        finite(estimate.high),
    ) {
        (Some(value), _, _) => (write(value), interval),
        (None, None, Some(high)) => (format!("≤ {}", bound(high, form)), None),
        (None, Some(low), None) => (format!("≥ {}", bound(low, form)), None),
        (None, Some(_), Some(_)) => (interval.unwrap_or_default(), None),
        (None, None, None) => (CANNOT_TELL.to_owned(), None),
    };
    Printed {
        main,
        interval,
        reason: estimate.reason.clone(),
    }
}

/// Writes a figure without its label: number, unit, interval.
#[must_use]
pub fn figure(figure: &Figure) -> String {
    let printed = estimate(&figure.estimate, &figure.form);
    let unit = if figure.unit.is_empty() {
        String::new()
    } else {
        format!(" {}", figure.unit)
    };
    let aside = printed.interval.or(printed.reason);
    aside.map_or_else(
        || format!("{}{unit}", printed.main),
        |aside| format!("{}{unit} ({aside})", printed.main),
    )
}

/// Writes a finite number in `form`; a number that is not finite is "cannot tell".
#[must_use]
pub fn number(value: f64, form: &Form) -> String {
    if !value.is_finite() {
        return CANNOT_TELL.to_owned();
    }
    match form {
        Form::Count => count(value),
        Form::Number => significant(value, 3),
        Form::Rate => rate(value),
        Form::Percent => percent(value),
        Form::Money(currency) => money(value, currency),
        Form::Seconds => seconds(value),
    }
}

/// Writes a whole number with thousands separators.
#[must_use]
pub fn count(value: f64) -> String {
    grouped(&format!("{value:.0}"))
}

/// Writes `value` rounded to `digits` significant digits, without trailing zeros behind the point; as a power of ten below
/// 1e-4 and from 1e15 on.
#[must_use]
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let exponent = exponent(value);
    if !(-4.0..15.0).contains(&exponent) {
        return scientific(value, digits);
    }
    let places = decimals(digits as f64 - 1.0 - exponent);
    trimmed(&grouped(&format!("{value:.places$}")))
}

/// Writes a share as a decimal fraction, with enough places for two digits of what is missing to 0 or to 1.
#[must_use]
pub fn rate(value: f64) -> String {
    let nearest = value.abs().min((1.0 - value).abs());
    if value.abs() > 0.0 && value.abs() < 1e-4 {
        return scientific(value, 2);
    }
    if nearest < 1e-9 {
        return format!("{value:.0}");
    }
    let places = decimals(1.0 - exponent(nearest)).clamp(3, 7);
    format!("{value:.places$}")
}

/// Writes a share as a percentage, with the places that [`rate`] would give it.
#[must_use]
pub fn percent(value: f64) -> String {
    let hundred = value * 100.0;
    if !hundred.is_finite() {
        return CANNOT_TELL.to_owned();
    }
    let nearest = value.abs().min((1.0 - value).abs());
    if nearest < 1e-9 {
        return format!("{hundred:.0} %");
    }
    let places = decimals(-1.0 - exponent(nearest)).clamp(1, 6);
    format!("{hundred:.places$} %")
}

/// Writes an amount: cents only below 100, thousands separated, millions named from ten million on.
#[must_use]
pub fn money(value: f64, currency: &str) -> String {
    let size = value.abs();
    let amount = if size >= 1e7 {
        format!("{} million", significant(value / 1e6, 3))
    } else if size >= 99.995 || (size - size.round()).abs() < 1e-9 {
        count(value)
    } else if size >= 0.005 {
        format!("{value:.2}")
    } else {
        significant(value, 2)
    };
    format!("{amount} {}", visible::line(currency))
}

/// Writes a duration given in seconds, in the unit that suits it.
#[must_use]
pub fn seconds(value: f64) -> String {
    let size = value.abs();
    let (factor, unit) = match size {
        _ if size < 1e-3 => (1e6, "µs"),
        _ if size < 1.0 => (1e3, "ms"),
        _ if size < 120.0 => (1.0, "s"),
        _ if size < 7_200.0 => (1.0 / 60.0, "min"),
        _ if size < 172_800.0 => (1.0 / 3_600.0, "h"),
        _ => (1.0 / 86_400.0, "days"),
    };
    format!("{} {unit}", significant(value * factor, 3))
}

/// Writes an interval; what follows both numbers is said once.
fn span(low: &str, high: &str, form: &Form) -> String {
    let suffix = match form {
        Form::Percent => " %".to_owned(),
        Form::Money(currency) => format!(" {}", visible::line(currency)),
        Form::Count | Form::Number | Form::Rate | Form::Seconds => String::new(),
    };
    format!("{} to {high}", low.strip_suffix(&suffix).unwrap_or(low))
}

/// Writes a bound: small shares as powers of ten, as people say them.
fn bound(value: f64, form: &Form) -> String {
    match form {
        Form::Rate if value > 0.0 && value < 0.01 => scientific(value, 2),
        _ => number(value, form),
    }
}

fn scientific(value: f64, digits: usize) -> String {
    let places = digits.saturating_sub(1);
    let text = format!("{value:.places$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{}e{exponent}", trimmed(mantissa)),
        None => text,
    }
}

/// Returns the decimal exponent of a finite number other than 0.
fn exponent(value: f64) -> f64 {
    (value.abs().log10() + 1e-12).floor()
}

/// Returns a count of decimal places in 0 to 17.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is clamped to 0..=17 first"
)]
fn decimals(places: f64) -> usize {
    places.clamp(0.0, 17.0) as usize
}

/// Drops the zeros behind a decimal point, and the point if nothing stands behind it.
fn trimmed(digits: &str) -> String {
    if digits.contains('.') {
        digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    } else {
        digits.to_owned()
    }
}

/// Puts a comma between each three digits before the point; `-0` loses its sign.
fn grouped(digits: &str) -> String {
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let (sign, whole) = whole
        .strip_prefix('-')
        .map_or(("", whole), |rest| ("-", rest));
    let is_zero = digits.chars().all(|digit| matches!(digit, '-' | '0' | '.'));
    let mut text = if is_zero {
        String::new()
    } else {
        sign.to_owned()
    };
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.4, "0"),
            (999.0, "999"),
            (1_000.0, "1,000"),
            (1_234_567.4, "1,234,567"),
            (-13_175.0, "-13,175"),
        ] {
            assert_eq!(count(value), expected, "{value}");
        }
    }

    #[test]
    fn significant_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (1_234_567.0, "1,234,567"),
            (12.345, "12.3"),
            (0.001_234_5, "0.00123"),
            (0.000_012_345, "1.23e-5"),
            (1e20, "1e20"),
            (-0.5, "-0.5"),
            (1_000.0, "1,000"),
        ] {
            assert_eq!(significant(value, 3), expected, "{value}");
        }
    }

    #[test]
    fn rates_keep_what_is_missing_to_one() {
        for (value, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.5, "0.500"),
            (0.943_2, "0.943"),
            (0.001_2, "0.0012"),
            (0.999_62, "0.99962"),
            (0.000_012, "1.2e-5"),
        ] {
            assert_eq!(rate(value), expected, "{value}");
        }
    }

    #[test]
    fn percentages() {
        for (value, expected) in [
            (0.942_1, "94.2 %"),
            (0.001_2, "0.12 %"),
            (0.999_62, "99.962 %"),
            (1.0, "100 %"),
            (0.0, "0 %"),
            (-0.125, "-12.5 %"),
        ] {
            assert_eq!(percent(value), expected, "{value}");
        }
    }

    #[test]
    fn money_and_durations() {
        assert_eq!(money(1_234.5, "EUR"), "1,234 EUR");
        assert_eq!(money(3.2, "EUR"), "3.20 EUR");
        assert_eq!(money(40.0, "EUR"), "40 EUR");
        assert_eq!(money(12_345_678.0, "EUR"), "12.3 million EUR");
        assert_eq!(money(0.000_51, "EUR"), "0.00051 EUR");
        assert_eq!(seconds(0.000_012), "12 µs");
        assert_eq!(seconds(0.004_5), "4.5 ms");
        assert_eq!(seconds(61.0), "61 s");
        assert_eq!(seconds(5_400.0), "90 min");
    }

    #[test]
    fn every_way_of_not_knowing() {
        let line = |value: Estimate| estimate(&value, &Form::Rate).line();
        assert_eq!(
            line(Estimate::within(0.943, 0.921, 0.960)),
            "0.943 (0.921 to 0.960)"
        );
        assert_eq!(line(Estimate::at_most(0.001)), "≤ 1e-3");
        assert_eq!(
            estimate(&Estimate::within(0.7, 0.67, 0.73), &Form::Percent).line(),
            "70.0 % (67.0 to 73.0 %)"
        );
        assert_eq!(
            line(Estimate::unknown("only 4 events")),
            "cannot tell (only 4 events)"
        );
        assert_eq!(line(Estimate::exact(f64::NAN)), "cannot tell");
        let between = Estimate {
            low: Some(0.2),
            high: Some(0.9),
            ..Estimate::default()
        };
        assert_eq!(line(between), "0.200 to 0.900");
        let at_least = Estimate {
            low: Some(0.2),
            high: Some(f64::INFINITY),
            ..Estimate::default()
        };
        assert_eq!(line(at_least), "≥ 0.200");
    }

    #[test]
    fn extreme_numbers_are_written_too() {
        for value in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324] {
            for form in [
                Form::Count,
                Form::Number,
                Form::Rate,
                Form::Percent,
                Form::Money("EUR".to_owned()),
                Form::Seconds,
            ] {
                let text = number(value, &form);
                assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            }
        }
    }
}
