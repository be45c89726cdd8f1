//! A promotion, killed at every single operation on the disk in turn: the old champion stands, or the new one with all that it
//! rests on.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::path::Path;
use std::sync::Arc;

use ringtrue_core::audit::{Alias, Aliases, Authority, Entry, Move, Moved, Payload};
use ringtrue_core::{Digest, EventTime};
use ringtrue_store::testkit::{Fault, FaultyFileSystem};
use ringtrue_store::{Decided, Store, StoreError};

fn detector(name: &str) -> Vec<(String, Vec<u8>)> {
    vec![
        ("card.json".to_owned(), name.as_bytes().to_vec()),
        ("model/forest.txt".to_owned(), b"tree".to_vec()),
    ]
}

/// Promotes as the command line does: detector, report and note are there before the entry that names them.
fn promote(store: &Store, name: &str) -> Result<(), StoreError> {
    let to = store.put_detector(&detector(name))?;
    let report = store.put_document(format!("gate of {name}").as_bytes())?;
    let note = store.put_document(format!("note of {name}").as_bytes())?;
    let done = store.append_audit(|audit| {
        let aliases = Aliases::of(&audit.entries);
        let from = aliases.get("task", Alias::Champion).map(|it| it.detector);
        if from == Some(to) {
            return Err(());
        }
        let entry = Entry::Moved(Moved {
            step: Move {
                task: "task".to_owned(),
                alias: Alias::Champion,
                from,
                to,
            },
            by: Authority::Gate { report },
            objections: Vec::new(),
            note: Some(note),
        });
        Ok(Decided {
            time: EventTime(1),
            payloads: vec![Payload::unsigned(entry)],
            told: (),
        })
    })?;
    // Whoever tries again after a crash may find that it is done.
    let (Ok(()) | Err(())) = done;
    Ok(())
}

fn scenario(files: Arc<FaultyFileSystem>, path: &Path, told: &mut usize) -> Result<(), StoreError> {
    let store = Store::open_with(files, path)?;
    for name in ["old", "new"] {
        promote(&store, name)?;
        *told += 1;
    }
    Ok(())
}

/// Checks that the champion is one of the two, no older than was told, and that all that its entry names is there.
fn check(store: &Store, told: usize, case: &str) {
    let audit = store
        .audit()
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    assert!(
        audit.entries.len() >= told,
        "{case}: an acknowledged promotion is gone"
    );
    let aliases = Aliases::of(&audit.entries);
    let champion = aliases.get("task", Alias::Champion);
    let Some(champion) = champion.map(|held| held.detector) else {
        return;
    };
    let files = store
        .detector(&champion)
        .unwrap_or_else(|error| panic!("{case}: the champion is not there: {error}"));
    let names = ["old", "new"].map(detector);
    assert!(names.contains(&files), "{case}");
    assert!(told < 2 || files == detector("new"), "{case}");
    for recorded in &audit.entries {
        for document in recorded.payload.entry.documents() {
            store
                .document(&document)
                .unwrap_or_else(|error| panic!("{case}: {error}"));
        }
    }
}

fn enumerate(fault: Fault) -> u64 {
    for operation in 1.. {
        let case = format!("{fault:?} at operation {operation}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let faulty = Arc::new(FaultyFileSystem::failing_at(operation, fault));
        let mut told = 0;
        let done = scenario(Arc::clone(&faulty), &path, &mut told);
        if !faulty.tripped() {
            done.unwrap();
            return operation - 1;
        }
        let sound = Arc::new(FaultyFileSystem::sound());
        let store = Store::open_with(Arc::clone(&sound) as _, &path);
        let store = store.unwrap_or_else(|error| panic!("{case}: {error}"));
        check(&store, told, &case);
        // Whoever was told of another failure than an unsettled one may rely on it that nothing was kept.
        if done.is_err_and(|error| !matches!(error, StoreError::Unsettled { .. })) {
            assert_eq!(store.audit().unwrap().entries.len(), told, "{case}");
        }
        // Two names, each once: whoever goes on after the fault ends where nobody failed.
        let is_new = |store: &Store| {
            let entries = store.audit().unwrap().entries;
            let aliases = Aliases::of(&entries);
            let held = aliases.get("task", Alias::Champion).map(|it| it.detector);
            held == Some(store.put_detector(&detector("new")).unwrap())
        };
        if !is_new(&store) {
            promote(&store, "new").unwrap_or_else(|error| panic!("{case}: {error}"));
        }
        assert!(is_new(&store), "{case}");
        check(&store, 1, &case);
    }
    0
}

#[test]
fn a_kill_at_any_operation_leaves_the_old_champion_or_the_new_one() {
    assert!(enumerate(Fault::Kill) > 40);
}

#[test]
fn a_power_cut_at_any_operation_leaves_the_old_champion_or_the_new_one() {
    assert!(enumerate(Fault::PowerCut) > 40);
}

#[test]
fn a_full_disk_at_any_operation_leaves_the_old_champion_or_the_new_one() {
    assert!(enumerate(Fault::DiskFull) > 40);
}

#[test]
fn a_digest_is_of_what_a_detector_holds_wherever_it_stands() {
    use ringtrue_store::artefact::{identify, write_folder};
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let id = store.put_detector(&detector("a")).unwrap();
    assert_eq!(identify(&detector("a")).unwrap(), id);
    assert_eq!(
        write_folder(&folder.path().join("a"), &detector("a")).unwrap(),
        id
    );
    let mut changed = detector("a");
    changed[1].1.push(b'!');
    assert_ne!(identify(&changed).unwrap(), id);
    assert_ne!(id, Digest::of(b""));
}
