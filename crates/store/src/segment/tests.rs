//! Whatever goes into a segment comes out, bit for bit.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use ringtrue_core::{Event, EventTime, Field, Kind, Label, Trust, Value};

use super::read::{SegmentReader, count};
use super::write::SegmentBuilder;

fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof![Just(String::new()), ".{0,12}", "[a-c]"].prop_map(Arc::from)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Missing),
        any::<bool>().prop_map(Value::Boolean),
        any::<u64>().prop_map(|bits| Value::Number(f64::from_bits(bits))),
        (-9..9_i32).prop_map(|number| Value::Number(f64::from(number) / 2.0)),
        Just(Value::Number(-0.0)),
        text().prop_map(Value::Text),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let names = prop_oneof![Just("a"), Just("b"), Just("t.a"), Just(""), Just("1.x")];
    let field = (names, value()).prop_map(|(name, value)| Field {
        name: Arc::from(name),
        value,
    });
    let time = || proptest::option::of(any::<i64>().prop_map(EventTime));
    let label = prop_oneof![
        Just(None),
        Just(Some(Label::Benign)),
        Just(Some(Label::Malicious)),
        Just(Some(Label::Unsure))
    ];
    let word = || proptest::option::of(text());
    let kind = prop_oneof![Just(Kind::Url), Just(Kind::Table)];
    let trust = (0..Trust::ALL.len()).prop_map(|index| Trust::ALL[index]);
    let fields = proptest::collection::vec(field, 0..7);
    let head = (kind, time(), time(), label, trust);
    (head, word(), word(), word(), fields).prop_map(
        |((kind, time, label_known, label, trust), source, family, group, fields)| Event {
            kind,
            time,
            label_known,
            label,
            source,
            trust,
            family,
            group,
            fields,
        },
    )
}

/// Events in a form that tells NaNs and zeros apart by their bits.
fn exact(events: &[Event]) -> Vec<String> {
    let bits = |field: &Field| match field.value {
        Value::Number(number) => format!("{:?}={:016x}", field.name, number.to_bits()),
        _ => format!("{:?}={:?}", field.name, field.value),
    };
    events
        .iter()
        .map(|event| {
            let fields: Vec<String> = event.fields.iter().map(bits).collect();
            let bare = Event {
                fields: Vec::new(),
                ..event.clone()
            };
            format!("{bare:?} {fields:?}")
        })
        .collect()
}

fn written(events: &[Event]) -> super::write::Finished {
    let mut builder = SegmentBuilder::new();
    for event in events {
        builder.push(event, event.id()).unwrap();
    }
    builder.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_what_was_written(events in proptest::collection::vec(event(), 1..40)) {
        let finished = written(&events);
        prop_assert_eq!(&written(&events).bytes, &finished.bytes);
        let path = Path::new("x.parquet");
        let read: Result<Vec<Vec<Event>>, _> = SegmentReader::open(finished.bytes.clone(), path).unwrap().collect();
        let read = read.unwrap().concat();
        prop_assert_eq!(exact(&read), exact(&events));
        let (labels, times) = count(finished.bytes, path, |_| true).unwrap();
        prop_assert_eq!((labels, times), (finished.info.labels, finished.info.times));
    }
}

#[test]
fn a_damaged_file_is_an_error_and_never_a_panic() {
    let events: Vec<Event> = (0..50)
        .map(|number| Event {
            kind: Kind::Table,
            time: Some(EventTime(number)),
            label_known: None,
            label: Some(Label::Benign),
            source: None,
            trust: Trust::Own,
            family: None,
            group: None,
            fields: vec![Field {
                name: Arc::from("n"),
                value: Value::Text(Arc::from(number.to_string())),
            }],
        })
        .collect();
    let bytes = written(&events).bytes;
    for cut in [0, 3, bytes.len() / 2, bytes.len() - 1] {
        let cut = bytes.get(..cut).unwrap().to_vec();
        assert!(SegmentReader::open(cut, Path::new("cut.parquet")).is_err());
    }
}
