//! The document as GitHub-flavoured Markdown, for tickets and code reviews. No links, no HTML, no images.
//!
//! Words that look like addresses (`://`, `www.`, `@`) are set as code, so that no renderer turns them into links.

use ringtrue_core::plural;

use crate::block::Block;
use crate::document::{Document, Section};
use crate::estimate::{Figure, Form};
use crate::finding::{Finding, Remedy, by_urgency};
use crate::format;
use crate::plot::Plot;
use crate::table::{Cell, ColumnKind, Table};
use crate::text::{Span, Text};
use crate::visible;

/// Rows of a table that are written; JSON has all of them.
const ROWS_MAX: usize = 50;
/// Evidence longer than this is cut.
const EVIDENCE_LETTERS_MAX: usize = 160;

/// Renders the document as Markdown.
#[must_use]
pub fn render(document: &Document) -> String {
    let mut page = Page::default();
    page.line(&format!("# {}", plain(&document.title)));
    if !document.subtitle.is_empty() {
        page.paragraph(&plain(&document.subtitle));
    }
    let status = &document.status;
    page.paragraph(&format!(
        "**{}**: {}",
        status.outcome.word().to_uppercase(),
        plain(&status.text)
    ));
    page.figures(&document.headline);
    for section in &document.sections {
        page.section(section);
    }
    page.caveats(document);
    page.paragraph("## To repeat this");
    page.blank();
    for fact in &document.facts {
        page.line(&format!("- {}: {}", plain(&fact.name), code(&fact.value)));
    }
    page.line(&format!("- document format: {}", crate::document::FORMAT));
    page.0
}

/// The text written so far; every block starts with an empty line.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn blank(&mut self) {
        self.line("");
    }

    fn paragraph(&mut self, text: &str) {
        self.blank();
        self.line(text);
    }

    fn list(&mut self, items: &[Text]) {
        self.blank();
        for item in items {
            self.line(&format!("- {}", rich(item)));
        }
    }

    fn figures(&mut self, figures: &[Figure]) {
        self.blank();
        for figure in figures {
            let note = if figure.note.is_empty() {
                String::new()
            } else {
                format!(" – {}", plain(&figure.note))
            };
            self.line(&format!(
                "- {}: **{}**{note}",
                plain(&figure.label),
                plain(&format::figure(figure))
            ));
        }
    }

    fn section(&mut self, section: &Section) {
        let tag = section
            .reader
            .tag()
            .map_or_else(String::new, |tag| format!(" ({tag})"));
        self.paragraph(&format!("## {}{tag}", plain(&section.title)));
        for block in &section.blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph { text } => self.paragraph(&rich(text)),
            Block::Callout { severity, text } => {
                self.paragraph(&format!("> **{}**: {}", severity.word(), rich(text)));
            }
            Block::List { items } => self.list(items),
            Block::Figures { figures } => self.figures(figures),
            Block::Table(table) => self.table(table),
            Block::Plot(plot) => self.plot(plot),
            Block::Findings { findings } if findings.is_empty() => self.paragraph("No findings."),
            Block::Findings { findings } => {
                for finding in by_urgency(findings) {
                    self.finding(finding);
                }
            }
        }
    }

    fn plot(&mut self, plot: &Plot) {
        let names: Vec<String> = plot
            .series
            .iter()
            .map(|series| plain(&series.name))
            .collect();
        self.paragraph(&format!(
            "*Plot: {}.* {} Shows {} over {}: {}.",
            plain(&plot.title),
            plain(&plot.description),
            plain(&plot.y.label),
            plain(&plot.x.label),
            names.join(", ")
        ));
        if !plot.markers.is_empty() {
            let labels: Vec<String> = plot
                .markers
                .iter()
                .map(|marker| plain(&marker.label))
                .collect();
            self.line(&format!("Marked: {}.", labels.join(", ")));
        }
    }

    fn table(&mut self, table: &Table) {
        if !table.caption.is_empty() {
            self.paragraph(&format!("**{}**", plain(&table.caption)));
        }
        let titles: Vec<String> = table
            .columns
            .iter()
            .map(|column| plain(&column.title))
            .collect();
        let rules: Vec<&str> = table
            .columns
            .iter()
            .map(|column| match column.kind {
                ColumnKind::Figure(_) => "---:",
                ColumnKind::Text | ColumnKind::Code | ColumnKind::Digest => "---",
            })
            .collect();
        self.blank();
        self.line(&format!("| {} |", titles.join(" | ")));
        self.line(&format!("| {} |", rules.join(" | ")));
        for row in table.rows.iter().take(ROWS_MAX) {
            let cells: Vec<String> = table
                .columns
                .iter()
                .enumerate()
                .map(|(index, column)| cell(row.get(index).unwrap_or(&Cell::Empty), &column.kind))
                .collect();
            self.line(&format!("| {} |", cells.join(" | ")));
        }
        let left = table.rows.len().saturating_sub(ROWS_MAX);
        if left > 0 {
            self.paragraph(&format!(
                "{} in the JSON report.",
                plural(left, "more row", "more rows")
            ));
        }
        if !table.note.is_empty() {
            self.paragraph(&plain(&table.note));
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let owner = finding
            .owner
            .as_deref()
            .map_or_else(String::new, |owner| format!(" (for {})", plain(owner)));
        self.paragraph(&format!(
            "### {} {}: {}{owner}",
            finding.severity.word(),
            code(&finding.code),
            plain(&finding.title)
        ));
        if !finding.detail.is_empty() {
            self.paragraph(&rich(&finding.detail));
        }
        if !finding.figures.is_empty() {
            self.figures(&finding.figures);
        }
        if let Some(acceptance) = &finding.accepted {
            self.paragraph(&format!(
                "Accepted by {}, {}: {}",
                plain(&acceptance.by),
                plain(&acceptance.date),
                plain(&acceptance.reason)
            ));
        }
        if let Some(remedy) = &finding.remedy {
            self.remedy(remedy);
        }
        if let Some(evidence) = &finding.evidence {
            self.table(evidence);
        }
    }

    fn remedy(&mut self, remedy: &Remedy) {
        self.paragraph(&format!("Remedy: {}", rich(&remedy.advice)));
        if let Some(snippet) = &remedy.snippet {
            let (place, text) = snippet.parts();
            self.paragraph(&format!("{place}:"));
            self.blank();
            for line in visible::lines(text).lines() {
                self.line(&format!("    {line}"));
            }
        }
        if !remedy.misses.is_empty() {
            self.paragraph(&format!("It would miss: {}", rich(&remedy.misses)));
        }
    }

    fn caveats(&mut self, document: &Document) {
        self.paragraph("## Limits of this report");
        for (title, items, nothing) in document.caveats.lists() {
            self.paragraph(&format!("### {title}"));
            if items.is_empty() {
                self.paragraph(nothing);
            } else {
                self.list(items);
            }
        }
    }
}

fn cell(cell: &Cell, kind: &ColumnKind) -> String {
    match (cell, kind) {
        (Cell::Empty, _) => String::new(),
        (Cell::Text(text), ColumnKind::Code) => {
            let (kept, left) = visible::shorten(text, EVIDENCE_LETTERS_MAX);
            let more = plural(left, "more character", "more characters");
            let cut = if left > 0 {
                format!(" … {more}")
            } else {
                String::new()
            };
            format!("{}{cut}", code(&kept).replace('|', "\\|"))
        }
        (Cell::Text(text), ColumnKind::Digest) => {
            code(&visible::shorten(text, 12).0).replace('|', "\\|")
        }
        (Cell::Text(text), ColumnKind::Text | ColumnKind::Figure(_)) => plain(text),
        (Cell::Estimate(estimate), ColumnKind::Figure(form)) => {
            plain(&format::estimate(estimate, form).line())
        }
        (Cell::Estimate(estimate), _) => plain(&format::estimate(estimate, &Form::Number).line()),
    }
}

fn rich(text: &Text) -> String {
    text.0
        .iter()
        .map(|span| match span {
            Span::Plain(letters) => plain(letters),
            Span::Strong(letters) if letters.trim().is_empty() => plain(letters),
            Span::Strong(letters) => format!("**{}**", plain(letters)),
            Span::Code(letters) => code(letters),
        })
        .collect()
}

/// Escapes everything that Markdown could read as markup, and sets what looks like an address as code.
fn plain(text: &str) -> String {
    visible::line(text)
        .split(' ')
        .map(|word| {
            let lower = word.to_ascii_lowercase();
            if lower.contains("://") || lower.contains("www.") || word.contains('@') {
                code(word).replace('|', "\\|")
            } else {
                escaped(word)
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn escaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for (index, letter) in word.chars().enumerate() {
        match letter {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                text.push('\\');
                text.push(letter);
            }
            '-' | '+' | '=' if index == 0 && word.chars().count() == 1 => {
                text.push('\\');
                text.push(letter);
            }
            other => text.push(other),
        }
    }
    text
}

/// Sets text as code, fenced by more backticks than it holds in a row.
fn code(text: &str) -> String {
    let text = visible::line(text);
    if text.is_empty() {
        return String::new();
    }
    let longest = text
        .split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_markup_are_inert() {
        assert_eq!(
            plain("see http://a.example/?x=1|2 now"),
            "see `http://a.example/?x=1\\|2` now"
        );
        assert_eq!(plain("www.a.example @all"), "`www.a.example` `@all`");
        assert_eq!(
            plain("<b>*x*</b> [a](b)"),
            "&lt;b&gt;\\*x\\*&lt;/b&gt; \\[a\\](b)"
        );
        assert_eq!(plain("- item"), "\\- item");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
    }

    #[test]
    fn a_hostile_cell_stays_in_its_cell() {
        let text = Cell::from("http://a.example/|\n| x |");
        assert_eq!(
            cell(&text, &ColumnKind::Code),
            "`http://a.example/\\|\\n\\| x \\|`"
        );
    }
}
