//! What the label store must hold: order, kills, several writers, forgetting, the stored form.

use ringtrue_core::{Digest, Label, Method, TaskName};

use super::*;
use crate::dataset::LabelsTaken;

fn entry(event: u8, who: &str) -> LabelEntry {
    LabelEntry {
        event: EventId([event; 16]),
        label: Some(Label::Malicious),
        certainty: 0.9,
        who: who.to_owned(),
        role: "analyst".to_owned(),
        evidence: "asks for a password".to_owned(),
        note: String::new(),
        method: Method::Analyst,
        known: EventTime::from_date(2026, 1, 1),
        expires: None,
        task: TaskName {
            name: "phishing".to_owned(),
            meaning: Digest::from_bytes([7; 32]),
        },
    }
}

fn said(store: &Store) -> Vec<(u64, String)> {
    let stored = store.labels().unwrap();
    let each = stored.entries.into_iter();
    each.map(|it| (it.sequence, it.entry.who)).collect()
}

#[test]
fn entries_come_back_in_the_order_of_appending_whatever_the_clock_says() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.labels().unwrap(), StoredLabels::default());
    let (today, yesterday) = (
        EventTime::from_date(2026, 5, 2),
        EventTime::from_date(2026, 5, 1),
    );
    store
        .append_labels(&[entry(1, "ann"), entry(2, "ann")], today)
        .unwrap();
    let appended = store.append_labels(&[entry(1, "ben")], yesterday).unwrap();
    assert_eq!((appended.first, appended.total), (2, 3));
    let stored = store.labels().unwrap();
    assert_eq!(stored.clock_went_back, 1);
    assert_eq!(stored.entries[2].appended, yesterday);
    assert_eq!(stored.entries[0].entry, entry(1, "ann"));
    let all: Vec<(u64, String)> = [(0, "ann"), (1, "ann"), (2, "ben")]
        .map(|(at, who)| (at, who.to_owned()))
        .into();
    assert_eq!(said(&store), all);
}

#[test]
fn a_torn_end_is_told_and_cut_off_and_the_rest_stays() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let now = EventTime(0);
    store.append_labels(&[entry(1, "ann")], now).unwrap();
    let log = folder.path().join("logs/labels/00000000000000000000.log");
    let mut file = std::fs::OpenOptions::new().append(true).open(log).unwrap();
    file.write_all(b"RTLP\x10\0").unwrap();
    assert_eq!(store.labels().unwrap().torn.unwrap().bytes, 6);
    let appended = store.append_labels(&[entry(2, "ben")], now).unwrap();
    assert_eq!(appended.torn.unwrap().bytes, 6);
    assert_eq!(said(&store), [(0, "ann".to_owned()), (1, "ben".to_owned())]);
    assert_eq!(store.labels().unwrap().torn, None);
}

#[test]
fn several_that_append_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let path = folder.path();
    std::thread::scope(|scope| {
        for who in ["ann", "ben", "cy"] {
            scope.spawn(move || {
                let store = Store::open(path).unwrap();
                for event in 0..20 {
                    store
                        .append_labels(&[entry(event, who)], EventTime(0))
                        .unwrap();
                }
            });
        }
    });
    let all = said(&Store::open(folder.path()).unwrap());
    assert_eq!(all.len(), 60);
    for who in ["ann", "ben", "cy"] {
        assert_eq!(all.iter().filter(|(_, it)| it == who).count(), 20);
    }
}

#[test]
fn what_is_forgotten_leaves_its_number_and_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.change_labels(&LabelChange::default()).unwrap();
    let entries = [entry(1, "ann"), entry(2, "unforgettable"), entry(3, "ann")];
    store.append_labels(&entries, EventTime(0)).unwrap();
    let change = LabelChange {
        events: [
            (EventId([2; 16]), None),
            (EventId([3; 16]), Some(EventId([4; 16]))),
        ]
        .into(),
        by_number: [(1, None)].into(),
    };
    store.change_labels(&change).unwrap();
    assert_eq!(said(&store), [(0, "ann".to_owned()), (2, "ann".to_owned())]);
    let stored = store.labels().unwrap();
    assert_eq!(stored.appended, 3);
    assert_eq!(stored.entries[1].entry.event, EventId([4; 16]));
    let log = folder.path().join("logs/labels/00000000000000000000.log");
    let bytes = std::fs::read(log).unwrap();
    assert!(!bytes.windows(13).any(|it| it == b"unforgettable"));
    store
        .append_labels(&[entry(4, "ben")], EventTime(0))
        .unwrap();
    assert_eq!(said(&store).last(), Some(&(3, "ben".to_owned())));
}

#[test]
fn no_flipped_bit_after_forgetting_loses_a_label() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let entries = [entry(1, "ann"), entry(2, "ben"), entry(3, "cy")];
    store.append_labels(&entries, EventTime(0)).unwrap();
    let change = LabelChange {
        events: [(EventId([2; 16]), None)].into(),
        by_number: [(1, None)].into(),
    };
    store.change_labels(&change).unwrap();
    let left = said(&store);
    let log = folder.path().join("logs/labels/00000000000000000000.log");
    let sound = std::fs::read(&log).unwrap();
    for position in (0..sound.len()).step_by(7) {
        let mut damaged = sound.clone();
        damaged[position] ^= 4;
        std::fs::write(&log, &damaged).unwrap();
        match store.append_labels(&[entry(4, "dee")], EventTime(0)) {
            Ok(_) => assert!(said(&store).starts_with(&left), "byte {position}"),
            Err(error) => {
                assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
                assert_eq!(std::fs::read(&log).unwrap(), damaged, "byte {position}");
            }
        }
    }
}

#[test]
fn forgetting_takes_along_what_was_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store
        .append_labels(&[entry(1, "ann")], EventTime(0))
        .unwrap();
    let aside = folder.path().join("logs/labels/0-0-0.torn");
    std::fs::write(&aside, "unforgettable").unwrap();
    store.change_labels(&LabelChange::default()).unwrap();
    assert!(!aside.exists());
    assert_eq!(said(&store).len(), 1);
}

#[test]
fn labels_that_expired_make_another_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let snapshot = |expired| {
        let taken = LabelsTaken {
            entries: 2,
            as_of: None,
            expired,
        };
        let all = crate::EventQuery::default();
        store
            .snapshot_with(&all, Digest::of(b"task"), Some(taken))
            .unwrap()
    };
    let ((before, lasting), (after, expired)) = (snapshot(0), snapshot(1));
    assert_ne!(before, after);
    assert_eq!((lasting.format, expired.format), (2, 3));
    assert_eq!(store.dataset(&after).unwrap(), expired);
}

#[test]
fn what_is_chosen_is_chosen_while_nobody_else_adds() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let path = folder.path();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                let store = Store::open(path).unwrap();
                let unless_there = |stored: &StoredLabels| {
                    let is_there = !stored.entries.is_empty();
                    (
                        if is_there {
                            vec![]
                        } else {
                            vec![entry(1, "ann")]
                        },
                        (),
                    )
                };
                store.append_labels_by(EventTime(0), unless_there).unwrap();
            });
        }
    });
    assert_eq!(said(&Store::open(path).unwrap()).len(), 1);
}

#[test]
fn the_first_format_is_read() {
    let text = include_bytes!("../../tests/formats/label/v1.json");
    let record = Record {
        sequence: 0,
        time: EventTime(0),
        previous: None,
        payload: text.to_vec(),
    };
    let read = decode(&record, Path::new("v1.json")).unwrap().unwrap();
    assert_eq!(read, entry(1, "ann"));
    let written: serde_json::Value = serde_json::from_slice(&encode(&read).unwrap()).unwrap();
    assert_eq!(
        written,
        serde_json::from_slice::<serde_json::Value>(text).unwrap()
    );
}
