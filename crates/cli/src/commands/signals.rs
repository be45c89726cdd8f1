//! `ringtrue signals`: prints docs/signals.md from the declarations.

use std::fmt::Write as _;

use ringtrue_core::signal::{Movable, SignalDeclaration};

use crate::commands::print;
use crate::failure::{Exit, Outcome};

/// Runs the verb.
pub(crate) fn run() -> Outcome {
    print(&page())?;
    Ok(Exit::Done)
}

/// Returns the page.
fn page() -> String {
    let schema = ringtrue_intake::url::schema();
    let mut page = format!(
        "# Signals of URLs\n\nMade by `ringtrue signals` from the declarations beside the code; do not edit. Schema `{}`, {} signals, digest `{}`.\nWhat each theme is worth stands in [benchmarks](benchmarks.md).\n",
        schema.code,
        schema.signals.len(),
        schema.digest().short()
    );
    for theme in schema.themes() {
        // Writing to a string cannot fail.
        let _written = write!(
            page,
            "\n## {theme}\n\n| signal | because ... | unit | attacker | minutes a step |\n|---|---|---|---|--:|\n"
        );
        for signal in schema.signals.iter().filter(|signal| signal.theme == theme) {
            page.push_str(&row(signal));
        }
    }
    page
}

fn row(signal: &SignalDeclaration) -> String {
    let movable = match signal.attacker.movable {
        Movable::No => "cannot change it",
        Movable::Up => "can raise it",
        Movable::Down => "can lower it",
        Movable::Both => "can change it",
    };
    format!(
        "| `{}` | {} | {} | {movable} | {} |\n",
        signal.name, signal.meaning, signal.unit, signal.attacker.cost_minutes
    )
}
