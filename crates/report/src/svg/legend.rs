//! How a series looks, and the list that says so. Colour is never alone: dashes and shapes differ too.

use maud::{Markup, html};

use crate::plot::{Marks, Plot, Role, Series};
use crate::visible;

/// The classes and the shape of one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// The CSS classes of colour and dashes.
    pub(super) class: &'static str,
    /// The shape of separate points.
    pub(super) shape: Shape,
}

/// The shape of a separate point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Square,
    Diamond,
    Triangle,
}

const RIVALS: [Look; 4] = [
    Look {
        class: "s rival-a",
        shape: Shape::Square,
    },
    Look {
        class: "s rival-b",
        shape: Shape::Diamond,
    },
    Look {
        class: "s rival-c",
        shape: Shape::Triangle,
    },
    Look {
        class: "s rival-d",
        shape: Shape::Circle,
    },
];

/// Returns how the series at `index` looks; rivals take turns, the other roles look the same everywhere.
pub(super) fn look(series: &[Series], index: usize) -> Look {
    let of = |class, shape| Look { class, shape };
    match series.get(index).map(|series| series.role) {
        Some(Role::Rival) => {
            let before = series.iter().take(index);
            let turn = before.filter(|series| series.role == Role::Rival).count();
            *RIVALS.get(turn % RIVALS.len()).unwrap_or(&RIVALS[0])
        }
        Some(Role::Benign) => of("s benign", Shape::Circle),
        Some(Role::Malicious) => of("s malicious", Shape::Triangle),
        Some(Role::Reference) => of("s reference", Shape::Diamond),
        Some(Role::Main) | None => of("s main", Shape::Circle),
    }
}

/// Lists the plot's series; empty for a single one without a name.
pub(crate) fn legend(plot: &Plot) -> Markup {
    html! {
        @if plot.series.iter().any(|series| !series.name.is_empty()) {
            ul class="legend" {
                @for (index, series) in plot.series.iter().enumerate() {
                    li {
                        (swatch(&series.marks, look(&plot.series, index)))
                        (visible::line(&series.name))
                    }
                }
            }
        }
    }
}

fn swatch(marks: &Marks, look: Look) -> Markup {
    html! {
        svg class="swatch" viewBox="0 0 28 12" aria-hidden="true" {
            g class=(look.class) {
                @match marks {
                    Marks::Line { points } => {
                        @if points.iter().any(|point| point.low.is_some() && point.high.is_some()) {
                            rect class="band" x="0" y="1" width="28" height="10" {}
                        }
                        path class="line" d="M1 6H27" {}
                    }
                    Marks::Step { .. } => path class="line" d="M1 9H14V3H27" {},
                    Marks::Points { .. } => (dot(look.shape, 14.0, 6.0, "")),
                    Marks::Bars { .. } => rect class="bar" x="4" y="1" width="20" height="11" {},
                    Marks::Band { .. } => rect class="band" x="0" y="1" width="28" height="10" {},
                    Marks::Histogram { .. } => {
                        rect class="fill" x="1" y="2" width="26" height="9" {}
                        path class="line" d="M1 2H27" {}
                    }
                }
            }
        }
    }
}

/// Draws a separate point, with `title` as its hover text if there is one.
pub(super) fn dot(shape: Shape, x: f64, y: f64, title: &str) -> Markup {
    let at = |dx: f64, dy: f64| format!("{} {}", super::place(x + dx), super::place(y + dy));
    let corners = match shape {
        Shape::Circle => {
            return html! {
                circle class="dot" cx=(super::place(x)) cy=(super::place(y)) r="4" {
                    @if !title.is_empty() { title { (title) } }
                }
            };
        }
        Shape::Square => [at(-3.5, -3.5), at(3.5, -3.5), at(3.5, 3.5), at(-3.5, 3.5)],
        Shape::Diamond => [at(0.0, -5.0), at(5.0, 0.0), at(0.0, 5.0), at(-5.0, 0.0)],
        Shape::Triangle => [at(0.0, -5.0), at(4.7, 3.5), at(-4.7, 3.5), at(0.0, -5.0)],
    };
    html! {
        path class="dot" d={ "M" (corners.join("L")) "Z" } {
            @if !title.is_empty() { title { (title) } }
        }
    }
}
