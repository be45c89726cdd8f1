//! `ringtrue score`: one JSON object a line for each event.

use std::io::{self, BufWriter, Write};

use ringtrue_core::plural;
use ringtrue_intake::reader::Given;
use ringtrue_server::answer::{Answer, Detail};

use crate::args::Score;
use crate::batch::Scorer;
use crate::commands::note;
use crate::detector_folder;
use crate::expressions::Expressions;
use crate::failure::{Exit, OrFail, Outcome};
use crate::scoring::follow;

/// Runs the verb. Rows that cannot be read are told on standard error; the others go on.
pub(crate) fn run(arguments: &Score) -> Outcome {
    let loaded = detector_folder::read(&arguments.which, arguments.key.as_deref())?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut is_open = true;
    let mut expressions = Expressions::of_derived(&loaded.reader);
    let detail = Detail {
        reasons: arguments.reasons,
        coverage: true,
    };
    let mut scorer = Scorer::new(&loaded, detail.asked());
    let noted = follow(&loaded, &arguments.file, &mut |batch| {
        if is_open {
            let told = scorer.score(batch.events, |met| Answer::of(&loaded, met, detail));
            let (lines, given): (Vec<Answer>, Vec<Vec<Given>>) = told.into_iter().unzip();
            expressions.add(given);
            is_open = write(&mut out, &lines)?;
        }
        Ok(())
    })?;
    let further = expressions.sentences().into_iter();
    noted.tell(further.chain(scorer.sentences()));
    if noted.aside > 0 {
        let rows = plural(
            noted.aside,
            "row was set aside and has",
            "rows were set aside and have",
        );
        note(&format!("{rows} no score"));
    }
    Ok(Exit::Done)
}

/// Writes lines; false once the reader has gone.
fn write(out: &mut impl Write, lines: &[Answer]) -> Outcome<bool> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).or_fail(|| "cannot write a verdict".to_owned())?;
        text.push(b'\n');
    }
    match out.write_all(&text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        other => other
            .map(|()| true)
            .or_fail(|| "cannot write to standard output".to_owned()),
    }
}
