//! The columns that a model trained elsewhere reads: its own numbers, in 64 bits, in its own order.
//!
//! ```text
//!   event ──ForeignTable──► row in the model's order, values as they stand
//! ```
//!
//! Nothing is fitted here: the model knows what its columns mean, and this only finds them.

use ringtrue_core::signal::{
    AttackerView, Monotone, Movable, Privacy, SignalDeclaration, SignalType,
};
use ringtrue_core::task::Attacker;
use ringtrue_core::{Event, SignalSchema, Value};
use serde::{Deserialize, Serialize};

/// What a model trained elsewhere reads of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForeignTable {
    /// Its columns, in the model's order.
    pub columns: Vec<ForeignColumn>,
    /// How an event's fields are matched to them.
    pub matching: Matching,
}

/// How the fields of an event are matched to a model's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// By name: the model, or a list beside it, says what its columns are called.
    Name,
    /// By place among the fields that have no other role, unless the event has the names: the model's names say no
    /// more than the place.
    Place,
}

/// One column of a model trained elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForeignColumn {
    /// What the input calls it.
    pub name: String,
    /// What it says, in an analyst's words.
    pub meaning: String,
    /// The texts that stand for the codes 0, 1, ...; empty for a column of numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Which way an attacker can move it.
    pub movable: Movable,
    /// Whether it takes whole numbers only.
    pub whole: bool,
    /// What the task says that an attacker can do to it, which holds in place of the two above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attacker: Option<AttackerView>,
}

impl ForeignTable {
    /// Takes over what a task says of the columns that an attacker can change.
    pub fn declare(&mut self, attacker: &Attacker) {
        for column in &mut self.columns {
            column.attacker = attacker.view(&column.name);
        }
    }

    /// Returns the schema of the rows.
    #[must_use]
    pub fn schema(&self) -> SignalSchema {
        SignalSchema {
            code: "foreign/1".to_owned(),
            signals: self
                .columns
                .iter()
                .map(ForeignColumn::declaration)
                .collect(),
        }
    }

    /// Returns the columns that an event with such fields lacks; by place, all of them if their number is
    /// another one.
    #[must_use]
    pub fn missing<'a>(&'a self, event: &Event) -> Vec<&'a str> {
        let lacks = |column: &&ForeignColumn| match self.matching {
            Matching::Name => !event.fields.iter().any(|field| *field.name == *column.name),
            Matching::Place => event.fields.len() != self.columns.len() && !self.is_named(event),
        };
        let lacking = self.columns.iter().filter(lacks);
        lacking.map(|column| column.name.as_str()).collect()
    }

    /// Appends the values of an event's columns to `row`.
    pub fn values(&self, event: &Event, row: &mut Vec<f64>) {
        let by_place = self.is_by_place(event);
        for (place, column) in self.columns.iter().enumerate() {
            // Fields mostly stand in the model's order: look there before looking everywhere.
            let value = match event.fields.get(place) {
                Some(field) if by_place || *field.name == *column.name => &field.value,
                _ if by_place => &Value::Missing,
                _ => event.value(&column.name),
            };
            row.push(column.value(value));
        }
    }

    /// Returns whether an event's fields are taken by their place.
    #[must_use]
    pub fn is_by_place(&self, event: &Event) -> bool {
        self.matching == Matching::Place && !self.is_named(event)
    }

    fn is_named(&self, event: &Event) -> bool {
        let first = self.columns.first();
        first.is_some_and(|first| event.fields.iter().any(|field| *field.name == *first.name))
    }
}

impl ForeignColumn {
    fn value(&self, value: &Value) -> f64 {
        match value {
            Value::Missing => f64::NAN,
            Value::Boolean(flag) => f64::from(u8::from(*flag)),
            Value::Number(number) => *number,
            Value::Text(text) => {
                let text = text.trim();
                let code = self.categories.iter().position(|known| known == text);
                match code.and_then(|code| u32::try_from(code).ok()) {
                    Some(code) => f64::from(code),
                    // A category that the model never saw, or no number, is missing.
                    None if self.categories.is_empty() => text.parse().unwrap_or(f64::NAN),
                    None => f64::NAN,
                }
            }
        }
    }

    fn declaration(&self) -> SignalDeclaration {
        let signal_type = if self.categories.is_empty() {
            SignalType::Number
        } else {
            SignalType::Category
        };
        SignalDeclaration {
            name: self.name.clone(),
            meaning: self.meaning.clone(),
            unit: "as the model has it".to_owned(),
            theme: self.name.clone(),
            signal_type,
            privacy: Privacy::Personal,
            attacker: self.view(),
            monotone: Monotone::Free,
        }
    }

    fn view(&self) -> AttackerView {
        let listed = || AttackerView {
            movable: self.movable,
            step: f64::from(u8::from(self.whole)),
            cost_minutes: 0.0,
            together: Vec::new(),
        };
        self.attacker.clone().unwrap_or_else(listed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ringtrue_core::{Field, Kind, Trust};

    use super::*;

    fn event(fields: &[(&str, Value)]) -> Event {
        Event {
            fields: fields
                .iter()
                .map(|(name, value)| Field {
                    name: Arc::from(*name),
                    value: value.clone(),
                })
                .collect(),
            kind: Kind::Table,
            time: None,
            label_known: None,
            label: None,
            family: None,
            group: None,
            source: None,
            trust: Trust::default(),
        }
    }

    fn table(matching: Matching) -> ForeignTable {
        let column = |name: &str, categories: &[&str]| ForeignColumn {
            name: name.to_owned(),
            meaning: name.to_owned(),
            categories: categories.iter().map(ToString::to_string).collect(),
            movable: Movable::Both,
            whole: false,
            attacker: None,
        };
        ForeignTable {
            columns: vec![column("bytes", &[]), column("protocol", &["tcp", "udp"])],
            matching,
        }
    }

    fn text(value: &str) -> Value {
        Value::Text(Arc::from(value))
    }

    fn row(table: &ForeignTable, event: &Event) -> Vec<f64> {
        let mut row = Vec::new();
        table.values(event, &mut row);
        row
    }

    #[test]
    fn values_are_found_by_name_in_any_order_and_keep_every_bit() {
        let found = event(&[("protocol", text("udp")), ("bytes", text("0.1"))]);
        assert_eq!(row(&table(Matching::Name), &found), [0.1, 1.0]);
        let infinite = event(&[("bytes", text("-inf")), ("protocol", text("tcp"))]);
        assert_eq!(
            row(&table(Matching::Name), &infinite),
            [f64::NEG_INFINITY, 0.0]
        );
    }

    #[test]
    fn what_the_task_says_of_a_column_holds_in_place_of_the_list() {
        let task = "name = \"t\"\nkind = \"table\"\n[[attacker.columns]]\ncolumn = \"Bytes\"\nmoves = \"up\"\nminutes = 2\n";
        let task = ringtrue_core::Task::parse(task).unwrap();
        let mut table = table(Matching::Name);
        let view = |table: &ForeignTable, place: usize| {
            let signals = &table.schema().signals;
            signals.get(place).unwrap().attacker.clone()
        };
        assert_eq!(view(&table, 0).movable, Movable::Both);
        table.declare(&task.attacker);
        assert_eq!(view(&table, 0).movable, Movable::Up);
        assert!((view(&table, 0).cost_minutes - 2.0).abs() < 1e-12);
        assert_eq!(view(&table, 1), AttackerView::fixed());
    }

    #[test]
    fn values_are_found_by_place_where_the_model_has_no_names() {
        let found = event(&[("a", text("3")), ("b", text("tcp"))]);
        assert_eq!(row(&table(Matching::Place), &found), [3.0, 0.0]);
        assert!(table(Matching::Place).missing(&found).is_empty());
        let short = event(&[("a", text("3"))]);
        assert_eq!(
            table(Matching::Place).missing(&short),
            ["bytes", "protocol"]
        );
    }

    #[test]
    fn what_is_unknown_is_missing() {
        let odd = event(&[("bytes", text("many")), ("protocol", text("icmp"))]);
        assert!(
            row(&table(Matching::Name), &odd)
                .iter()
                .all(|value| value.is_nan())
        );
        let other = event(&[("other", text("1"))]);
        assert_eq!(table(Matching::Name).missing(&other), ["bytes", "protocol"]);
    }
}
