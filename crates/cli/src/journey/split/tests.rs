//! Tests of the split.

use super::*;
use ringtrue_core::EventId;

const DAY: i64 = 86_400_000_000;

/// What one event of a test is.
#[derive(Clone, Copy)]
struct One {
    day: Option<i64>,
    label: Label,
    left_out: bool,
}

fn indexed(events: &[One]) -> Indexed {
    let mut indexed = Indexed::default();
    for (number, event) in (0_u32..).zip(events) {
        let time = event.day.map(|day| EventTime(day * DAY));
        let [a, b, c, d] = number.to_be_bytes();
        let mut id = [0; 16];
        [id[0], id[1], id[2], id[3]] = [a, b, c, d];
        indexed.index.entries.push(Entry {
            time,
            known: time,
            label: event.label,
            id: EventId(id),
            cluster: number,
        });
        indexed.left_out.push(event.left_out);
    }
    indexed.index.settle();
    indexed
}

/// Returns 4,000 events over 400 days: one in four malicious, one in ten unsure, one in five left out.
fn events() -> Vec<One> {
    (0..4_000)
        .map(|n| One {
            day: Some(n / 10),
            label: match (n % 10, n % 4) {
                (7, _) => Label::Unsure,
                (_, 0) => Label::Malicious,
                _ => Label::Benign,
            },
            left_out: n % 5 == 1,
        })
        .collect()
}

fn labels(indexed: &Indexed, positions: &[u32]) -> [usize; 2] {
    let entries = indexed.index.in_order();
    let count = |label| {
        let of_label = |at: &&u32| entries[**at as usize].label == label;
        positions.iter().filter(of_label).count()
    };
    [Label::Benign, Label::Malicious].map(count)
}

fn is_left_out(indexed: &Indexed, position: u32) -> bool {
    let entry = indexed
        .index
        .ranks
        .iter()
        .position(|rank| *rank == position);
    indexed.left_out[entry.unwrap()]
}

#[test]
fn every_event_is_in_one_part() {
    for days in [true, false] {
        for with_left_out in [true, false] {
            let mut events = events();
            for event in &mut events {
                event.left_out &= with_left_out;
                if !days {
                    event.day = None;
                }
            }
            let indexed = indexed(&events);
            let parts = split(&indexed, (None, &BTreeSet::new()), 0.001).unwrap();
            let mut all: Vec<u32> = [
                &parts.plan.train,
                &parts.plan.calibrate,
                &parts.plan.test,
                &parts.unsure,
                &parts.unsure_before,
            ]
            .into_iter()
            .flatten()
            .copied()
            .collect();
            all.sort_unstable();
            let distinct = all.len();
            all.dedup();
            assert_eq!(all.len(), distinct);
            // Events of the others after the cutoff are not judged where something is left out.
            if !with_left_out {
                assert_eq!(all.len(), events.len());
            }
            let unsure = parts.unsure.len() + parts.unsure_before.len();
            assert_eq!(unsure, 400, "days {days}, left out {with_left_out}");
            assert!(!parts.unsure_before.is_empty());
        }
    }
}

#[test]
fn what_is_left_out_is_judged_alone_where_it_holds_both_classes() {
    let indexed = indexed(&events());
    let parts = split(&indexed, (None, &BTreeSet::new()), 0.001).unwrap();
    let [benign, malicious] = labels(&indexed, &parts.plan.test);
    assert!(benign >= 100 && malicious >= 30, "{benign} {malicious}");
    assert!(parts.plan.test.iter().all(|at| is_left_out(&indexed, *at)));
    assert!(
        parts
            .plan
            .train
            .iter()
            .all(|at| !is_left_out(&indexed, *at))
    );
    assert!(!parts.assumed.iter().any(|said| said.contains("left out")));
}

#[test]
fn a_class_that_is_not_left_out_is_lent_and_said() {
    for (lacking, name) in [(Label::Benign, "benign"), (Label::Malicious, "malicious")] {
        let mut events = events();
        for event in &mut events {
            event.left_out &= event.label != lacking;
        }
        let indexed = indexed(&events);
        let parts = split(&indexed, (None, &BTreeSet::new()), 0.001).unwrap();
        let counts = labels(&indexed, &parts.plan.test);
        assert!(counts[0] > 0 && counts[1] > 0, "{counts:?}");
        let entries = indexed.index.in_order();
        let is_right =
            |at: &u32| is_left_out(&indexed, *at) != (entries[*at as usize].label == lacking);
        assert!(parts.plan.test.iter().all(is_right));
        let said = format!("beside the {name} events of the others, since it holds 0 {name}");
        assert!(
            parts
                .assumed
                .iter()
                .any(|sentence| sentence.contains(&said)),
            "{:?}",
            parts.assumed
        );
    }
}

#[test]
fn how_many_events_have_a_time_is_said() {
    let mut events = events();
    for event in events.iter_mut().take(2_200) {
        event.day = None;
    }
    let indexed = indexed(&events);
    let parts = split(&indexed, (None, &BTreeSet::new()), 0.001).unwrap();
    let said = "1800 of 4000 events have a time, and more than half must";
    assert!(parts.assumed[0].starts_with(said), "{:?}", parts.assumed);
    let Err(failure) = split(
        &indexed,
        (Some(EventTime(300 * DAY)), &BTreeSet::new()),
        0.001,
    ) else {
        panic!("there are too few times to split by");
    };
    assert!(failure.what.contains(said), "{}", failure.what);
}

#[test]
fn each_class_s_own_calibration_is_said() {
    let mut events = events();
    // Malicious events are rare towards the cutoff.
    for event in events.iter_mut().skip(1_500).take(1_500) {
        if event.label == Label::Malicious {
            event.label = Label::Benign;
        }
    }
    let parts = split(&indexed(&events), (None, &BTreeSet::new()), 0.001).unwrap();
    let said = "each class is calibrated on its own latest events before that, benign ones from";
    assert!(
        parts
            .assumed
            .iter()
            .any(|sentence| sentence.starts_with(said)),
        "{:?}",
        parts.assumed
    );
}

#[test]
fn what_is_absorbed_is_trained_on_whenever_it_came_and_never_judged_on() {
    let events: Vec<One> = events()
        .into_iter()
        .map(|it| One {
            left_out: false,
            ..it
        })
        .collect();
    let indexed = indexed(&events);
    let entries = indexed.index.in_order();
    // The last malicious event, and one of the middle.
    let malicious = |from: usize| {
        entries[from..]
            .iter()
            .find(|it| it.label == Label::Malicious)
    };
    let absorbed: BTreeSet<EventId> = [3_990, 2_000]
        .map(|from| malicious(from).unwrap().id)
        .into();
    let parts = split(&indexed, (None, &absorbed), 0.001).unwrap();
    let plain = split(&indexed, (None, &BTreeSet::new()), 0.001).unwrap();
    let holds = |part: &[u32]| {
        part.iter()
            .filter(|at| absorbed.contains(&entries[**at as usize].id))
            .count()
    };
    assert_eq!((holds(&parts.plan.train), holds(&parts.plan.test)), (2, 0));
    assert_eq!(parts.plan.test.len() + 1, plain.plan.test.len());
    assert_eq!(parts.cutoff, plain.cutoff);
    assert!(
        parts
            .waived
            .iter()
            .any(|it| it.starts_with("C1 is waived for 1 event that is absorbed"))
    );
    let unknown = BTreeSet::from([EventId([9; 16])]);
    assert!(split(&indexed, (None, &unknown), 0.001).is_err());
}
