//! Forgetting: what concerns goes, all of it and nothing else; what was made of it is marked.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::{events, held, sorted, source};
use ringtrue_core::{
    Digest, Event, EventTime, Field, Label, LabelEntry, Method, PseudonymKey, Task, Value,
};
use ringtrue_store::{
    EventQuery, Fate, Judge, KeyUse, SetAside, Sizes, Store, StoreError, Subject,
};

const SIZES: Sizes = Sizes {
    segment_events: 3,
    segment_bytes: 1 << 20,
    merge_entries: 4,
    index_files_max: 2,
};

fn open(path: &Path) -> Store {
    Store::open_sized(Arc::new(ringtrue_store::RealFileSystem), path, SIZES).unwrap()
}

fn ingest(store: &Store, events: &[Event], tokenises: bool) {
    let mut ingest = store.begin_ingest(&source("a.csv")).unwrap();
    ingest.note_key(KeyUse {
        key: store.key().id(),
        tokenises,
    });
    ingest.push(events).unwrap();
    for excerpt in ["{\"user\":\"ann\"}", "{\"user\":\"joanna\"}"] {
        let row = SetAside {
            file: "a.csv".to_owned(),
            line: 1,
            reason: "no".to_owned(),
            excerpt: excerpt.to_owned(),
        };
        ingest.set_aside(&row).unwrap();
    }
    ingest.commit().unwrap();
}

/// An event of each number, with a field `user`.
fn of(numbers: &[u32], user: &str) -> Vec<Event> {
    let mut events = events(numbers);
    for event in &mut events {
        event.fields.push(Field {
            name: Arc::from("user"),
            value: Value::Text(Arc::from(user)),
        });
    }
    events
}

fn forget(store: &Store, value: &str) -> ringtrue_store::Affected {
    let mut subject = Subject::new(value, &store.keys().unwrap()).unwrap();
    let tombstone = store.key().tombstone(value);
    let forgetting = store.begin_forget(&mut subject).unwrap();
    forgetting.commit(&tombstone, &[]).unwrap()
}

#[test]
fn events_rows_and_files_go_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("s"));
    let others = [of(&[1, 2, 3], "bob"), of(&[7], "joanna")].concat();
    ingest(
        &store,
        &[others.clone(), of(&[4, 5, 6], "Ann")].concat(),
        false,
    );
    let (old, dataset) = store
        .snapshot(&EventQuery::default(), Digest::of(b"task"))
        .unwrap();
    let before: Vec<Digest> = store
        .segments()
        .unwrap()
        .iter()
        .map(|it| it.digest)
        .collect();

    // Looking changes nothing.
    let mut subject = Subject::new("ann", &store.keys().unwrap()).unwrap();
    let looked = store.begin_forget(&mut subject).unwrap();
    let affected = looked.affected().clone();
    drop(looked);
    assert_eq!((affected.removed, affected.set_aside), (3, 1));
    assert_eq!(affected.datasets[0].events, 3);
    assert_eq!(held(&store).len(), 7);
    assert!(store.marks().unwrap().is_empty());

    assert_eq!(forget(&store, "ann"), affected);
    assert_eq!(held(&store), sorted(&others));
    assert_eq!(store.count_events().unwrap(), 4);
    let ingest_done = store.ingests().unwrap().remove(0);
    let rows = store.set_aside_rows(&ingest_done).unwrap();
    assert_eq!((rows.len(), ingest_done.set_aside), (1, 1));
    assert!(rows[0].excerpt.contains("joanna"));
    let marks = store.marks().unwrap();
    assert_eq!((marks.len(), marks[0].digest), (1, old));
    assert_eq!(marks[0].tombstone, store.key().tombstone("ann"));
    let gone = before.iter().filter(|digest| {
        let name = format!("{digest}.parquet");
        !store.path().join("segments").join(name).exists()
    });
    assert_eq!(gone.count() as u64, affected.segments);
    assert!(store.read_dataset(&dataset).any(|batch| batch.is_err()));

    // Once more changes nothing, and the same rows do not come back.
    let again = forget(&store, "ann");
    assert!(again.is_nothing() && store.tombstones().unwrap().len() == 1);
    ingest(&store, &of(&[4, 5], "Ann"), false);
    assert_eq!(held(&store), sorted(&others));
}

#[test]
fn pseudonyms_of_every_key_are_found_after_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let mut store = open(&path);
    let hashed = |store: &Store, numbers: &[u32]| of(numbers, &store.key().of_value("ann"));
    let tokens = |store: &Store, numbers: &[u32]| of(numbers, &store.key().tokenise("to ann now"));
    ingest(&store, &hashed(&store, &[1]), false);
    ingest(&store, &tokens(&store, &[2]), true);
    let (old, new) = store.rotate_key().unwrap();
    assert_ne!(old, new);
    assert_eq!(store.key().id(), new);
    ingest(&store, &hashed(&store, &[3]), false);
    ingest(&store, &of(&[4], "bob"), false);
    drop(store);

    let store = open(&path);
    assert_eq!(store.key().id(), new, "the key is the new one from now on");
    let ids: Vec<String> = store
        .keys()
        .unwrap()
        .iter()
        .map(|key| key.id().to_string())
        .collect();
    assert_eq!(ids, [new.to_string(), old.to_string()]);
    let kept = store.ingest_keys().unwrap();
    assert_eq!(
        kept[&1],
        [KeyUse {
            key: old,
            tokenises: false
        }]
    );
    assert_eq!(
        kept[&3],
        [KeyUse {
            key: new,
            tokenises: false
        }]
    );
    assert_eq!(forget(&store, "ann").removed, 3);
    assert_eq!(held(&store), sorted(&of(&[4], "bob")));
    let name = store.path().join("keys").join(format!("{old}.key"));
    let key = PseudonymKey::parse(&std::fs::read(&name).unwrap()).unwrap();
    assert_eq!(key.id(), old);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&name).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner reads it");
    }
}

/// What the task keeps no longer.
struct Expired<'a>(&'a Task, EventTime);

impl Judge for Expired<'_> {
    fn event(&mut self, event: &Event, _: &[KeyUse]) -> Fate {
        let mut left = event.clone();
        match self.0.expire(&mut left, self.1) {
            ringtrue_core::task::Expiry::Nothing => Fate::Keep,
            ringtrue_core::task::Expiry::Fields(_) => Fate::Replace(Box::new(left)),
            ringtrue_core::task::Expiry::Event => Fate::Remove,
        }
    }

    fn is_removed(&mut self, _: &SetAside, _: &[KeyUse]) -> bool {
        false
    }

    fn is_label_removed(&mut self, _: &LabelEntry) -> bool {
        false
    }
}

#[test]
fn what_was_kept_for_long_enough_goes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("s"));
    ingest(&store, &of(&[1, 2, 3, 4], "ann"), false);
    let mut task = Task::assumed(ringtrue_core::Kind::Url);
    task.privacy.retention.fields.insert("user".to_owned(), 1);
    // Event N happened N seconds after the epoch: after a day and 2 seconds, two are over.
    let now = EventTime(2_000_000).plus_days(1);
    let done = store.begin_forget(&mut Expired(&task, now)).unwrap();
    let affected = done.commit("expired", &[]).unwrap();
    assert_eq!((affected.removed, affected.shortened), (0, 2));
    let expected = [events(&[1, 2]), of(&[3, 4], "ann")].concat();
    assert_eq!(held(&store), sorted(&expected));
    task.privacy.retention.days = Some(1);
    let done = store.begin_forget(&mut Expired(&task, now)).unwrap();
    assert_eq!(done.commit("expired", &[]).unwrap().removed, 2);
    assert_eq!(held(&store), sorted(&of(&[3, 4], "ann")));
}

#[test]
fn a_damaged_segment_is_told_and_nothing_changes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("s"));
    ingest(&store, &of(&[1], "ann"), false);
    let digest = store.segments().unwrap()[0].digest;
    let path = store
        .path()
        .join("segments")
        .join(format!("{digest}.parquet"));
    std::fs::write(&path, b"other").unwrap();
    let mut subject = Subject::new("ann", &[]).unwrap();
    let error = store.begin_forget(&mut subject).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    assert_eq!(store.segments().unwrap()[0].digest, digest);
}

#[test]
fn labels_go_with_their_events_and_follow_those_that_lose_fields() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("s"));
    let (gone, kept) = (of(&[1], "ann"), of(&[2], "ben"));
    ingest(&store, &gone, false);
    ingest(&store, &kept, false);
    let label = |event: &Event, evidence: &str| LabelEntry {
        event: event.id(),
        label: Some(Label::Malicious),
        certainty: 1.0,
        who: "cy".to_owned(),
        role: String::new(),
        evidence: evidence.to_owned(),
        note: String::new(),
        method: Method::Analyst,
        known: EventTime(1),
        expires: None,
        task: Task::assumed(ringtrue_core::Kind::Url).meaning(),
    };
    let entries = [
        label(&gone[0], "looked at"),
        label(&kept[0], "looked at"),
        label(&kept[0], "ann says so"),
    ];
    store.append_labels(&entries, EventTime(1)).unwrap();
    let affected = forget(&store, "ann");
    assert_eq!((affected.removed, affected.labels), (1, 2));
    let left = store.labels().unwrap();
    assert_eq!(left.entries.len(), 1);
    assert_eq!(left.entries[0].entry, entries[1]);
    let mut task = Task::assumed(ringtrue_core::Kind::Url);
    task.privacy.retention.fields.insert("user".to_owned(), 1);
    let now = EventTime(5_000_000).plus_days(1);
    let done = store.begin_forget(&mut Expired(&task, now)).unwrap();
    let affected = done.commit("expired", &[]).unwrap();
    assert_eq!((affected.shortened, affected.labels_moved), (1, 1));
    let batches = store.read_events(&EventQuery::default()).unwrap();
    let events: Vec<Event> = batches.flat_map(Result::unwrap).collect();
    assert_eq!(
        store.labels().unwrap().entries[0].entry.event,
        events[0].id()
    );
}
