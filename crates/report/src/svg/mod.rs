//! Plots as SVG that the page's style sheet colours.
//!
//! ```text
//!   Plot ──► domain (what range?) ──► scale (where?) ──┬─► frame  grid, ticks, labels, markers
//!                                                      └─► marks  lines, bars, bands, points
//! ```
//!
//! Colours, fonts and dashes come from CSS classes alone, so one drawing serves light, dark and paper. Every coordinate is
//! a finite number with one decimal, whatever the data: points that are not finite are gaps.

mod domain;
mod frame;
mod legend;
mod marks;
mod scale;
mod ticks;

use maud::{Markup, html};

use crate::plot::{Axis, Plot, Side};
use scale::Mapping;

pub(crate) use legend::legend;

/// The drawing's size in its own units; the page scales it to the card.
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 300.0;
/// The plot area's edges; labels stand outside them.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 468.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 250.0;
/// How far marks may reach over the plot area's edge, so that a line along the edge keeps its width.
const BLEED: f64 = 5.0;

/// Both axes of one plot, as mappings from numbers to places inside the plot area.
struct Frame<'a> {
    x: Mapping,
    y: Mapping,
    x_axis: &'a Axis,
    y_axis: &'a Axis,
}

/// Draws `plot`; `description_id` names the element that describes it to those who cannot see it.
pub(crate) fn plot(plot: &Plot, description_id: &str) -> Markup {
    let frame = Frame {
        x: Mapping::new(&plot.x, domain::of(plot, Side::X), RIGHT - LEFT),
        y: Mapping::new(&plot.y, domain::of(plot, Side::Y), BOTTOM - TOP).upwards(),
        x_axis: &plot.x,
        y_axis: &plot.y,
    };
    let bleed = format!(
        "{} {} {} {}",
        -BLEED,
        -BLEED,
        place(RIGHT - LEFT + 2.0 * BLEED),
        place(BOTTOM - TOP + 2.0 * BLEED)
    );
    html! {
        svg class="plot" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(crate::visible::line(&plot.title))
            aria-describedby=(description_id) {
            (frame::axes(&frame))
            svg x=(place(LEFT - BLEED)) y=(place(TOP - BLEED)) width=(place(RIGHT - LEFT + 2.0 * BLEED))
                height=(place(BOTTOM - TOP + 2.0 * BLEED)) viewBox=(bleed) {
                @for (index, series) in plot.series.iter().enumerate() {
                    (marks::series(series, legend::look(&plot.series, index), &frame))
                }
            }
            (frame::markers(&plot.markers, &frame))
            @if !domain::has_content(plot) {
                text class="nothing" x=(place(f64::midpoint(LEFT, RIGHT))) y=(place(f64::midpoint(TOP, BOTTOM))) text-anchor="middle" { "nothing to show" }
            }
        }
    }
}

/// Writes a coordinate with one decimal; places that are not finite never come here, and would be 0.
fn place(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests;
