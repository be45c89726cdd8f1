//! The blocks of a section; neighbouring plots become a grid of cards.

use maud::{Markup, html};

use crate::block::Block;
use crate::html::{findings, tables, words};
use crate::plot::Plot;
use crate::svg;

/// Writes the blocks of the section whose anchor is `anchor`.
pub(super) fn blocks(blocks: &[Block], anchor: &str) -> Markup {
    let numbered: Vec<(usize, &Block)> = blocks.iter().enumerate().collect();
    html! {
        @for run in numbered.chunk_by(|left, right| is_plot(left.1) && is_plot(right.1)) {
            @let parts = html! { @for (index, block) in run { (one(block, &format!("{anchor}-{}", index + 1))) } };
            @if run.iter().all(|(_, block)| is_plot(block)) {
                div class=(if run.len() == 1 { "plots one" } else { "plots" }) { (parts) }
            } @else { (parts) }
        }
    }
}

const fn is_plot(block: &Block) -> bool {
    matches!(block, Block::Plot(_))
}

fn one(block: &Block, id: &str) -> Markup {
    match block {
        Block::Paragraph { text } => html! { p class="prose" { (words::text(text)) } },
        Block::Callout { severity, text } => html! {
            div class={ "callout " (findings::class(*severity)) } { (findings::badge(*severity)) p { (words::text(text)) } }
        },
        Block::List { items } => {
            html! { ul class="prose" { @for item in items { li { (words::text(item)) } } } }
        }
        Block::Figures { figures } => words::figures(figures),
        Block::Table(table) => tables::table(table),
        Block::Plot(plot) => card(plot, id),
        Block::Findings { findings: found } => findings::findings(found),
    }
}

fn card(plot: &Plot, id: &str) -> Markup {
    let description_id = format!("{id}-text");
    html! {
        figure class="card" id=(id) {
            figcaption { (words::line(&plot.title)) }
            (svg::legend(plot))
            (svg::plot(plot, &description_id))
            p class="description" id=(description_id) { (words::line(&plot.description)) }
        }
    }
}
