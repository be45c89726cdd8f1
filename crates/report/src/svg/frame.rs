//! What surrounds the marks: grid, ticks, axis labels, and markers across the plot.

use maud::{Markup, html};

use crate::plot::{Marker, Scale, Side};
use crate::svg::ticks::{self, Tick};
use crate::svg::{BOTTOM, Frame, LEFT, RIGHT, TOP, place};
use crate::visible;

/// Draws grid lines, tick labels and axis labels.
pub(super) fn axes(frame: &Frame) -> Markup {
    let x_ticks = places(ticks::of(frame.x_axis, &frame.x), |value| {
        frame.x.place(value)
    });
    let y_ticks = places(ticks::of(frame.y_axis, &frame.y), |value| {
        frame.y.place(value)
    });
    let has_x_grid = !matches!(frame.x_axis.scale, Scale::Category { .. });
    html! {
        g class="grid" {
            @for (at, _) in &y_ticks {
                line x1=(place(LEFT)) x2=(place(RIGHT)) y1=(place(TOP + at)) y2=(place(TOP + at)) {}
            }
            @if has_x_grid {
                @for (at, _) in &x_ticks {
                    line x1=(place(LEFT + at)) x2=(place(LEFT + at)) y1=(place(TOP)) y2=(place(BOTTOM)) {}
                }
            }
        }
        line class="axis" x1=(place(LEFT)) x2=(place(RIGHT)) y1=(place(BOTTOM)) y2=(place(BOTTOM)) {}
        g class="ticks" {
            @for (at, label) in &y_ticks {
                text x=(place(LEFT - 8.0)) y=(place(TOP + at + 4.0)) text-anchor="end" { (label) }
            }
            @for (at, label) in &x_ticks {
                @for (row, line) in label.lines().enumerate() {
                    text x=(place(LEFT + at)) y=(place(BOTTOM + 18.0 + 15.0 * row as f64)) text-anchor="middle" { (line) }
                }
            }
        }
        text class="label" x="4" y="16" { (visible::line(&frame.y_axis.label)) }
        text class="label" x=(place(RIGHT)) y=(place(BOTTOM + 45.0)) text-anchor="end" { (visible::line(&frame.x_axis.label)) }
    }
}

/// Draws lines across the plot area; their labels take turns in three rows, so that neighbours do not touch.
pub(super) fn markers(markers: &[Marker], frame: &Frame) -> Markup {
    html! {
        g class="markers" {
            @for (index, marker) in markers.iter().enumerate() {
                @match marker.side {
                    Side::X => @if let Some(at) = frame.x.place_inside(marker.at) {
                        (vertical(LEFT + at, TOP + 14.0 + (index % 3) as f64 * 17.0, &marker.label))
                    },
                    Side::Y => @if let Some(at) = frame.y.place_inside(marker.at) {
                        (horizontal(TOP + at, &marker.label))
                    },
                }
            }
        }
    }
}

fn vertical(x: f64, y: f64, label: &str) -> Markup {
    let is_left = x < LEFT + (RIGHT - LEFT) * 0.55;
    let (text_x, anchor) = if is_left {
        (x + 6.0, "start")
    } else {
        (x - 6.0, "end")
    };
    html! {
        line x1=(place(x)) x2=(place(x)) y1=(place(TOP)) y2=(place(BOTTOM)) {}
        text x=(place(text_x)) y=(place(y)) text-anchor=(anchor) { (visible::line(label)) }
    }
}

fn horizontal(y: f64, label: &str) -> Markup {
    let text_y = if y < TOP + 20.0 { y + 15.0 } else { y - 5.0 };
    html! {
        line x1=(place(LEFT)) x2=(place(RIGHT)) y1=(place(y)) y2=(place(y)) {}
        text x=(place(RIGHT - 4.0)) y=(place(text_y)) text-anchor="end" { (visible::line(label)) }
    }
}

fn places(ticks: Vec<Tick>, at: impl Fn(f64) -> Option<f64>) -> Vec<(f64, String)> {
    ticks
        .into_iter()
        .filter_map(|tick| Some((at(tick.value)?, tick.label)))
        .collect()
}
