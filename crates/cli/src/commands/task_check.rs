//! `ringtrue task check`: explains a task in plain words, and says what is still undefined.

use serde::Serialize;

use crate::args::TaskCheck;
use crate::commands::{print, print_json};
use crate::failure::{Exit, Outcome};
use crate::task_file;

#[derive(Serialize)]
struct Checked {
    digest: ringtrue_core::Digest,
    explanation: ringtrue_core::task::Explanation,
    undefined: Vec<ringtrue_core::task::Undefined>,
    assumed: Vec<String>,
}

/// Runs the verb: exit status 1 while something is undefined without which a task cannot work.
pub(crate) fn run(arguments: &TaskCheck) -> Outcome {
    let (task, _) = task_file::read(&arguments.task)?;
    let checked = Checked {
        digest: task.digest(),
        explanation: task.explain(),
        undefined: task.undefined(),
        assumed: task.assumptions(),
    };
    let is_blocked = checked.undefined.iter().any(|entry| entry.blocking);
    if arguments.json {
        print_json(&checked)?;
    } else {
        print(&checked.explanation.to_string())?;
        for sentence in &checked.assumed {
            print(&format!("assumed: {sentence}\n"))?;
        }
        for entry in &checked.undefined {
            let weight = if entry.blocking {
                "undefined, and needed"
            } else {
                "undefined"
            };
            print(&format!("{weight}: `{}`: {}\n", entry.key, entry.meaning))?;
        }
    }
    Ok(if is_blocked { Exit::No } else { Exit::Done })
}
