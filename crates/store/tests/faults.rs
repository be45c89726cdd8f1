//! Crash safety, proven by failing every single operation on the disk in turn.
//!
//! A scenario (open, ingest, overlapping ingest, detector, labels, snapshot, forgetting) runs on a file system that is
//! killed, loses its power or is full at operation 1, 2, 3, ... until it gets through untouched.
//! After each fault the store is opened anew and must hold all that was acknowledged, nothing in part
//! and no stray file; the scenario run again must end in the same content.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use common::{events, held, source};
use ringtrue_core::{Digest, Event, EventId, EventTime, Label, LabelEntry, Method, TaskName};
use ringtrue_store::testkit::{Fault, FaultyFileSystem};
use ringtrue_store::{EventQuery, Lease, SetAside, Sizes, Store, StoreError, Subject};

const SIZES: Sizes = Sizes {
    segment_events: 3,
    segment_bytes: 1 << 20,
    merge_entries: 4,
    index_files_max: 1,
};

/// How far the scenario came, as its caller was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    #[default]
    Nothing,
    First,
    Second,
    Detector,
    Labelled,
    Corrected,
    Leased,
    Snapshot,
    Forgotten,
}

fn first() -> Vec<Event> {
    events(&[1, 2, 3, 4, 5, 6, 6])
}

fn second() -> Vec<Event> {
    events(&[4, 5, 6, 6, 6, 7, 8])
}

fn detector() -> Vec<(String, Vec<u8>)> {
    vec![
        ("card.json".to_owned(), b"{}".to_vec()),
        ("model/forest.txt".to_owned(), b"tree".to_vec()),
    ]
}

/// Labels of the first event, and of one that is forgotten later, if they are there.
fn labels(store: &Store, label: Label) -> Result<Vec<LabelEntry>, StoreError> {
    let events = events(&[1, 6]);
    let held = store.held(&events.iter().map(Event::id).collect())?;
    let label = |event: &Event| LabelEntry {
        event: event.id(),
        label: Some(label),
        certainty: 1.0,
        who: "ann".to_owned(),
        role: String::new(),
        evidence: "looked at".to_owned(),
        note: String::new(),
        method: Method::Analyst,
        known: EventTime(1),
        expires: None,
        task: TaskName {
            name: "phishing".to_owned(),
            meaning: Digest::of(b"task"),
        },
    };
    let there = events.iter().filter(|event| held.contains(&event.id()));
    Ok(there.map(label).collect())
}

/// Checks that the labels which were acknowledged are there, in order, and those of forgotten events gone.
fn check_labels(store: &Store, told: Told, is_forgotten: bool, case: &str) {
    let stored = store
        .labels()
        .unwrap_or_else(|error| panic!("{case}: {error:?}"));
    let least = match told {
        Told::Nothing | Told::First | Told::Second | Told::Detector => 0,
        Told::Labelled => 2,
        Told::Corrected | Told::Leased | Told::Snapshot | Told::Forgotten => 4,
    };
    assert!(
        stored.appended >= least,
        "{case}: an acknowledged label is gone"
    );
    let kept = &events(&[1])[0].id();
    let of_kept = stored.entries.iter().filter(|it| it.entry.event == *kept);
    assert!(
        of_kept.count() as u64 * 2 >= least,
        "{case}: a label of an event that stays is gone"
    );
    assert!(stored.entries.is_sorted_by_key(|it| it.sequence), "{case}");
    assert!(
        !is_forgotten || stored.entries.iter().all(|it| it.entry.event == *kept),
        "{case}"
    );
}

/// A lease of the events that are labelled.
fn lease(store: &Store) -> Result<Lease, StoreError> {
    let labels = labels(store, Label::Benign)?;
    Ok(Lease {
        who: "ann".to_owned(),
        task: "phishing".to_owned(),
        until: EventTime(9),
        events: labels.iter().map(|it| it.event).collect(),
    })
}

/// Checks that a lease which was acknowledged is there, and none of events that were forgotten, which begins later.
fn check_leases(store: &Store, told: Told, is_forgotten: bool, case: &str) {
    let leases = store
        .leases("phishing")
        .unwrap_or_else(|error| panic!("{case}: {error:?}"));
    let ids: Vec<EventId> = events(&[1, 6]).iter().map(Event::id).collect();
    let is_held = |event: &EventId| leases.holders(event, EventTime(3)).next() == Some("ann");
    assert!(
        told != Told::Leased || is_held(&ids[0]),
        "{case}: a lease is gone"
    );
    assert!(!is_forgotten || !is_held(&ids[1]), "{case}: a lease stayed");
}

fn ingest(store: &Store, name: &str, events: &[Event]) -> Result<(), StoreError> {
    let mut ingest = store.begin_ingest(&source(name))?;
    ingest.push(events)?;
    ingest.set_aside(&SetAside {
        file: name.to_owned(),
        line: 9,
        reason: "no such thing as a time: `soon`".to_owned(),
        excerpt: "soon,...".to_owned(),
    })?;
    ingest.commit().map(|_| ())
}

fn scenario(files: Arc<FaultyFileSystem>, path: &Path, told: &mut Told) -> Result<(), StoreError> {
    let store = Store::open_sized(files, path, SIZES)?;
    ingest(&store, "a.csv", &first())?;
    *told = Told::First;
    ingest(&store, "b.csv", &second())?;
    *told = Told::Second;
    store.put_detector(&detector())?;
    *told = Told::Detector;
    store.append_labels(&labels(&store, Label::Benign)?, EventTime(1))?;
    *told = Told::Labelled;
    store.append_labels(&labels(&store, Label::Malicious)?, EventTime(2))?;
    *told = Told::Corrected;
    store.lease_if(&lease(&store)?, EventTime(2), |_| true)?;
    *told = Told::Leased;
    store.snapshot(&EventQuery::default(), Digest::of(b"task"))?;
    *told = Told::Snapshot;
    let mut subject = Subject::new("6.example", &store.keys()?).unwrap();
    let forgetting = store.begin_forget(&mut subject)?;
    forgetting.commit("tombstone", &store.detectors()?)?;
    *told = Told::Forgotten;
    Ok(())
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Checks everything that must hold of a store after whatever happened.
fn check(store: &Store, told: Told, case: &str) {
    let held = held(store);
    let states = [
        events(&[]),
        first(),
        events(&[1, 2, 3, 4, 5, 6, 6, 6, 7, 8]),
        events(&[1, 2, 3, 4, 5, 7, 8]),
    ];
    let state = states
        .iter()
        .position(|state| common::sorted(state) == held)
        .unwrap_or_else(|| panic!("{case}: an ingest is visible in part: {held:?}"));
    let reached = [Told::First, Told::Second, Told::Forgotten];
    let least = reached.iter().filter(|step| told >= **step).count();
    assert!(state >= least, "{case}: an acknowledged ingest is gone");
    assert_eq!(store.count_events().unwrap(), held.len() as u64, "{case}");

    let detectors = store.detectors().unwrap();
    assert!(told < Told::Detector || detectors.len() == 1, "{case}");
    for digest in detectors {
        assert_eq!(store.detector(&digest).unwrap(), detector(), "{case}");
    }
    let datasets = store.datasets().unwrap();
    assert!(told < Told::Snapshot || !datasets.is_empty(), "{case}");
    let marks = store.marks().unwrap();
    let is_marked = |digest: &Digest| marks.iter().any(|mark| mark.digest == *digest);
    for digest in datasets {
        let dataset = store.dataset(&digest).unwrap();
        assert_eq!(dataset.events, dataset.labels.total(), "{case}");
        let is_old = dataset.events == 10;
        assert!(is_old || (dataset.events == 7 && state == 3), "{case}");
        assert_eq!(is_marked(&digest), is_old && state == 3, "{case}");
    }
    assert_eq!(
        store.tombstones().unwrap().len(),
        usize::from(state == 3),
        "{case}"
    );
    for ingest in store.ingests().unwrap() {
        assert_eq!(store.set_aside_rows(&ingest).unwrap().len(), 1, "{case}");
    }
    check_labels(store, told, state == 3, case);
    check_leases(store, told, state == 3, case);
    check_files(store, case);
}

/// Checks that each file is one that the catalog names.
fn check_files(store: &Store, case: &str) {
    let segments = store.segments().unwrap();
    let named = segments
        .iter()
        .map(|segment| format!("{}.parquet", segment.digest));
    assert_eq!(
        names(&store.path().join("segments")),
        named.collect(),
        "{case}"
    );
    assert!(
        names(&store.path().join("index")).len() <= SIZES.index_files_max,
        "{case}"
    );
    let aside = store.ingests().unwrap();
    let aside = aside.into_iter().filter_map(|ingest| ingest.set_aside_file);
    assert_eq!(
        names(&store.path().join("set-aside")),
        aside.collect(),
        "{case}"
    );
    let left: Vec<String> = names(&store.path().join("staging")).into_iter().collect();
    assert!(left.is_empty(), "{case}: {left:?}");
    let top = names(store.path());
    assert!(
        !top.iter().any(|name| name.starts_with('.')),
        "{case}: {top:?}"
    );
}

fn enumerate(fault: Fault) -> u64 {
    for operation in 1.. {
        let case = format!("{fault:?} at operation {operation}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let faulty = Arc::new(FaultyFileSystem::failing_at(operation, fault));
        let mut told = Told::default();
        let done = scenario(Arc::clone(&faulty), &path, &mut told);
        if !faulty.tripped() {
            done.unwrap();
            assert_eq!(told, Told::Forgotten);
            return operation - 1;
        }
        if let (Fault::DiskFull, Err(error)) = (fault, &done) {
            assert!(
                matches!(error, StoreError::Full { .. }),
                "{case}: {error:?}"
            );
        }
        let sound = Arc::new(FaultyFileSystem::sound());
        let store = Store::open_sized(Arc::clone(&sound) as _, &path, SIZES);
        check(
            &store.unwrap_or_else(|error| panic!("{case}: {error:?}")),
            told,
            &case,
        );
        scenario(sound, &path, &mut told).unwrap_or_else(|error| panic!("{case}: {error:?}"));
        let store = Store::open_sized(Arc::new(FaultyFileSystem::sound()), &path, SIZES).unwrap();
        check(&store, Told::Forgotten, &case);
    }
    0
}

#[test]
fn a_kill_at_any_operation_loses_nothing_acknowledged() {
    assert!(enumerate(Fault::Kill) > 60);
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_acknowledged() {
    assert!(enumerate(Fault::PowerCut) > 60);
}

#[test]
fn a_full_disk_at_any_operation_is_a_clear_error_and_leaves_nothing() {
    assert!(enumerate(Fault::DiskFull) > 60);
}

#[test]
fn a_store_on_a_read_only_disk_is_read_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a #1 store?");
    let document = Store::open(&path).unwrap().put_document(b"kept").unwrap();
    let read_only = Arc::new(FaultyFileSystem::failing_at(1, Fault::ReadOnly));
    let store = Store::open_with(read_only, &path).unwrap();
    assert_eq!(store.document(&document).unwrap(), b"kept");
    assert_eq!(store.audit().unwrap().entries.len(), 0);
    assert_eq!(store.segments().unwrap().len(), 0);
    let error = store.put_document(b"another").unwrap_err();
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    assert!(error.to_string().contains("store"), "{error}");
    assert!(error.hint().contains("permissions"));
}

#[test]
fn an_artefact_folder_is_the_old_one_or_the_new_one() {
    use ringtrue_store::artefact::{read_folder, write_folder_with};
    let old = detector();
    let new = vec![("card.json".to_owned(), b"{\"new\":1}".to_vec())];
    for fault in [Fault::Kill, Fault::PowerCut, Fault::DiskFull] {
        for operation in 1.. {
            let case = format!("{fault:?} at operation {operation}");
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("detector");
            write_folder_with(Arc::new(FaultyFileSystem::sound()), &path, &old).unwrap();
            std::fs::write(path.join("notes.txt"), "mine").unwrap();
            let faulty = Arc::new(FaultyFileSystem::failing_at(operation, fault));
            let done = write_folder_with(Arc::clone(&faulty) as _, &path, &new);
            let found = read_folder(&path).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert!(found == new || (found == old && done.is_err()), "{case}");
            write_folder_with(Arc::new(FaultyFileSystem::sound()), &path, &new).unwrap();
            assert_eq!(read_folder(&path).unwrap(), new, "{case}");
            assert_eq!(
                std::fs::read_to_string(path.join("notes.txt")).unwrap(),
                "mine",
                "{case}"
            );
            assert_eq!(
                names(folder.path()),
                BTreeSet::from(["detector".to_owned()]),
                "{case}"
            );
            if !faulty.tripped() {
                done.unwrap();
                break;
            }
        }
    }
}
