//! The store from outside: twice is once, snapshots stay, damage and foreign folders are named.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use common::{events, held, sorted, source};
use ringtrue_core::{Digest, Event, EventTime};
use ringtrue_store::artefact::{self, Manifest};
use ringtrue_store::log::{Chain, LogReader, LogWriter, Record};
use ringtrue_store::{
    Dataset, EventQuery, IngestSource, IngestSummary, RealFileSystem, SetAside, Sizes, Store,
    StoreError,
};

const SMALL: Sizes = Sizes {
    segment_events: 10,
    segment_bytes: 1 << 20,
    merge_entries: 16,
    index_files_max: 2,
};

fn small(path: &Path) -> Store {
    Store::open_sized(Arc::new(RealFileSystem), path, SMALL).unwrap()
}

fn ingest(store: &Store, name: &str, events: &[Event]) -> IngestSummary {
    let mut ingest = store.begin_ingest(&source(name)).unwrap();
    for batch in events.chunks(7) {
        ingest.push(batch).unwrap();
    }
    ingest.commit().unwrap()
}

#[test]
fn twice_is_once_and_duplicates_within_a_file_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = small(folder.path());
    let numbers: Vec<u32> = (0..60).chain([5, 5, 5, 70]).collect();
    let all = events(&numbers);
    let once = ingest(&store, "a.csv", &all);
    assert_eq!((once.added, once.repeated), (64, 0));
    let twice = ingest(&store, "a.csv", &all);
    assert_eq!(
        (twice.added, twice.repeated, twice.segments.len()),
        (0, 64, 0)
    );
    assert_eq!(held(&store), sorted(&all));
    // One more occurrence than is held is one new event, whichever of them comes last.
    for number in 0..8 {
        let more = ingest(&store, "b.csv", &events(&[5, 5, 5, 5, 5, 100 + number]));
        assert_eq!(more.added, if number == 0 { 2 } else { 1 });
    }
    let expected: Vec<u32> = numbers.into_iter().chain([5]).chain(100..108).collect();
    assert_eq!(held(&store), sorted(&events(&expected)));
}

#[test]
fn events_come_back_in_the_order_in_which_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let store = small(folder.path());
    let all = events(&(0..95).collect::<Vec<_>>());
    let summary = ingest(&store, "a.csv", &all);
    assert_eq!(summary.segments.len(), 10);
    let read: Vec<Vec<Event>> = store
        .read_events(&EventQuery::default())
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(read.concat(), all);
}

#[test]
fn a_dropped_ingest_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = small(folder.path());
    let mut ingest = store.begin_ingest(&source("a.csv")).unwrap();
    ingest.push(&events(&(0..35).collect::<Vec<_>>())).unwrap();
    drop(ingest);
    assert_eq!(store.count_events().unwrap(), 0);
    assert!(!folder.path().join("staging/ingest").exists());
}

#[test]
fn a_known_content_under_the_same_task_need_not_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = small(folder.path());
    let known = IngestSource {
        name: "a.csv".to_owned(),
        digest: Some(Digest::of(b"bytes")),
        task: Some(Digest::of(b"task")),
    };
    let mut ingest = store.begin_ingest(&known).unwrap();
    ingest.push(&events(&[1, 2, 3])).unwrap();
    let summary = ingest.commit().unwrap();
    assert_eq!(store.known_ingest(&known).unwrap(), Some(summary));
    let other_task = IngestSource {
        task: Some(Digest::of(b"another")),
        ..known.clone()
    };
    assert_eq!(store.known_ingest(&other_task).unwrap(), None);
    assert_eq!(store.known_ingest(&source("a.csv")).unwrap(), None);
}

#[test]
fn a_snapshot_counts_its_bounds_and_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let store = small(folder.path());
    ingest(&store, "a.csv", &events(&(0..30).collect::<Vec<_>>()));
    let query = EventQuery {
        from: Some(EventTime(5_000_000)),
        before: Some(EventTime(17_000_000)),
    };
    let (digest, dataset) = store.snapshot(&query, Digest::of(b"task")).unwrap();
    // 5 to 16 without 7 and 14, which have no time.
    assert_eq!(
        (
            dataset.events,
            dataset.labels.malicious,
            dataset.times.undated
        ),
        (10, 4, 0)
    );
    assert_eq!(dataset.times.last, Some(EventTime(16_000_000)));
    ingest(&store, "b.csv", &events(&[10, 10, 11]));
    assert_eq!(store.dataset(&digest).unwrap(), dataset);
    let read: Result<Vec<Vec<Event>>, _> = store.read_dataset(&dataset).collect();
    assert_eq!(read.unwrap().concat().len(), 10);
    let now: Result<Vec<Vec<Event>>, _> = store.read_events(&query).unwrap().collect();
    assert_eq!(now.unwrap().concat().len(), 11);
    let unknown = store.dataset(&Digest::of(b"none")).unwrap_err();
    assert!(matches!(unknown, StoreError::Unknown { .. }));
}

#[test]
fn a_flipped_byte_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = small(folder.path());
    let summary = ingest(&store, "a.csv", &events(&[1, 2, 3]));
    let digest = store
        .put_detector(&[("model/forest.txt".to_owned(), b"tree".to_vec())])
        .unwrap();
    let forest = folder
        .path()
        .join(format!("detectors/{digest}/model/forest.txt"));
    std::fs::write(&forest, b"trie").unwrap();
    let error = store.detector(&digest).unwrap_err();
    assert!(error.to_string().contains("forest.txt"), "{error}");
    // Keeping it once more heals it.
    store
        .put_detector(&[("model/forest.txt".to_owned(), b"tree".to_vec())])
        .unwrap();
    assert_eq!(store.detector(&digest).unwrap().len(), 1);

    let name = format!("{}.parquet", summary.segments[0]);
    let segment = folder.path().join("segments").join(&name);
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[9] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let read: Result<Vec<Vec<Event>>, _> =
        store.read_events(&EventQuery::default()).unwrap().collect();
    assert!(read.unwrap_err().to_string().contains(&name));
}

#[test]
fn artefact_folders_are_checked_and_others_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("detector");
    let files = vec![
        ("a".to_owned(), b"1".to_vec()),
        ("b/c".to_owned(), Vec::new()),
    ];
    artefact::write_folder(&path, &files).unwrap();
    std::fs::write(path.join("extra"), b"not in the manifest").unwrap();
    assert_eq!(artefact::read_folder(&path).unwrap(), files);
    std::fs::remove_file(path.join("b/c")).unwrap();
    let missing = artefact::read_folder(&path).unwrap_err();
    assert!(matches!(missing, StoreError::Corrupt { .. }) && missing.to_string().contains("b/c"));
    let foreign = folder.path().join("photos");
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("cat.jpg"), b"meow").unwrap();
    let refused = artefact::write_folder(&foreign, &files).unwrap_err();
    assert!(matches!(refused, StoreError::NotAnArtefact { .. }));
    for name in ["../a", "/a", "", "a//b", "manifest.json", "a/./b"] {
        let refused = artefact::write_folder(&path, &[(name.to_owned(), Vec::new())]);
        assert!(
            matches!(refused, Err(StoreError::FileName { .. })),
            "{name}"
        );
    }
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    for path in [file.as_path(), folder.path()] {
        let error = Store::open(path).unwrap_err();
        assert!(matches!(error, StoreError::NotAStore { .. }), "{error:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let newer = folder.path().join("newer");
    drop(Store::open(&newer).unwrap());
    std::fs::write(newer.join("FORMAT"), "ringtrue store 2\n").unwrap();
    let error = Store::open(&newer).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::NewerFormat {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{error:?}"
    );
    std::fs::write(newer.join("FORMAT"), "ringtrue store 1\n").unwrap();
    std::fs::remove_file(newer.join("key")).unwrap();
    assert!(matches!(
        Store::open(&newer),
        Err(StoreError::Corrupt { .. })
    ));
}

#[test]
fn the_key_is_the_same_on_every_opening_and_only_the_owner_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let key = Store::open(&path).unwrap().key().clone();
    assert_eq!(Store::open(&path).unwrap().key(), &key);
    assert_ne!(
        *Store::open(&folder.path().join("other")).unwrap().key(),
        key
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path.join("key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_second_writer_waits_or_learns_who_writes_while_readers_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = small(folder.path());
    ingest(&store, "a.csv", &events(&[1, 2]));
    let mut running = store.begin_ingest(&source("b.csv")).unwrap();
    running.push(&events(&[3])).unwrap();
    let other = small(folder.path());
    let busy = other.try_begin_ingest(&source("c.csv")).unwrap_err();
    assert!(busy.to_string().contains("ingest of b.csv"), "{busy}");
    assert_eq!(held(&other), sorted(&events(&[1, 2])));
    other.put_detector(&[("a".to_owned(), Vec::new())]).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| ingest(&other, "c.csv", &events(&[3, 4])));
        running.commit().unwrap();
        assert_eq!(waiting.join().unwrap().added, 1);
    });
    assert_eq!(held(&store), sorted(&events(&[1, 2, 3, 4])));
}

const CHILD: &str = "RINGTRUE_STORE_TEST_CHILD";

/// Runs as a process of its own: opens the store that its environment names and ingests in pieces.
#[test]
fn child_process() {
    let Ok(path) = std::env::var(CHILD) else {
        return;
    };
    let store = small(Path::new(&path));
    for start in 0..6 {
        let numbers: Vec<u32> = (start * 10..start * 10 + 25).collect();
        ingest(&store, "shared.csv", &events(&numbers));
        let digest = store.put_detector(&[("a".to_owned(), vec![1])]).unwrap();
        store.detector(&digest).unwrap();
        store
            .snapshot(&EventQuery::default(), Digest::of(b"task"))
            .unwrap();
    }
}

#[test]
fn two_processes_at_once_do_not_corrupt_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["child_process", "--exact"])
            .env(CHILD, &path)
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..3).map(|_| start()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = small(&path);
    assert_eq!(held(&store), sorted(&events(&(0..75).collect::<Vec<_>>())));
    assert_eq!(store.ingests().unwrap().len(), 18);
}

#[test]
fn every_past_format_of_a_document_is_read() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let path = here.join("dataset/v1.json");
    let bytes = std::fs::read(&path).unwrap();
    let dataset = Dataset::parse(&bytes, &path).unwrap();
    assert_eq!((dataset.events, dataset.segments.len()), (3, 2));
    assert_eq!(dataset.to_bytes().unwrap(), bytes);
    let path = here.join("dataset/v2.json");
    let bytes_2 = std::fs::read(&path).unwrap();
    let dataset = Dataset::parse(&bytes_2, &path).unwrap();
    assert_eq!(dataset.taken.unwrap().entries, 7);
    assert_eq!(dataset.to_bytes().unwrap(), bytes_2);
    let path = here.join("dataset/v3.json");
    let bytes_3 = std::fs::read(&path).unwrap();
    let dataset = Dataset::parse(&bytes_3, &path).unwrap();
    assert_eq!(dataset.taken.unwrap().expired, 2);
    assert_eq!(dataset.to_bytes().unwrap(), bytes_3);
    let path = here.join("manifest/v1.json");
    let manifest = Manifest::parse(&std::fs::read(&path).unwrap(), &path).unwrap();
    assert_eq!(manifest.files["model/forest.txt"].bytes, 4);
    let path = here.join("manifest/v2.json");
    let bytes_2 = std::fs::read(&path).unwrap();
    let manifest = Manifest::parse(&bytes_2, &path).unwrap();
    assert!(manifest.files.contains_key("detector.json"));
    let flipped =
        String::from_utf8(bytes_2)
            .unwrap()
            .replacen("\"digest\": \"", "\"digest\": \"0", 1);
    assert!(Manifest::parse(flipped.as_bytes(), &path).is_err());
    let newer = String::from_utf8(bytes)
        .unwrap()
        .replace("\"format\": 1", "\"format\": 4");
    let refused = Dataset::parse(newer.as_bytes(), Path::new("x.json")).unwrap_err();
    assert!(matches!(refused, StoreError::NewerFormat { found: 4, .. }));
}

/// Makes the store that `every_past_store_is_read` reads, for a new format.
fn make_past_store(path: &Path) {
    let store = Store::open_sized(Arc::new(RealFileSystem), path, SMALL).unwrap();
    ingest(&store, "a.csv", &events(&(0..12).collect::<Vec<_>>()));
    let mut second = store.begin_ingest(&source("b.csv")).unwrap();
    second.push(&events(&[3, 3, 20])).unwrap();
    second.set_aside(&unreadable()).unwrap();
    second.commit().unwrap();
    store
        .put_detector(&[("model/forest.txt".to_owned(), b"tree".to_vec())])
        .unwrap();
    store
        .snapshot(&EventQuery::default(), Digest::of(b"task"))
        .unwrap();
    let (mut log, _) = LogWriter::open(&store.log_folder("audit"), Chain::Chained).unwrap();
    log.append(EventTime(1), b"grant").unwrap();
    log.seal().unwrap();
    log.append(EventTime(2), b"sign").unwrap();
    log.sync().unwrap();
}

fn unreadable() -> SetAside {
    SetAside {
        file: "b.csv".to_owned(),
        line: 4,
        reason: "not a time: `soon`".to_owned(),
        excerpt: "soon,1".to_owned(),
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn every_past_store_is_read() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/store/v1");
    if std::env::var_os("RINGTRUE_MAKE_FORMATS").is_some() && !golden.exists() {
        make_past_store(&golden);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    copy(&golden, &path);
    let store = small(&path);
    let numbers: Vec<u32> = (0..12).chain([3, 20]).collect();
    assert_eq!(held(&store), sorted(&events(&numbers)));
    let again = ingest(&store, "a.csv", &events(&numbers));
    assert_eq!((again.added, again.repeated), (0, 14));
    let ingests = store.ingests().unwrap();
    assert_eq!(store.set_aside_rows(&ingests[1]).unwrap(), [unreadable()]);
    let detector = store.detectors().unwrap();
    assert_eq!(store.detector(&detector[0]).unwrap().len(), 1);
    let dataset = store.dataset(&store.datasets().unwrap()[0]).unwrap();
    assert_eq!(
        store
            .read_dataset(&dataset)
            .map(|batch| batch.unwrap().len())
            .sum::<usize>(),
        14
    );
    let records: Result<Vec<Record>, _> = LogReader::open(&store.log_folder("audit"))
        .unwrap()
        .collect();
    let payloads: Vec<Vec<u8>> = records
        .unwrap()
        .into_iter()
        .map(|record| record.payload)
        .collect();
    assert_eq!(payloads, [b"grant".to_vec(), b"sign".to_vec()]);
}
