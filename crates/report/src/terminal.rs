//! The document in at most thirty lines for a terminal: the answer, what it costs, what blocks, what nobody looked at.

use ringtrue_core::plural;

use crate::block::Block;
use crate::document::{Document, Outcome};
use crate::finding::{Finding, Severity, by_urgency};
use crate::format;
use crate::visible;

/// Lines that a summary never exceeds.
pub const LINES_MAX: usize = 30;
/// A longer line is cut; a terminal that wraps it would need more lines than promised.
const LETTERS_MAX: usize = 110;
const FIGURES_MAX: usize = 6;
const FINDINGS_MAX: usize = 8;
const CAVEATS_MAX: usize = 3;

/// Whether the terminal shows colours. Nothing is said by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI escape sequences.
    Ansi,
}

#[derive(Clone, Copy)]
enum Tone {
    Good,
    Bad,
    Careful,
    Strong,
    Faint,
}

/// Renders the summary, one line feed at the end of each line.
#[must_use]
pub fn render(document: &Document, colour: Colour) -> String {
    let mut lines = vec![paint(&cut(&document.title), Tone::Strong, colour)];
    lines.extend(status(document, colour));
    lines.extend(figures(document));
    lines.extend(findings(document, colour));
    lines.extend(caveats(document, colour));
    lines.truncate(LINES_MAX);
    lines.into_iter().map(|line| line + "\n").collect()
}

fn status(document: &Document, colour: Colour) -> Vec<String> {
    let status = &document.status;
    let word = status.outcome.word().to_uppercase();
    let tone = match status.outcome {
        Outcome::Fit => Tone::Good,
        Outcome::Unfit => Tone::Bad,
        Outcome::CannotTell => Tone::Careful,
        Outcome::Informs => Tone::Strong,
    };
    let mut lines = wrapped(&format!("{word}: {}", status.text));
    if let Some(first) = lines.first_mut() {
        *first = first.replacen(&word, &paint(&word, tone, colour), 1);
    }
    lines
}

fn figures(document: &Document) -> Vec<String> {
    let shown: Vec<_> = document.headline.iter().take(FIGURES_MAX).collect();
    let labels: Vec<String> = shown
        .iter()
        .map(|figure| visible::line(&figure.label))
        .collect();
    let width = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines = vec![String::new()];
    for (figure, label) in shown.iter().zip(&labels) {
        let note = if figure.note.is_empty() {
            String::new()
        } else {
            format!(", {}", figure.note)
        };
        lines.push(cut(&format!(
            "  {label:width$}  {}{note}",
            format::figure(figure)
        )));
    }
    lines
}

fn findings(document: &Document, colour: Colour) -> Vec<String> {
    let all: Vec<Finding> = document
        .sections
        .iter()
        .flat_map(|section| &section.blocks)
        .filter_map(|block| match block {
            Block::Findings { findings } => Some(findings.clone()),
            _ => None,
        })
        .flatten()
        .filter(|finding| finding.severity > Severity::Note && finding.accepted.is_none())
        .collect();
    if all.is_empty() {
        return vec![String::new(), "No open finding.".to_owned()];
    }
    let mut lines = vec![
        String::new(),
        format!("{}:", plural(all.len(), "open finding", "open findings")),
    ];
    for finding in by_urgency(&all).into_iter().take(FINDINGS_MAX) {
        let tone = if finding.blocks() {
            Tone::Bad
        } else {
            Tone::Careful
        };
        let word = format!("{:<11}", finding.severity.word());
        lines.push(format!(
            "  {} {}",
            paint(&word, tone, colour),
            cut(&format!("{} {}", finding.code, finding.title))
        ));
    }
    if all.len() > FINDINGS_MAX {
        lines.push(format!(
            "  and {} more in the report",
            all.len() - FINDINGS_MAX
        ));
    }
    lines
}

fn caveats(document: &Document, colour: Colour) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (title, items, nothing) in document.caveats.lists() {
        if items.is_empty() {
            lines.push(paint(nothing, Tone::Faint, colour));
            continue;
        }
        let shown: Vec<String> = items
            .iter()
            .take(CAVEATS_MAX)
            .map(|item| item.letters().trim_end_matches('.').to_owned())
            .collect();
        let left = items.len() - shown.len();
        let more = if left > 0 {
            format!("; and {left} more")
        } else {
            String::new()
        };
        lines.extend(wrapped(&format!("{title}: {}{more}.", shown.join("; "))));
    }
    lines
}

/// Wraps text at spaces into at most three lines, the later ones indented.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in visible::line(text).split(' ') {
        let is_full = lines
            .last()
            .is_some_and(|line| line.chars().count() + word.chars().count() >= LETTERS_MAX);
        if is_full {
            lines.push("   ".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    if lines.len() > 3 {
        lines.truncate(3);
        if let Some(line) = lines.last_mut() {
            line.push_str(" …");
        }
    }
    lines.iter().map(|line| cut(line)).collect()
}

/// Makes text safe to print, and cuts it at the line's end.
fn cut(text: &str) -> String {
    let (kept, left) = visible::shorten(&visible::line(text), LETTERS_MAX);
    if left > 0 { format!("{kept}…") } else { kept }
}

fn paint(text: &str, tone: Tone, colour: Colour) -> String {
    let code = match (colour, tone) {
        (Colour::Never, _) => return text.to_owned(),
        (Colour::Ansi, Tone::Good) => "1;32",
        (Colour::Ansi, Tone::Bad) => "1;31",
        (Colour::Ansi, Tone::Careful) => "33",
        (Colour::Ansi, Tone::Strong) => "1",
        (Colour::Ansi, Tone::Faint) => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
