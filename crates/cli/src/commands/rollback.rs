//! `ringtrue detectors rollback` and `remove`: an alias goes back to what it stood for before, or a detector leaves the store, and
//! somebody answers for it.
//!
//! Going back needs no gate: what stood before passed its own, or somebody answered for it. It needs a name and a key.

use ringtrue_core::audit::{Alias, Aliases, Authority, Entry, Held, Move, Moved, Removal};
use ringtrue_store::Audit;
use serde_json::json;

use crate::args::{DetectorsRemove, DetectorsRollback};
use crate::commands::ingest::store_failure;
use crate::commands::{note, now, print_json};
use crate::failure::{Exit, Failure, Outcome};
use crate::label_store::existing;
use crate::registry::{Desk, Signer, from_store, of_digits, read_people, task_of};

/// Runs the verb.
pub(crate) fn run(arguments: &DetectorsRollback) -> Outcome {
    let now = now()?;
    let store = existing(&arguments.store)?;
    let people = read_people(arguments.by.people.as_deref())?;
    let signer = Signer::of(&arguments.by, people.as_ref(), now)?.ok_or_else(nobody)?;
    let alias = Alias::from(arguments.alias);
    let desk = Desk {
        store: &store,
        signer: Some(&signer),
    };
    let step = desk.write(|audit: &Audit, now| {
        let aliases = Aliases::of(&audit.entries);
        let task = task_of(&store, &aliases, arguments.task.as_deref(), alias)?;
        let before = before(&aliases, (&task, alias), arguments.to.as_deref())?;
        // What cannot be read cannot be gone back to.
        from_store(&store, before.detector)?;
        if let Some(until) = before.expired(now) {
            note(&format!(
                "warning: detector {} stood by an override that held until {until}",
                before.detector.short()
            ));
        }
        let step = Move {
            from: aliases.get(&task, alias).map(|held| held.detector),
            to: before.detector,
            task,
            alias,
        };
        let moved = Moved {
            step: step.clone(),
            by: Authority::Rollback {
                by: signer.person().name.clone(),
                reason: arguments.reason.clone(),
            },
            objections: Vec::new(),
            note: None,
        };
        Ok((vec![Entry::Moved(moved)], step))
    })?;
    note(&format!(
        "the {alias} of `{}` is {} again",
        step.task,
        step.to.short()
    ));
    if arguments.json {
        print_json(&step_data(&step))?;
    }
    Ok(Exit::Done)
}

/// Returns what is gone back to: the latest that stood before and is in the store, or the one whose id starts with these digits.
fn before<'a>(
    aliases: &'a Aliases,
    (task, alias): (&str, Alias),
    digits: Option<&str>,
) -> Outcome<&'a Held> {
    let stood = aliases.before(task, alias);
    let is_meant =
        |held: &&&Held| digits.is_none_or(|digits| held.detector.to_string().starts_with(digits));
    let is_there = |held: &&&Held| !aliases.is_gone(held.detector);
    let meant: Vec<&Held> = stood.iter().filter(is_meant).copied().collect();
    if let (Some(digits), [_, _, ..]) = (digits, meant.as_slice()) {
        let many = meant.len();
        return Err(Failure::new(format!(
            "{many} detectors that stood before the {alias} of `{task}` have ids that start with `{digits}`"
        ))
        .hint("give more digits"));
    }
    let Some(before) = meant.iter().find(is_there).copied() else {
        return Err(nothing(&meant, (task, alias), digits));
    };
    for gone in meant.iter().take_while(|held| !is_there(held)) {
        note(&format!(
            "detector {} stood before, and was taken out of the store: it is passed over",
            gone.detector.short()
        ));
    }
    Ok(before)
}

/// Says why there is nothing to go back to.
fn nothing(gone: &[&Held], (task, alias): (&str, Alias), digits: Option<&str>) -> Failure {
    let gone: Vec<String> = gone.iter().map(|held| held.detector.short()).collect();
    let what = match (gone.is_empty(), digits) {
        (true, None) => format!("nothing stood before the {alias} of `{task}`"),
        (true, Some(digits)) => {
            format!("no detector `{digits}` stood before the {alias} of `{task}`")
        }
        (false, _) => format!(
            "what stood before the {alias} of `{task}` was taken out of the store: {}",
            gone.join(", ")
        ),
    };
    Failure::new(what).hint(
        "`ringtrue detectors history --store DIR` lists what stood; `ringtrue detectors add FOLDER` adds one again",
    )
}

fn nobody() -> Failure {
    Failure::new("nobody answers for it").hint("name who does, with `--by NAME --key FILE`")
}

/// Runs `ringtrue detectors remove`. The entry is written first: what is on record as gone and still there goes the next time.
pub(crate) fn remove(arguments: &DetectorsRemove) -> Outcome {
    let now = now()?;
    let store = existing(&arguments.store)?;
    let people = read_people(arguments.by.people.as_deref())?;
    let signer = Signer::of(&arguments.by, people.as_ref(), now)?.ok_or_else(nobody)?;
    let id = of_digits(&store, &arguments.detector)?;
    let desk = Desk {
        store: &store,
        signer: Some(&signer),
    };
    desk.write(|audit: &Audit, _| {
        let aliases = Aliases::of(&audit.entries);
        let mut held = aliases.all().filter(|(_, _, held)| held.detector == id);
        if let Some((task, alias, _)) = held.next() {
            return Err(Failure::new(format!(
                "detector {} is the {alias} of `{task}`",
                id.short()
            ))
            .hint("promote another one first, or go back"));
        }
        let removal = Removal {
            detector: id,
            by: signer.person().name.clone(),
            reason: arguments.reason.clone(),
        };
        Ok((vec![Entry::Removed(removal)], ()))
    })?;
    store.remove_detector(&id).map_err(|error| {
        store_failure("the detector is on record as gone and still there", &error)
    })?;
    note(&format!(
        "detector {} left the store; backups and other copies are not reached",
        id.short()
    ));
    Ok(Exit::Done)
}

fn step_data(step: &Move) -> serde_json::Value {
    json!({ "format": 1, "task": step.task, "alias": step.alias, "from": step.from, "to": step.to })
}
