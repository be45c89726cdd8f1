//! Who attacks, and what it costs them to change a column.
//!
//! ```text
//!   [attacker], [[attacker.columns]] ──read_attacker──► Attacker ──view──► AttackerView of a column's signals
//! ```
//!
//! What ringtrue computes of URLs, mails and commands declares the attacker's view with the code. Of a table only its owner knows,
//! so it stands in the task. A column that is not listed beside others that are is one that the attacker cannot change.

use serde::{Deserialize, Serialize};

use super::content::Columns;
use super::names::same_name;
use super::private::is_column;
use super::problem::Problem;
use super::reader::{Range, Reader, Table};
use crate::event::Kind;
use crate::signal::{AttackerView, Movable};

/// Who attacks, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Attacker {
    /// What they want.
    pub goals: Vec<String>,
    /// What of an event they can change.
    pub can_change: Vec<String>,
    /// What this task does not defend against.
    pub out_of_scope: Vec<String>,
    /// What it costs them to change columns, in the order given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnChange>,
}

/// What it costs an attacker to change one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnChange {
    /// The column, as the input or a derived column calls it.
    pub column: String,
    /// Which way it can be moved.
    pub moves: Movable,
    /// It moves in multiples of this, in its own unit; 0 if it moves freely.
    pub step: f64,
    /// Minutes of the attacker's work for one step, or for a change by 1 if it moves freely; 0 or more.
    pub minutes: f64,
    /// Columns whose change is the same work.
    pub together: Vec<String>,
}

impl ColumnChange {
    /// Says it in a sentence without its end.
    #[must_use]
    pub fn in_words(&self) -> String {
        let way = match self.moves {
            Movable::No => return format!("`{}` not at all", self.column),
            Movable::Up => "upwards only, ",
            Movable::Down => "downwards only, ",
            Movable::Both => "",
        };
        let of = if self.step > 0.0 {
            format!("a step of {}", self.step)
        } else {
            "a change by 1".to_owned()
        };
        format!("`{}` {way}{} minutes {of}", self.column, self.minutes)
    }
}

impl Attacker {
    /// Returns what the attacker can do to the signals of a column; `None` if the task says nothing of any column.
    #[must_use]
    pub fn view(&self, column: &str) -> Option<AttackerView> {
        if self.columns.is_empty() {
            return None;
        }
        let mut listed = self.columns.iter();
        let stated = listed.find(|it| same_name(&it.column, column));
        Some(stated.map_or_else(AttackerView::fixed, |it| AttackerView {
            movable: it.moves,
            step: it.step,
            cost_minutes: it.minutes,
            together: it.together.clone(),
        }))
    }
}

/// What the task says elsewhere that a listed column must fit.
pub(super) struct Around<'a> {
    pub(super) kind: Kind,
    pub(super) columns: &'a Columns,
    pub(super) derived: &'a [(String, String)],
}

pub(super) fn read_attacker<'t>(
    reader: &mut Reader<'t>,
    root: &Table<'t>,
    around: &Around<'_>,
) -> Attacker {
    let section = reader.section(root, "attacker");
    let mut listed: Vec<(usize, Table<'t>, ColumnChange)> = Vec::new();
    for (offset, table) in reader.sections(&section, "columns") {
        let Some(change) = read_change(reader, offset, &table) else {
            continue;
        };
        let before = listed.iter().map(|(_, _, before)| before);
        if let Some(reason) = objection(&change, before, around) {
            let key = table.key("column");
            reader.tell(offset, Problem::Conflict { key, reason });
        }
        listed.push((offset, table, change));
    }
    for (offset, table, change) in &listed {
        let is_listed = |name: &String| listed.iter().any(|it| same_name(&it.2.column, name));
        if let Some(unknown) = change.together.iter().find(|name| !is_listed(name)) {
            let problem = Problem::Conflict {
                key: table.key("together"),
                reason: format!("names a column that is not listed itself: `{unknown}`"),
            };
            reader.tell(*offset, problem);
        }
    }
    Attacker {
        goals: reader.texts(&section, "goals"),
        can_change: reader.texts(&section, "can_change"),
        out_of_scope: reader.texts(&section, "out_of_scope"),
        columns: listed.into_iter().map(|(_, _, change)| change).collect(),
    }
}

fn read_change<'t>(
    reader: &mut Reader<'t>,
    offset: usize,
    table: &Table<'t>,
) -> Option<ColumnChange> {
    let words = [
        ("no", Movable::No),
        ("up", Movable::Up),
        ("down", Movable::Down),
        ("both", Movable::Both),
    ];
    let moves = table
        .get("moves")
        .and_then(|entry| reader.word(&entry, &words));
    let moves = moves.unwrap_or(Movable::Both);
    let minutes = reader.number(table, "minutes", Range::NotNegative);
    let lacking = [
        ("column", table.get("column").is_none()),
        (
            "minutes",
            moves != Movable::No && table.get("minutes").is_none(),
        ),
    ];
    for (key, _) in lacking.into_iter().filter(|(_, lacks)| *lacks) {
        let problem = Problem::Conflict {
            key: table.path.clone(),
            reason: format!(
                "lacks `{key}`: what can be changed says which column, and at what cost"
            ),
        };
        reader.tell(offset, problem);
    }
    Some(ColumnChange {
        column: reader.name(table, "column")?,
        moves,
        step: reader.number(table, "step", Range::Positive).unwrap_or(0.0),
        minutes: minutes.unwrap_or(0.0),
        together: reader.texts(table, "together"),
    })
}

/// Returns why a column cannot be listed.
fn objection<'a>(
    change: &ColumnChange,
    mut before: impl Iterator<Item = &'a ColumnChange>,
    around: &Around<'_>,
) -> Option<String> {
    let name = change.column.as_str();
    let is_it = |other: &String| same_name(other, name);
    if before.any(|it| is_it(&it.column)) {
        return Some(format!("is listed twice: `{name}`"));
    }
    let Around {
        kind,
        columns,
        derived,
    } = around;
    if derived.iter().any(|(derived, _)| is_it(derived)) {
        return None;
    }
    if *kind != Kind::Table {
        return Some(format!(
            "is no derived column, and what is computed of a {} declares its cost itself: `{name}`",
            kind.noun()
        ));
    }
    if is_column(columns.label.as_ref(), name) || columns.drop.iter().any(is_it) {
        return Some(format!("is a column that no signal sees: `{name}`"));
    }
    None
}
