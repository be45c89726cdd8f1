//! Which events are used: the task's word on what is excluded, and what tells copies.

use ringtrue_core::expression::Expression;
use ringtrue_core::{Event, Task};
use ringtrue_intake::reader::{LeftOut, left_out};

use crate::failure::{OrFail, Outcome};

/// A task's rules on what of an input is used.
pub(crate) struct Used {
    conditions: Vec<(String, Expression)>,
    hidden: LeftOut,
}

impl Used {
    /// Compiles the rules of a task.
    pub(crate) fn new(task: &Task) -> Outcome<Self> {
        let compile = |text: &String| {
            let compiled = Expression::compile(text);
            let compiled = compiled.or_fail(|| format!("the condition `{text}` cannot be used"))?;
            Ok((text.clone(), compiled))
        };
        Ok(Self {
            conditions: task
                .vetting
                .exclude
                .iter()
                .map(compile)
                .collect::<Outcome<_>>()?,
            hidden: left_out(task),
        })
    }

    /// Returns the number of the first condition that excludes an event; one that does not apply to it excludes nothing.
    pub(crate) fn excludes(&self, event: &Event) -> Option<usize> {
        let holds =
            |(_, condition): &(String, Expression)| condition.decide(event, None) == Ok(Some(true));
        self.conditions.iter().position(holds)
    }

    /// Returns sentences on how many events each condition excludes.
    pub(crate) fn sentences(&self, excluded: &[u64]) -> Vec<String> {
        let each = self.conditions.iter().zip(excluded);
        each.map(|((text, _), count)| format!("{count} events are not used, since `{text}` holds"))
            .collect()
    }

    /// Returns the number of conditions.
    pub(crate) fn conditions(&self) -> usize {
        self.conditions.len()
    }

    /// Returns a hash of the evidence that signals see, whenever and wherever it was seen: copies that differ in
    /// their names alone are copies.
    pub(crate) fn content(&self, event: &Event) -> u64 {
        let is_seen = |name: &str| match event.kind.evidence() {
            Some(field) => name == field,
            None => !self.hidden.contains(name),
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
        let id = u128::from_le_bytes(evidence.id().0);
        low_half(id)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "half of a hash is as good a hash"
)]
const fn low_half(hash: u128) -> u64 {
    hash as u64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ringtrue_core::{Field, Kind, Label, Trust, Value};

    use super::*;

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
        let used = Used::new(&Task::assumed(Kind::Table)).expect("no conditions");
        let content = |fields| used.content(&event(fields));
        let first = content(&[("id", "a"), ("size", "7")]);
        assert_eq!(first, content(&[("id", "b"), ("size", "7")]));
        assert_ne!(first, content(&[("id", "a"), ("size", "8")]));
    }
}
