//! Batches out of sources whose records span lines: one step at a time, until a batch is full or waiting
//! would begin.

use std::sync::Arc;

use ringtrue_core::{Limits, Value};

use super::delimited::held;
use super::{Batch, Record, Rejected, SourceError};

/// What one step of a source came to.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// A record.
    Record(Record),
    /// What could not be one.
    Rejected(Rejected),
    /// Nothing yet; there is more to read.
    More,
    /// The input is at its end.
    End,
}

impl Step {
    /// Makes a step of a record's values, or of why there are none.
    pub(super) fn of(line: u64, values: Result<Vec<Value>, String>) -> Self {
        match values {
            Ok(values) => Self::Record(Record { line, values }),
            Err(reason) => Self::Rejected(Rejected::new(line, reason)),
        }
    }
}

/// A source that goes on in small steps, each of bounded work.
pub(super) trait Steps {
    /// Goes on by one step.
    fn step(&mut self) -> Result<Step, SourceError>;

    /// Returns whether the next step would wait for a live input.
    fn is_waiting(&self) -> bool;
}

/// Gathers the next batch; `None` at the end of the input.
pub(super) fn gather(
    steps: &mut dyn Steps,
    columns: &Arc<[Arc<str>]>,
    limits: &Limits,
) -> Result<Option<Batch>, SourceError> {
    let mut batch = Batch {
        columns: Arc::clone(columns),
        ..Batch::default()
    };
    let mut bytes = 0_usize;
    while batch.records.len() < limits.batch_rows
        && batch.rejected.len() < limits.batch_rows
        && bytes < limits.batch_bytes_max
        && (batch.records.is_empty() || !steps.is_waiting())
    {
        match steps.step()? {
            Step::Record(record) => {
                bytes = bytes.saturating_add(size_of_values(&record.values));
                batch.records.push(record);
            }
            Step::Rejected(rejected) => batch.rejected.push(rejected),
            Step::More => {}
            Step::End => break,
        }
    }
    let is_end = batch.records.is_empty() && batch.rejected.is_empty();
    Ok((!is_end).then_some(batch))
}

fn size_of_values(values: &[Value]) -> usize {
    let texts = values.iter().map(|value| match value {
        Value::Text(text) => text.len(),
        _ => 0,
    });
    texts.sum::<usize>().saturating_add(held(&[], values.len()))
}

/// Returns column names.
pub(super) fn columns_of(names: &[&str]) -> Arc<[Arc<str>]> {
    names.iter().map(|name| Arc::from(*name)).collect()
}
