//! `ringtrue detectors add`, `list` and `history`: what a store holds, and what aliases stand and stood for.

use ringtrue_core::audit::{Alias, Aliases, Authority, Entry, Held, Origin};
use ringtrue_core::{Digest, EventTime};
use ringtrue_report::visible;
use ringtrue_store::{Audit, Store};
use serde_json::{Value, json};

use crate::args::{DetectorsAdd, DetectorsList};
use crate::commands::ingest::store_failure;
use crate::commands::{now, print, print_json};
use crate::failure::{Exit, Outcome};
use crate::label_store::existing;
use crate::registry::{Named, add as add_to, find, unreadable};

/// Runs `ringtrue detectors add`.
pub(crate) fn add(arguments: &DetectorsAdd) -> Outcome {
    let found = find(Named::from(&arguments.detector))?;
    let added = add_to(&arguments.store, &found.files, Origin::Folder)?;
    if arguments.json {
        print_json(&json!({ "detector": added.id, "task": added.task, "is_new": added.is_new }))?;
    } else {
        print(&format!("{}\n", added.id))?;
    }
    Ok(Exit::Done)
}

/// One detector of the list.
struct Listed {
    id: Digest,
    task: Option<String>,
    added: Option<(EventTime, Origin)>,
    aliases: Vec<Alias>,
}

/// Runs `ringtrue detectors list`.
pub(crate) fn list(arguments: &DetectorsList) -> Outcome {
    let store = existing(&arguments.store)?;
    let audit = store.audit().map_err(|error| unreadable(&store, &error))?;
    let mut listed = listed(&store, &audit)?;
    if let Some(task) = &arguments.task {
        listed.retain(|it| it.task.as_ref() == Some(task));
    }
    if arguments.json {
        let detectors: Vec<Value> = listed.iter().map(data).collect();
        print_json(&json!({ "format": 1, "detectors": detectors }))?;
    } else {
        let text: String = listed.iter().map(line).collect();
        print(&text)?;
    }
    Ok(Exit::Done)
}

/// Returns the detectors in the order of being added; those that the log does not know come last.
fn listed(store: &Store, audit: &Audit) -> Outcome<Vec<Listed>> {
    let aliases = Aliases::of(&audit.entries);
    let kept = store
        .detectors()
        .map_err(|error| store_failure("cannot list the detectors", &error))?;
    let mut listed: Vec<(u64, Listed)> = Vec::new();
    for id in kept {
        let mut known = audit
            .entries
            .iter()
            .filter_map(|it| match &it.payload.entry {
                Entry::Registered(entry) if entry.detector == id => Some((it, entry)),
                _ => None,
            });
        let first = known.next();
        let here = aliases.all().filter(|(_, _, held)| held.detector == id);
        let one = Listed {
            id,
            task: first.map(|(_, entry)| entry.task.clone()),
            added: first.map(|(it, entry)| (it.time, entry.origin)),
            aliases: here.map(|(_, alias, _)| alias).collect(),
        };
        listed.push((first.map_or(u64::MAX, |(it, _)| it.sequence), one));
    }
    listed.sort_by_key(|(number, one)| (*number, one.id));
    Ok(listed.into_iter().map(|(_, one)| one).collect())
}

const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Run => "run",
        Origin::Import => "import",
        Origin::Folder => "folder",
    }
}

fn words(aliases: &[Alias]) -> String {
    let words: Vec<&str> = aliases.iter().map(|alias| alias.word()).collect();
    words.join(", ")
}

fn data(listed: &Listed) -> Value {
    json!({
        "id": listed.id,
        "task": listed.task,
        "added": listed.added.map(|(time, _)| time.to_string()),
        "origin": listed.added.map(|(_, from)| origin(from)),
        "aliases": listed.aliases,
    })
}

fn line(listed: &Listed) -> String {
    let task = listed.task.as_deref().unwrap_or("not in the log");
    let added = listed
        .added
        .map(|(time, from)| format!("{time}  {}", origin(from)));
    format!(
        "{}  {}  {}  {}\n",
        listed.id.short(),
        visible::line(task),
        added.unwrap_or_default(),
        words(&listed.aliases)
    )
}

/// Runs `ringtrue detectors history`.
pub(crate) fn history(arguments: &DetectorsList) -> Outcome {
    let store = existing(&arguments.store)?;
    let audit = store.audit().map_err(|error| unreadable(&store, &error))?;
    let aliases = Aliases::of(&audit.entries);
    let now = now()?;
    let names: Vec<(String, Alias)> = aliases
        .all()
        .filter(|(task, _, _)| arguments.task.as_ref().is_none_or(|it| it == task))
        .map(|(task, alias, _)| (task.to_owned(), alias))
        .collect();
    let mut moves = Vec::new();
    for (task, alias) in &names {
        for held in aliases.history(task, *alias) {
            moves.push((task.as_str(), *alias, held));
        }
    }
    if arguments.json {
        let moves: Vec<Value> = moves.iter().map(|it| of_move(it, now)).collect();
        print_json(&json!({ "format": 1, "moves": moves }))?;
    } else {
        let text: String = moves.iter().map(|it| move_line(it, now)).collect();
        print(&text)?;
    }
    Ok(Exit::Done)
}

fn of_move((task, alias, held): &(&str, Alias, &Held), now: EventTime) -> Value {
    json!({
        "task": task,
        "alias": alias,
        "detector": held.detector,
        "since": held.time.to_string(),
        "entry": held.since,
        "by": held.by,
        "expired": held.expired(now).is_some(),
    })
}

fn move_line((task, alias, held): &(&str, Alias, &Held), now: EventTime) -> String {
    let by = match &held.by {
        Authority::Gate { report } => format!("gate {}", report.short()),
        Authority::Override {
            by, reason, until, ..
        } => {
            let state = held.expired(now).map_or("until", |_| "expired");
            format!("override by {by}, {state} {until}: {reason}")
        }
        Authority::Rollback { by, reason } => format!("rollback by {by}: {reason}"),
    };
    format!(
        "{}  {alias} of {}  {}  {}\n",
        held.time,
        visible::line(task),
        held.detector.short(),
        visible::line(&by)
    )
}
