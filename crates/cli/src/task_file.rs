//! Which task holds: the one in a file, or the assumed one.

use std::path::{Path, PathBuf};

use ringtrue_core::{Kind, Task};

use crate::args;
use crate::failure::{Failure, OrFail, Outcome};
use crate::input::sniff_kind;

/// A task and where it came from.
pub(crate) struct Chosen {
    pub(crate) task: Task,
    /// Its text; empty if it was assumed.
    pub(crate) text: String,
    /// What was assumed, in sentences.
    pub(crate) assumed: Vec<String>,
}

/// Reads a task file.
pub(crate) fn read(path: &Path) -> Outcome<(Task, String)> {
    let text = std::fs::read_to_string(path)
        .or_fail(|| format!("cannot read the task `{}`", path.display()))
        .map_err(|failure| failure.hint("write one with `ringtrue new NAME --kind url`"))?;
    match Task::parse(&text) {
        Ok(task) => Ok((task, text)),
        Err(error) => {
            let mut failure = Failure::new(format!("the task `{}` does not hold", path.display()));
            failure
                .causes
                .extend(error.problems.iter().map(ToString::to_string));
            match error
                .problems
                .iter()
                .find_map(|problem| problem.problem.hint())
            {
                Some(hint) => Err(failure.hint(hint)),
                None => Err(failure),
            }
        }
    }
}

/// Chooses the task for reading `files`.
pub(crate) fn choose(reading: &args::Reading, files: &[PathBuf]) -> Outcome<Chosen> {
    if let Some(path) = &reading.task {
        let (task, text) = read(path)?;
        if reading
            .kind
            .is_some_and(|kind| Kind::from(kind) != task.kind)
        {
            return Err(Failure::new(format!(
                "`--kind` differs from the task, which is of kind `{}`",
                task.kind
            ))
            .hint("leave `--kind` out: the task says it"));
        }
        let assumed = task.assumptions();
        return Ok(Chosen {
            task,
            text,
            assumed,
        });
    }
    let (kind, why) = match (reading.kind, files.first()) {
        (Some(kind), _) => (Kind::from(kind), None),
        (None, Some(file)) => {
            let kind = sniff_kind(file)?;
            (
                kind,
                Some(format!(
                    "the events are of kind `{kind}`, by the columns' names"
                )),
            )
        }
        (None, None) => return Err(Failure::new("no file is named")),
    };
    let task = Task::assumed(kind);
    let assumed = why.into_iter().chain(task.assumptions()).collect();
    Ok(Chosen {
        task,
        text: String::new(),
        assumed,
    })
}
