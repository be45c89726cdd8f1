//! The range an axis shows: the one asked for if it can be drawn, else what the series and markers need.

use crate::plot::{Axis, Marks, Plot, Scale, Side};
use crate::svg::scale::{LOGIT_EDGE, usable};
use crate::svg::ticks;

const MICROS_PER_DAY: f64 = 86_400e6;
/// A log axis never spans more decades than this; what is smaller lies on its lower end.
const DECADES_MAX: f64 = 12.0;

/// Returns the range of one axis, `low < high` and drawable on the axis' scale.
pub(super) fn of(plot: &Plot, side: Side) -> (f64, f64) {
    let axis = match side {
        Side::X => &plot.x,
        Side::Y => &plot.y,
    };
    if let Some(range) = asked(axis) {
        return range;
    }
    let mut numbers: Vec<f64> = Vec::new();
    for series in &plot.series {
        collect(&series.marks, side, &mut numbers);
    }
    let markers = plot.markers.iter().filter(|marker| marker.side == side);
    numbers.extend(markers.map(|marker| marker.at));
    around(&axis.scale, &numbers)
}

/// Returns whether any series has a point that can be drawn.
pub(super) fn has_content(plot: &Plot) -> bool {
    let has = |side| {
        plot.series.iter().any(|series| {
            let mut numbers = Vec::new();
            collect(&series.marks, side, &mut numbers);
            numbers.into_iter().any(|number| usable(number).is_some())
        })
    };
    has(Side::X) && has(Side::Y)
}

fn asked(axis: &Axis) -> Option<(f64, f64)> {
    let (low, high) = axis.range?;
    let (low, high) = (usable(low)?, usable(high)?);
    let (low, high) = match axis.scale {
        Scale::Log if low <= 0.0 => return None,
        Scale::Logit => (low.max(LOGIT_EDGE), high.min(1.0 - LOGIT_EDGE)),
        _ => (low, high),
    };
    wide_enough(low, high).then_some((low, high))
}

/// Returns whether the two ends differ by more than rounding.
fn wide_enough(low: f64, high: f64) -> bool {
    high - low > 1e-9 * low.abs().max(high.abs()).max(1e-20)
}

fn collect(marks: &Marks, side: Side, numbers: &mut Vec<f64>) {
    match (marks, side) {
        (
            Marks::Line { points }
            | Marks::Step { points }
            | Marks::Points { points }
            | Marks::Bars { points },
            Side::X,
        ) => numbers.extend(points.iter().map(|point| point.x)),
        (
            Marks::Line { points }
            | Marks::Step { points }
            | Marks::Points { points }
            | Marks::Bars { points },
            Side::Y,
        ) => {
            for point in points {
                numbers.extend([Some(point.y), point.low, point.high].into_iter().flatten());
            }
            if matches!(marks, Marks::Bars { .. }) {
                numbers.push(0.0);
            }
        }
        (Marks::Band { ranges }, Side::X) => numbers.extend(ranges.iter().map(|range| range.x)),
        (Marks::Band { ranges }, Side::Y) => {
            numbers.extend(ranges.iter().flat_map(|range| [range.low, range.high]));
        }
        (Marks::Histogram { bins }, Side::X) => {
            numbers.extend(bins.iter().flat_map(|bin| [bin.from, bin.to]));
        }
        (Marks::Histogram { bins }, Side::Y) => {
            numbers.extend(bins.iter().map(|bin| bin.count));
            numbers.push(0.0);
        }
    }
}

fn around(scale: &Scale, numbers: &[f64]) -> (f64, f64) {
    let drawn = numbers.iter().filter_map(|number| usable(*number));
    match scale {
        Scale::Linear => ends(drawn).map_or((0.0, 1.0), |(low, high)| ticks::round_out(low, high)),
        Scale::Log => {
            ends(drawn.filter(|number| *number > 0.0)).map_or((0.1, 1.0), |(low, high)| {
                let top = high.log10().ceil();
                let bottom = low.log10().floor().clamp(top - DECADES_MAX, top - 1.0);
                (10_f64.powf(bottom), 10_f64.powf(top))
            })
        }
        Scale::Logit => {
            let inside = drawn.map(|number| number.clamp(1e-6, 1.0 - 1e-6));
            let (low, high) = ends(inside).unwrap_or((0.01, 0.99));
            (low.min(0.4), high.max(0.6))
        }
        Scale::Time => match ends(drawn) {
            Some((low, high)) if wide_enough(low, high) => (low, high),
            Some((low, _)) => (low - MICROS_PER_DAY, low + MICROS_PER_DAY),
            None => (0.0, MICROS_PER_DAY),
        },
        Scale::Category { names } => (-0.5, names.len().max(1) as f64 - 0.5),
    }
}

fn ends(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    numbers.fold(None, |ends, number| {
        let (low, high) = ends.unwrap_or((number, number));
        Some((low.min(number), high.max(number)))
    })
}
