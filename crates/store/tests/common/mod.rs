//! Events and stores that the tests share.

use std::sync::Arc;

use ringtrue_core::{Event, EventTime, Field, Kind, Label, Trust, Value};
use ringtrue_store::{EventQuery, IngestSource, Store};

/// One event per number; equal numbers give equal events.
pub(crate) fn events(numbers: &[u32]) -> Vec<Event> {
    let event = |number: &u32| Event {
        kind: Kind::Url,
        time: (!number.is_multiple_of(7)).then(|| EventTime(i64::from(*number) * 1_000_000)),
        label_known: None,
        label: Some(if number.is_multiple_of(3) {
            Label::Malicious
        } else {
            Label::Benign
        }),
        source: Some(Arc::from("proxy")),
        trust: Trust::Own,
        family: None,
        group: None,
        fields: vec![Field {
            name: Arc::from("url"),
            value: Value::Text(Arc::from(format!("http://{number}.example/"))),
        }],
    };
    numbers.iter().map(event).collect()
}

/// Returns the events' ids in order, which stand for their content here.
pub(crate) fn sorted(events: &[Event]) -> Vec<String> {
    let mut ids: Vec<String> = events.iter().map(|event| event.id().to_string()).collect();
    ids.sort();
    ids
}

/// Returns the ids of all events that the store holds, in order.
pub(crate) fn held(store: &Store) -> Vec<String> {
    let batches = store.read_events(&EventQuery::default()).unwrap();
    let batches: Vec<Vec<Event>> = batches.collect::<Result<_, _>>().unwrap();
    sorted(&batches.concat())
}

/// A source without a digest.
pub(crate) fn source(name: &str) -> IngestSource {
    IngestSource {
        name: name.to_owned(),
        digest: None,
        task: None,
    }
}
