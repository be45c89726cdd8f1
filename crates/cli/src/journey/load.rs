//! The passes that follow the split: a table's encoding from the training events, then the corpus.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringtrue_core::expression::Expression;
use ringtrue_core::{Event, Kind, Limits, Task};
use ringtrue_intake::history::History;
use ringtrue_intake::reader::{compile_derived, derive, left_out};
use ringtrue_intake::table::{TableEncoder, TableFit};
use ringtrue_intake::text::TextParameters;
use ringtrue_intake::{HabitSpec, ReaderSpec, SignalReader};

use super::habits::replayed;
use super::index::Indexed;
use super::split::Parts;
use super::stored::Stored;
use crate::corpus::{Context, Corpus};
use crate::failure::{Failure, OrFail, Outcome};
use crate::progress::Bar;

/// Makes the reader of a task's events; a table's columns are read off the training events only.
pub(crate) fn fit_reader(
    stored: Stored<'_>,
    indexed: &Indexed,
    parts: &Parts,
    task: &Task,
) -> Outcome<SignalReader> {
    let mut fit = Fit::new(task)?;
    if fit.needs_events() {
        let trained: BTreeSet<u32> = parts.plan.train.iter().copied().collect();
        for_used(stored, indexed, "typing", |entry, events| {
            for (rank, event) in indexed.index.ranks[entry..].iter().zip(events) {
                if trained.contains(rank) {
                    fit.observe(event);
                }
            }
        })?;
    }
    fit.finish(HabitSpec::of(task, indexed.actors))
}

/// Makes a reader of the events that it is shown.
pub(crate) struct Fit<'a> {
    task: &'a Task,
    limits: Limits,
    derived: Vec<(Arc<str>, Expression)>,
    table: TableFit,
}

impl<'a> Fit<'a> {
    /// Starts for a task.
    pub(crate) fn new(task: &'a Task) -> Outcome<Self> {
        let limits = Limits::default();
        let derived = compile_derived(&task.derived)
            .or_fail(|| "the task's derived columns cannot be used".to_owned())?;
        let mut table = TableFit::new(left_out(task), task.columns.types.clone(), &limits);
        if task.kind != Kind::Table {
            table.only(task.derived.iter().map(|(name, _)| name.clone()).collect());
        }
        Ok(Self {
            task,
            limits,
            derived,
            table,
        })
    }

    /// Returns whether the reader hangs on events at all.
    pub(crate) fn needs_events(&self) -> bool {
        self.task.kind == Kind::Table || !self.derived.is_empty()
    }

    /// Takes in an event to be trained on; its derived columns are appended to it.
    pub(crate) fn observe(&mut self, event: &mut Event) {
        derive(&self.derived, event);
        self.table.observe(event);
    }

    /// Returns the reader, whose rows tell of these habits.
    pub(crate) fn finish(self, habits: Option<HabitSpec>) -> Outcome<SignalReader> {
        let mut table = if self.needs_events() {
            self.table.finish()
        } else {
            TableEncoder {
                columns: Vec::new(),
            }
        };
        table.declare(&self.task.attacker);
        let spec = ReaderSpec {
            kind: self.task.kind,
            derived: self.task.derived.clone(),
            table,
            foreign: None,
            habits,
            email: self.task.email.clone(),
            text: TextParameters::default(),
            limits: self.limits,
        };
        SignalReader::new(spec).or_fail(|| "the task's derived columns cannot be used".to_owned())
    }
}

/// Computes the rows of all used labelled events. Returns what is remembered of users and hosts at the end, too, if rows tell
/// of their habits.
pub(crate) fn load<'a>(
    stored: Stored<'_>,
    indexed: &Indexed,
    context: &Context<'a>,
) -> Outcome<(Corpus<'a>, Option<History>)> {
    let (habits, history) = replayed(stored, indexed, context.reader)?;
    let mut corpus = Corpus::new(context, &indexed.index);
    for_used(stored, indexed, "signals", |entry, events| {
        corpus.push(context, events, |at| habits.of(entry + at));
    })?;
    Ok((corpus, history))
}

/// Compiles the slices of a task.
pub(crate) fn slices(task: &Task) -> Outcome<Vec<(String, Expression)>> {
    task.slices
        .iter()
        .map(|(name, text)| {
            Expression::compile(text)
                .map(|slice| (name.clone(), slice))
                .or_fail(|| format!("the slice `{name}` cannot be used"))
        })
        .collect()
}

/// Calls `each` with the used labelled events of each batch and the number of those before it.
pub(crate) fn for_used(
    stored: Stored<'_>,
    indexed: &Indexed,
    step: &str,
    mut each: impl FnMut(usize, &mut [Event]),
) -> Outcome<()> {
    let bar = Bar::new(step, stored.events());
    let mut before = 0;
    let mut unused = indexed.unused.iter();
    for batch in stored.batches() {
        let mut batch = batch?;
        bar.advance(batch.len() as u64);
        batch.retain(|event| event.label.is_some() && unused.next() == Some(&false));
        each(before, &mut batch);
        before += batch.len();
    }
    Ok(())
}

/// Returns the columns of the signals whose theme is left out.
pub(crate) fn blanked(reader: &SignalReader, without: &[String]) -> Outcome<Vec<usize>> {
    let schema = reader.schema();
    let themes = schema.themes();
    for theme in without {
        if theme != "text" && !themes.contains(&theme.as_str()) {
            return Err(Failure::new(format!("no signal has the theme `{theme}`"))
                .hint(format!("the themes are: {}, text", themes.join(", "))));
        }
    }
    let signals = schema.signals.iter().enumerate();
    Ok(signals
        .filter(|(_, signal)| without.contains(&signal.theme))
        .map(|(column, _)| column)
        .collect())
}
