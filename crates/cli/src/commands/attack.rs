//! `ringtrue attack`: what it costs to get past a detector, proven over its rows or found on artefacts themselves.

use std::io::{self, Write};

use ringtrue_attack::threat::Line as Sentence;
use serde::Serialize;

use crate::args::Attack;
use crate::commands::{attack_artefacts, attack_distance, note, print};
use crate::detector_folder;
use crate::failure::{OrFail, Outcome};
use crate::interrupt;

/// Runs the verb.
pub(crate) fn run(arguments: &Attack) -> Outcome {
    let loaded = detector_folder::read(&arguments.which, arguments.key.as_deref())?;
    match arguments.distance {
        Some(distance) => attack_distance::run(arguments, &loaded, distance),
        None => attack_artefacts::run(arguments, &loaded),
    }
}

/// Says who attacks, before anything else; beside JSON on standard error.
pub(crate) fn tell_threat(sentences: &[Sentence], json: bool) -> Outcome<()> {
    let sentences = sentences
        .iter()
        .map(|line| format!("the attacker {} [{}]", line.text, line.name));
    if json {
        sentences.for_each(|sentence| note(&sentence));
        return Ok(());
    }
    print(&format!("{}\n\n", sentences.collect::<Vec<_>>().join("\n")))
}

/// Writes a line, as an object or as `told` says it to people; false once the reader has gone, for whom nothing more is searched.
pub(crate) fn write<L: Serialize>(
    out: &mut impl Write,
    line: &L,
    told: impl FnOnce(&L) -> String,
    json: bool,
) -> Outcome<bool> {
    let mut text = if json {
        serde_json::to_string(line).or_fail(|| "cannot write a row".to_owned())?
    } else {
        told(line)
    };
    text.push('\n');
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            interrupt::request();
            Ok(false)
        }
        other => other
            .map(|()| true)
            .or_fail(|| "cannot write to standard output".to_owned()),
    }
}
