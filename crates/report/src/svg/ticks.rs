//! Where an axis is ticked, and what stands there: round numbers, decades, dates.

use ringtrue_core::time::EventTime;

use crate::estimate::Form;
use crate::format;
use crate::plot::{Axis, Scale};
use crate::svg::scale::Mapping;
use crate::visible;

/// More labels than this touch each other.
const TICKS_MAX: usize = 7;
/// More names than this are thinned.
const CATEGORIES_MAX: usize = 12;
/// What a letter takes at most, in the drawing's units, on a narrow screen where letters are larger.
const LETTER_WIDTH: f64 = 10.0;
const MICROS_PER_HOUR: f64 = 3_600e6;
const MICROS_PER_DAY: f64 = 24.0 * MICROS_PER_HOUR;

/// A place on an axis, with its label.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    /// One line, or two with a line feed between them.
    pub(super) label: String,
}

/// Returns the ticks of an axis, at most [`TICKS_MAX`] but for categories, all inside its range.
pub(super) fn of(axis: &Axis, mapping: &Mapping) -> Vec<Tick> {
    let (low, high) = (mapping.low, mapping.high);
    let mut ticks = match &axis.scale {
        Scale::Linear => linear(low, high, &axis.form),
        Scale::Log => log(low, high, &axis.form),
        Scale::Logit => logit(low, high, &axis.form),
        Scale::Time => time(low, high),
        Scale::Category { names } => categories(names, mapping.length),
    };
    ticks.retain(|tick| mapping.place_inside(tick.value).is_some());
    ticks
}

/// Widens a range to round numbers; a range of no width becomes one around its number.
pub(super) fn round_out(low: f64, high: f64) -> (f64, f64) {
    let margin = (low.abs().max(high.abs()) * 1e-6).max(1e-20);
    let (low, high) = if high - low > margin {
        (low, high)
    } else {
        let half = low.abs().max(1.0) / 2.0;
        (low - half, high + half)
    };
    let step = step(low, high);
    ((low / step).floor() * step, (high / step).ceil() * step)
}

/// Returns 1, 2 or 5 times a power of ten, such that four to seven steps span the range.
fn step(low: f64, high: f64) -> f64 {
    let rough = (high - low) / 5.0;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = rough / power;
    let round = if factor <= 1.0 + 1e-9 {
        1.0
    } else if factor <= 2.0 + 1e-9 {
        2.0
    } else if factor <= 5.0 + 1e-9 {
        5.0
    } else {
        10.0
    };
    round * power
}

fn linear(low: f64, high: f64, form: &Form) -> Vec<Tick> {
    let step = step(low, high);
    let first = (low / step - 1e-9).ceil();
    (0..TICKS_MAX)
        .map(|index| {
            let value = (first + index as f64) * step;
            Tick {
                value,
                label: linear_label(value, step, form),
            }
        })
        .take_while(|tick| tick.value <= high + step * 1e-9)
        .collect()
}

/// Writes a tick with no more places than its step needs, so that labels of one axis look alike.
fn linear_label(value: f64, step: f64, form: &Form) -> String {
    let value = if value.abs() < step * 1e-6 {
        0.0
    } else {
        value
    };
    match form {
        Form::Percent => format!("{} %", places(value * 100.0, step * 100.0)),
        Form::Seconds => format::seconds(value),
        Form::Count | Form::Number | Form::Rate | Form::Money(_) => places(value, step),
    }
}

fn places(value: f64, step: f64) -> String {
    if !(1e-5..1e12).contains(&step) {
        return format::significant(value, 3);
    }
    let decimals = (0..6).find(|decimals| {
        let scaled = step * 10_f64.powi(*decimals);
        (scaled - scaled.round()).abs() < 1e-6
    });
    match decimals {
        Some(0) => format::count(value),
        Some(decimals) => format!("{value:.0$}", usize::try_from(decimals).unwrap_or(0)),
        None => format::significant(value, 3),
    }
}

fn log(low: f64, high: f64, form: &Form) -> Vec<Tick> {
    let (first, last) = (low.log10(), high.log10());
    let decades = last - first;
    let stride = (decades / (TICKS_MAX as f64 - 1.0) - 1e-9).ceil().max(1.0);
    let factors: &[f64] = if decades <= 2.0 {
        &[1.0, 2.0, 5.0]
    } else {
        &[1.0]
    };
    let start = (first / stride).floor() * stride;
    (0..=TICKS_MAX)
        .map(|index| start + index as f64 * stride)
        .flat_map(|exponent| {
            factors
                .iter()
                .map(move |factor| factor * 10_f64.powf(exponent))
        })
        .filter(|value| *value >= low * (1.0 - 1e-9) && *value <= high * (1.0 + 1e-9))
        .take(TICKS_MAX)
        .map(|value| Tick {
            value,
            label: log_label(value, form),
        })
        .collect()
}

fn log_label(value: f64, form: &Form) -> String {
    match form {
        Form::Percent => format!("{} %", format::significant(value * 100.0, 2)),
        Form::Seconds => format::seconds(value),
        _ if !(0.000_99..1e7).contains(&value) => {
            format!("{value:e}")
                .split_once('e')
                .map_or_else(String::new, |(mantissa, exponent)| {
                    let mantissa: f64 = mantissa.parse().unwrap_or(1.0);
                    format!("{mantissa:.0}e{exponent}")
                })
        }
        _ => format::significant(value, 2),
    }
}

fn logit(low: f64, high: f64, form: &Form) -> Vec<Tick> {
    const PLACES: [(f64, &str); 13] = [
        (1e-6, "1e-6"),
        (1e-5, "1e-5"),
        (1e-4, "1e-4"),
        (0.001, "0.001"),
        (0.01, "0.01"),
        (0.1, "0.1"),
        (0.5, "0.5"),
        (0.9, "0.9"),
        (0.99, "0.99"),
        (0.999, "0.999"),
        (1.0 - 1e-4, "0.9999"),
        (1.0 - 1e-5, "1-1e-5"),
        (1.0 - 1e-6, "1-1e-6"),
    ];
    let inside: Vec<_> = PLACES
        .iter()
        .filter(|(value, _)| (low..=high).contains(value))
        .collect();
    let crowded = inside.len() > TICKS_MAX + 2;
    inside
        .into_iter()
        .enumerate()
        .filter(|(index, _)| !crowded || index.is_multiple_of(2))
        .map(|(_, (value, label))| Tick {
            value: *value,
            label: match form {
                Form::Percent => format::percent(*value),
                _ => (*label).to_owned(),
            },
        })
        .collect()
}

fn time(low: f64, high: f64) -> Vec<Tick> {
    let days = (high - low) / MICROS_PER_DAY;
    if days > 100.0 {
        return months(low, high, days / 30.44);
    }
    let hours = days * 24.0;
    let step_hours = [1.0, 3.0, 6.0, 12.0, 24.0, 48.0, 168.0, 336.0, 720.0]
        .into_iter()
        .find(|step| hours / step <= 6.0)
        .unwrap_or(720.0);
    let step = step_hours * MICROS_PER_HOUR;
    let first = (low / step).ceil();
    (0..TICKS_MAX)
        .map(|index| (first + index as f64) * step)
        .take_while(|value| *value <= high)
        .map(|value| Tick {
            value,
            label: if step_hours < 24.0 {
                moment(value)
                    .to_string()
                    .chars()
                    .skip(5)
                    .take(11)
                    .collect::<String>()
                    .replace('T', " ")
            } else {
                moment(value).date()
            },
        })
        .collect()
}

/// Ticks on the first of a month, each 1, 2, 3, 6, 12, ... months.
fn months(low: f64, high: f64, span_months: f64) -> Vec<Tick> {
    let step: i32 = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200]
        .into_iter()
        .find(|step| span_months / f64::from(*step) <= 6.5)
        .unwrap_or(6_000);
    let (year, month) = moment(low).month();
    let first = (i32::from(year) * 12 + i32::from(month) - 1).div_euclid(step);
    (0..=i32::try_from(TICKS_MAX).unwrap_or(7))
        .filter_map(|index| {
            let months = (first + index) * step;
            let year = i16::try_from(months.div_euclid(12)).ok()?;
            let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
            let time = EventTime::from_date(year, month, 1);
            let letters = if step.rem_euclid(12) == 0 { 4 } else { 7 };
            Some(Tick {
                value: time.0 as f64,
                label: time.date().chars().take(letters).collect(),
            })
        })
        .filter(|tick| (low..=high).contains(&tick.value))
        .collect()
}

/// Returns the time that lies `micros` microseconds after 1970 began.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the cast saturates, and times beyond the calendar are shown as a count"
)]
pub(super) fn moment(micros: f64) -> EventTime {
    EventTime(micros as i64)
}

/// Ticks for names, thinned if there are many; each is one or two lines that fit their share of the axis.
fn categories(names: &[String], length: f64) -> Vec<Tick> {
    let stride = names.len().div_ceil(CATEGORIES_MAX).max(1);
    let room = length / names.len().div_ceil(stride).max(1) as f64;
    let letters_max = (4..24).take_while(|letters| f64::from(*letters) * LETTER_WIDTH < room);
    let letters_max = letters_max.count() + 3;
    names
        .iter()
        .enumerate()
        .step_by(stride)
        .map(|(index, name)| {
            let name = visible::line(name);
            let lines = match name.split_once(' ') {
                Some((first, rest)) if name.chars().count() > letters_max => vec![first, rest],
                _ => vec![name.as_str()],
            };
            let fitted = lines
                .into_iter()
                .map(|line| match visible::shorten(line, letters_max) {
                    (kept, 0) => kept,
                    (kept, _) => format!("{kept}…"),
                });
            Tick {
                value: index as f64,
                label: fitted.collect::<Vec<_>>().join(
                    "
",
                ),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, range: (f64, f64)) -> Vec<String> {
        of(axis, &Mapping::new(axis, range, 400.0))
            .into_iter()
            .map(|tick| tick.label)
            .collect()
    }

    fn axis(scale: Scale, form: Form) -> Axis {
        Axis::new("", scale, form)
    }

    #[test]
    fn log_axes_are_ticked_at_decades() {
        let rates = axis(Scale::Log, Form::Rate);
        assert_eq!(
            labels(&rates, (1e-5, 1.0)),
            ["1e-5", "1e-4", "0.001", "0.01", "0.1", "1"]
        );
        assert_eq!(
            labels(&rates, (1e-12, 1.0)),
            ["1e-12", "1e-10", "1e-8", "1e-6", "1e-4", "0.01", "1"]
        );
        assert_eq!(labels(&rates, (0.1, 1.0)), ["0.1", "0.2", "0.5", "1"]);
        let counts = axis(Scale::Log, Form::Count);
        assert_eq!(
            labels(&counts, (1.0, 1e5)),
            ["1", "10", "100", "1,000", "10,000", "100,000"]
        );
    }

    #[test]
    fn linear_axes_are_ticked_at_round_numbers() {
        let rates = axis(Scale::Linear, Form::Rate);
        assert_eq!(
            labels(&rates, (0.0, 1.0)),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(
            labels(&axis(Scale::Linear, Form::Percent), (0.85, 1.0)),
            ["85 %", "90 %", "95 %", "100 %"]
        );
        assert_eq!(
            labels(&axis(Scale::Linear, Form::Count), (0.0, 25_000.0)),
            ["0", "5,000", "10,000", "15,000", "20,000", "25,000"]
        );
        assert_eq!(round_out(0.13, 0.87), (0.0, 1.0));
        assert_eq!(round_out(3.0, 3.0), (1.0, 5.0));
    }

    #[test]
    fn time_axes_are_ticked_at_calendar_places() {
        let micros = |year, month, day| EventTime::from_date(year, month, day).0 as f64;
        let times = axis(Scale::Time, Form::Number);
        assert_eq!(
            labels(&times, (micros(2019, 7, 5), micros(2021, 6, 30))),
            ["2020-01", "2020-07", "2021-01"]
        );
        assert_eq!(
            labels(&times, (micros(2010, 1, 1), micros(2021, 6, 30))),
            ["2010", "2012", "2014", "2016", "2018", "2020"]
        );
        assert_eq!(
            labels(&times, (micros(2020, 2, 27), micros(2020, 3, 2))),
            [
                "2020-02-27",
                "2020-02-28",
                "2020-02-29",
                "2020-03-01",
                "2020-03-02"
            ]
        );
    }

    #[test]
    fn logit_axes_show_both_ends() {
        assert_eq!(
            labels(&axis(Scale::Logit, Form::Rate), (0.0005, 0.9995)),
            ["0.001", "0.01", "0.1", "0.5", "0.9", "0.99", "0.999"]
        );
    }

    #[test]
    fn long_names_take_two_lines_or_are_cut() {
        let names =
            ["always benign", "both", "forest", "linear", "unbelievable"].map(str::to_owned);
        assert_eq!(
            labels(
                &axis(
                    Scale::Category {
                        names: names.to_vec()
                    },
                    Form::Number
                ),
                (-0.5, 4.5)
            ),
            ["always\nbenign", "both", "forest", "linear", "unbelie…"]
        );
    }

    #[test]
    fn no_range_gives_too_many_ticks_or_none() {
        for (low, high) in [
            (-1e30, 1e30),
            (1e29, 1.000_001e29),
            (1e-30, 2e-30),
            (-3.0, -1.0),
        ] {
            let count = labels(&axis(Scale::Linear, Form::Number), (low, high)).len();
            assert!((2..=TICKS_MAX).contains(&count), "{low} {high}: {count}");
        }
        for high in [1.1, 2.0, 30.0, 1e3, 1e20] {
            let count = labels(&axis(Scale::Log, Form::Number), (1.0, high)).len();
            assert!((1..=TICKS_MAX).contains(&count), "{high}: {count}");
        }
    }
}
