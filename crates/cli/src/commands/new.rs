//! `ringtrue new`: writes a commented task.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use ringtrue_core::{Kind, Task};

use crate::args::New;
use crate::commands::{discard, note};
use crate::failure::{Exit, Failure, OrFail, Outcome};

/// Runs the verb; an existing file is never overwritten.
pub(crate) fn run(arguments: &New) -> Outcome {
    let path = arguments.out.display();
    let text = Task::template(&arguments.name, Kind::from(arguments.kind));
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&arguments.out);
    if file
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::AlreadyExists)
    {
        return Err(
            Failure::new(format!("`{path}` exists already")).hint("name another file with `--out`")
        );
    }
    let cannot = || format!("cannot write `{path}`");
    let written = file.or_fail(cannot)?.write_all(text.as_bytes());
    if written.is_err() {
        discard(&arguments.out);
    }
    written.or_fail(cannot)?;
    note(&format!(
        "wrote {path}: fill it in, then `ringtrue task check {path}`"
    ));
    Ok(Exit::Done)
}
