//! `ringtrue retrain`: gathers what is known by now, and trains, tries and gates a challenger that waits for its signatures.

use std::path::Path;

use serde::Serialize;

use crate::args::{Retrain, RetrainVerb, Turn};
use crate::commands::{now, print, print_json, retrain_plan, serve};
use crate::detector_folder::{self, Loaded};
use crate::failure::{Exit, Failure, Outcome};
use crate::label_store::existing;
use crate::registry::Named;
use crate::retraining::{
    Answer, Gathering, State, Step, Turns, check_privacy, gate, gather, is_due, train,
};

/// What is printed.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    state: &'a State,
    folder: &'a Path,
    /// What is left for people to do.
    then: Vec<String>,
}

/// Runs the verb.
pub(crate) fn run(arguments: &Retrain) -> Outcome {
    match (&arguments.verb, &arguments.turn) {
        (Some(RetrainVerb::Plan(plan)), _) => retrain_plan::run(plan),
        (None, Some(turn)) => run_turn(turn),
        (None, None) => Err(Failure::new("a turn needs a store and a folder").hint(
            "name them with `--store STORE --out OUT`, or ask `--plan` how often to retrain",
        )),
    }
}

/// Runs a turn: 0 a challenger waits for its signatures, 1 the gate or vetting refused it, 3 the events cannot tell, nothing changed, or it is not due.
fn run_turn(arguments: &Turn) -> Outcome {
    let turns = Turns::hold(&arguments.out)?;
    let champion = champion(arguments)?;
    check_privacy(&champion.task)?;
    let last = turns.last()?;
    let now = match arguments.as_of {
        Some(time) => time,
        None => now()?,
    };
    let mut state = match last {
        Some(state) if state.next != Step::Done => state,
        last => {
            let before = last.as_ref().map(|last| last.as_of);
            if arguments.if_due && !is_due(before, every(arguments, &champion)?, now) {
                let when = before.map_or(String::new(), |it| it.to_string());
                return not_due(arguments, &when);
            }
            turns.begin(last.as_ref(), now)?
        }
    };
    while state.next != Step::Done {
        step(arguments, &turns, &champion, &mut state)?;
        turns.keep(&state)?;
    }
    tell(arguments, &turns, &state)?;
    Ok(state.answer.map_or(Exit::CannotTell, Answer::exit))
}

/// Does the next step, and says in the state what came of it.
fn step(arguments: &Turn, turns: &Turns, champion: &Loaded, state: &mut State) -> Outcome<()> {
    let folder = turns.folder(state.turn);
    let end = |state: &mut State, answer: Answer| {
        state.answer = Some(answer);
        state.next = Step::Done;
    };
    match state.next {
        Step::Gather => {
            let store = existing(&arguments.store)?;
            let gathering = Gathering {
                store: &store,
                log: &serve::folder(arguments.log.as_deref(), Some(&arguments.store))?,
                task: &champion.task,
                as_of: state.as_of,
                window_days: i64::from(arguments.window),
                floor: arguments.floor as usize,
                last: state.after,
            };
            state.gathered = Some(gather(&gathering, &folder)?);
            state.next = Step::Train;
        }
        Step::Train => {
            let into = turns.attempt(state, "run")?;
            let text = champion.detector.task.as_str();
            let task = if text.is_empty() {
                Err(champion.task.kind.word())
            } else {
                Ok(text)
            };
            let exit = train(arguments, (&folder, &into), task)?;
            let challenger = into.join("detector");
            let is_champion = || -> Outcome<bool> {
                let trained = detector_folder::read(&folder.join(&challenger), None)?;
                Ok(trained.id.is_some() && trained.id == champion.id)
            };
            match exit {
                Exit::Done if is_champion()? => end(state, Answer::Unchanged),
                Exit::Done => state.next = Step::Gate,
                Exit::No => end(state, Answer::Unfit),
                Exit::CannotTell | Exit::CouldNotRun => end(state, Answer::CannotTell),
            }
            state.challenger = Some(challenger);
        }
        Step::Gate => {
            let into = turns.attempt(state, "gate")?;
            let challenger = state.challenger.clone().unwrap_or_default();
            let exit = gate(arguments, (&folder, &into), &challenger)?;
            let answer = match exit {
                Exit::Done => Answer::Proposed,
                Exit::No => Answer::Refused,
                Exit::CannotTell | Exit::CouldNotRun => Answer::CannotTell,
            };
            end(state, answer);
        }
        Step::Done => {}
    }
    Ok(())
}

/// Reads the detector in use.
fn champion(arguments: &Turn) -> Outcome<Loaded> {
    let named = Named {
        name: &arguments.against,
        store: Some(&arguments.store),
    };
    detector_folder::read(named, None).map_err(|failure| {
        failure.hint("a challenger is compared with what decides today: promote a first champion, or name it with `--against`")
    })
}

/// Returns the days between turns.
fn every(arguments: &Turn, champion: &Loaded) -> Outcome<f64> {
    let stated = arguments.every.or(champion.task.retraining.cadence_days);
    stated.filter(|days| *days > 0.0).ok_or_else(|| {
        Failure::new("nobody says how often a detector is trained again")
            .hint("state `retraining.cadence_days` in the task, or `--every DAYS`")
    })
}

fn not_due(arguments: &Turn, when: &str) -> Outcome {
    if arguments.json {
        print_json(&serde_json::json!({ "due": false, "last": when }))?;
    } else {
        print(&format!("not due: the last turn began {when}\n"))?;
    }
    Ok(Exit::CannotTell)
}

fn tell(arguments: &Turn, turns: &Turns, state: &State) -> Outcome<()> {
    let folder = turns.folder(state.turn);
    let challenger = state.challenger.as_ref().map(|it| folder.join(it));
    let challenger = challenger.map_or(String::new(), |it| it.display().to_string());
    let store = arguments.store.display();
    let then = match state.answer {
        Some(Answer::Proposed) => vec![
            format!(
                "ringtrue sign --as NAME --key FILE --store {store} gate={challenger}/gate.json card={challenger}"
            ),
            format!("ringtrue promote {challenger} --store {store}"),
        ],
        _ => Vec::new(),
    };
    if arguments.json {
        return print_json(&Told {
            state,
            folder: &folder,
            then,
        });
    }
    let answer = match state.answer {
        Some(Answer::Proposed) => "a challenger passed the gate and waits for its signatures",
        Some(Answer::Unchanged) => "what was trained is the detector in use",
        Some(Answer::Unfit) => "vetting found what blocks, or nothing was recommended",
        Some(Answer::Refused) => "the gate refused the challenger",
        Some(Answer::CannotTell) | None => "the events cannot tell",
    };
    let mut lines = vec![format!(
        "turn {} as of {}: {answer}",
        state.turn, state.as_of
    )];
    if let Some(counts) = &state.gathered {
        let counted = serde_json::to_value(counts).unwrap_or_default();
        for (name, count) in counted.as_object().into_iter().flatten() {
            lines.push(format!("  {:<18} {count}", name.replace('_', " ")));
        }
    }
    lines.push(format!("all of it: {}", folder.display()));
    lines.extend(then.into_iter().map(|line| format!("then: {line}")));
    print(&(lines.join("\n") + "\n"))
}
