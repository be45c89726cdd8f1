//! Events that come by themselves: standard input, and an audit log that is followed through its rotations.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use ringtrue_store::artefact;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::habits;
use crate::served::{kill, urls};
use crate::support::{SHARED, folder, lines, program, ringtrue};

#[test]
fn events_on_standard_input_get_their_verdicts_as_they_come() {
    let at = folder(&[]);
    let detector = SHARED.detector().display().to_string();
    let urls = urls(40);
    fs::write(at.path().join("urls.txt"), urls.join("\n")).unwrap();
    let words = format!("score --reasons 0 --detector {detector} urls.txt");
    let scored = lines(&ringtrue(at.path(), &words).exits(0).stdout);
    let words = format!("serve --unsigned --stdio --log log --detector {detector}");
    let mut child = program(at.path())
        .args(words.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut verdicts = Vec::new();
    // Each is answered before the next is sent.
    for (row, (url, scored)) in urls.iter().zip(&scored).enumerate() {
        writeln!(input, "{}", json!({ "url": url })).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&told["row"], &told["margin"]),
            (&json!(row), &scored["margin"])
        );
        verdicts.push(told["verdict"].as_str().unwrap().to_owned());
    }
    writeln!(input, "{{\"x\": 1}}").unwrap();
    drop(input);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(lines(&rest)[0]["row"], 40);
    assert!(lines(&rest)[0]["set_aside"].is_string());
    // The input is at its end, and so is the server.
    assert!(child.wait().unwrap().success());
    let words = format!(
        "replay --log log --json --detector {detector} {}",
        verdicts[39]
    );
    let replayed = ringtrue(at.path(), &words).exits(0).json();
    assert_eq!(replayed["replay"], "same");
}

/// Traffic in which a command of a thousand is worth a look, and the findings on so few events accepted.
const TASK: &[u8] = br#"format = 1
name = "commands"
kind = "command"
[costs]
false_positive = 1
false_negative = 1000
review = 1
[capacity]
alerts_per_day = 1000
[traffic]
events_per_day = 1000
malicious_share = 0.05
[[vetting.accepted]]
finding = "V012"
by = "ann"
reason = "few events, made for a test"
until = "2099-12-31"
[[vetting.accepted]]
finding = "V013"
by = "ann"
reason = "few events, made for a test"
until = "2099-12-31"
"#;

/// The records of a command that somebody ran.
fn records(serial: u64, user: &str, words: &[&str]) -> String {
    // Later than everything that the detector remembers.
    let head = |kind: &str| {
        format!(
            "node=desk-{user} type={kind} msg=audit({}.000:{serial}):",
            1_735_700_000 + serial
        )
    };
    let arguments = words.iter().enumerate();
    let arguments: Vec<String> = arguments
        .map(|(at, word)| format!("a{at}=\"{word}\""))
        .collect();
    let name = format!("{user}.quillabert");
    format!(
        "{} arch=c000003e syscall=59 success=yes exit=0 pid=7 auid=1000 uid=1000 comm=\"x\" exe=\"/usr/bin/{}\" key=\"x\" AUID=\"{name}\" UID=\"{name}\"\n{} argc={} {}\n{} \n",
        head("SYSCALL"),
        words[0],
        head("EXECVE"),
        words.len(),
        arguments.join(" "),
        head("EOE"),
    )
}

fn append(log: &Path, text: &str) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Takes alerts, but for the first request, which it refuses; returns what came with each.
fn sink() -> (String, Receiver<(bool, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, alerts) = channel();
    thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut is_known) = (0, false);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let line = line.trim().to_ascii_lowercase();
                if line.is_empty() {
                    break;
                }
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                is_known |= line == "authorization: bearer s3cret";
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let status = if at == 0 { "500 No" } else { "204 Yes" };
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            if at > 0
                && sender
                    .send((is_known, serde_json::from_slice(&body).unwrap()))
                    .is_err()
            {
                return;
            }
        }
    });
    (address, alerts)
}

fn alerts(at: &Path) -> Vec<Value> {
    fs::read_to_string(at.join("alerts.ndjson")).map_or_else(|_| Vec::new(), |text| lines(&text))
}

/// Starts to follow, and waits until it does.
fn following(at: &Path) -> Child {
    let words = "serve --unsigned --config serve.toml --listen 127.0.0.1:0 --log log --detector detector --follow auditd=audit.log";
    let mut child = program(at)
        .args(words.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let is_begun = || {
        let files = fs::read_dir(at.join("log")).unwrap().flatten();
        let mut paths = files.map(|it| it.path());
        paths.any(|path| path.extension().is_some_and(|it| it == "json"))
    };
    while !is_begun() {
        assert!(child.try_wait().unwrap().is_none(), "it follows");
    }
    child
}

/// A folder with a detector of commands, a configuration that sends alerts to `address`, and an audit log of one command.
fn watched(address: &str) -> TempDir {
    let config = format!(
        "[alerts]\nfile = \"alerts.ndjson\"\nwebhook = \"http://{address}/alerts\"\nwebhook_token = \"token\"\n"
    );
    let at = folder(&[
        ("a.ndjson", habits::text(&habits::stream()).as_bytes()),
        ("task.toml", TASK),
        ("serve.toml", config.as_bytes()),
        ("token", b"s3cret\n"),
        (
            "audit.log",
            records(1, "keeper", &["nmap", "-sn", "192.0.2.0/24"]).as_bytes(),
        ),
    ]);
    let words = "run --task task.toml --retrain 0 --out made a.ndjson";
    ringtrue(at.path(), words).exits(3);
    // So few commands show nothing of how good it is: for this it is fit by word of hand.
    let mut files = artefact::read_folder(&at.path().join("made/detector")).unwrap();
    for (_, bytes) in files
        .iter_mut()
        .filter(|(name, _)| *name == "detector.json")
    {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replace("\"fit\": false", "\"fit\": true").into_bytes();
    }
    artefact::write_folder(&at.path().join("detector"), &files).unwrap();
    at
}

#[test]
fn commands_of_an_audit_log_make_alerts_through_rotations_and_starts() {
    let (address, sent) = sink();
    let at = watched(&address);
    let at = at.path();
    let log = at.join("audit.log");
    let mut child = following(at);
    // What was there before it is none of its business. The warden scans all day; the keeper never did.
    append(
        &log,
        &records(2, "warden", &["nmap", "-sn", "192.0.2.0/24"]),
    );
    append(
        &log,
        &records(3, "keeper", &["nmap", "-sn", "192.0.2.0/24"]),
    );
    while alerts(at).is_empty() {
        assert!(child.try_wait().unwrap().is_none());
    }
    fs::rename(&log, at.join("audit.log.1")).unwrap();
    append(&log, &records(4, "maker", &["tcpdump", "-c", "9"]));
    while alerts(at).len() < 2 {
        assert!(child.try_wait().unwrap().is_none());
    }
    let told = alerts(at);
    let users: Vec<_> = told
        .iter()
        .map(|it| it["user.name"].as_str().unwrap())
        .collect();
    assert_eq!(users, ["keeper.quillabert", "maker.quillabert"]);
    let first = &told[0];
    assert_eq!(first["process.command_line"], "nmap -sn 192.0.2.0/24");
    assert_eq!(first["host.name"], "desk-keeper");
    assert_eq!(
        (&first["event.kind"], &first["process.executable"]),
        (&json!("alert"), &json!("/usr/bin/nmap"))
    );
    assert!(first["event.risk_score"].as_f64().unwrap() > 0.0);
    // The webhook got the same, though it refused at first.
    for expected in &told {
        let (is_known, alert) = sent.recv().unwrap();
        assert!(is_known);
        assert_eq!(alert, *expected);
    }
    // The verdict replays, with what was known of the user by then.
    kill(&mut child, "TERM");
    let verdict = first["event.id"].as_str().unwrap();
    let words = format!("replay --log log --json --detector detector {verdict}");
    assert_eq!(ringtrue(at, &words).exits(0).json()["replay"], "same");
    // What came meanwhile is not left out, and what was told is not told again.
    append(
        &log,
        &records(5, "writer", &["nc", "-z", "192.0.2.7", "22"]),
    );
    let mut child = following(at);
    while alerts(at).len() < 3 {
        assert!(child.try_wait().unwrap().is_none());
    }
    assert_eq!(alerts(at)[2]["user.name"], "writer.quillabert");
    kill(&mut child, "TERM");
    assert_eq!(alerts(at).len(), 3);
    // Where it does not read how far the log was read, the log is read again.
    let kept = fs::read_dir(at.join("log")).unwrap();
    let mut kept = kept.map(|entry| entry.unwrap().path());
    let place = kept.find(|path| path.extension().is_some_and(|ending| ending == "json"));
    fs::write(place.unwrap(), "{").unwrap();
    let mut child = following(at);
    while alerts(at).len() < 5 {
        assert!(child.try_wait().unwrap().is_none());
    }
    kill(&mut child, "TERM");
    assert_eq!(alerts(at)[3]["user.name"], "maker.quillabert");
}

#[test]
fn what_cannot_be_followed_is_told() {
    let at = folder(&[(
        "serve.toml",
        b"[[follow]]\nformat = \"auditd\"\npath = \"x\"\nroute = \"y\"\n",
    )]);
    let detector = SHARED.detector().display().to_string();
    let serve = |words: &str| {
        let words = format!(
            "serve --unsigned --log log --listen 127.0.0.1:0 --detector {detector} {words}"
        );
        ringtrue(at.path(), &words).exits(2).stderr
    };
    let told = serve("--config serve.toml");
    assert!(told.contains("route") && told.contains("`y`"), "{told}");
    let told = serve("--follow syslog");
    assert!(told.contains("auditd, ndjson, lines"), "{told}");
    let told = serve("--follow ndjson");
    assert!(told.contains("FORMAT=FILE"), "{told}");
    fs::create_dir(at.path().join("folder")).unwrap();
    let told = serve("--follow lines=folder");
    assert!(told.contains("`folder`"), "{told}");
}
