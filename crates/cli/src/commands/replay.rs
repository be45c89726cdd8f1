//! `ringtrue replay`: the event of a logged verdict through its detector again.

use ringtrue_core::Digest;
use ringtrue_server::replay::{Replayed, find, nothing_left, replay};
use ringtrue_server::verdict::{Decision, VerdictId};
use serde::Serialize;

use crate::args::Replay;
use crate::commands::{print, print_json, serve};
use crate::detector_folder::{self, Loaded};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::registry::Named;

/// What is printed.
#[derive(Serialize)]
struct Told<'a> {
    verdict: VerdictId,
    time: String,
    decision: &'a Decision,
    #[serde(flatten)]
    replayed: &'a Replayed,
}

/// Runs the verb: 0 the same score, 1 another, 3 it cannot be told.
pub(crate) fn run(arguments: &Replay) -> Outcome {
    let cannot = || format!("cannot replay the verdict `{}`", arguments.verdict);
    let id: VerdictId = arguments.verdict.parse().or_fail(cannot)?;
    let log = serve::folder(arguments.log.as_deref(), arguments.store.as_deref())?;
    let (record, stored) = find(&log, id).or_fail(cannot)?;
    let replayed = match (nothing_left(&record), record.decision.detector) {
        (Some(nothing), _) => nothing,
        (None, None) => Replayed::NotScored,
        (None, Some(detector)) => replay(&record, &loaded(arguments, detector)?),
    };
    if arguments.json {
        print_json(&Told {
            verdict: id,
            time: stored.time.to_string(),
            decision: &record.decision,
            replayed: &replayed,
        })?;
    } else {
        print(&format!("{}: {}\n", id, sentence(&replayed)))?;
    }
    Ok(match replayed {
        Replayed::Same { .. } => Exit::Done,
        Replayed::Differs { .. } | Replayed::InputDamaged => Exit::No,
        Replayed::InputGone { .. } | Replayed::NotScored => Exit::CannotTell,
    })
}

/// Reads the detector that gave the verdict.
fn loaded(arguments: &Replay, wanted: Digest) -> Outcome<Loaded> {
    let (digits, store) = (wanted.to_string(), arguments.store.as_deref());
    let named = match (&arguments.detector, store) {
        (Some(name), _) => Named { name, store },
        (None, Some(_)) => Named {
            name: digits.as_ref(),
            store,
        },
        (None, None) => {
            return Err(Failure::new(format!(
                "the verdict is of the detector `{}`",
                wanted.short()
            ))
            .hint("name its folder with `--detector`, or a store that has it with `--store`"));
        }
    };
    let loaded = detector_folder::read(named, arguments.key.as_deref())?;
    if loaded.id == Some(wanted) {
        Ok(loaded)
    } else {
        Err(Failure::new(format!(
            "the verdict is of the detector `{}`, and this is another one",
            wanted.short()
        )))
    }
}

fn sentence(replayed: &Replayed) -> String {
    let number = |margin: &Option<f64>| margin.map_or("none".to_owned(), |it| it.to_string());
    match replayed {
        Replayed::Same { score, margin } => {
            format!(
                "the same score, bit for bit: {score} (margin {})",
                number(margin)
            )
        }
        Replayed::Differs { logged, now } => format!(
            "another score: the margin was {}, and is {} now",
            number(logged),
            number(now)
        ),
        Replayed::InputGone { since: None } => {
            "its event is gone: the log was told not to keep it".to_owned()
        }
        Replayed::InputGone { since: Some(time) } => format!(
            "its event is gone: it had been kept for long enough, and was taken out at {time}"
        ),
        Replayed::NotScored => "nobody scored it: the deadline had passed".to_owned(),
        Replayed::InputDamaged => "its event is not the one that was logged".to_owned(),
    }
}
