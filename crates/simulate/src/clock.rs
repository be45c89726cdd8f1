//! Months, days and seasons: when each event of a stream happens and what the world looks like then.
//!
//! Event `i` of `n` falls into the `i`-th of `n` equal slices of the span, which a daily rhythm then
//! stretches and shrinks. So times come in order without a sort, both classes share them, and the
//! count is exact. No clock of the machine is read.

use std::f64::consts::TAU;

use ringtrue_core::EventTime;
use ringtrue_core::random::Random;

use crate::stream::Setting;
use crate::text::{Season, whole};
use crate::words::{CLEARANCE, HOLIDAY, SPRING, SUMMER};

const MICROS_PER_DAY: f64 = 86_400_000_000.0;
const MICROS_PER_MILLISECOND: i64 = 1_000;

/// How much busier noon is than the day's mean, as a share of the mean gap between events.
const RHYTHM: f64 = 0.6;

/// The months (since the start) from which new habits of benign sites appear, and until which their
/// share grows.
const MODERN_FROM: f64 = 4.0;
const MODERN_UNTIL: f64 = 8.0;

/// The span of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    start: EventTime,
    /// First moments of the months after the first, and of the one after the last.
    ends: Vec<EventTime>,
    days: f64,
    events: u64,
}

/// A moment of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// When.
    pub(crate) time: EventTime,
    /// Days since the start.
    pub(crate) day: f64,
    /// Months since the start; 2.5 is the middle of the third.
    pub(crate) month: f64,
}

/// What the world looks like on a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    /// Months since the start, which drift follows; 0 throughout where nothing drifts.
    pub(crate) month: f64,
    /// The calendar's year.
    pub(crate) year: u64,
    /// The calendar's month, 1 to 12.
    pub(crate) month_of_year: u64,
    /// The calendar's day, 1 to 31.
    pub(crate) day_of_month: u64,
    /// What people write about.
    pub(crate) season: Season,
    /// The share of sites born before new habits appeared that have taken them up, in `[0, 1]`.
    pub(crate) modern_share: f64,
}

impl Clock {
    /// Starts at the first moment of the month of `start` and lasts `months` calendar months.
    pub(crate) fn new(start: EventTime, months: u32, events: u64) -> Self {
        let start = start.month_start();
        let mut ends = Vec::new();
        let mut last = start;
        for _ in 0..months {
            last = last.next_month_start();
            ends.push(last);
        }
        Self {
            start,
            days: last.days_since(start),
            ends,
            events,
        }
    }

    /// Returns the length of the span.
    pub(crate) const fn days(&self) -> f64 {
        self.days
    }

    /// Returns the day on which month `index` starts, counted from 0; the span's length for all after the last.
    pub(crate) fn month_start_day(&self, index: u32) -> f64 {
        let before = index.checked_sub(1);
        let Some(before) = before.and_then(|before| usize::try_from(before).ok()) else {
            return 0.0;
        };
        let end = self.ends.get(before);
        end.map_or(self.days, |end| end.days_since(self.start))
    }

    /// Returns when event `index` happens, in whole milliseconds; never earlier than event
    /// `index - 1`.
    pub(crate) fn moment(&self, index: u64, random: &mut Random) -> Moment {
        let share = (index as f64 + random.unit()) / self.events.max(1) as f64;
        let even = share * self.days;
        let day = RHYTHM / TAU * (TAU * even).sin() + even;
        self.at_day(day.clamp(0.0, self.days))
    }

    /// Returns the moment `day` days after the start.
    pub(crate) fn at_day(&self, day: f64) -> Moment {
        let milliseconds = whole(day * MICROS_PER_DAY) / MICROS_PER_MILLISECOND.unsigned_abs();
        let offset = i64::try_from(milliseconds).unwrap_or(0) * MICROS_PER_MILLISECOND;
        let last = self
            .ends
            .last()
            .map_or(self.start.0, |end| end.0 - MICROS_PER_MILLISECOND);
        let time = EventTime(self.start.0.saturating_add(offset).min(last));
        Moment {
            time,
            day,
            month: self.month(time),
        }
    }

    fn month(&self, time: EventTime) -> f64 {
        let index = self.ends.partition_point(|end| *end <= time);
        let before = index.checked_sub(1).and_then(|last| self.ends.get(last));
        let first = before.copied().unwrap_or(self.start);
        let next = self.ends.get(index).copied().unwrap_or(first.plus_days(30));
        index as f64 + time.days_since(first) / next.days_since(first)
    }
}

impl Scene {
    /// Returns what the world looks like at `moment`.
    pub(crate) fn of(moment: Moment, setting: Setting) -> Self {
        let (year, month_of_year) = moment.time.month();
        let day_of_month = 1.0 + moment.time.days_since(moment.time.month_start());
        let month_of_year = u64::from(month_of_year.unsigned_abs());
        let drifts = setting == Setting::Natural;
        Self {
            month: if drifts { moment.month } else { 0.0 },
            year: u64::from(year.unsigned_abs()),
            month_of_year,
            day_of_month: whole(day_of_month),
            season: if drifts {
                season(month_of_year)
            } else {
                Season::NONE
            },
            modern_share: if drifts {
                modern_share(moment.month)
            } else {
                0.0
            },
        }
    }
}

/// Returns the share of new habits among sites born `month` months after the start, in `[0, 0.5]`.
pub(crate) fn modern_share(month: f64) -> f64 {
    0.5 * ((month - MODERN_FROM) / (MODERN_UNTIL - MODERN_FROM)).clamp(0.0, 1.0)
}

const fn season(month_of_year: u64) -> Season {
    let (words, share) = match month_of_year {
        1 | 2 => (CLEARANCE, 0.06),
        3..=5 => (SPRING, 0.05),
        6..=8 => (SUMMER, 0.08),
        11 | 12 => (HOLIDAY, 0.15),
        _ => return Season::NONE,
    };
    Season { words, share }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(months: u32) -> Clock {
        Clock::new(EventTime::from_date(2023, 11, 20), months, 5_000)
    }

    #[test]
    fn the_span_is_whole_calendar_months() {
        let clock = clock(3);
        let mut random = Random::new(1);
        let times: Vec<_> = (0..5_000)
            .map(|index| clock.moment(index, &mut random).time)
            .collect();
        assert!(times.is_sorted());
        assert_eq!(times[0].date(), "2023-11-01");
        assert_eq!(times[4_999].date(), "2024-01-31");
        let late = clock.moment(4_999, &mut random);
        assert!((2.9..3.0).contains(&late.month), "{}", late.month);
    }

    #[test]
    fn noon_is_busier_than_midnight() {
        let clock = clock(1);
        let mut random = Random::new(1);
        let hours = (0..5_000).map(|index| clock.moment(index, &mut random).day.fract() * 24.0);
        let (noon, night): (Vec<f64>, Vec<f64>) =
            hours.partition(|hour| (6.0..18.0).contains(hour));
        assert!(2 * noon.len() > 3 * night.len());
    }

    #[test]
    fn a_clean_world_stands_still() {
        let clock = clock(9);
        let late = clock.at_day(250.0);
        let still = Scene::of(late, Setting::Clean);
        assert!(still.month < 1e-9 && still.modern_share < 1e-9 && still.season.words.is_empty());
        assert!(Scene::of(late, Setting::Natural).modern_share > 0.4);
    }
}
