//! Labels as rows of files: what people fill in and programs hand over.
//!
//! ```text
//!   CSV, NDJSON, Parquet ──read──► Row (line, cells by name) ──► LabelEntry, or why not
//!   entries ──► NDJSON or CSV, whose rows read back as the same entries
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ringtrue_core::{Digest, EventId, EventTime, Label, LabelEntry, Method, TaskName};
use ringtrue_intake::source::{Expected, Format};
use ringtrue_store::StoredLabel;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Outcome};
use crate::files::{open, unreadable};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// One row of a file of labels.
pub(crate) struct Row {
    /// The line on which it starts, from 1.
    pub(crate) line: u64,
    /// Its cells that hold anything, by the name of their column.
    pub(crate) cells: BTreeMap<String, String>,
}

/// What holds where a row does not say it.
pub(crate) struct Usual {
    pub(crate) who: Option<String>,
    pub(crate) role: String,
    pub(crate) method: Method,
    pub(crate) evidence: String,
    pub(crate) now: EventTime,
    pub(crate) task: TaskName,
}

/// What a row comes to.
pub(crate) enum Answer {
    /// Nobody has filled it in.
    Empty,
    /// What somebody says of an event, and of those of its campaign that they confirm too.
    Said(Vec<LabelEntry>),
}

/// Columns that are read, or that `label queue`, `score` and `label export` write beside them.
const KNOWN: [&str; 36] = [
    "answer",
    "appended",
    "called",
    "campaign_size",
    "certainty",
    "currency",
    "entry",
    "event",
    "evidence",
    "expires",
    "history",
    "id",
    "known",
    "label",
    "method",
    "near",
    "neighbours",
    "note",
    "novelty",
    "other_rows",
    "others",
    "probability",
    "propensity",
    "reasons",
    "rest",
    "role",
    "row",
    "said",
    "score",
    "suspicion",
    "task",
    "task_digest",
    "text",
    "who",
    "why",
    "worth",
];

/// Reads the rows of a file; those that cannot be read are handed over with their reason. Names of columns count in any case;
/// those that nothing is read from are returned.
pub(crate) fn read(
    file: &Path,
    refused: &mut Vec<(u64, String)>,
    each: &mut dyn FnMut(Row),
) -> Outcome<BTreeSet<String>> {
    let mut source = open(file, Expected::Rows)?;
    let is_marked = is_marked(file);
    let (mut is_any, mut columns) = (false, BTreeSet::new());
    while let Some(batch) = source
        .next_batch()
        .map_err(|error| unreadable(file, &error))?
    {
        let names: Vec<String> = batch.columns.iter().map(|name| named(name)).collect();
        columns.extend(names.iter().cloned());
        is_any |= !batch.records.is_empty();
        refused.extend(batch.rejected.into_iter().map(|it| (it.line, it.reason)));
        for record in batch.records {
            let cells = names.iter().zip(record.values);
            let cells = cells.filter_map(|(name, value)| {
                let text = value.text()?;
                let text = if is_marked { unmarked(&text) } else { &*text };
                let text = text.trim();
                (!text.is_empty()).then(|| (name.clone(), text.to_owned()))
            });
            each(Row {
                line: record.line,
                cells: cells.collect(),
            });
        }
    }
    if is_any {
        check_columns(file, &columns)?;
    }
    columns.retain(|name| !KNOWN.contains(&name.as_str()));
    Ok(columns)
}

fn named(column: &str) -> String {
    column.trim().to_ascii_lowercase()
}

/// Refuses a file that cannot hold a label of any event.
fn check_columns(file: &Path, columns: &BTreeSet<String>) -> Outcome<()> {
    let has = |names: [&str; 2]| names.iter().any(|name| columns.contains(*name));
    let is_semicolons = columns.iter().any(|name| name.contains(';'));
    let refuse = |what: &str, hint: &str| {
        let hint = if is_semicolons {
            "its columns seem to be separated by `;`: save it with commas, or as `.tsv` with tabs"
        } else {
            hint
        };
        Err(Failure::new(format!("`{}` names no {what}", file.display())).hint(hint))
    };
    if !has(["id", "event"]) {
        return refuse(
            "events",
            "a file of labels has a column `id` with the ids that `label queue`, `score` and `label export` print",
        );
    }
    if !has(["label", "answer"]) {
        return refuse(
            "labels",
            "a file of labels has a column `label`: malicious, benign, unsure or withdrawn, empty where nobody has answered",
        );
    }
    Ok(())
}

/// Returns whether texts of a file carry the mark of [`csv_line`].
fn is_marked(file: &Path) -> bool {
    let format = Format::of_name(&file.to_string_lossy());
    !matches!(format, Some(Format::Json | Format::Parquet))
}

impl Row {
    fn cell(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .find_map(|name| self.cells.get(*name))
            .map(String::as_str)
    }

    /// Reads what the row says; an error says what is wrong with it.
    pub(crate) fn answer(&self, usual: &Usual) -> Result<Answer, String> {
        let word = self.cell(&["label", "answer"]);
        let Some(word) = word.map(str::to_ascii_lowercase) else {
            return Ok(Answer::Empty);
        };
        let label = if word == "withdrawn" {
            None
        } else {
            let label = Label::from_word(&word);
            Some(label.ok_or_else(|| {
                format!("not a label (malicious, benign, unsure, withdrawn): `{word}`")
            })?)
        };
        self.check_task(&usual.task)?;
        let who = self
            .cell(&["who"])
            .map(str::to_owned)
            .or_else(|| usual.who.clone());
        let text = |name: &str| self.cell(&[name]).unwrap_or_default().to_owned();
        let or = |name: &str, usual: &str| self.cell(&[name]).unwrap_or(usual).to_owned();
        let entry = LabelEntry {
            event: id(self.cell(&["id", "event"]).ok_or("no event is named")?)?,
            label,
            certainty: self.number("certainty")?.unwrap_or(1.0),
            who: who.ok_or("nobody is named who says so: add a column `who`, or `--who NAME`")?,
            role: or("role", &usual.role),
            evidence: or("evidence", &usual.evidence),
            note: text("note"),
            method: match self.cell(&["method"]) {
                Some(word) => word.parse()?,
                None => usual.method,
            },
            known: self.known(usual.now)?,
            expires: self.time("expires")?,
            task: usual.task.clone(),
        };
        entry.check().map_err(|error| error.to_string())?;
        let mut entries = vec![entry];
        for other in self.rest()? {
            let of_first = entries[0].clone();
            entries.push(LabelEntry {
                event: other,
                evidence: format!(
                    "nearly the same as {}; {}",
                    of_first.event, of_first.evidence
                ),
                ..of_first
            });
        }
        Ok(Answer::Said(entries))
    }

    /// Returns the other events of the campaign, if whoever filled the row in says that they are the same.
    fn rest(&self) -> Result<Vec<EventId>, String> {
        match self.cell(&["rest"]).map(str::to_ascii_lowercase).as_deref() {
            None | Some("no" | "false" | "0") => Ok(Vec::new()),
            Some("yes" | "true" | "1") => {
                let others = self.cell(&["others"]).unwrap_or_default();
                others.split_whitespace().map(id).collect()
            }
            Some(other) => Err(format!("`rest` is yes or no: `{other}`")),
        }
    }

    fn check_task(&self, task: &TaskName) -> Result<(), String> {
        match self.cell(&["task"]) {
            Some(name) if name != task.name => Err(format!(
                "it answers another task than `{}`: `{name}`",
                task.name
            )),
            _ => Ok(()),
        }
    }

    fn number(&self, name: &str) -> Result<Option<f64>, String> {
        let cell = self.cell(&[name]);
        let number = cell.map(|cell| {
            cell.parse()
                .map_err(|_| format!("`{name}` is no number: `{cell}`"))
        });
        number.transpose()
    }

    /// Returns since when it is known. Nobody knows it from tomorrow on; clocks and zones may differ by a day.
    fn known(&self, now: EventTime) -> Result<EventTime, String> {
        let Some(known) = self.time("known")? else {
            return Ok(now);
        };
        if known.0 > now.0.saturating_add(DAY) {
            return Err(format!("`known` is still to come: {known}"));
        }
        Ok(known)
    }

    fn time(&self, name: &str) -> Result<Option<EventTime>, String> {
        let time = self.cell(&[name]).map(EventTime::parse).transpose();
        let time = time.map_err(|error| format!("`{name}` is {error}"))?;
        Ok(time.map(|(time, _)| time))
    }
}

fn id(text: &str) -> Result<EventId, String> {
    text.to_ascii_lowercase()
        .parse()
        .map_err(|_| format!("not an event's id: `{text}`"))
}

/// The columns of an export, in order.
pub(crate) const COLUMNS: [&str; 13] = [
    "entry",
    "id",
    "label",
    "certainty",
    "who",
    "role",
    "evidence",
    "note",
    "method",
    "known",
    "expires",
    "appended",
    "task",
];

/// Returns a stored entry as a row: `task_digest` comes along for programs.
pub(crate) fn row(stored: &StoredLabel) -> Map<String, Value> {
    let entry = &stored.entry;
    let TaskName { name, meaning } = &entry.task;
    let meaning: &Digest = meaning;
    let cells = json!({
        "entry": stored.sequence,
        "id": entry.event,
        "label": entry.label.map_or("withdrawn", Label::word),
        "certainty": entry.certainty,
        "who": entry.who,
        "role": entry.role,
        "evidence": entry.evidence,
        "note": entry.note,
        "method": entry.method.word(),
        "known": entry.known.to_string(),
        "expires": entry.expires.map(|it| it.to_string()),
        "appended": stored.appended.to_string(),
        "task": name,
        "task_digest": meaning.to_string(),
    });
    match cells {
        Value::Object(cells) => cells,
        _ => Map::new(),
    }
}

/// The forms of a file of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Ndjson,
    Csv,
}

impl Form {
    /// Returns the form that a file's name asks for.
    pub(crate) fn of(file: &Path) -> Self {
        let is_csv = file
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("csv"));
        if is_csv { Self::Csv } else { Self::Ndjson }
    }
}

/// Writes rows; of a CSV file `columns` are the columns.
pub(crate) fn written(rows: &[Map<String, Value>], columns: &[&str], form: Form) -> String {
    match form {
        Form::Ndjson => rows
            .iter()
            .flat_map(|row| [Value::Object(row.clone()).to_string(), "\n".to_owned()])
            .collect(),
        Form::Csv => {
            let head = columns.iter().map(|it| (*it).to_owned()).collect();
            let cells = rows.iter().map(|row| {
                let cell = |name: &&str| row.get(*name).map_or_else(String::new, plain);
                columns.iter().map(cell).collect()
            });
            let lines: Vec<Vec<String>> = std::iter::once(head).chain(cells).collect();
            lines.iter().map(|line| csv_line(line)).collect()
        }
    }
}

/// Returns a value as a cell: texts as they are, lists with spaces between.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// The mark before a text that begins like a formula.
const MARK: char = '\'';

/// Returns whether a spreadsheet would run a text, or would but for its marks.
fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches(MARK);
    text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err()
}

/// Takes away what [`csv_line`] put before a text.
fn unmarked(text: &str) -> &str {
    let marked = text.strip_prefix(MARK);
    marked.filter(|rest| is_formula(rest)).unwrap_or(text)
}

/// Quotes what needs it. A spreadsheet would run a text that begins like a formula: it gets a mark of its own, which reading
/// takes away.
fn csv_line(cells: &[String]) -> String {
    let quoted = cells.iter().map(|cell| {
        let mark = if is_formula(cell) { "'" } else { "" };
        if mark.is_empty() && !cell.contains([',', '"', '\n', '\r']) {
            return cell.clone();
        }
        format!("\"{mark}{}\"", cell.replace('"', "\"\""))
    });
    let mut line = quoted.collect::<Vec<_>>().join(",");
    line.push('\n');
    line
}
