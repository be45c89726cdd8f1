//! An event as a line of text, kept beside its verdict so that the verdict can be replayed: after the privacy rules, before
//! derived columns.

use std::borrow::Cow;
use std::sync::Arc;

use ringtrue_core::{Event, EventTime, Field, Kind, Trust, Value};
use serde::{Deserialize, Serialize};

/// What of an event its id and its signals are made of.
#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    kind: Kind,
    time: Option<EventTime>,
    source: Option<Cow<'a, str>>,
    fields: Vec<(Cow<'a, str>, Option<KeptValue<'a>>)>,
}

/// A value; what is missing is `null`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum KeptValue<'a> {
    Boolean(bool),
    Number(f64),
    Text(Cow<'a, str>),
    /// JSON has no number for it.
    Infinite {
        /// Whether it lies above all numbers.
        above: bool,
    },
}

impl<'a> KeptValue<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Missing => return None,
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Number(value) if value.is_finite() => Self::Number(*value),
            Value::Number(value) => Self::Infinite {
                above: *value > 0.0,
            },
            Value::Text(text) => Self::Text(Cow::Borrowed(text)),
        })
    }
}

fn value(kept: Option<KeptValue<'_>>) -> Value {
    match kept {
        None => Value::Missing,
        Some(KeptValue::Boolean(value)) => Value::Boolean(value),
        Some(KeptValue::Number(value)) => Value::Number(value),
        Some(KeptValue::Text(text)) => Value::Text(Arc::from(&*text)),
        Some(KeptValue::Infinite { above: true }) => Value::Number(f64::INFINITY),
        Some(KeptValue::Infinite { above: false }) => Value::Number(f64::NEG_INFINITY),
    }
}

/// Returns an event as one line of JSON.
///
/// # Errors
///
/// What the serialiser says.
pub fn to_line(event: &Event) -> Result<Vec<u8>, serde_json::Error> {
    let fields = event.fields.iter();
    serde_json::to_vec(&Kept {
        kind: event.kind,
        time: event.time,
        source: event.source.as_deref().map(Cow::Borrowed),
        fields: fields
            .map(|field| (Cow::Borrowed(&*field.name), KeptValue::of(&field.value)))
            .collect(),
    })
}

/// Reads the line of [`to_line`]; the event has the same id and the same signals.
///
/// # Errors
///
/// What the reader says.
pub fn of_line(line: &[u8]) -> Result<Event, serde_json::Error> {
    let kept: Kept<'_> = serde_json::from_slice(line)?;
    let fields = kept.fields.into_iter();
    Ok(Event {
        kind: kept.kind,
        time: kept.time,
        label_known: None,
        label: None,
        source: kept.source.as_deref().map(Arc::from),
        trust: Trust::default(),
        family: None,
        group: None,
        fields: fields
            .map(|(name, kept)| Field {
                name: Arc::from(&*name),
                value: value(kept),
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Missing),
            any::<bool>().prop_map(Value::Boolean),
            any::<f64>()
                .prop_filter("never NaN", |value| !value.is_nan())
                .prop_map(Value::Number),
            any::<String>().prop_map(|text| Value::Text(Arc::from(text))),
        ]
    }

    proptest! {
        #[test]
        fn an_event_reads_as_it_was_written(
            fields in prop::collection::vec((any::<String>(), any_value()), 0..8),
            time in prop::option::of(any::<i64>()),
            source in prop::option::of(any::<String>()),
        ) {
            let event = Event {
                kind: Kind::Table,
                time: time.map(EventTime),
                label_known: None,
                label: None,
                source: source.map(Arc::from),
                trust: Trust::default(),
                family: None,
                group: None,
                fields: fields
                    .into_iter()
                    .map(|(name, value)| Field { name: Arc::from(name), value })
                    .collect(),
            };
            let line = to_line(&event).unwrap();
            prop_assert!(!line.contains(&b'\n'));
            let again = of_line(&line).unwrap();
            prop_assert_eq!(again.id(), event.id());
            prop_assert_eq!(again, event);
        }
    }
}
