//! The steps that are verbs of their own: `run` and `gate`, each as a person would call it, in a process of its own.
//!
//! What a step prints is kept beside what it made.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use super::written::{CUTOFF, LATER, PAST, WEIGHTS};
use crate::args::Turn;
use crate::failure::{Exit, Failure, OrFail, Outcome};

/// Vets, trains, tries and attacks a challenger in the folder `into` of a turn; `task` is the text of the champion's task, or the kind of its events.
pub(crate) fn train(
    arguments: &Turn,
    (turn, into): (&Path, &Path),
    task: Result<&str, &str>,
) -> Outcome<Exit> {
    let cutoff = turn.join(CUTOFF);
    let cutoff =
        fs::read_to_string(&cutoff).or_fail(|| format!("cannot read `{}`", cutoff.display()))?;
    let mut command = ringtrue()?;
    command.arg("run");
    match task {
        Ok(text) => {
            let path = turn.join("task.toml");
            fs::write(&path, text).or_fail(|| format!("cannot write `{}`", path.display()))?;
            command.arg("--task").arg(path);
        }
        Err(kind) => {
            command.args(["--kind", kind]);
        }
    }
    command
        .args(["--json", "--train-before", cutoff.trim()])
        .args(["--seed", &arguments.seed.to_string()])
        .arg("--weights")
        .arg(turn.join(WEIGHTS))
        .arg("--store")
        .arg(&arguments.store)
        .arg("--out")
        .arg(turn.join(into))
        .arg(turn.join(PAST));
    if let Some(threads) = arguments.threads {
        command.args(["--threads", &threads.to_string()]);
    }
    told(command, &turn.join(into))
}

/// Asks the gate about the challenger in the folder `challenger` of a turn; the answer is in the folder `into`.
pub(crate) fn gate(
    arguments: &Turn,
    (turn, into): (&Path, &Path),
    challenger: &Path,
) -> Outcome<Exit> {
    let mut command = ringtrue()?;
    command
        .args(["gate", "--json"])
        .arg(turn.join(challenger))
        .arg("--against")
        .arg(&arguments.against)
        .arg("--store")
        .arg(&arguments.store)
        .args(["--seed", &arguments.seed.to_string()])
        .arg("--out")
        .arg(turn.join(into))
        .arg("--on")
        .arg(turn.join(LATER));
    told(command, &turn.join(into))
}

/// Returns a call of this very program.
fn ringtrue() -> Outcome<Command> {
    let program = std::env::current_exe().or_fail(|| "cannot find this program".to_owned())?;
    Ok(Command::new(program))
}

/// Runs a step, keeps what it prints, and returns what its exit status says. A step that could not run is a failure with its own words.
fn told(mut command: Command, into: &Path) -> Outcome<Exit> {
    let cannot = || format!("cannot run a step into `{}`", into.display());
    fs::create_dir_all(into).or_fail(cannot)?;
    let (out, err) = (into.join("printed.json"), into.join("printed.txt"));
    command.stdout(File::create(out).or_fail(cannot)?);
    command.stderr(File::create(&err).or_fail(cannot)?);
    let status = command.status().or_fail(cannot)?;
    match status.code() {
        Some(0) => Ok(Exit::Done),
        Some(1) => Ok(Exit::No),
        Some(3) => Ok(Exit::CannotTell),
        _ => {
            let text = fs::read_to_string(&err).unwrap_or_default();
            let mut failure = Failure::new(format!("a step of the turn failed: {status}"));
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            let last: Vec<&str> = lines.collect();
            let from = last.len().saturating_sub(6);
            failure
                .causes
                .extend(last[from..].iter().map(|line| (*line).to_owned()));
            Err(failure.hint(format!(
                "all that it said is in `{}`; the next call tries it again",
                err.display()
            )))
        }
    }
}
