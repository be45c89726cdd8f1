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
use crate::habits::Memory;
use crate::scoring::{follow, read_event};

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
    let mut memory = Memory::of(&loaded);
    let mut chunks = Vec::new();
    let noted = follow(&loaded, &arguments.file, &mut |batch| {
        if is_open {
            let scorer = Scorer {
                loaded: &loaded,
                reasons: arguments.reasons,
            };
            let told = scorer.score(batch.events, &mut memory, &mut chunks);
            let (lines, given): (Vec<Line>, Vec<Vec<Given>>) = told.into_iter().unzip();
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
/// Events that are read together, and then looked up together in the weights of texts: each step has tables of its own, which
/// leave the fastest caches when the other begins. The tokens of so few fit there.
const READ_AT_ONCE: usize = 32;

/// Scores events chunk by chunk; as many chunks at once as there are threads.
///
/// ```text
///   events ─► chunks, each read by one thread ─► memory, one event after the other ─► each chunk scored by one thread
/// ```
struct Scorer<'a> {
    loaded: &'a Loaded,
    reasons: usize,
}

/// What was read of some events; room that is used again.
#[derive(Default)]
struct Chunk {
    signals: Vec<Signals>,
    linear: Vec<f64>,
    read: Vec<(EventId, Vec<Given>)>,
    /// Room for the tokens of events of which nobody asks for them again.
    tokens: Vec<Vec<u32>>,
}

impl Scorer<'_> {
    fn score(
        &self,
        mut events: Vec<(u64, Event)>,
        memory: &mut Memory<'_>,
        chunks: &mut Vec<Chunk>,
    ) -> Vec<(Line, Vec<Given>)> {
        chunks.resize_with(rayon::current_num_threads(), Chunk::default);
        let mut lines = Vec::with_capacity(events.len());
        for events in events.chunks_mut(EVENTS_AT_ONCE * chunks.len()) {
            let pairs = events.par_chunks_mut(EVENTS_AT_ONCE);
            pairs
                .zip(chunks.par_iter_mut())
                .for_each(|(events, chunk)| chunk.read(self, events));
            let counts = events.chunks(EVENTS_AT_ONCE).map(<[_]>::len);
            for (chunk, count) in chunks.iter_mut().zip(counts) {
                chunk.follow(memory, count);
            }
            let pairs = events.par_chunks(EVENTS_AT_ONCE);
            let scored = pairs
                .zip(chunks.par_iter_mut())
                .flat_map_iter(|(events, chunk)| self.score_chunk(events, chunk));
            lines.par_extend(scored);
        }
        lines
    }

    fn score_chunk(&self, events: &[(u64, Event)], chunk: &mut Chunk) -> Vec<(Line, Vec<Given>)> {
        let model = &self.loaded.detector.model;
        let rows = chunk.signals.iter().take(events.len()).map(Signals::row);
        let margins = model.margins(rows, &chunk.linear);
        let each = chunk.read.drain(..).zip(events);
        let each = each.zip(&chunk.signals).zip(margins);
        each.map(|((((id, given), (row, _)), signals), margin)| {
            let line = line(self.loaded, (id, *row), signals, margin, self.reasons);
            (line, given)
        })
        .collect()
    }
}

impl Chunk {
    /// Reads events; what a memory knows of them is missing until [`Chunk::follow`].
    fn read(&mut self, scorer: &Scorer<'_>, events: &mut [(u64, Event)]) {
        let room = events.len().max(self.signals.len());
        self.signals.resize_with(room, Signals::default);
        self.linear.clear();
        self.read.clear();
        // Reasons are told of tokens, so that these stay with their event.
        let is_lent = scorer.reasons == 0;
        self.tokens.resize(READ_AT_ONCE, Vec::new());
        for (few, events) in events.chunks_mut(READ_AT_ONCE).enumerate() {
            let begin = few * READ_AT_ONCE;
            let signals = &mut self.signals[begin..begin + events.len()];
            if is_lent {
                lend(&mut self.tokens, signals);
            }
            let pairs = events.iter_mut().zip(signals.iter_mut());
            let read = pairs.map(|((_, event), signals)| {
                let id = event.id();
                (id, read_event(scorer.loaded, event, signals))
            });
            self.read.extend(read);
            let model = &scorer.loaded.detector.model;
            for signals in signals.iter_mut() {
                model.to_buckets(&mut signals.tokens);
            }
            let margins = signals.iter().map(|it| model.linear_margin(&it.tokens));
            self.linear.extend(margins);
            if is_lent {
                lend(&mut self.tokens, signals);
            }
        }
    }

    /// Has the `count` events that were read measured and taken in by a memory, one after the other.
    fn follow(&mut self, memory: &mut Memory<'_>, count: usize) {
        for signals in self.signals.iter_mut().take(count) {
            let seen = signals.take_seen();
            memory.follow_one(seen.as_ref(), |habits| signals.set_habits(habits));
        }
    }
}

/// Lends room for tokens to events, or takes it back.
fn lend(tokens: &mut [Vec<u32>], signals: &mut [Signals]) {
    for (tokens, signals) in tokens.iter_mut().zip(signals) {
        std::mem::swap(tokens, &mut signals.tokens);
    }
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
        detector: loaded.id.map(|id| id.short()).unwrap_or_default(),
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
