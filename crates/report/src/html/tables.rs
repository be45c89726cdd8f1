//! Tables: numbers on the right, evidence letter by letter, long ones folded after their first rows.

use maud::{Markup, html};

use crate::estimate::Form;
use crate::format;
use crate::html::words;
use crate::table::{Cell, Column, ColumnKind, Table};
use crate::visible::shorten;

/// Rows shown before a table is unfolded.
const ROWS_SHOWN: usize = 10;
/// Digits of a digest that people compare.
const DIGEST_LETTERS: usize = 12;

/// Writes a table with its caption and note.
pub(super) fn table(table: &Table) -> Markup {
    let folded = table.rows.len() > ROWS_SHOWN + 2;
    let shown = if folded { ROWS_SHOWN } else { table.rows.len() };
    html! {
        figure class="table" {
            @if !table.caption.is_empty() { figcaption { (words::line(&table.caption)) } }
            div class="scroll" tabindex="0" {
                table {
                    thead { tr { @for column in &table.columns { th class=(class(column)) scope="col" { (words::line(&column.title)) } } } }
                    tbody { @for row in table.rows.iter().take(shown) { (line(row, &table.columns)) } }
                    @if folded {
                        tbody class="rest" { @for row in table.rows.iter().skip(shown) { (line(row, &table.columns)) } }
                    }
                }
            }
            @if folded {
                details class="unfold" {
                    summary {
                        span class="more" { "Show all " (format::count(table.rows.len() as f64)) " rows" }
                        span class="less" { "Show the first " (ROWS_SHOWN) " rows only" }
                    }
                }
            }
            @if table.rows.is_empty() { p class="empty" { "No rows." } }
            @if !table.note.is_empty() { p class="note" { (words::line(&table.note)) } }
        }
    }
}

fn line(row: &[Cell], columns: &[Column]) -> Markup {
    html! {
        tr {
            @for (index, column) in columns.iter().enumerate() {
                td class=(class(column)) { (cell(row.get(index).unwrap_or(&Cell::Empty), &column.kind)) }
            }
        }
    }
}

fn cell(cell: &Cell, kind: &ColumnKind) -> Markup {
    match (cell, kind) {
        (Cell::Empty, _) => html! {},
        (Cell::Text(text), ColumnKind::Code) => words::evidence(text),
        (Cell::Text(text), ColumnKind::Digest) => html! {
            code title=(crate::visible::line(text)) { (words::line(&shorten(text, DIGEST_LETTERS).0)) }
        },
        (Cell::Text(text), ColumnKind::Text | ColumnKind::Figure(_)) => words::line(text),
        (Cell::Estimate(estimate), ColumnKind::Figure(form)) => words::estimate(estimate, form),
        (Cell::Estimate(estimate), _) => words::estimate(estimate, &Form::Number),
    }
}

const fn class(column: &Column) -> &'static str {
    match column.kind {
        ColumnKind::Text => "words",
        ColumnKind::Code => "evidence",
        ColumnKind::Digest => "digest",
        ColumnKind::Figure(_) => "number",
    }
}
