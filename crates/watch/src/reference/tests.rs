//! References as they are kept and read.

use proptest::prelude::*;

use super::*;

fn reference() -> Reference {
    let plan = Plan {
        signals: vec![
            ("length".to_owned(), true),
            ("seen_before".to_owned(), false),
        ],
        thresholds: Thresholds {
            review: 0.2,
            block: 0.8,
        },
    };
    let rows: Vec<[f64; 2]> = (0..200)
        .map(|at| [f64::from(at % 50), f64::from(at)])
        .collect();
    Reference::of(&plan, rows.len(), |at| Known {
        id: EventId([u8::try_from(at).unwrap(); 16]),
        time: None,
        row: Row::from(rows[at].as_slice()),
        score: at as f64 / 200.0,
        label: Some(if at < 120 {
            Label::Benign
        } else {
            Label::Malicious
        }),
        source: Some("proxy"),
        is_outside: at == 3,
        likeness: Some(Likeness::Text("near-copies of an event")),
    })
    .unwrap()
}

#[test]
fn what_is_written_is_read() {
    let reference = reference();
    let bytes = reference.to_bytes().unwrap();
    assert_eq!(Reference::from_bytes(&bytes, 2).unwrap(), reference);
    assert!(matches!(
        Reference::from_bytes(&bytes, 3),
        Err(ReferenceError::Parts(_))
    ));
    let later = String::from_utf8(bytes)
        .unwrap()
        .replacen("\"format\":2", "\"format\":3", 1);
    assert!(matches!(
        Reference::from_bytes(later.as_bytes(), 2),
        Err(ReferenceError::Format(3))
    ));
}

#[test]
fn a_reference_of_format_1_reads_and_what_it_lacks_is_told() {
    let first = include_bytes!("../../tests/formats/reference/v1.json");
    let read = Reference::from_bytes(first, 2).unwrap();
    assert_eq!(read.counts.score, reference().counts.score);
    let mut windows = crate::Windows::new(crate::Every::Month);
    for at in 0..100_u8 {
        let row = [f64::from(at % 50), 1.0];
        windows.add(
            &read,
            &read.see(&Known {
                id: EventId([at; 16]),
                time: None,
                row: Row::from(row.as_slice()),
                score: f64::from(at) / 100.0,
                label: None,
                source: None,
                is_outside: false,
                likeness: Some(Likeness::Text("near-copies of an event")),
            }),
        );
    }
    let capacity = crate::Capacity {
        alerts_a_day: 1.0,
        events_a_day: 10.0,
        prices: ringtrue_core::CostSheet::default().prices(),
    };
    let reports = windows.finish(&read, capacity);
    for name in ["credibility", "families", "probing"] {
        let monitors = &reports[0].monitors;
        let monitor = monitors.iter().find(|it| it.name == name).unwrap();
        assert_eq!(monitor.state, crate::State::CannotTell);
        assert!(monitor.says.contains("make it anew"), "{}", monitor.says);
    }
}

#[test]
fn events_fall_into_bins_by_thresholds_and_quantiles() {
    let reference = reference();
    assert_eq!(reference.events(), 200);
    assert_eq!(reference.classes.events(), [80, 120]);
    let see = |score: f64, length: f64| {
        reference.see(&Known {
            id: EventId([0; 16]),
            time: None,
            row: Row::from([length, 1.0].as_slice()),
            score,
            label: None,
            source: None,
            is_outside: false,
            likeness: None,
        })
    };
    let [below, at] = [see(0.799, 5.0), see(0.8, f64::NAN)];
    assert_eq!(
        (below.standing, at.standing),
        (Standing::Flagged, Standing::Caught)
    );
    assert!(at.score > below.score);
    assert!(!see(0.1, 0.0).is_high && see(0.7, 0.0).is_high);
    assert_eq!(at.signals[0], 0);
    // Of a signal that tells of a growing past only its absence is counted.
    assert_eq!(below.signals[1], 1);
    assert!(matches!(
        Reference::of(
            &Plan {
                signals: Vec::new(),
                thresholds: Thresholds {
                    review: 2.0,
                    block: 2.0
                }
            },
            0,
            |_| unreachable!()
        ),
        Err(ReferenceError::NoEvents)
    ));
}

proptest! {
    #[test]
    fn damaged_references_are_refused_or_sound(at in 0_usize..400_000, byte in any::<u8>()) {
        let mut bytes = reference().to_bytes().unwrap();
        let place = at % bytes.len();
        bytes[place] = byte;
        if let Ok(read) = Reference::from_bytes(&bytes, 2) {
            let mut windows = crate::Windows::new(crate::Every::Month);
            let row = [1.0_f64, 2.0];
            for score in [0.0, 0.5, 1.0] {
                let likeness = Some(Likeness::Text("another event"));
                let known = Known { id: EventId([1; 16]), time: None, row: Row::from(row.as_slice()), score, label: None, source: None, is_outside: false, likeness };
                windows.add(&read, &read.see(&known));
            }
            let capacity = crate::Capacity { alerts_a_day: 1.0, events_a_day: 10.0, prices: ringtrue_core::CostSheet::default().prices() };
            prop_assert_eq!(windows.finish(&read, capacity).len(), 1);
        }
    }
}
