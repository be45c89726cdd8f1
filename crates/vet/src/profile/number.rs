//! What a value is: a number, a truth value, a time or a word.

use ringtrue_core::{Cell, EventTime};

use super::hash;

/// Numbers of a larger size count as words: their squares leave the range of an `f64`.
const SIZE_MAX: f64 = 1e140;

/// A value as a profile reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Read<'a> {
    Missing,
    Boolean(bool),
    Number(f64),
    /// Microseconds since 1970.
    Time(f64),
    Word(&'a str),
}

/// Reads a value.
pub(super) fn read<'a>(cell: &'a Cell<'_>) -> Read<'a> {
    match cell {
        Cell::Missing => Read::Missing,
        Cell::Boolean(truth) => Read::Boolean(*truth),
        Cell::Number(number) if number.abs() <= SIZE_MAX => Read::Number(*number),
        // Infinite, or too large to be counted with: a word like the others of its sign.
        Cell::Number(number) => Read::Word(if *number > 0.0 { "inf" } else { "-inf" }),
        Cell::Text(text) => read_text(text),
    }
}

/// Reads a text: digits count as a number, `true` and `false` as truth values, and a date or time as a time.
fn read_text(text: &str) -> Read<'_> {
    let bytes = text.as_bytes();
    let Some(first) = bytes.first() else {
        return Read::Missing;
    };
    match first {
        b'0'..=b'9' | b'-' | b'+' | b'.' => whole(bytes)
            .or_else(|| {
                text.trim_end()
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.abs() <= SIZE_MAX)
            })
            .map(Read::Number)
            .or_else(|| time(text).map(Read::Time))
            .unwrap_or(Read::Word(text)),
        b't' | b'T' if text.eq_ignore_ascii_case("true") => Read::Boolean(true),
        b'f' | b'F' if text.eq_ignore_ascii_case("false") => Read::Boolean(false),
        b' ' | b'\t' => match read_text(text.trim()) {
            Read::Missing | Read::Word(_) => Read::Word(text),
            read => read,
        },
        _ => Read::Word(text),
    }
}

/// Reads a whole number of few digits, which most numbers are.
fn whole(bytes: &[u8]) -> Option<f64> {
    const DIGITS_MAX: usize = 15;
    let (sign, digits) = match bytes {
        [b'-', digits @ ..] => (-1.0, digits),
        digits => (1.0, digits),
    };
    if digits.is_empty() || digits.len() > DIGITS_MAX {
        return None;
    }
    let mut number = 0_u64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(sign * number as f64)
}

/// Reads a text that begins like a date of four digits and a separator.
fn time(text: &str) -> Option<f64> {
    const DATE_BYTES: usize = 8;
    let looks = text.len() >= DATE_BYTES && matches!(text.as_bytes().get(4), Some(b'-' | b'/'));
    let (time, _) = looks.then(|| EventTime::parse(text).ok())??;
    Some(time.0 as f64)
}

impl Read<'_> {
    /// Returns the number that it counts as, NaN for words and what is missing.
    pub(super) fn number(self) -> f64 {
        match self {
            Self::Missing | Self::Word(_) => f64::NAN,
            Self::Boolean(truth) => f64::from(u8::from(truth)),
            Self::Number(number) | Self::Time(number) => number,
        }
    }

    /// Returns its hash, 0 if it is missing.
    pub(super) fn hash(self) -> u64 {
        match self {
            Self::Missing => 0,
            Self::Word(text) => hash::of_text(text),
            Self::Boolean(truth) => hash::of_text(if truth { "true" } else { "false" }),
            Self::Number(number) | Self::Time(number) => hash::of_number(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn check(text: &str, expected: Read<'_>) {
        assert_eq!(read(&Cell::Text(Cow::Borrowed(text))), expected, "{text}");
    }

    #[test]
    fn texts_are_what_they_look_like() {
        check("12", Read::Number(12.0));
        check("-7", Read::Number(-7.0));
        check("0.1", Read::Number(0.1));
        check("1e3", Read::Number(1000.0));
        check("12345678901234567", Read::Number(12_345_678_901_234_567.0));
        check(" 5", Read::Number(5.0));
        check("2.5 ", Read::Number(2.5));
        check("True", Read::Boolean(true));
        check("1970-01-02", Read::Time(86_400e6));
        check("2021-13-45", Read::Word("2021-13-45"));
        for word in [
            "tcp",
            "nan",
            "inf",
            "-",
            "+",
            ".",
            "1,5",
            "0x10",
            "1e999",
            "false alarm",
            " x",
            "10.0.0.1",
        ] {
            check(word, Read::Word(word));
        }
    }

    #[test]
    fn what_no_square_can_be_taken_of_is_a_word() {
        assert_eq!(read(&Cell::Number(f64::INFINITY)), Read::Word("inf"));
        assert_eq!(read(&Cell::Number(-1e200)), Read::Word("-inf"));
    }
}
