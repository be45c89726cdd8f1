//! `ringtrue compare`: which verdicts change between two detectors on the same labelled files?

use crate::args::Compare;
use crate::commands::print_json;
use crate::failure::{Exit, Outcome};
use crate::page;
use crate::versus::{Both, compared};

/// Runs the verb.
pub(crate) fn run(arguments: &Compare) -> Outcome {
    let versus = &arguments.versus;
    let both = Both::read(&arguments.old, &arguments.new, versus)?;
    let found = compared(&both, versus)?;
    let document = page::compare_document(&found, &versus.on);
    if let Some(out) = &versus.out {
        page::write(&document, out)?;
        page::write_junit(&document, out)?;
    }
    if versus.json {
        print_json(&found.comparison)?;
    } else {
        page::summarize(&document)?;
    }
    Ok(Exit::Done)
}
