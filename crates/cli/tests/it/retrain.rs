//! Retraining from the shell: a turn from labels to the gate's answer, taken up where it was left, one at a time.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{SHARED, folder, ringtrue};

fn retrain(at: &Path, more: &str) -> crate::support::Ran {
    let words = format!(
        "retrain --store registry --out turns --against {} --window 3000 --json {more}",
        SHARED.detector().display()
    );
    ringtrue(at, &words)
}

fn state(at: &Path) -> Value {
    let bytes = fs::read(at.join("turns/turn-0001/state.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn put(at: &Path, state: &Value) {
    let path = at.join("turns/turn-0001/state.json");
    fs::write(path, serde_json::to_vec(state).unwrap()).unwrap();
}

#[test]
fn a_turn_goes_on_where_it_was_left_and_only_one_at_a_time() {
    let at = folder(&[]);
    let ingest = format!(
        "ingest --kind url --store registry {}",
        SHARED.events().display()
    );
    ringtrue(at.path(), &ingest).exits(0);
    let first = retrain(at.path(), "--as-of 2026-06-01").json();
    assert_eq!(
        (&first["turn"], &first["next"]),
        (&1.into(), &"done".into())
    );
    let gathered = &first["gathered"];
    let known = ["benign", "malicious", "unsure"].map(|it| gathered[it].as_u64().unwrap());
    assert_eq!(known.iter().sum::<u64>(), 6_000);
    let whole = state(at.path());
    let challenger = whole["challenger"].as_str().unwrap().to_owned();

    // Left before training: the next call trains, into a folder of its own, and comes to the same.
    let mut left = whole.clone();
    left["next"] = "train".into();
    left["answer"] = Value::Null;
    left["challenger"] = Value::Null;
    put(at.path(), &left);
    let again = retrain(at.path(), "").json();
    assert_eq!(
        (&again["turn"], &again["as_of"]),
        (&1.into(), &first["as_of"])
    );
    assert_eq!(again["answer"], first["answer"]);
    assert_ne!(again["challenger"], challenger.as_str());
    let model = |challenger: &str| {
        let folder = at.path().join("turns/turn-0001").join(challenger);
        fs::read(folder.join("forest.txt")).unwrap()
    };
    assert_eq!(
        model(&challenger),
        model(again["challenger"].as_str().unwrap())
    );

    // Left while gathering: what was half written is written again.
    let mut left = state(at.path());
    left["next"] = "gather".into();
    put(at.path(), &left);
    fs::write(
        at.path().join("turns/turn-0001/past.ndjson.begun"),
        b"{\"url\":",
    )
    .unwrap();
    let gathered_again = retrain(at.path(), "").json();
    assert_eq!(&gathered_again["gathered"], gathered);

    // Not due: nothing is begun.
    let early = retrain(at.path(), "--if-due --every 30 --as-of 2026-06-10").exits(3);
    assert_eq!(early.json()["due"], false);
    assert!(!at.path().join("turns/turn-0002").exists());

    // Somebody else is at it: this one says so and does nothing.
    let lock = fs::File::options()
        .write(true)
        .open(at.path().join("turns/lock"))
        .unwrap();
    lock.lock().unwrap();
    let second = retrain(at.path(), "").exits(2);
    assert!(second.told().contains("under way"), "{}", second.told());
}

#[test]
fn a_store_without_labels_cannot_tell() {
    let at = folder(&[("few.csv", b"url\nhttp://a.example/\nhttp://b.example/\n")]);
    ringtrue(at.path(), "ingest --kind url --store registry few.csv").exits(0);
    let told = retrain(at.path(), "").exits(3).told();
    assert!(told.contains("nothing to learn from: 0 benign"), "{told}");
    // What came since is known to the next call.
    let benign = b"url,label\nhttp://c.example/,benign\nhttp://d.example/,benign\n";
    fs::write(at.path().join("more.csv"), benign).unwrap();
    ringtrue(at.path(), "ingest --kind url --store registry more.csv").exits(0);
    let told = retrain(at.path(), "").exits(3).told();
    assert!(told.contains("nothing to learn from: 2 benign"), "{told}");
}

#[test]
fn a_step_that_fails_again_and_again_ends_its_turn() {
    let at = folder(&[]);
    let ingest = format!(
        "ingest --kind url --store registry {}",
        SHARED.few().display()
    );
    ringtrue(at.path(), &ingest).exits(0);
    let turn = at.path().join("turns/turn-0001");
    fs::create_dir_all(&turn).unwrap();
    let begun = serde_json::json!({
        "format": 1, "turn": 1, "as_of": 0, "after": null, "next": "train", "attempts": 0,
        "gathered": null, "challenger": null, "answer": null,
    });
    put(at.path(), &begun);
    for failures in 1..=3 {
        let told = retrain(at.path(), "").exits(2).told();
        assert_eq!(
            told.contains("this turn is given up"),
            failures == 3,
            "{told}"
        );
    }
    let ended = state(at.path());
    assert_eq!(
        (&ended["next"], &ended["answer"]),
        (&"done".into(), &"given_up".into())
    );
}
