//! What the audit log must hold: every change of a byte is found, a refusal writes nothing, of two who want the same alias one
//! gets it.

use ringtrue_core::audit::{
    Alias, Aliases, Authority, Entry, Flaw, Head, Move, Moved, Origin, Registration, flaws,
};

use super::*;

fn moved(from: Option<&str>, to: &str) -> Payload {
    let digest = |name: &str| Digest::of(name.as_bytes());
    Payload::unsigned(Entry::Moved(Moved {
        step: Move {
            task: "phishing".to_owned(),
            alias: Alias::Champion,
            from: from.map(digest),
            to: digest(to),
        },
        by: Authority::Gate {
            report: digest("gate"),
        },
        objections: Vec::new(),
        note: None,
    }))
}

fn registered(name: &str) -> Payload {
    Payload::unsigned(Entry::Registered(Registration {
        detector: Digest::of(name.as_bytes()),
        task: "phishing".to_owned(),
        task_digest: Digest::of(b"task"),
        dataset: Digest::of(b"dataset"),
        origin: Origin::Run,
    }))
}

fn decided(time: i64, payloads: Vec<Payload>) -> Decided<()> {
    Decided {
        time: EventTime(time),
        payloads,
        told: (),
    }
}

fn append(store: &Store, time: i64, payloads: Vec<Payload>) {
    let done = store.append_audit(|_| Ok::<_, ()>(decided(time, payloads)));
    done.unwrap().unwrap();
}

/// Returns a store with some entries, and the file that they stand in.
fn filled(folder: &Path) -> (Store, std::path::PathBuf) {
    let store = Store::open(folder).unwrap();
    append(&store, 1, vec![registered("a"), moved(None, "a")]);
    append(&store, 2, vec![registered("b")]);
    append(&store, 3, vec![moved(Some("a"), "b")]);
    let file = store.log_folder(LOG).join("00000000000000000000.log");
    (store, file)
}

fn champion(store: &Store) -> Option<Digest> {
    let aliases = Aliases::of(&store.audit().unwrap().entries);
    let held = aliases.get("phishing", Alias::Champion);
    held.map(|held| held.detector)
}

#[test]
fn entries_come_back_and_say_who_is_champion() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(folder.path());
    let audit = store.audit().unwrap();
    let payloads: Vec<&Payload> = audit.entries.iter().map(|it| &it.payload).collect();
    assert_eq!(
        payloads,
        [
            &registered("a"),
            &moved(None, "a"),
            &registered("b"),
            &moved(Some("a"), "b")
        ]
    );
    assert_eq!(audit.entries[2].previous, audit.entries[1].digest);
    assert_eq!(champion(&store), Some(Digest::of(b"b")));
    assert_eq!(flaws(&audit.entries, None, None), []);
}

#[test]
fn times_that_are_read_when_the_log_is_in_hand_do_not_cross() {
    use std::sync::atomic::{AtomicI64, Ordering};
    let folder = tempfile::tempdir().unwrap();
    Store::open(folder.path()).unwrap();
    let clock = AtomicI64::new(0);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (clock, folder) = (&clock, folder.path());
            scope.spawn(move || {
                let store = Store::open(folder).unwrap();
                let done = store.append_audit(|_| {
                    let time = clock.fetch_add(1, Ordering::SeqCst);
                    Ok::<_, ()>(decided(time, vec![registered(&number.to_string())]))
                });
                done.unwrap().unwrap();
            });
        }
    });
    let entries = Store::open(folder.path()).unwrap().audit().unwrap().entries;
    assert_eq!(entries.len(), 8);
    assert_eq!(flaws(&entries, None, None), []);
}

#[test]
fn a_refusal_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = filled(folder.path());
    let before = std::fs::read(&file).unwrap();
    let done = store.append_audit(|audit| {
        assert_eq!(audit.entries.len(), 4);
        Err::<Decided<()>, _>("no")
    });
    assert_eq!(done.unwrap(), Err("no"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn every_changed_byte_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = filled(folder.path());
    let sound = store.audit().unwrap().entries;
    let bytes = std::fs::read(&file).unwrap();
    // The last mark says only that what stands before it was synced: 24 bytes.
    let told = bytes.len() - 24;
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        std::fs::write(&file, &changed).unwrap();
        match store.audit() {
            Err(StoreError::Corrupt { .. }) => {}
            Ok(audit) => {
                assert!(at >= told, "byte {at} was changed and nobody saw");
                assert_eq!(audit.entries, sound, "byte {at}");
            }
            Err(error) => panic!("byte {at}: {error}"),
        }
    }
}

#[test]
fn a_missing_end_is_told_by_the_head() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = filled(folder.path());
    let head = Head::of(&store.audit().unwrap().entries);
    let bytes = std::fs::read(&file).unwrap();
    for length in (0..bytes.len()).step_by(7) {
        std::fs::write(&file, &bytes[..length]).unwrap();
        let until = store.audit_until().unwrap();
        let found = flaws(&until.audit.entries, None, Some(&head));
        let is_whole = until.audit.entries.len() == 4;
        let is_told = found
            .iter()
            .any(|it| matches!(it.flaw, Flaw::ShortOfHead { .. }));
        assert_eq!(is_told, !is_whole, "cut to {length}: {found:?}");
    }
}

/// Writes a log anew as somebody would who knows how it is made.
fn rewritten(folder: &Path, payloads: &[Payload]) -> Vec<Recorded> {
    let store = Store::open(folder).unwrap();
    for (time, payload) in (1..).zip(payloads) {
        append(&store, time, vec![payload.clone()]);
    }
    store.audit().unwrap().entries
}

#[test]
fn a_log_that_was_written_anew_is_not_the_one_that_the_head_knows() {
    let folder = tempfile::tempdir().unwrap();
    let honest = [
        registered("a"),
        moved(None, "a"),
        registered("b"),
        moved(Some("a"), "b"),
    ];
    let head = Head::of(&rewritten(&folder.path().join("0"), &honest));
    let changed = [
        // One entry is another, one is gone and one more at the end, two change places.
        vec![
            registered("a"),
            moved(None, "a"),
            registered("c"),
            moved(Some("a"), "b"),
        ],
        vec![
            registered("a"),
            moved(None, "a"),
            moved(Some("a"), "b"),
            registered("b"),
        ],
        vec![
            moved(None, "a"),
            registered("a"),
            registered("b"),
            moved(Some("a"), "b"),
        ],
        vec![
            registered("b"),
            registered("c"),
            registered("d"),
            moved(Some("a"), "b"),
        ],
    ];
    for (number, payloads) in (1..).zip(&changed) {
        let entries = rewritten(&folder.path().join(number.to_string()), payloads);
        let found = flaws(&entries, None, Some(&head));
        assert!(
            found.iter().any(|it| it.flaw == Flaw::NotTheHead(3)),
            "{number}: {found:?}"
        );
    }
    // Without a head, a move that is gone shows in the next one.
    let dropped = rewritten(
        &folder.path().join("5"),
        &[honest[0].clone(), honest[3].clone()],
    );
    let found = flaws(&dropped, None, None);
    assert!(
        matches!(found[0].flaw, Flaw::OtherStart { .. }),
        "{found:?}"
    );
    assert_eq!(found[0].sequence, Some(1));
}

#[test]
fn a_clock_that_went_back_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(folder.path());
    append(&store, 2, vec![registered("c")]);
    let found = flaws(&store.audit().unwrap().entries, None, None);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].sequence, Some(4));
    assert!(matches!(found[0].flaw, Flaw::Clock { .. }), "{found:?}");
}

#[test]
fn of_two_who_want_the_same_alias_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(folder.path());
    let expected = champion(&store);
    let names: Vec<String> = (0..8).map(|number| format!("new {number}")).collect();
    let wants = |name: &str| {
        let store = Store::open(folder.path()).unwrap();
        let done = store.append_audit(|audit| {
            let aliases = Aliases::of(&audit.entries);
            let held = aliases.get("phishing", Alias::Champion);
            if held.map(|it| it.detector) == expected {
                Ok(decided(9, vec![moved(Some("b"), name)]))
            } else {
                Err(())
            }
        });
        done.unwrap().is_ok()
    };
    let won: Vec<bool> = std::thread::scope(|scope| {
        let wants = &wants;
        let threads: Vec<_> = names
            .iter()
            .map(|name| scope.spawn(move || wants(name)))
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    assert_eq!(champion(&store), Some(Digest::of(names[winner].as_bytes())));
    assert_eq!(store.audit().unwrap().entries.len(), 5);
}

#[test]
fn a_document_is_read_only_if_it_is_the_one_that_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let digest = store.put_document(b"gate").unwrap();
    assert_eq!(store.put_document(b"gate").unwrap(), digest);
    assert_eq!(store.document(&digest).unwrap(), b"gate");
    std::fs::write(store.document_path(&digest), b"date").unwrap();
    assert!(matches!(
        store.document(&digest),
        Err(StoreError::Corrupt { .. })
    ));
    let unknown = store.document(&Digest::of(b"other")).unwrap_err();
    assert!(matches!(
        unknown,
        StoreError::Unknown {
            noun: "document",
            ..
        }
    ));
}

#[test]
fn a_record_that_is_no_entry_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = filled(folder.path());
    let (mut log, _) = LogWriter::open(&store.log_folder(LOG), Chain::Chained).unwrap();
    log.append(EventTime(4), b"{\"format\":1}").unwrap();
    log.sync().unwrap();
    drop(log);
    let error = store.audit().unwrap_err().to_string();
    assert!(error.contains("record 4: "), "{error}");
    assert_eq!(store.audit_until().unwrap().audit.entries.len(), 4);
    let refused = store.append_audit(|_| Ok::<_, ()>(decided(5, Vec::new())));
    assert!(refused.is_err());
}
