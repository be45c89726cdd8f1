//! `ringtrue label import`: labels from a file into the label store of the events that it holds.

use std::collections::{BTreeMap, BTreeSet};

use ringtrue_core::{EventId, LabelEntry, plural};
use ringtrue_store::{Store, StoreError};
use serde::Serialize;

use crate::args::LabelImport;
use crate::commands::ingest::store_failure;
use crate::commands::{note, now, print_json};
use crate::decisions;
use crate::failure::{Exit, Outcome};
use crate::label_rows::{self, Answer, Usual};
use crate::label_store;
use crate::progress::called;

/// What came of a file.
#[derive(Default, Serialize)]
struct Imported {
    /// Labels that were stored.
    stored: u64,
    /// Labels that the same somebody had given before.
    known: u64,
    /// Rows that nobody has filled in.
    empty: u64,
    /// Rows that say nothing that can be kept, with the reason.
    refused: Vec<Refused>,
}

#[derive(Serialize)]
struct Refused {
    file: String,
    line: u64,
    reason: String,
}

/// Runs the verb. Rows that cannot be kept are told, the others are; the exit status is 1 if there are any.
pub(crate) fn run(arguments: &LabelImport) -> Outcome {
    let store = label_store::existing(&arguments.store)?;
    let task = label_store::task(&store, &arguments.reading)?;
    let usual = Usual {
        who: arguments.who.clone(),
        role: arguments.role.clone().unwrap_or_default(),
        method: arguments.method,
        evidence: arguments.evidence.clone().unwrap_or_default(),
        now: now()?,
        task: task.meaning(),
    };
    let mut imported = Imported::default();
    let mut said: Vec<(Place, LabelEntry)> = Vec::new();
    for file in &arguments.files {
        let mut refused = Vec::new();
        let mut wrong = Vec::new();
        label_rows::read(file, &mut refused, &mut |row| match row.answer(&usual) {
            Ok(Answer::Empty) => imported.empty += 1,
            Ok(Answer::Said(entries)) => {
                let place = || (called(file), row.line);
                said.extend(entries.into_iter().map(|entry| (place(), entry)));
            }
            Err(reason) => wrong.push((row.line, reason)),
        })?;
        let all = refused.into_iter().chain(wrong);
        imported.refused.extend(all.map(|(line, reason)| Refused {
            file: called(file),
            line,
            reason,
        }));
    }
    let entries = known_events(&store, said, &mut imported)?;
    imported
        .refused
        .sort_by(|one, two| (&one.file, one.line).cmp(&(&two.file, two.line)));
    keep(&store, entries, &usual, &mut imported)?;
    tell(arguments, &imported)
}

/// Where an entry stood: file and line.
type Place = (String, u64);

/// Refuses what is said of events that the store does not hold.
fn known_events(
    store: &Store,
    said: Vec<(Place, LabelEntry)>,
    imported: &mut Imported,
) -> Outcome<Vec<LabelEntry>> {
    let wanted: BTreeSet<EventId> = said.iter().map(|(_, entry)| entry.event).collect();
    let held = store.held(&wanted);
    let held = held.map_err(|error| store_failure("cannot read the events", &error))?;
    let mut entries = Vec::new();
    for ((file, line), entry) in said {
        if held.contains(&entry.event) {
            entries.push(entry);
            continue;
        }
        imported.refused.push(Refused {
            file,
            line,
            reason: format!("the store holds no event `{}`", entry.event),
        });
    }
    Ok(entries)
}

/// Appends what is new, in one step; a second import of a file adds nothing.
fn keep(
    store: &Store,
    entries: Vec<LabelEntry>,
    usual: &Usual,
    imported: &mut Imported,
) -> Outcome<()> {
    let stored = decisions::read(store)?;
    let mut latest: BTreeMap<(EventId, String), LabelEntry> = BTreeMap::new();
    let of = |entry: &LabelEntry| (entry.event, entry.who.trim().to_owned());
    for it in stored.entries {
        latest.insert(of(&it.entry), it.entry);
    }
    let mut fresh = Vec::new();
    for entry in entries {
        let before = latest.get(&of(&entry));
        // A time that the row does not state is the time of the import, which is another one each time.
        let is_known = before.is_some_and(|before| {
            before.repeats(&entry) && (before.known == entry.known || entry.known == usual.now)
        });
        if is_known {
            imported.known += 1;
            continue;
        }
        latest.insert(of(&entry), entry.clone());
        fresh.push(entry);
    }
    let cannot = |error: StoreError| store_failure("cannot keep the labels", &error);
    if !fresh.is_empty() {
        let appended = store.append_labels(&fresh, usual.now).map_err(cannot)?;
        label_store::tell_torn(appended.torn);
    }
    imported.stored = fresh.len() as u64;
    Ok(())
}

const SHOWN: usize = 10;

fn tell(arguments: &LabelImport, imported: &Imported) -> Outcome {
    if arguments.json {
        print_json(imported)?;
    } else {
        note(&format!(
            "{} stored, {} known already, {} not filled in, {} refused",
            plural(imported.stored, "label", "labels"),
            imported.known,
            plural(imported.empty, "row", "rows"),
            imported.refused.len()
        ));
        for Refused { file, line, reason } in imported.refused.iter().take(SHOWN) {
            note(&format!("  {file} line {line}: {reason}"));
        }
        let more = imported.refused.len().saturating_sub(SHOWN);
        if more > 0 {
            note(&format!("  and {more} more: `--json` lists them all"));
        }
    }
    let is_whole = imported.refused.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::No })
}
