//! `ringtrue detectors rollback`: an alias goes back to what it stood for before, and somebody answers for it.
//!
//! Going back needs no gate: what stood before passed its own, or somebody answered for it. It needs a name and a key.

use ringtrue_core::audit::{Alias, Aliases, Authority, Entry, Move, Moved};
use ringtrue_store::Audit;
use serde_json::json;

use crate::args::DetectorsRollback;
use crate::commands::{note, now, print_json};
use crate::failure::{Exit, Failure, Outcome};
use crate::label_store::existing;
use crate::registry::{Desk, Signer, from_store, read_people, task_of};

/// Runs the verb.
pub(crate) fn run(arguments: &DetectorsRollback) -> Outcome {
    let now = now()?;
    let store = existing(&arguments.store)?;
    let people = read_people(arguments.by.people.as_deref())?;
    let Some(signer) = Signer::of(&arguments.by, people.as_ref(), now)? else {
        return Err(Failure::new("nobody answers for going back")
            .hint("name who does, with `--by NAME --key FILE`"));
    };
    let alias = Alias::from(arguments.alias);
    let desk = Desk {
        store: &store,
        signer: Some(&signer),
        now,
    };
    let step = desk.write(|audit: &Audit| {
        let aliases = Aliases::of(&audit.entries);
        let task = task_of(&store, &aliases, arguments.task.as_deref(), alias)?;
        let before = aliases.before(&task, alias).ok_or_else(|| {
            Failure::new(format!("nothing stood before the {alias} of `{task}`"))
                .hint("`ringtrue detectors history --store DIR` lists what did")
        })?;
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

fn step_data(step: &Move) -> serde_json::Value {
    json!({ "format": 1, "task": step.task, "alias": step.alias, "from": step.from, "to": step.to })
}
