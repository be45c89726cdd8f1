//! The review on a terminal: keys in, labels in the store at once, whatever happens to the program.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::support::{folder, ringtrue};

/// Four URLs that differ wherever they can, one of which would rename the terminal's window.
const EVENTS: &[u8] = b"url,label\nhttp://e.example/aaaaaaaaaaaaaaaaaaaa,\nhttp://e.example/bbbbbbbbbbbbbbbbbbbb,\nhttp://e.example/cccccccccccccccccccc,\nhttp://e.example/dddddddddddd\x1b]0;pwned\x07,\n";

/// A review that runs on a terminal of its own.
struct Review {
    child: Child,
    out: ChildStdout,
    seen: Vec<u8>,
}

impl Review {
    /// Starts it with the queue's items; `None` where there is no program that makes terminals.
    fn start(at: &Path) -> Option<Self> {
        Self::start_with(at, "q.ndjson")
    }

    /// Starts it with the items of a file.
    fn start_with(at: &Path, items: &str) -> Option<Self> {
        let program = env!("CARGO_BIN_EXE_ringtrue");
        let command = format!(
            "stty rows 40 cols 120; echo $$ > pid; exec {program} label review --store s --items {items} --for ann"
        );
        fs::write(at.join("review.sh"), command).unwrap();
        let child = Command::new("script")
            .args(["-qec", "sh review.sh", "/dev/null"])
            .current_dir(at)
            .env("TERM", "xterm")
            .env("OMP_WAIT_POLICY", "passive")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            println!("a review on a terminal: skipped, for `script` is not installed");
            return None;
        };
        let out = child.stdout.take().unwrap();
        Some(Self {
            child,
            out,
            seen: Vec::new(),
        })
    }

    fn press(&mut self, keys: &str) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(keys.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Reads on until `text` was shown since the last time.
    fn shows(&mut self, text: &str) {
        let start = self.seen.len();
        let mut buffer = [0; 4_096];
        loop {
            let seen = String::from_utf8_lossy(&self.seen[start..]).into_owned();
            if seen.contains(text) {
                return;
            }
            let count = self.out.read(&mut buffer).unwrap_or(0);
            assert!(count > 0, "it ended without showing {text:?}: {seen}");
            self.seen.extend(&buffer[..count]);
        }
    }

    /// Waits for its end; returns the status and all that was shown.
    fn end(mut self) -> (Option<i32>, Vec<u8>) {
        self.out.read_to_end(&mut self.seen).unwrap_or(0);
        let status = self.child.wait().unwrap().code();
        (status, self.seen)
    }
}

/// A store of the events, a queue of them, and the part of each item's text that differs, in order.
fn queued() -> (tempfile::TempDir, Vec<String>) {
    let at = folder(&[("a.csv", EVENTS)]);
    ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    ringtrue(at.path(), "label queue --store s --items q.ndjson").exits(0);
    let items = fs::read_to_string(at.path().join("q.ndjson")).unwrap();
    let tail = |line: &str| {
        let item: Value = serde_json::from_str(line).unwrap();
        let text = item["text"].as_str().unwrap();
        let tail = text.strip_prefix("http://e.example/").unwrap();
        tail.get(..12).unwrap().to_owned()
    };
    let tails: Vec<String> = items.lines().map(tail).collect();
    assert_eq!(tails.len(), 4);
    (at, tails)
}

fn exported(at: &Path) -> Vec<(String, String)> {
    let ran = ringtrue(at, "label export --store s").exits(0);
    assert_eq!(ran.stderr, "");
    let entry = |line: &str| {
        let entry: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        (text("label"), text("note"))
    };
    ran.stdout.lines().map(entry).collect()
}

#[test]
fn what_was_answered_outlives_a_kill_and_the_rest_is_asked_again() {
    let (at, tails) = queued();
    let Some(mut review) = Review::start(at.path()) else {
        return;
    };
    review.shows(&tails[0]);
    review.press("m");
    review.shows(&tails[1]);
    let pid = fs::read_to_string(at.path().join("pid")).unwrap();
    let killed = Command::new("kill")
        .args(["-9", pid.trim()])
        .status()
        .unwrap();
    assert!(killed.success());
    review.end();
    let kept = |label: &str, note: &str| (label.to_owned(), note.to_owned());
    assert_eq!(exported(at.path()), [kept("malicious", "")]);

    let mut review = Review::start(at.path()).unwrap();
    review.shows(&tails[1]);
    review.press("nseen before\r");
    review.press("b");
    review.shows(&tails[2]);
    review.press("z");
    review.shows(&tails[1]);
    review.press("u");
    review.shows(&tails[2]);
    review.press("s");
    review.shows(&tails[3]);
    review.press("q");
    let (status, seen) = review.end();
    assert_eq!(status, Some(0));
    let all = [
        kept("malicious", ""),
        kept("benign", "seen before"),
        kept("withdrawn", "seen before"),
        kept("unsure", "seen before"),
    ];
    assert_eq!(exported(at.path()), all);
    let told = String::from_utf8_lossy(&seen);
    assert!(
        told.contains("1 answer kept: 0 malicious, 0 benign, 1 unsure; 1 skipped"),
        "{told}"
    );
    assert!(
        !told.contains("\u{1b}]0;"),
        "hostile text reached the terminal: {told}"
    );
}

#[test]
fn only_what_the_store_holds_and_is_open_is_labelled_with_its_campaign() {
    let (at, tails) = queued();
    let items = fs::read_to_string(at.path().join("q.ndjson")).unwrap();
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].clone();
    let ids: Vec<Value> = items.lines().map(id).collect();
    let answered = format!("id,label\n{},unsure\n", ids[1].as_str().unwrap());
    fs::write(at.path().join("l.csv"), answered).unwrap();
    ringtrue(at.path(), "label import --store s --who ann l.csv").exits(0);
    // The first item stands for one that is answered, one that is open, and one that is nowhere.
    let mut first: Value = serde_json::from_str(items.lines().next().unwrap()).unwrap();
    first["others"] = vec![ids[1].clone(), ids[2].clone(), "0".repeat(32).into()].into();
    fs::write(at.path().join("one.ndjson"), format!("{first}\n")).unwrap();
    let Some(mut review) = Review::start_with(at.path(), "one.ndjson") else {
        return;
    };
    review.shows(&tails[0]);
    // Malicious, the others too, and out.
    review.press("myq");
    assert_eq!(review.end().0, Some(0));
    let labels: Vec<String> = exported(at.path()).into_iter().map(|it| it.0).collect();
    assert_eq!(labels, ["unsure", "malicious", "malicious"]);
}

#[test]
fn a_review_needs_a_terminal_a_store_and_a_name() {
    let (at, _) = queued();
    for (words, told) in [
        (
            "--store s --for ann --items q.ndjson",
            "a review needs a terminal",
        ),
        ("--store s --items q.ndjson", "nobody is named who reviews"),
        ("--kind url a.csv", "a review needs a store"),
        ("--store s --for ann --certainty 7", "above 0 and at most 1"),
        ("--store s --for=", "a name is not empty"),
    ] {
        let ran = ringtrue(at.path(), &format!("label review {words}")).exits(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}
