//! Calendar months as the windows in which a detector is judged.

use serde::{Deserialize, Serialize};

use crate::time::EventTime;

/// A stretch of time; its start belongs to it, its end does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// What it is called: `2019-07` for a month.
    pub name: String,
    /// Its first moment.
    pub start: EventTime,
    /// The first moment after it.
    pub end: EventTime,
}

impl Window {
    /// Returns whether `time` lies within.
    #[must_use]
    pub fn contains(&self, time: EventTime) -> bool {
        self.start <= time && time < self.end
    }

    /// Returns the place of its first month in the calendar, counted in months: neighbours differ by 1.
    #[must_use]
    pub fn number(&self) -> i32 {
        let (year, month) = self.start.month();
        i32::from(year) * 12 + i32::from(month)
    }
}

/// Returns the calendar months (UTC) that hold an event, earliest first. Months without one are left out, so
/// that a single wrong time does not make a hundred empty windows.
#[must_use]
pub fn months(times: &[EventTime]) -> Vec<Window> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let mut windows: Vec<Window> = Vec::new();
    for time in sorted {
        if windows.last().is_none_or(|last| time >= last.end) {
            windows.push(month_of(time));
        }
    }
    windows
}

/// Returns the month of `time`; the calendar's first and last months hold all that lies beyond them.
fn month_of(time: EventTime) -> Window {
    let second = EventTime::from_date(-9999, 2, 1);
    let last = EventTime::from_date(9999, 12, 1);
    let (name, start, end) = if time < second {
        ("-9999-01".to_owned(), EventTime(i64::MIN), second)
    } else if time >= last {
        ("9999-12".to_owned(), last, EventTime(i64::MAX))
    } else {
        let (year, month) = time.month();
        let name = format!("{year:04}-{month:02}");
        (name, time.month_start(), time.next_month_start())
    };
    Window { name, start, end }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn months_are_named_and_touch() {
        let times = [
            EventTime::from_date(2019, 12, 31),
            EventTime::from_date(2019, 7, 1),
            EventTime::from_date(2020, 1, 1),
            EventTime::from_date(2019, 12, 1),
        ];
        let windows = months(&times);
        let names: Vec<&str> = windows.iter().map(|window| window.name.as_str()).collect();
        assert_eq!(names, ["2019-07", "2019-12", "2020-01"]);
        assert_eq!(windows[1].end, windows[2].start);
        let numbers: Vec<i32> = windows.iter().map(Window::number).collect();
        assert_eq!([numbers[1] - numbers[0], numbers[2] - numbers[1]], [5, 1]);
        assert!(windows[1].contains(EventTime(windows[1].end.0 - 1)));
        assert!(!windows[1].contains(windows[1].end));
        assert!(months(&[]).is_empty());
        let beyond = [EventTime(i64::MIN), EventTime(0), EventTime(i64::MAX - 1)];
        let names: Vec<String> = months(&beyond)
            .into_iter()
            .map(|window| window.name)
            .collect();
        assert_eq!(names, ["-9999-01", "1970-01", "9999-12"]);
    }

    proptest! {
        #[test]
        fn each_time_is_in_one_window(times in prop::collection::vec(any::<i64>(), 0..40)) {
            let times: Vec<EventTime> = times.into_iter().map(EventTime).collect();
            let windows = months(&times);
            for time in &times {
                let holding = windows.iter().filter(|window| window.contains(*time)).count();
                prop_assert!(holding == 1 || time.0 == i64::MAX, "{} windows hold {}", holding, time);
            }
        }
    }
}
