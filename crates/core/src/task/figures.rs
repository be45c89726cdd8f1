//! How figures read in sentences: grouped digits, amounts of money, rates as "1 event in 1,000".

use crate::plural::noun;

/// Returns a number of days with its noun.
pub(super) fn in_days(days: f64) -> String {
    format!("{} {}", count(days), noun(days, "day", "days"))
}

/// Returns a count: grouped digits, without decimals from 10 up, else with up to two.
#[must_use]
pub fn count(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    if value.abs() >= 9.995 {
        return grouped(&format!("{value:.0}"));
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns an amount of money with its currency.
#[must_use]
pub fn amount(value: f64, currency: &str) -> String {
    format!("{} {currency}", count(value))
}

/// Returns a share as "1 event in 1,000".
#[must_use]
pub fn one_in(share: f64) -> String {
    format!("1 event in {}", count(1.0 / share))
}

/// Returns a share in per cent with two significant digits.
#[must_use]
pub fn per_cent(share: f64) -> String {
    format!("{} %", significant(share * 100.0))
}

/// Returns a value with two significant digits and no exponent.
#[must_use]
pub fn significant(value: f64) -> String {
    if !value.is_finite() || value <= 0.0 {
        return "0".to_owned();
    }
    // At most 12 decimals: smaller shares than that are 0 to every reader.
    let decimals = (0..12)
        .find(|decimals| value * 10_f64.powi(*decimals) >= 9.95)
        .unwrap_or(12);
    let text = format!("{value:.*}", usize::try_from(decimals).unwrap_or(0));
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        grouped(&text)
    }
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let mut text = String::from(sign);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        for (value, text) in [
            (0.0, "0"),
            (0.25, "0.25"),
            (9.99, "9.99"),
            (9.996, "10"),
            (10.0, "10"),
            (999.5, "1,000"),
            (1_234_567.8, "1,234,568"),
            (-1_000.0, "-1,000"),
        ] {
            assert_eq!(count(value), text);
        }
        assert_eq!(one_in(0.001), "1 event in 1,000");
        assert_eq!(one_in(0.4), "1 event in 2.5");
        assert_eq!(per_cent(0.001), "0.1 %");
        assert_eq!(per_cent(0.474), "47 %");
        assert_eq!(per_cent(1.0), "100 %");
        assert_eq!(significant(0.000_123_4), "0.00012");
        assert_eq!(significant(0.0), "0");
    }
}
