//! `ringtrue score`: one JSON object a line for each event.

use std::io::{self, BufWriter, Write};

use rayon::prelude::*;
use ringtrue_core::{Action, Event, EventId, plural};
use ringtrue_intake::Reading as Signals;
use ringtrue_intake::reader::Given;
use ringtrue_model::Reason;
use serde::Serialize;

use crate::args::Score;
use crate::commands::note;
use crate::detector_folder::{self, Loaded};
use crate::expressions::Expressions;
use crate::failure::{Exit, OrFail, Outcome};
use crate::habits::{Habits, Memory};
use crate::input::Portion;
use crate::scoring::{follow, read_signals};

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
    /// The signal whose value is unlike all that training saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    outside: Option<String>,
    reasons: Vec<Reason>,
}

/// Runs the verb. Rows that cannot be read are told on standard error; the others go on.
pub(crate) fn run(arguments: &Score) -> Outcome {
    let loaded = detector_folder::read(&arguments.detector, arguments.key.as_deref())?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut is_open = true;
    let mut expressions = Expressions::of_derived(&loaded.reader);
    let mut memory = Memory::of(&loaded);
    let noted = follow(&loaded, &arguments.file, &mut |batch| {
        if is_open {
            let events: Vec<&Event> = batch.events.iter().map(|(_, event)| event).collect();
            let habits = memory.follow(&events);
            let scored = score(&loaded, batch, &habits, arguments.reasons);
            let (lines, given): (Vec<Line>, Vec<Vec<Given>>) = scored.into_iter().unzip();
            expressions.add(given);
            is_open = write(&mut out, &lines)?;
        }
        Ok(())
    })?;
    let further = expressions.sentences().into_iter();
    noted.tell(further.chain(memory.sentences()));
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

/// Events whose forest margins are computed together.
const EVENTS_AT_ONCE: usize = 512;

fn score(
    loaded: &Loaded,
    mut batch: Portion,
    habits: &Habits,
    reasons: usize,
) -> Vec<(Line, Vec<Given>)> {
    batch
        .events
        .par_chunks_mut(EVENTS_AT_ONCE)
        .enumerate()
        .map_init(Vec::new, |signals, (chunk, events)| {
            let habits = |at| habits.of(chunk * EVENTS_AT_ONCE + at);
            score_together(loaded, events, habits, reasons, signals)
        })
        .flatten_iter()
        .collect()
}

/// Scores some events, of which `habits` has the signals by their places; `signals` is room for all.
fn score_together<'h>(
    loaded: &Loaded,
    events: &mut [(u64, Event)],
    habits: impl Fn(usize) -> &'h [f32],
    reasons: usize,
    signals: &mut Vec<Signals>,
) -> Vec<(Line, Vec<Given>)> {
    signals.resize_with(events.len().max(signals.len()), Signals::default);
    let model = &loaded.detector.model;
    let (mut seen, mut linear) = (Vec::new(), Vec::new());
    let places = events.iter_mut().zip(signals.iter_mut()).enumerate();
    for (at, ((_, event), signals)) in places {
        let id = event.id();
        let given = read_signals(loaded, event, habits(at), signals);
        linear.push(model.linear_margin(&signals.tokens));
        seen.push((id, given));
    }
    let rows = signals.iter().take(events.len()).map(Signals::row);
    let margins = model.margins(rows, &linear);
    let each = seen.into_iter().zip(events).zip(signals).zip(margins);
    each.map(|((((id, given), (row, _)), signals), margin)| {
        let line = line(loaded, (id, *row), signals, margin, reasons);
        (line, given)
    })
    .collect()
}

fn line(
    loaded: &Loaded,
    (id, row): (EventId, u64),
    signals: &Signals,
    margin: f64,
    reasons: usize,
) -> Line {
    let detector = &loaded.detector;
    let scored = detector.answer(margin);
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
        id,
        row,
        margin,
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
