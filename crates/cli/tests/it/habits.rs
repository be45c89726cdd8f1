//! What is usual for users and hosts, through the program: learned in order of time, gone on with in serving, explained,
//! forgotten.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::privacy::parquet_text;
use crate::support::{folder, lines, program, ringtrue, ringtrue_fed, run, tree};

const JOBS: [(&str, [&str; 4]); 4] = [
    (
        "keeper",
        [
            "ledger -p all",
            "lpr bill.ps",
            "mail -s dues",
            "ls -l books",
        ],
    ),
    ("maker", ["make -j2", "git pull", "vim main.c", "ls -l src"]),
    (
        "warden",
        [
            "nmap -sn 192.0.2.0/24",
            "nc -z 192.0.2.7 22",
            "tcpdump -c 9",
            "ls -l pcap",
        ],
    ),
    (
        "writer",
        [
            "latex book.tex",
            "aspell -c book.tex",
            "vim book.tex",
            "ls -l fig",
        ],
    ),
];

fn event(user: &str, command: &str, label: &str, minute: u32) -> Value {
    let (day, minute) = (minute / 1_440, minute % 1_440);
    json!({
        "command": command,
        "user": format!("{user}.quillabert"),
        "host": format!("desk-{user}"),
        "label": label,
        "time": format!("2024-{:02}-{:02}T{:02}:{:02}:00Z", day / 28 + 1, day % 28 + 1, minute / 60, minute % 60),
    })
}

/// 1,600 commands over eight months. Everybody does his own job; now and then, somebody does the warden's from another's
/// account: the same lines are what the warden does all day.
pub(crate) fn stream() -> Vec<Value> {
    let mut events = Vec::new();
    for number in 0_u32..1_600 {
        let mixed = number.wrapping_mul(2_654_435_761) >> 9;
        let (user, jobs) = JOBS[(number % 4) as usize];
        let minute = number * 200 + mixed % 60;
        let command = (mixed / 64 % 4) as usize;
        let is_taken = user != "warden" && number > 200 && mixed % 9 == 0;
        events.push(if is_taken {
            event(user, JOBS[2].1[command % 3], "malicious", minute)
        } else {
            event(user, jobs[command], "benign", minute)
        });
    }
    events
}

pub(crate) fn text(events: &[Value]) -> String {
    events.iter().fold(String::new(), |mut text, event| {
        writeln!(text, "{event}").unwrap();
        text
    })
}

const RUN: &str = "run --kind command --retrain 0 --out out a.ndjson";

fn trained() -> TempDir {
    let at = folder(&[("a.ndjson", text(&stream()).as_bytes())]);
    let ran = ringtrue(at.path(), RUN);
    assert_ne!(ran.status, 2, "{}", ran.stderr);
    at
}

/// Returns the explanation of the last of these events, after the others.
fn explained(at: &TempDir, events: &[Value]) -> Value {
    let row = events.len() - 1;
    let words = format!("explain --detector out/detector --json --row {row} -");
    let ran = ringtrue_fed(at.path(), &words, text(events).as_bytes());
    ran.exits(0).json()
}

const LATER: u32 = 1_600 * 200 + 100;

#[test]
fn what_is_unusual_for_a_user_is_found_scored_and_explained() {
    let at = trained();
    // The same line is the warden's daily work and nobody else's.
    let line = "nc -z 192.0.2.9 22";
    let events = [
        event("warden", line, "benign", LATER),
        event("keeper", line, "malicious", LATER + 5),
        event("keeper", "ledger -p all", "benign", LATER + 60),
    ];
    fs::write(at.path().join("new.ndjson"), text(&events)).unwrap();
    let scored = ringtrue(at.path(), "score --detector out/detector new.ndjson").exits(0);
    assert!(!scored.stderr.contains("warning"), "{}", scored.stderr);
    let found = lines(&scored.stdout);
    let margin = |at: usize| found[at]["margin"].as_f64().unwrap();
    assert!(
        margin(1) > margin(0) + 1.0 && margin(1) > margin(2) + 1.0,
        "{found:?}"
    );
    assert!(
        found.iter().all(|line| line["covered"] == true),
        "{found:?}"
    );
    let reasons = found[1]["reasons"].to_string();
    assert!(
        reasons.contains("user") || reasons.contains("host"),
        "{reasons}"
    );
    // A row explained is the row scored.
    let told = explained(&at, &events[..2]);
    assert_eq!(told["margin"], found[1]["margin"]);
    let tried = ringtrue(at.path(), "try --json --detector out/detector new.ndjson");
    assert!(
        tried.stderr.is_empty() || !tried.stderr.contains("missing"),
        "{}",
        tried.stderr
    );
    // Somebody new to it is told by name.
    let page = ringtrue_fed(
        at.path(),
        "explain --detector out/detector --row 0 -",
        text(&[event("writer", "ledger; zork", "malicious", LATER)]).as_bytes(),
    );
    let page = page.exits(0).stdout;
    for sentence in [
        "first time this user, and anybody on this host, runs `ledger`; others did before",
        "first time anybody runs `zork`",
    ] {
        assert!(page.contains(sentence), "{page}");
    }
}

#[test]
fn memory_goes_on_in_serving_from_where_training_ended() {
    let at = trained();
    let again = event("maker", "zork", "benign", LATER + 60);
    let alone = explained(&at, std::slice::from_ref(&again));
    let first = event("maker", "zork", "benign", LATER);
    let after = explained(&at, &[first, again]);
    let value = |told: &Value, name: &str| told["values"][name].clone();
    // 400 events of each of four users were in the data.
    assert_eq!(
        (value(&alone, "user_events"), value(&after, "user_events")),
        (json!(400.0), json!(401.0))
    );
    assert_eq!(
        (
            value(&alone, "fleet_new_share"),
            value(&after, "fleet_new_share")
        ),
        (json!(1.0), json!(0.0))
    );
    assert_eq!(value(&after, "user_gap_seconds"), json!(3_600.0));
    assert_eq!(alone["firsts"][0]["program"], "zork");
    assert_eq!(after["firsts"], json!([]));
    // What is not later than the memory is said to be.
    let early = ringtrue(at.path(), "score --detector out/detector a.ndjson").exits(0);
    assert!(
        early.stderr.contains("1600 events are not later"),
        "{}",
        early.stderr
    );
}

#[test]
fn the_order_of_the_input_and_threads_decide_nothing() {
    let mut events = stream();
    events.truncate(600);
    let in_order = text(&events);
    events.reverse();
    events.rotate_left(77);
    let at = folder(&[
        ("a.ndjson", in_order.as_bytes()),
        ("b.ndjson", text(&events).as_bytes()),
    ]);
    let files = |out: &str, input: &str, threads: &str| {
        let words =
            format!("run --kind command --retrain 0 --threads {threads} --out {out} {input}");
        run(program(at.path())
            .env("RAYON_NUM_THREADS", threads)
            .args(words.split(' ')));
        let mut files = tree(&at.path().join(out).join("detector"));
        files.retain(|name, _| !name.contains("json") && !name.contains("card"));
        files
    };
    let one = files("one", "a.ndjson", "1");
    assert!(one.contains_key("history.bin"), "{:?}", one.keys());
    assert!(one == files("two", "a.ndjson", "2"));
    assert!(one == files("other", "b.ndjson", "2"));
}

#[test]
fn no_row_sees_its_own_future() {
    let events = stream();
    let (early, late) = events.split_at(1_200);
    let mut other = late.to_vec();
    for event in &mut other {
        event["command"] = json!("reboot; zork");
        event["user"] = json!("keeper.quillabert");
    }
    let files = |late: &[Value]| {
        let at = folder(&[("a.ndjson", text(&[early, late].concat()).as_bytes())]);
        let before = early.last().unwrap()["time"].as_str().unwrap();
        ringtrue(at.path(), &format!("{RUN} --train-before {before}"));
        tree(&at.path().join("out/detector"))
    };
    let (one, two) = (files(late), files(&other));
    let models = |files: &BTreeMap<String, Vec<u8>>| {
        let mut files = files.clone();
        files.retain(|name, _| name == "forest.txt" || name.starts_with("linear"));
        files
    };
    assert!(one.contains_key("forest.txt"), "{:?}", one.keys());
    assert!(models(&one) == models(&two), "training saw what came later");
    assert!(one["history.bin"] != two["history.bin"]);
    // Nor does a score.
    let at = trained();
    let margins = |last: &str| {
        let events = [
            ("warden", "nc -z 192.0.2.9 22"),
            ("keeper", "make"),
            ("maker", last),
        ];
        let events = events.map(|(user, line)| event(user, line, "benign", LATER));
        let scored = ringtrue_fed(
            at.path(),
            "score --detector out/detector -",
            text(&events).as_bytes(),
        );
        let mut lines = lines(&scored.exits(0).stdout);
        lines.truncate(2);
        lines
    };
    assert_eq!(margins("make"), margins("zork; nc -z 192.0.2.9 22"));
}

#[test]
fn lacking_users_and_times_are_told_and_missing() {
    let at = trained();
    let scored = ringtrue_fed(
        at.path(),
        "score --detector out/detector -",
        b"nc -z 192.0.2.9 22\n",
    );
    let told = scored.exits(0).stderr;
    for sentence in [
        "tells what is unusual for each user, which the input does not name",
        "tells what is unusual for each host, which the input does not name",
        "1 events have no time",
    ] {
        assert!(told.contains(sentence), "{told}");
    }
    // Without its memory a detector is none.
    fs::remove_file(at.path().join("out/detector/history.bin")).unwrap();
    let refused = ringtrue(at.path(), "score --detector out/detector a.ndjson").exits(2);
    assert!(refused.stderr.contains("history.bin"), "{}", refused.stderr);
}

#[test]
fn data_without_users_has_no_memory_and_events_without_times_are_told() {
    let run = |lacking: &[&str], many: usize| {
        let mut events = stream();
        for event in events.iter_mut().take(many) {
            for name in lacking {
                event.as_object_mut().unwrap().remove(*name);
            }
        }
        let at = folder(&[("a.ndjson", text(&events).as_bytes())]);
        ringtrue(at.path(), RUN);
        let report = fs::read_to_string(at.path().join("out/report.md")).unwrap();
        let is_told = report.contains("name a user or host and have no time are not remembered");
        (at.path().join("out/detector/history.bin").exists(), is_told)
    };
    assert_eq!(run(&["user", "host"], 1_600), (false, false));
    assert_eq!(run(&["time"], 20), (true, true));
}

#[test]
fn whoever_is_forgotten_is_in_no_byte_of_the_store_nor_in_the_memory() {
    let at = trained();
    let maker = event("maker", "make -j2", "benign", LATER);
    let known = explained(&at, std::slice::from_ref(&maker));
    assert_eq!(known["values"]["user_events"], json!(400.0));
    let dry = "forget --json --dry-run --store out/store maker.quillabert";
    let detector = at.path().join("out/detector");
    let before = tree(&detector);
    let told = ringtrue(at.path(), dry).exits(0).json();
    assert_eq!(told["detectors"][0]["memory_holds"], true, "{told}");
    assert!(before == tree(&detector));
    let told = ringtrue(
        at.path(),
        "forget --json --store out/store maker.quillabert",
    )
    .exits(0)
    .json();
    assert_eq!(told["events_removed"], 400);
    let after = &told["detectors"][0]["digest_after"];
    assert!(
        after.is_string() && *after != told["detectors"][0]["digest"],
        "{told}"
    );
    let left = explained(&at, &[maker]);
    assert_eq!(left["values"]["user_events"], json!(0.0));
    // His machine is another subject.
    assert_eq!(left["values"]["host_events"], json!(400.0));
    for (name, bytes) in tree(&at.path().join("out")) {
        let path = at.path().join("out").join(&name);
        let mut held = String::from_utf8_lossy(&bytes).into_owned();
        if name.ends_with(".parquet") {
            held = parquet_text(&path);
            assert!(held.contains("keeper.quillabert"));
        }
        assert!(!held.contains("maker.quillabert"), "{name}");
    }
    let again = ringtrue(
        at.path(),
        "forget --json --store out/store maker.quillabert",
    )
    .exits(0)
    .json();
    assert_eq!(again["detectors"], json!([]));
}

#[test]
fn a_hashed_user_is_remembered_and_forgotten_by_his_pseudonym() {
    let task = "format = 1\nname = \"commands\"\nkind = \"command\"\n[privacy.fields]\nuser = \"hash\"\nhost = \"drop\"\n";
    let at = folder(&[
        ("a.ndjson", text(&stream()).as_bytes()),
        ("task.toml", task.as_bytes()),
    ]);
    ringtrue(
        at.path(),
        "run --task task.toml --retrain 0 --out out a.ndjson",
    );
    let maker = event("maker", "make -j2", "benign", LATER);
    let value = |name: &str| explained(&at, std::slice::from_ref(&maker))["values"][name].clone();
    assert_eq!(
        (value("user_events"), value("host_events")),
        (json!(400.0), Value::Null)
    );
    for (name, bytes) in tree(&at.path().join("out")) {
        let held = String::from_utf8_lossy(&bytes);
        assert!(!held.contains("quillabert"), "{name}");
    }
    ringtrue(at.path(), "forget --store out/store maker.quillabert").exits(0);
    assert_eq!(value("user_events"), json!(0.0));
}
