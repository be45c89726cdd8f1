//! `ringtrue label import`: labels from a file into the label store of the events that it holds.

use std::collections::BTreeSet;
use std::path::Path;

use ringtrue_core::{EventId, LabelEntry, plural};
use ringtrue_label::decided::{Known, alike};
use ringtrue_report::visible;
use ringtrue_store::{Store, StoreError, StoredLabels};
use serde::Serialize;

use crate::args::LabelImport;
use crate::commands::ingest::store_failure;
use crate::commands::{note, now, print_json, serve};
use crate::failure::{Exit, Outcome};
use crate::label_rows::{self, Answer, Usual};
use crate::label_store;
use crate::progress::called;
use crate::verdict_log::decided;

/// What came of a file.
#[derive(Default, Serialize)]
struct Imported {
    /// Labels that were stored.
    stored: u64,
    /// Labels that the same somebody had given before.
    known: u64,
    /// How many of those they have replaced by something else since: they change nothing.
    outdated: u64,
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
        let unread = label_rows::read(file, &mut refused, &mut |row| match row.answer(&usual) {
            Ok(Answer::Empty) => imported.empty += 1,
            Ok(Answer::Said(entries)) => {
                let place = || (called(file), row.line);
                said.extend(entries.into_iter().map(|entry| (place(), entry)));
            }
            Err(reason) => wrong.push((row.line, reason)),
        })?;
        tell_unread(file, &unread);
        let all = refused.into_iter().chain(wrong);
        imported.refused.extend(all.map(|(line, reason)| Refused {
            file: called(file),
            line,
            reason,
        }));
    }
    let log = serve::folder(arguments.log.as_deref(), Some(&arguments.store))?;
    let entries = known_events((&store, &log), said, &mut imported)?;
    imported
        .refused
        .sort_by(|one, two| (&one.file, one.line).cmp(&(&two.file, two.line)));
    keep(&store, entries, &usual, &mut imported)?;
    tell(arguments, &imported)
}

/// Says which columns nothing is read from: one of them may be misspelt.
fn tell_unread(file: &Path, columns: &BTreeSet<String>) {
    if !columns.is_empty() {
        let columns: Vec<String> = columns.iter().map(|it| format!("`{it}`")).collect();
        let columns = visible::line(&columns.join(", "));
        note(&format!("{}: nothing is read from {columns}", called(file)));
    }
}

/// Warns of names that are one person's or two people's.
fn tell_alike(stored: &StoredLabels, entries: &[LabelEntry]) {
    let each = stored.entries.iter().map(|it| &it.entry).chain(entries);
    for (one, other) in alike(each.map(|entry| entry.who.as_str())) {
        note(&format!(
            "warning: `{}` and `{}` count as two who speak",
            visible::line(one),
            visible::line(other)
        ));
    }
}

/// Where an entry stood: file and line.
type Place = (String, u64);

/// Refuses what is said of events that neither the store nor the verdict log holds.
fn known_events(
    (store, log): (&Store, &Path),
    said: Vec<(Place, LabelEntry)>,
    imported: &mut Imported,
) -> Outcome<Vec<LabelEntry>> {
    let wanted: BTreeSet<EventId> = said.iter().map(|(_, entry)| entry.event).collect();
    let held = store.held(&wanted);
    let mut held = held.map_err(|error| store_failure("cannot read the events", &error))?;
    held.extend(decided(log, &wanted.difference(&held).copied().collect())?);
    let mut entries = Vec::new();
    for ((file, line), entry) in said {
        if held.contains(&entry.event) {
            entries.push(entry);
            continue;
        }
        imported.refused.push(Refused {
            file,
            line,
            reason: format!(
                "neither the store nor the verdict log holds an event `{}`",
                entry.event
            ),
        });
    }
    Ok(entries)
}

/// Appends what is new; a second import of a file adds nothing. If the program is killed meanwhile a first part of it may stand
/// there, and the same import then adds the rest.
fn keep(
    store: &Store,
    entries: Vec<LabelEntry>,
    usual: &Usual,
    imported: &mut Imported,
) -> Outcome<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let cannot = |error: StoreError| store_failure("cannot keep the labels", &error);
    let choose = |stored: &StoredLabels| {
        tell_alike(stored, &entries);
        let known = Known::of(stored.entries.iter().map(|it| &it.entry));
        known.fresh(entries, usual.now)
    };
    let (appended, sorted) = store.append_labels_by(usual.now, choose).map_err(cannot)?;
    label_store::tell_torn(appended.torn);
    (imported.known, imported.outdated) = sorted;
    imported.stored = appended.total - appended.first;
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
        if imported.outdated > 0 {
            let labels = plural(imported.outdated, "known label is", "known labels are");
            note(&format!(
                "  {labels} older than what the same person said since, and changed nothing: a row that states a later `known` says it anew"
            ));
        }
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
