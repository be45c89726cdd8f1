//! The marks of one series. Lines break at points that cannot be drawn; long lines are thinned to what the eye can tell.

use maud::{Markup, html};

use crate::estimate::Form;
use crate::format;
use crate::plot::{Axis, Bin, Marks, Point, Range, Scale, Series};
use crate::svg::legend::{Look, dot};
use crate::svg::scale::usable;
use crate::svg::{Frame, place, ticks};
use crate::visible;

/// Points of a line closer than this to the last one drawn are left out.
const THIN: f64 = 0.7;
/// Places of a line that answer to the pointer.
const HITS_MAX: usize = 48;

/// Draws one series.
pub(super) fn series(series: &Series, look: Look, frame: &Frame) -> Markup {
    let name = visible::line(&series.name);
    html! {
        g class=(look.class) {
            @match &series.marks {
                Marks::Line { points } => {
                    (interval_band(points, frame))
                    path class="line" d=(line(points, frame)) {}
                    (hits(&name, points, frame))
                }
                Marks::Step { points } => {
                    path class="line" d=(steps(points, frame)) {}
                    (hits(&name, points, frame))
                }
                Marks::Points { points } => @for point in points { (separate(&name, *point, look, frame)) },
                Marks::Bars { points } => (bars(&name, points, frame)),
                Marks::Band { ranges } => path class="band" d=(band(ranges, frame)) {},
                Marks::Histogram { bins } => (histogram(&name, bins, frame)),
            }
        }
    }
}

/// Returns the places of `points`; `None` where there is a gap.
fn places<'a>(
    points: &'a [Point],
    frame: &'a Frame,
) -> impl Iterator<Item = Option<(f64, f64)>> + 'a {
    points
        .iter()
        .map(|point| Some((frame.x.place(point.x)?, frame.y.place(point.y)?)))
}

fn line(points: &[Point], frame: &Frame) -> String {
    let mut path = String::new();
    let mut last: Option<(f64, f64)> = None;
    let mut skipped: Option<(f64, f64)> = None;
    for at in places(points, frame).chain([None]) {
        match (last, at) {
            (Some(from), Some(to)) if (to.0 - from.0).hypot(to.1 - from.1) < THIN => skipped = at,
            (_, Some(to)) => {
                if let Some(through) = skipped.take() {
                    push(&mut path, 'L', through);
                }
                push(&mut path, if last.is_some() { 'L' } else { 'M' }, to);
                last = at;
            }
            (_, None) => {
                if let Some(end) = skipped.take() {
                    push(&mut path, 'L', end);
                }
                last = None;
            }
        }
    }
    path
}

fn steps(points: &[Point], frame: &Frame) -> String {
    let mut path = String::new();
    let mut height = None;
    for at in places(points, frame) {
        match (height, at) {
            (Some(y), Some(to)) => {
                push(&mut path, 'L', (to.0, y));
                push(&mut path, 'L', to);
            }
            (None, Some(to)) => push(&mut path, 'M', to),
            (_, None) => {}
        }
        height = at.map(|(_, y)| y);
    }
    path
}

fn interval_band(points: &[Point], frame: &Frame) -> Markup {
    let ranges: Vec<Range> = points
        .iter()
        .map(|point| Range {
            x: point.x,
            low: point.low.unwrap_or(f64::NAN),
            high: point.high.unwrap_or(f64::NAN),
        })
        .collect();
    let path = band(&ranges, frame);
    html! { @if !path.is_empty() { path class="band" d=(path) {} } }
}

/// Returns the outline of a band: along the upper heights, and back along the lower ones.
fn band(ranges: &[Range], frame: &Frame) -> String {
    let mut path = String::new();
    let place_of = |range: &Range| {
        let x = frame.x.place(range.x)?;
        Some((x, frame.y.place(range.low)?, frame.y.place(range.high)?))
    };
    let placed: Vec<_> = ranges.iter().map(place_of).collect();
    for run in placed.split(Option::is_none) {
        let run: Vec<_> = run.iter().flatten().collect();
        for (index, (x, _, high)) in run.iter().enumerate() {
            push(&mut path, if index == 0 { 'M' } else { 'L' }, (*x, *high));
        }
        for (x, low, _) in run.iter().rev() {
            push(&mut path, 'L', (*x, *low));
        }
        if !run.is_empty() {
            path.push('Z');
        }
    }
    path
}

/// Draws invisible circles along a line that tell their numbers to the pointer.
fn hits(name: &str, points: &[Point], frame: &Frame) -> Markup {
    let stride = points.len().div_ceil(HITS_MAX).max(1);
    html! {
        @for point in points.iter().step_by(stride) {
            @if let (Some(x), Some(y)) = (frame.x.place_inside(point.x), frame.y.place_inside(point.y)) {
                circle class="hit" cx=(place(x)) cy=(place(y)) r="6" { title { (title(name, *point, frame)) } }
            }
        }
    }
}

fn separate(name: &str, point: Point, look: Look, frame: &Frame) -> Markup {
    let at = frame.x.place(point.x).zip(frame.y.place(point.y));
    let ends = |low, high| frame.y.place(low).zip(frame.y.place(high));
    let whisker = point
        .low
        .zip(point.high)
        .and_then(|(low, high)| ends(low, high));
    html! {
        @if let Some((x, y)) = at {
            @if let Some((low, high)) = whisker {
                path class="whisker" d={ "M" (place(x)) " " (place(low)) "V" (place(high)) } {}
            }
            (dot(look.shape, x, y, &title(name, point, frame)))
        }
    }
}

fn bars(name: &str, points: &[Point], frame: &Frame) -> Markup {
    let xs = points.iter().filter(|point| usable(point.x).is_some());
    let width = (frame.x.length / xs.count().max(1) as f64 * 0.7).min(56.0);
    html! {
        @for point in points {
            @if let (Some(x), Some(y)) = (frame.x.place(point.x), frame.y.place(point.y)) {
                rect class="bar" x=(place(x - width / 2.0)) y=(place(y.min(frame.y.base()))) width=(place(width))
                    height=(place((y - frame.y.base()).abs())) { title { (title(name, *point, frame)) } }
            }
        }
    }
}

fn histogram(name: &str, bins: &[Bin], frame: &Frame) -> Markup {
    let base = frame.y.base();
    let mut outline = String::new();
    let placed: Vec<_> = bins
        .iter()
        .filter_map(|bin| {
            let (from, to) = (frame.x.place(bin.from)?, frame.x.place(bin.to)?);
            Some((bin, from, to, frame.y.place(bin.count)?))
        })
        .collect();
    for (index, (_, from, to, y)) in placed.iter().enumerate() {
        if index == 0 {
            push(&mut outline, 'M', (*from, base));
        }
        push(&mut outline, 'L', (*from, *y));
        push(&mut outline, 'L', (*to, *y));
        if index + 1 == placed.len() {
            push(&mut outline, 'L', (*to, base));
        }
    }
    html! {
        @for (bin, from, to, y) in &placed {
            @if bin.count > 0.0 {
                rect class="fill" x=(place(from.min(*to))) y=(place(y.min(base))) width=(place((to - from).abs()))
                    height=(place((base - y).abs())) {
                    title {
                        (name) ": " (number(frame.y_axis, bin.count)) " at " (number(frame.x_axis, bin.from)) " to "
                        (number(frame.x_axis, bin.to))
                    }
                }
            }
        }
        path class="line" d=(outline) {}
    }
}

fn title(name: &str, point: Point, frame: &Frame) -> String {
    let (x, y) = (number(frame.x_axis, point.x), number(frame.y_axis, point.y));
    let interval = point
        .low
        .zip(point.high)
        .map_or_else(String::new, |(low, high)| {
            format!(
                " ({} to {})",
                number(frame.y_axis, low),
                number(frame.y_axis, high)
            )
        });
    let name = if name.is_empty() {
        String::new()
    } else {
        format!("{name}: ")
    };
    format!("{name}{y}{interval} at {x}")
}

fn number(axis: &Axis, value: f64) -> String {
    match &axis.scale {
        Scale::Time => ticks::moment(value).date(),
        Scale::Category { names } => {
            let nearest = names
                .iter()
                .enumerate()
                .find(|(index, _)| (*index as f64 - value).abs() < 0.5);
            nearest.map_or_else(
                || format::number(value, &Form::Number),
                |(_, name)| visible::line(name),
            )
        }
        Scale::Linear | Scale::Log | Scale::Logit => format::number(value, &axis.form),
    }
}

fn push(path: &mut String, command: char, (x, y): (f64, f64)) {
    path.push(command);
    path.push_str(&place(x));
    path.push(' ');
    path.push_str(&place(y));
}
