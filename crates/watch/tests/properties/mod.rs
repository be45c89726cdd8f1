//! What a reference owes whoever reads it, whatever the bytes are: properties that tests replay over mutations, and that the fuzz targets explore.

use ringtrue_core::{EventId, EventTime, Label, Row};
use ringtrue_watch::{Capacity, Every, Known, Likeness, Reference, Windows};

/// Signals of the references that are read.
pub const SIGNALS: usize = 3;

/// Reads a reference, and compares a stream with it: what reads is written as it was, and whatever counts it holds, every window gets its answer.
pub fn reference(bytes: &[u8]) {
    let Ok(reference) = Reference::from_bytes(bytes, SIGNALS) else {
        return;
    };
    let written = reference.to_bytes().unwrap();
    assert_eq!(Reference::from_bytes(&written, SIGNALS).unwrap(), reference);
    let mut windows = Windows::new(Every::Events(60));
    for at in 0_u32..150 {
        let part = f64::from(at % 10) / 9.0;
        let row = [part, f64::from(at), f64::NAN];
        windows.add(
            &reference,
            &reference.see(&Known {
                id: EventId(u128::from(at).to_be_bytes()),
                time: Some(EventTime(i64::from(at))),
                row: Row::from(row.as_slice()),
                score: part,
                label: (at % 3 == 0).then_some(Label::Malicious),
                source: Some("proxy"),
                is_outside: at % 7 == 0,
                likeness: (at % 5 != 0).then_some(Likeness::Text("one of many copies")),
            }),
        );
    }
    let capacity = Capacity {
        alerts_a_day: 10.0,
        events_a_day: 1_000.0,
        prices: ringtrue_core::CostSheet::default().prices(),
    };
    let reports = windows.finish(&reference, capacity);
    assert_eq!(reports.len(), 3);
    for report in &reports {
        drop(serde_json::to_string(report).unwrap());
    }
}
