//! Times of events, in microseconds since 1970-01-01T00:00:00Z.

use std::fmt;

use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// When something happened, in microseconds since 1970-01-01T00:00:00Z; written as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTime(pub i64);

/// What a time's text said about its zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Zone {
    /// An offset or `Z` stood in the text, or it was a count since 1970.
    Stated,
    /// None stood there: UTC is assumed, and the report says so.
    Assumed,
}

/// A text that is no time that ringtrue reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time: `{0}`")]
pub struct NotATime(pub String);

const MICROS_PER_SECOND: i64 = 1_000_000;
/// Letters of a day, such as 2027-01-31.
const DAY_LETTERS: usize = 10;

impl EventTime {
    /// Reads a time: RFC 3339 with or without offset, `YYYY-MM-DD[ HH:MM[:SS[.fraction]]]`,
    /// `YYYY/MM/DD`, RFC 2822, or a count since 1970 in seconds (10 digits, with a fraction or
    /// not), milliseconds (13), microseconds (16) or nanoseconds (19).
    ///
    /// # Errors
    ///
    /// [`NotATime`] if the text is none of these or lies outside the years -9999 to 9999.
    pub fn parse(text: &str) -> Result<(Self, Zone), NotATime> {
        let text = text.trim();
        parse_count(text)
            .map(|time| (time, Zone::Stated))
            .or_else(|| parse_stated(text).map(|time| (time, Zone::Stated)))
            .or_else(|| parse_civil(text).map(|time| (time, Zone::Assumed)))
            .ok_or_else(|| NotATime(text.chars().take(64).collect()))
    }

    /// Reads the last moment that is meant by a time: the end of the day, if no hour is stated.
    ///
    /// # Errors
    ///
    /// As [`EventTime::parse`].
    pub fn parse_until(text: &str) -> Result<Self, NotATime> {
        // The last days of 9999 begin beyond what a time can tell, and are meant by whoever means for ever.
        let last = Self(Timestamp::MAX.as_second().saturating_mul(MICROS_PER_SECOND));
        let is_day = text.trim().len() <= DAY_LETTERS;
        let is_date = || text.trim().parse::<civil::Date>().is_ok();
        match Self::parse(text) {
            Ok((time, _)) if is_day => Ok(Self(time.plus_days(1).0.saturating_sub(1)).min(last)),
            Ok((time, _)) => Ok(time),
            Err(_) if is_day && text.trim().starts_with("9999") && is_date() => Ok(last),
            Err(error) => Err(error),
        }
    }

    /// Returns the month as `(year, month)`, month 1 to 12.
    #[must_use]
    pub fn month(self) -> (i16, i8) {
        let date = self.civil();
        (date.year(), date.month())
    }

    /// Returns the first moment of this time's month.
    #[must_use]
    pub fn month_start(self) -> Self {
        let (year, month) = self.month();
        Self::from_date(year, month, 1)
    }

    /// Returns the first moment of the month after this time's.
    #[must_use]
    pub fn next_month_start(self) -> Self {
        let (year, month) = self.month();
        if month == 12 {
            Self::from_date(year + 1, 1, 1)
        } else {
            Self::from_date(year, month + 1, 1)
        }
    }

    /// Returns midnight UTC of a date; days past a month's end count on into the next. A date that no
    /// time can be read of is just before or after all that can.
    #[must_use]
    pub fn from_date(year: i16, month: i8, day: i8) -> Self {
        let time = civil::Date::new(year, month, 1)
            .and_then(|first| first.checked_add((i64::from(day) - 1).days()))
            .ok()
            .and_then(|date| Self::from_civil(date.at(0, 0, 0, 0)));
        time.unwrap_or(if year < 0 {
            Self(Timestamp::MIN.as_microsecond() - 1)
        } else {
            Self(Timestamp::MAX.as_microsecond() + 1)
        })
    }

    /// Returns this time plus `days` days of 24 hours, saturating.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(
            self.0
                .saturating_add(days.saturating_mul(86_400 * MICROS_PER_SECOND)),
        )
    }

    /// Returns the days from `earlier` to this time, negative if this is the earlier one.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> f64 {
        (self.0.saturating_sub(earlier.0)) as f64 / (86_400.0 * MICROS_PER_SECOND as f64)
    }

    /// Returns this time as far as the first `characters` characters of its RFC 3339 text tell it,
    /// rounded down: 4 keep the year, 7 the month, 10 the day, 13 the hour, 16 the minute, 19 the
    /// second. Fewer than 4 tell nothing.
    #[must_use]
    pub fn cut(self, characters: usize) -> Option<Self> {
        let whole = |seconds: i64| {
            let step = seconds * MICROS_PER_SECOND;
            Self(self.0.div_euclid(step).saturating_mul(step))
        };
        match characters {
            0..=3 => None,
            4..=6 => Some(Self::from_date(self.month().0, 1, 1)),
            7..=9 => Some(self.month_start()),
            10..=12 => Some(whole(86_400)),
            13..=15 => Some(whole(3_600)),
            16..=18 => Some(whole(60)),
            19 => Some(whole(1)),
            _ => Some(self),
        }
    }

    /// Returns the date as `YYYY-MM-DD`.
    #[must_use]
    pub fn date(self) -> String {
        self.civil().date().to_string()
    }

    fn civil(self) -> civil::DateTime {
        Timestamp::from_microsecond(self.0).map_or(civil::DateTime::ZERO, |stamp| {
            stamp.to_zoned(TimeZone::UTC).datetime()
        })
    }

    fn from_civil(civil: civil::DateTime) -> Option<Self> {
        let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
        Some(Self(zoned.timestamp().as_microsecond()))
    }
}

fn parse_count(text: &str) -> Option<EventTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty()
        || !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let count: i64 = whole.parse().ok()?;
    let micros = match whole.len() {
        9..=10 => count.checked_mul(MICROS_PER_SECOND)? + fraction_micros(fraction),
        12..=13 => count.checked_mul(1_000)?,
        15..=16 => count,
        18..=19 => count / 1_000,
        _ => return None,
    };
    Some(EventTime(micros))
}

/// Reads up to six digits after the point as microseconds.
fn fraction_micros(digits: &str) -> i64 {
    let padded: String = digits.chars().chain("000000".chars()).take(6).collect();
    padded.parse().unwrap_or(0)
}

fn parse_stated(text: &str) -> Option<EventTime> {
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(EventTime(stamp.as_microsecond()));
    }
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(EventTime(zoned.timestamp().as_microsecond()))
}

fn parse_civil(text: &str) -> Option<EventTime> {
    if let Ok(civil) = text.parse::<civil::DateTime>() {
        return EventTime::from_civil(civil);
    }
    let date = civil::Date::strptime("%Y/%m/%d", text).ok()?;
    EventTime::from_civil(date.at(0, 0, 0, 0))
}

impl fmt::Display for EventTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_microsecond(self.0) {
            Ok(stamp) => fmt::Display::fmt(&stamp, formatter),
            Err(_) => write!(formatter, "{} us", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str, zone: Zone) {
        let (time, found) = EventTime::parse(text).expect(text);
        assert_eq!(
            (time.to_string().as_str(), found),
            (expected, zone),
            "{text}"
        );
    }

    #[test]
    fn forms_that_are_read() {
        check(
            "2019-07-01T02:00:00+02:00",
            "2019-07-01T00:00:00Z",
            Zone::Stated,
        );
        check("2019-07-01T00:00:00Z", "2019-07-01T00:00:00Z", Zone::Stated);
        check("2019-07-01", "2019-07-01T00:00:00Z", Zone::Assumed);
        check(
            "2019-07-01 12:30:05.25",
            "2019-07-01T12:30:05.25Z",
            Zone::Assumed,
        );
        check("2019/07/01", "2019-07-01T00:00:00Z", Zone::Assumed);
        check("1561939200", "2019-07-01T00:00:00Z", Zone::Stated);
        check("1561939200.5", "2019-07-01T00:00:00.5Z", Zone::Stated);
        check("1561939200000", "2019-07-01T00:00:00Z", Zone::Stated);
        check(
            "Mon, 01 Jul 2019 02:00:00 +0200",
            "2019-07-01T00:00:00Z",
            Zone::Stated,
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "soon",
            "2019-13-01",
            "7",
            "99999999999999999999",
            "2019-07-01T25:00:00Z",
        ] {
            assert!(EventTime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_cut_time_tells_no_more_than_the_characters_kept() {
        let (time, _) = EventTime::parse("2019-08-17T13:45:59.25Z").expect("a time");
        for (characters, expected) in [
            (4, "2019-01-01T00:00:00Z"),
            (8, "2019-08-01T00:00:00Z"),
            (10, "2019-08-17T00:00:00Z"),
            (14, "2019-08-17T13:00:00Z"),
            (16, "2019-08-17T13:45:00Z"),
            (19, "2019-08-17T13:45:59Z"),
            (99, "2019-08-17T13:45:59.25Z"),
        ] {
            let cut = time.cut(characters).map(|time| time.to_string());
            assert_eq!(cut.as_deref(), Some(expected), "{characters}");
        }
        assert_eq!(time.cut(3), None);
        assert_eq!(
            EventTime(-1).cut(10).map(EventTime::date).as_deref(),
            Some("1969-12-31")
        );
    }

    #[test]
    fn months_turn_over_the_year() {
        let december = EventTime::from_date(2019, 12, 31);
        assert_eq!(december.month_start().date(), "2019-12-01");
        assert_eq!(december.next_month_start().date(), "2020-01-01");
        for text in ["9999-12-30T21:59:59Z", "-009999-01-02T01:59:59Z"] {
            let (time, _) = EventTime::parse(text).expect(text);
            assert!(time.month_start() <= time && time < time.next_month_start());
        }
    }

    #[test]
    fn for_ever_ends_with_the_last_moment_that_can_be_told() {
        let until = |text: &str| EventTime::parse_until(text).map(|time| time.to_string());
        assert_eq!(until("2027-01-31").unwrap(), "2027-01-31T23:59:59.999999Z");
        assert_eq!(until("9999-12-31"), until("9999-12-30"));
        assert_eq!(until("9999-12-31").unwrap(), "9999-12-30T22:00:00Z");
        for wrong in ["9999-13-01", "9999", "99999-12-31", "10000-01-01"] {
            assert!(until(wrong).is_err(), "{wrong}");
        }
    }
}
