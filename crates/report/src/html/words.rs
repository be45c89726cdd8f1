//! Text and numbers as HTML: hidden characters visible, numbers with their intervals beside them.

use maud::{Markup, html};
use ringtrue_core::plural;

use crate::estimate::{Estimate, Figure, Form};
use crate::format;
use crate::text::{Span, Text};
use crate::visible::{Lines, Piece, pieces, shorten};

/// Evidence longer than this is cut on the page; JSON has all of it.
const EVIDENCE_LETTERS_MAX: usize = 240;

/// Writes text on one line.
pub(super) fn line(text: &str) -> Markup {
    written(text, Lines::One)
}

/// Writes a snippet with its line feeds.
pub(super) fn lines(text: &str) -> Markup {
    written(text, Lines::Many)
}

/// Writes evidence letter by letter, cut if it is very long.
pub(super) fn evidence(text: &str) -> Markup {
    let (kept, left) = shorten(text, EVIDENCE_LETTERS_MAX);
    html! {
        code { (line(&kept)) }
        @if left > 0 { span class="cut" { " … " (plural(left, "more character", "more characters")) } }
    }
}

/// Writes text with its emphasis.
pub(super) fn text(text: &Text) -> Markup {
    html! {
        @for span in &text.0 {
            @match span {
                Span::Plain(letters) => (line(letters)),
                Span::Strong(letters) => strong { (line(letters)) },
                Span::Code(letters) => code { (line(letters)) },
            }
        }
    }
}

/// Writes a number with its interval or the reason for its absence.
pub(super) fn estimate(estimate: &Estimate, form: &Form) -> Markup {
    let printed = format::estimate(estimate, form);
    html! {
        span class=(if is_known(estimate) { "value" } else { "value bounded" }) { (printed.main) }
        @if let Some(interval) = printed.interval { " " span class="interval" { (interval) } }
        @if let Some(reason) = printed.reason { " " span class="reason" { (line(&reason)) } }
    }
}

/// Writes labelled numbers side by side.
pub(super) fn figures(figures: &[Figure]) -> Markup {
    html! {
        dl class="figures" {
            @for figure in figures {
                div class="figure" {
                    dt { (line(&figure.label)) }
                    dd { (figure_value(figure)) }
                }
            }
        }
    }
}

fn figure_value(figure: &Figure) -> Markup {
    let printed = format::estimate(&figure.estimate, &figure.form);
    html! {
        span class=(if is_known(&figure.estimate) { "value" } else { "value bounded" }) { (printed.main) }
        @if !figure.unit.is_empty() { " " span class="unit" { (line(&figure.unit)) } }
        @if let Some(interval) = printed.interval { span class="interval" { "95 % interval " (interval) } }
        @if let Some(reason) = printed.reason { span class="reason" { (line(&reason)) } }
        @if !figure.note.is_empty() { span class="aside" { (line(&figure.note)) } }
    }
}

fn is_known(estimate: &Estimate) -> bool {
    estimate.value.is_some_and(f64::is_finite)
}

fn written(text: &str, lines: Lines) -> Markup {
    html! {
        @for piece in pieces(text, lines) {
            @match piece {
                Piece::Letters(letters) => (letters),
                Piece::Escape(escape) => span class="escape" title="hidden character" { (escape) },
            }
        }
    }
}
