//! `ringtrue privacy`: what personal data an input holds before it is ingested, and a new key for pseudonyms.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ringtrue_core::plural;
use ringtrue_intake::privacy::inspect::{Advice, ColumnReport, Inspector};
use ringtrue_store::StoreError;
use serde::Serialize;

use crate::args::{PrivacyCheck, RotateKey};
use crate::commands::ingest::{open, store_failure};
use crate::commands::{note, print, print_json};
use crate::failure::{Exit, Outcome};
use crate::files::expand;
use crate::input::read_records;
use crate::task_file;

/// The format of the JSON document.
const FORMAT: u32 = 1;

/// What was found, for programs.
#[derive(Serialize)]
struct Checked {
    format: u32,
    /// Rows that were looked at.
    rows: u64,
    /// Whether the task leaves personal data readable.
    unprotected: bool,
    columns: Vec<Column>,
    /// The lines of a task that would protect it.
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Column {
    #[serde(rename = "column")]
    name: String,
    /// Rows with a value.
    rows: u64,
    /// What the task does with it.
    rule: String,
    found: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    what: &'static str,
    rows: u64,
    /// Rows whose value is this and nothing else.
    whole: u64,
    protected: bool,
    /// Shapes only: `x` for a letter, `9` for a digit.
    examples: Vec<String>,
}

#[derive(Serialize)]
struct Line {
    section: &'static str,
    line: String,
}

/// Runs `ringtrue privacy check`.
pub(crate) fn check(arguments: &PrivacyCheck) -> Outcome {
    let files = expand(&arguments.files)?;
    let chosen = task_file::choose(&arguments.reading, &files)?;
    let mut inspector = Inspector::new(&chosen.task);
    for file in &files {
        let mut each = |columns: &[_], mapping: &_, record: &_| {
            inspector.see(columns, mapping, record);
        };
        read_records(file, &chosen.task, arguments.rows, &mut each)?;
    }
    let rows = inspector.rows;
    let reports = inspector.finish();
    let unprotected = reports.iter().any(|report| !report.unprotected.is_empty());
    let lines: BTreeSet<Advice> = reports
        .iter()
        .filter_map(|report| report.line.clone())
        .collect();
    if arguments.json {
        print_json(&Checked {
            format: FORMAT,
            rows,
            unprotected,
            columns: reports.iter().map(column).collect(),
            lines: lines
                .into_iter()
                .map(|Advice { section, line }| Line { section, line })
                .collect(),
        })?;
    } else {
        print(&text(rows, &reports, &lines))?;
    }
    Ok(if unprotected { Exit::No } else { Exit::Done })
}

fn column(report: &ColumnReport) -> Column {
    let found = report.found.iter().map(|(what, evidence)| Found {
        what: what.words(),
        rows: evidence.rows,
        whole: evidence.whole,
        protected: !report.unprotected.contains(what),
        examples: evidence.examples.clone(),
    });
    Column {
        name: report.column.to_string(),
        rows: report.rows,
        rule: report.rule.to_string(),
        found: found.collect(),
    }
}

/// Says it in words.
fn text(rows: u64, reports: &[ColumnReport], lines: &BTreeSet<Advice>) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let mut tell = |line: String| writeln!(text, "{line}").unwrap_or_default();
    tell(format!("{} looked at", plural(rows, "row", "rows")));
    for report in reports {
        tell(format!("\n{} ({})", report.column, report.rule));
        for (what, evidence) in &report.found {
            let state = if report.unprotected.contains(what) {
                "readable "
            } else {
                "protected"
            };
            tell(format!(
                "  {state}  {}: {} of {} rows, such as {}",
                what.words(),
                evidence.rows,
                report.rows,
                evidence.examples.join("  ")
            ));
        }
    }
    if reports.is_empty() {
        tell("no personal data was recognised, which is no proof that there is none".to_owned());
    }
    if !lines.is_empty() {
        tell("\nlines of a task.toml that would protect it:".to_owned());
        let mut section = "";
        for advice in lines {
            if advice.section != section {
                section = advice.section;
                tell(format!("\n[{section}]"));
            }
            tell(advice.line.clone());
        }
    }
    text
}

/// Runs `ringtrue privacy rotate-key`.
pub(crate) fn rotate(arguments: &RotateKey) -> Outcome {
    let mut store = open(&arguments.store)?;
    let failed = |error: StoreError| store_failure("the key stays as it was", &error);
    let (old, new) = store.rotate_key().map_err(failed)?;
    note(&format!(
        "the key is now `{new}`; `{old}` is kept as `keys/{old}.key` for what was made under it"
    ));
    Ok(Exit::Done)
}
