//! The first pass: which labelled events there are, when, and what must stay together.

use ringtrue_core::{Event, Kind, Label};
use ringtrue_intake::text;
use ringtrue_store::{Dataset, Store};

use crate::commands::ingest::store_failure;
use crate::corpus::{Entry, Index};
use crate::failure::{Failure, Outcome};
use crate::progress::Bar;

/// Events to train without, and to judge on alone.
#[derive(Clone, Debug)]
pub(crate) struct LeaveOut {
    /// `source`, `family` or `group`.
    pub(crate) column: String,
    /// Its value.
    pub(crate) value: String,
}

impl LeaveOut {
    /// Checks the column's name.
    pub(crate) fn new(column: &str, value: &str) -> Outcome<Self> {
        if ["source", "family", "group"].contains(&column) {
            return Ok(Self {
                column: column.to_owned(),
                value: value.to_owned(),
            });
        }
        Err(Failure::new(format!("cannot leave out by the column `{column}`"))
            .hint("leave out one `source`, `family` or `group`, for example `--leave-out source=proxy`"))
    }

    /// Returns whether an event is left out.
    pub(crate) fn takes(&self, event: &Event) -> bool {
        let value = match self.column.as_str() {
            "source" => &event.source,
            "family" => &event.family,
            _ => &event.group,
        };
        value.as_deref() == Some(self.value.as_str())
    }
}

/// Says whether no signal sees a column.
type IsHidden<'a> = &'a dyn Fn(&str) -> bool;

/// The labelled events and what was seen on the way.
#[derive(Default)]
pub(crate) struct Indexed {
    pub(crate) index: Index,
    /// Whether each entry is left out of training.
    pub(crate) left_out: Vec<bool>,
    /// Events without a label: kept, and neither trained nor judged on.
    pub(crate) unlabelled: u64,
    /// The URLs of data without times and groups, for near-duplicate clusters.
    pub(crate) texts: Vec<String>,
}

/// Reads the events of a dataset once. `is_hidden` says which columns no signal sees.
pub(crate) fn read_index(
    store: &Store,
    dataset: &Dataset,
    is_hidden: IsHidden<'_>,
    leave_out: Option<&LeaveOut>,
) -> Outcome<Indexed> {
    let bar = Bar::new("sorting", dataset.events);
    let mut indexed = Indexed::default();
    for batch in store.read_dataset(dataset) {
        let batch = batch.map_err(|error| store_failure("cannot read the events", &error))?;
        for event in &batch {
            match event.label {
                Some(label) => indexed.add(event, label, is_hidden, leave_out),
                None => indexed.unlabelled += 1,
            }
        }
        bar.advance(batch.len() as u64);
    }
    indexed.index.settle();
    Ok(indexed)
}

impl Indexed {
    fn add(
        &mut self,
        event: &Event,
        label: Label,
        is_hidden: IsHidden<'_>,
        leave_out: Option<&LeaveOut>,
    ) {
        if event.time.is_none()
            && event.group.is_none()
            && let Some(field) = event.kind.evidence()
        {
            let text = event.value(field).text();
            let text = text.as_deref().unwrap_or("");
            self.texts.push(compared(event.kind, text).to_owned());
        }
        self.index.entries.push(Entry {
            time: event.time,
            known: event.usable_from(),
            label,
            id: event.id(),
            cluster: event
                .group
                .as_deref()
                .map_or_else(|| content(event, is_hidden), text::hash),
        });
        self.left_out
            .push(leave_out.is_some_and(|leave_out| leave_out.takes(event)));
    }
}

/// Bytes of a mail's text by which near-duplicates are told.
const MAIL_BYTES_COMPARED: usize = 2_048;

/// Returns what of the evidence tells near-duplicates: all of it, but of a mail what stands first below its headers.
fn compared(kind: Kind, text: &str) -> &str {
    if kind != Kind::Email {
        return text;
    }
    let ends = ["\n\n", "\r\n\r\n"].map(|blank| text.find(blank).map(|at| at + blank.len()));
    let body = ends.into_iter().flatten().min();
    let body = body.and_then(|at| text.get(at..)).unwrap_or(text);
    body.get(..body.floor_char_boundary(MAIL_BYTES_COMPARED))
        .unwrap_or(body)
}

/// Returns a hash of the evidence that signals see, whenever and wherever it was seen: copies that differ in
/// their names alone are copies.
fn content(event: &Event, is_hidden: IsHidden<'_>) -> u32 {
    let is_seen = |name: &str| match event.kind.evidence() {
        Some(field) => name == field,
        None => !is_hidden(name),
    };
    let fields = event.fields.iter().filter(|field| is_seen(&field.name));
    let evidence = Event {
        kind: event.kind,
        time: None,
        label_known: None,
        label: None,
        source: None,
        trust: event.trust,
        family: None,
        group: None,
        fields: fields.cloned().collect(),
    };
    let [a, b, c, d, ..] = evidence.id().0;
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use ringtrue_core::{Field, Trust, Value};

    fn event(fields: &[(&str, &str)]) -> Event {
        Event {
            kind: Kind::Table,
            time: None,
            label_known: None,
            label: Some(Label::Benign),
            source: None,
            trust: Trust::Public,
            family: None,
            group: None,
            fields: fields
                .iter()
                .map(|(name, value)| Field {
                    name: Arc::from(*name),
                    value: Value::Text(Arc::from(*value)),
                })
                .collect(),
        }
    }

    #[test]
    fn copies_under_other_names_are_copies() {
        let hidden: IsHidden<'_> = &|name| name == "id";
        let first = content(&event(&[("id", "a"), ("size", "7")]), hidden);
        let copy = content(&event(&[("id", "b"), ("size", "7")]), hidden);
        let other = content(&event(&[("id", "a"), ("size", "8")]), hidden);
        assert_eq!(first, copy);
        assert_ne!(first, other);
    }
}
