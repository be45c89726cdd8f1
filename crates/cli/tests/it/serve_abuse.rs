//! A server on a machine that fails, and before clients who try.

use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use ringtrue_core::EventTime;
use ringtrue_store::log::{Chain, LogReader, LogWriter};
use serde_json::Value;

use crate::served::{Served, answer, begun, code, send, urls};
use crate::support::{SHARED, folder, lines, program, ringtrue};

/// Lets a running process write files of this many bytes.
fn may_write(child: &Child, bytes: &str) {
    let process = child.id().to_string();
    let limit = format!("--fsize={bytes}:");
    let told = Command::new("prlimit")
        .args(["--pid", &process, &limit])
        .status();
    assert!(told.unwrap().success());
}

/// Serves where files cannot grow beyond 64 KiB, as if the disk were full then.
fn on_a_full_disk() -> Served {
    let at = folder(&[("serve.toml", b"on_deadline = \"block\"")]);
    let mut command = Command::new("sh");
    let limited = "trap '' XFSZ; ulimit -S -f 128; exec \"$0\" \"$@\"";
    let served = program(at.path());
    command.args(["-c", limited]).arg(served.get_program());
    command.current_dir(at.path()).stdin(Stdio::null());
    let (child, address) = begun(command, &SHARED.detector(), "");
    Served { at, child, address }
}

fn records(log: &Path) -> Vec<u64> {
    let records = LogReader::open(log).unwrap();
    records.map(|record| record.unwrap().sequence).collect()
}

#[test]
fn a_full_disk_is_told_and_loses_nothing_that_was_told() {
    let served = on_a_full_disk();
    let body = urls(100).join("\n");
    let mut told = 0;
    let refused = loop {
        let (status, answer) = served.score("text/plain", body.as_bytes());
        if status != 200 {
            break (status, answer);
        }
        told += lines(&answer).len();
        assert!(told < 10_000, "64 KiB hold no 10,000 verdicts");
    };
    assert_eq!(
        (refused.0, code(&refused.1)),
        (503, "log_failed".to_owned())
    );
    let refused: Value = serde_json::from_str(&refused.1).unwrap();
    assert_eq!(refused["action"], "block", "what to do with them is told");
    assert_eq!(served.get("/ready").0, 503);
    assert_eq!(served.get("/healthy").0, 200);
    assert_eq!(served.score("text/plain", body.as_bytes()).0, 503);
    may_write(&served.child, "unlimited");
    let (status, answer) = served.score("text/plain", body.as_bytes());
    assert_eq!(status, 200, "there is room again: {answer}");
    assert_eq!(served.get("/ready").0, 200);
    told += lines(&answer).len();
    let kept = records(&served.log());
    assert!(kept.len() >= told, "{} of {told}", kept.len());
    let last = lines(&answer).pop().unwrap();
    let (status, replayed) = served.get(&format!(
        "/v1/verdicts/{}/replay",
        last["verdict"].as_str().unwrap()
    ));
    assert_eq!(
        (status, &lines(&replayed)[0]["replay"]),
        (200, &Value::from("same"))
    );
}

#[test]
fn a_log_that_cannot_be_written_and_a_detector_that_is_not_there_are_told_at_the_start() {
    let at = folder(&[("file", b"x")]);
    let detector = SHARED.detector();
    let serve = |words: &str| ringtrue(at.path(), &format!("serve --unsigned {words}"));
    let told = serve(&format!("--log file/log --detector {}", detector.display()));
    let told = told.exits(2).stderr;
    assert!(
        told.contains("verdict log in `file/log` does not open"),
        "{told}"
    );
    let told = serve("--log log --detector nowhere").exits(2).stderr;
    assert!(told.contains("nowhere"), "{told}");
    assert!(
        !at.path().join("log").exists(),
        "nothing was made for nothing"
    );
}

#[test]
fn a_detector_that_is_taken_away_goes_on_deciding_until_another_is_there() {
    let at = folder(&[("serve.toml", b"")]);
    let mine = at.path().join("mine");
    let files = ringtrue_store::artefact::read_folder(&SHARED.detector()).unwrap();
    ringtrue_store::artefact::write_folder(&mine, &files).unwrap();
    let (child, address) = begun(program(at.path()), &mine, "");
    let served = Served { at, child, address };
    fs::remove_dir_all(&mine).unwrap();
    served.signal("HUP");
    for _ in 0..20 {
        assert_eq!(served.score("text/plain", b"https://a.example/").0, 200);
    }
    let (_, listed) = served.get("/v1/detectors");
    assert!(listed.contains("champion"), "{listed}");
}

#[test]
fn a_clock_that_goes_back_changes_neither_names_nor_replay() {
    let at = folder(&[("serve.toml", b"")]);
    let (child, address) = begun(program(at.path()), &SHARED.detector(), "");
    let mut served = Served { at, child, address };
    let (_, first) = served.score("text/plain", b"https://a.example/");
    served.signal("TERM");
    assert!(served.child.wait().unwrap().success());
    // As if the clock had stood in a far future while the next verdict was given.
    let (mut writer, torn) = LogWriter::open(&served.log(), Chain::Plain).unwrap();
    assert_eq!(torn, None);
    writer.append(EventTime(i64::MAX / 2), b"{}\n").unwrap();
    writer.sync().unwrap();
    drop(writer);
    (served.child, served.address) = begun(program(served.at.path()), &SHARED.detector(), "");
    let (_, second) = served.score("text/plain", b"https://b.example/");
    assert_eq!(records(&served.log()), [0, 1, 2]);
    for told in [first, second] {
        let verdict = lines(&told)[0]["verdict"].as_str().unwrap().to_owned();
        let (_, replayed) = served.get(&format!("/v1/verdicts/{verdict}/replay"));
        assert_eq!(lines(&replayed)[0]["replay"], "same");
    }
}

#[test]
fn guessed_and_doubled_tokens_open_nothing() {
    let at = folder(&[]);
    let made = ringtrue(at.path(), "token mail --json").exits(0).json();
    let secret = made["secret"].as_str().unwrap();
    let served = Served::with(made["configuration"].as_str().unwrap());
    let ask = |headers: &str| {
        let head = format!("POST /v1/score HTTP/1.1\r\ncontent-type: text/plain\r\n{headers}");
        let (status, told) = served.ask(&head, b"https://a.example/");
        let mut told: Value = serde_json::from_str(&told).unwrap();
        let request = told.as_object_mut().unwrap().remove("request_id");
        assert!(request.is_some() || status == 200);
        (status, told)
    };
    let bearer = |secret: &str| format!("authorization: Bearer {secret}");
    assert_eq!(ask(&bearer(secret)).0, 200);
    let refused = ask(&bearer("x"));
    assert_eq!(refused.0, 401);
    let (half, rest) = secret.split_at(secret.len() / 2);
    let doubled = format!("{}\r\n{}", bearer(secret), bearer("x"));
    for guess in [
        bearer(half),
        bearer(&format!("{secret}{secret}")),
        bearer(&secret.to_uppercase()),
        bearer(&format!("{half}{}", rest.chars().rev().collect::<String>())),
        format!("authorization: {secret}"),
        bearer(
            made["configuration"]
                .as_str()
                .unwrap()
                .lines()
                .nth(2)
                .unwrap_or(""),
        ),
        doubled,
        "authorization: Bearer".to_owned(),
    ] {
        assert_eq!(ask(&guess), refused, "each guess is answered alike");
    }
}

#[test]
fn many_clients_who_say_nothing_keep_nobody_waiting() {
    let served = Served::with("[bounds]\nconnections = 300\nhead_seconds = 30\n");
    let idle: Vec<_> = (0..250).map(|_| served.connect()).collect();
    let asking = |_| {
        let mut stream = served.connect();
        let head = "POST /v1/score HTTP/1.1\r\ncontent-type: text/plain";
        send(&mut stream, head, b"https://a.example/");
        answer(&mut BufReader::new(stream)).unwrap().0
    };
    let answers = thread::scope(|scope| {
        let asked: Vec<_> = (0..8)
            .map(|number| scope.spawn(move || asking(number)))
            .collect();
        let answers = asked.into_iter().map(|asked| asked.join().unwrap());
        answers.collect::<Vec<u16>>()
    });
    assert_eq!(answers, [200; 8]);
    drop(idle);
}
