//! Events that are looked at together: their rows, tokens, entities and texts, in their order.

use rayon::prelude::*;
use ringtrue_core::near_duplicate::compared;
use ringtrue_core::{Event, RowBlock, Task};
use ringtrue_intake::{Reading, SignalReader};
use ringtrue_model::{TokenSource, Tokens};
use ringtrue_vet::Sampled;

use crate::failure::Outcome;
use crate::journey::Fit;

/// Token memory up to which tokens are remembered rather than read again.
const TOKEN_BYTES_MAX: usize = 1 << 30;

/// Makes the reader of the events, and appends their derived columns to them.
pub(crate) fn reader(events: &mut [Sampled], task: &Task) -> Outcome<SignalReader> {
    let mut fit = Fit::new(task)?;
    for sampled in events {
        fit.observe(&mut sampled.event);
    }
    // A sample is no stream.
    fit.finish(None)
}

/// What intake makes of the events.
pub(crate) struct Prepared {
    pub(crate) rows: RowBlock,
    tokens: Vec<Vec<u32>>,
    pub(crate) entity: Vec<u32>,
    /// What tells near-duplicates.
    pub(crate) texts: Vec<String>,
}

impl Prepared {
    pub(crate) fn of(events: &[Sampled], reader: &SignalReader) -> Self {
        let of_each = events.par_iter().map(|sampled| {
            let mut reading = Reading::default();
            reader.read(&sampled.event, &mut reading);
            (reading, text(&sampled.event, reader))
        });
        let read: Vec<(Reading, String)> = of_each.collect();
        let width = reader.schema().signals.len();
        let mut rows = RowBlock::of_missing(reader.digest(), width, read.len(), reader.precision());
        let (mut tokens, mut entity, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (position, (reading, text)) in read.into_iter().enumerate() {
            rows.set(position, reading.row());
            entity.push(reading.entity);
            tokens.push(reading.tokens);
            texts.push(text);
        }
        Self {
            rows,
            tokens,
            entity,
            texts,
        }
    }

    /// Returns the tokens as text models of so many bits read them.
    pub(crate) fn tokens(&self, bits: u32) -> Tokens<'_> {
        Tokens::new(self, self.tokens.len(), bits, TOKEN_BYTES_MAX)
    }
}

impl TokenSource for Prepared {
    fn tokens(&self, position: usize, tokens: &mut Vec<u32>) {
        tokens.clear();
        tokens.extend(self.tokens.get(position).into_iter().flatten());
    }
}

/// Returns what tells near-duplicates of an event: its evidence, or a table's columns that signals read.
pub(crate) fn text(event: &Event, reader: &SignalReader) -> String {
    if let Some(field) = event.kind.evidence() {
        let text = event.value(field).text();
        return compared(event.kind, text.as_deref().unwrap_or("")).to_owned();
    }
    let fields = event.by_name();
    let read = reader.columns_of_input();
    let values = read.filter_map(|column| Some((column, fields.value(column).text()?)));
    let lines: Vec<String> = values
        .map(|(column, value)| format!("{column}={value}\n"))
        .collect();
    lines.concat()
}
