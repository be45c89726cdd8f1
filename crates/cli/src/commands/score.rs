//! `ringtrue score`: one JSON object a line for each event.

use std::io::{self, BufWriter, Write};

use ringtrue_core::{Action, EventId, plural};
use ringtrue_intake::reader::Given;
use ringtrue_model::Reason;
use serde::Serialize;

use crate::args::Score;
use crate::batch::{Keeping, Met, Scorer};
use crate::commands::note;
use crate::detector_folder::{self, Loaded};
use crate::expressions::Expressions;
use crate::failure::{Exit, OrFail, Outcome};
use crate::scoring::follow;

/// One line of output.
#[derive(Serialize)]
struct Line {
    id: EventId,
    /// Counted from 0, after the header.
    row: u64,
    /// The model's raw score.
    margin: f64,
    score: f64,
    /// Whether the score is a calibrated probability.
    calibrated: bool,
    action: Action,
    /// Whether training saw events like this one; `null` if nobody knows what the model was trained on.
    covered: Option<bool>,
    /// The first digits of the detector's id, by which a store that has it finds what it learned from.
    detector: String,
    /// The signal whose value is unlike all that training saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    outside: Option<String>,
    reasons: Vec<Reason>,
}

/// Runs the verb. Rows that cannot be read are told on standard error; the others go on.
pub(crate) fn run(arguments: &Score) -> Outcome {
    let loaded = detector_folder::read(&arguments.which, arguments.key.as_deref())?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut is_open = true;
    let mut expressions = Expressions::of_derived(&loaded.reader);
    // Reasons are told of tokens, so that these stay with their event.
    let keeping = match arguments.reasons {
        0 => Keeping::Nothing,
        _ => Keeping::Tokens,
    };
    let mut scorer = Scorer::new(&loaded, keeping);
    let noted = follow(&loaded, &arguments.file, &mut |batch| {
        if is_open {
            let told = scorer.score(batch.events, |met| line(&loaded, met, arguments.reasons));
            let (lines, given): (Vec<Line>, Vec<Vec<Given>>) = told.into_iter().unzip();
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

fn line(loaded: &Loaded, met: &Met<'_>, reasons: usize) -> Line {
    let (detector, signals) = (&loaded.detector, met.signals);
    let scored = detector.answer(met.margin);
    let gap = detector.gap(signals.row());
    let reasons = if reasons == 0 {
        Vec::new()
    } else {
        let mut reasons = detector.reasons(signals.row(), &signals.tokens, reasons);
        for reason in &mut reasons {
            reason.value = reason
                .value
                .filter(|_| loaded.revealed().shows(&reason.signal));
        }
        reasons
    };
    Line {
        id: met.id,
        detector: loaded.id.map(|id| id.short()).unwrap_or_default(),
        row: met.row,
        margin: met.margin,
        score: scored.score.probability(),
        calibrated: detector.card.calibrated,
        action: scored.action,
        covered: detector.scope.as_ref().map(|_| gap.is_none()),
        outside: gap.map(|signal| signal.name.clone()),
        reasons,
    }
}

/// Writes lines; false once the reader has gone.
fn write(out: &mut impl Write, lines: &[Line]) -> Outcome<bool> {
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
