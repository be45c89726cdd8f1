//! `serve`, `replay` and `token` over real sockets: what is asked for is answered as `score` answers it, what is acknowledged is in
//! the log, and what is wrong has a defined answer.

use std::fs;
use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ringtrue_server::replay::find;
use ringtrue_server::verdict::VerdictId;
use ringtrue_store::artefact;
use serde_json::Value;

use crate::served::{Served, answer, code, connect, send, started, urls};
use crate::support::{FEW_DETECTOR, SHARED, folder, lines, ringtrue};

#[test]
fn verdicts_are_those_of_score_and_replay_bit_for_bit() {
    let served = Served::with("");
    let urls = urls(300);
    let text = urls.join("\n");
    fs::write(served.at.path().join("urls.txt"), &text).unwrap();
    let words = format!(
        "score --reasons 2 --detector {} urls.txt",
        SHARED.detector().display()
    );
    let scored = lines(&ringtrue(served.at.path(), &words).exits(0).stdout);
    let head = "POST /v1/score?reasons=2 HTTP/1.1\r\ncontent-type: text/plain";
    let (status, body) = served.ask(head, text.as_bytes());
    assert_eq!(status, 200, "{body}");
    let mut told = lines(&body);
    assert_eq!(told.len(), 300);
    let mut verdicts = Vec::new();
    for (told, scored) in told.iter_mut().zip(&scored) {
        let told = told.as_object_mut().unwrap();
        verdicts.push(told.remove("verdict").unwrap().as_str().unwrap().to_owned());
        assert_eq!(told.remove("decided_by").unwrap(), "detector");
        assert_eq!(Value::Object(told.clone()), *scored);
    }
    for verdict in verdicts.iter().step_by(60) {
        let (status, body) = served.get(&format!("/v1/verdicts/{verdict}/replay"));
        assert_eq!(
            (status, &lines(&body)[0]["replay"]),
            (200, &Value::from("same"))
        );
        let (status, body) = served.get(&format!("/v1/verdicts/{verdict}"));
        assert_eq!(status, 200);
        assert!(!body.contains("http"), "the event is not shown: {body}");
    }
    let words = format!(
        "replay --log log --json --detector {} {}",
        SHARED.detector().display(),
        verdicts[7]
    );
    let replayed = ringtrue(served.at.path(), &words).exits(0).json();
    assert_eq!(replayed["replay"], "same");
    assert_eq!(replayed["margin"], scored[7]["margin"]);
    // One object is answered by one, several by as many lines.
    let (status, body) = served.score("application/json", b"{\"url\": \"https://a.example/\"}");
    assert_eq!((status, lines(&body).len()), (200, 1));
    let list =
        b"[{\"url\": \"https://a.example/\"}, {\"x\": 1},\n {\"url\": \"https://b.example/\"}]";
    let (status, body) = served.score("application/json", list);
    let told = lines(&body);
    assert_eq!((status, told.len()), (200, 3));
    assert!(told[1]["set_aside"].is_string());
    assert_eq!(told[2]["row"], 2);
    assert_eq!(served.counted("ringtrue_rows_set_aside_total"), 1);
}

const POST: &str = "POST /v1/score HTTP/1.1";
const PLAIN: &str = "POST /v1/score HTTP/1.1\r\ncontent-type: text/plain";
const JSON: &str = "POST /v1/score HTTP/1.1\r\ncontent-type: application/json";
const TWO: &str =
    "POST /v1/score HTTP/1.1\r\ncontent-type: text/plain\r\ncontent-type: application/json";
const NARROW: &str =
    "[bounds]\nbody_bytes = 1000\nevents = 5\nbody_seconds = 1\nhead_seconds = 1\n";

/// What is wrong, with status and code of the answer.
const WRONG: [(&str, &[u8], u16, &str); 19] = [
    (POST, b"https://a.example/", 415, "unsupported_form"),
    (TWO, b"https://a.example/", 415, "unsupported_form"),
    (
        "POST /v1/score HTTP/1.1\r\ncontent-type: image/png",
        b"x",
        415,
        "unsupported_form",
    ),
    (
        "POST /v1/score HTTP/1.1\r\ncontent-type: message/rfc822",
        b"From: a\r\n\r\nb",
        415,
        "unsupported_form",
    ),
    (PLAIN, b"", 400, "empty"),
    (PLAIN, b" \r\n\t", 400, "empty"),
    (PLAIN, b"\x1f\x8b\x08\x00", 415, "compressed"),
    (PLAIN, b"\x28\xb5\x2f\xfd\x00", 415, "compressed"),
    (PLAIN, b"a\nb\nc\nd\ne\nf\n", 413, "too_many_events"),
    (PLAIN, &[b'a'; 1_001], 413, "too_large"),
    (JSON, b"[1, 2]", 400, "not_json"),
    (JSON, b"[", 400, "not_json"),
    (JSON, b"[]", 400, "empty"),
    (JSON, b"{\"url\": ", 422, "no_event"),
    (JSON, b"{\"x\": 1}", 422, "no_event"),
    (
        "POST /v1/score?reasons=x HTTP/1.1\r\ncontent-type: text/plain",
        b"a",
        400,
        "query",
    ),
    ("GET /v1/score HTTP/1.1", b"", 405, "method_not_allowed"),
    (
        "GET /v1/verdicts/..%2f..%2fetc%2fpasswd HTTP/1.1",
        b"",
        404,
        "not_found",
    ),
    ("GET /nosuch HTTP/1.1", b"", 404, "not_found"),
];

#[test]
fn what_is_wrong_with_a_request_is_told() {
    let served = Served::with(NARROW);
    for (head, body, status, expected) in WRONG {
        let (found, told) = served.ask(head, body);
        assert_eq!(
            (found, code(&told)),
            (status, expected.to_owned()),
            "{head} {body:?}"
        );
        let told: Value = serde_json::from_str(&told).unwrap();
        assert!(
            told["message"].is_string() && told["hint"].is_string(),
            "{told}"
        );
    }
    let nested = [b"{\"url\": ".as_slice(), &[b'['; 400], b"\n}"].concat();
    assert_eq!(served.score("application/json", &nested).0, 400);
    assert!(served.counted("ringtrue_refused_total{code=\"unsupported_form\"}") >= 4);
}

#[test]
fn odd_connections_end_nothing() {
    let served = Served::with(NARROW);
    // A body that does not come, and one that is cut.
    let mut slow = served.connect();
    let head = format!("{PLAIN}\r\nhost: test\r\ncontent-length: 100\r\n\r\nhttps:");
    slow.write_all(head.as_bytes()).unwrap();
    let (status, told) = answer(&mut BufReader::new(slow)).unwrap();
    assert_eq!((status, code(&told)), (408, "slow".to_owned()));
    let mut cut = served.connect();
    cut.write_all(head.as_bytes()).unwrap();
    cut.shutdown(Shutdown::Write).unwrap();
    drop(answer(&mut BufReader::new(cut)));
    // A head that does not come, or is endless, or no HTTP.
    for head in [
        &b"POST /v1/sc"[..],
        &vec![b'a'; 100_000],
        b"\x16\x03\x01\x02\x00",
    ] {
        let mut odd = served.connect();
        drop(odd.write_all(head));
        let mut rest = Vec::new();
        drop(odd.read_to_end(&mut rest));
    }
    let (status, body) = served.score("text/plain", b"https://a.example/");
    assert_eq!((status, lines(&body).len()), (200, 1), "{body}");
}

#[test]
fn idle_connections_leave_room_once_their_time_is_over() {
    let served = Served::with("[bounds]\nconnections = 8\nhead_seconds = 1\n");
    let idle: Vec<TcpStream> = (0..40).map(|_| served.connect()).collect();
    let (status, _) = served.score("text/plain", b"https://a.example/");
    assert_eq!(status, 200);
    drop(idle);
}

#[test]
fn a_token_opens_what_it_is_for() {
    let at = folder(&[]);
    let made = |words: &str| ringtrue(at.path(), words).exits(0).json();
    let score = made("token mail --json");
    let read = made("token desk --scope verdicts --scope metrics --json");
    assert_ne!(score["secret"], read["secret"]);
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let config = [text(&score, "configuration"), text(&read, "configuration")].concat();
    assert!(!config.contains(&text(&score, "secret")));
    let served = Served::with(&config);
    let asked = |secret: &str| {
        let head = format!("POST /v1/score HTTP/1.1\r\ncontent-type: text/plain\r\n{secret}");
        served.ask(head.trim_end(), b"https://a.example/")
    };
    let bearer = |it: &Value| format!("authorization: Bearer {}", text(it, "secret"));
    assert_eq!(asked(&bearer(&score)).0, 200);
    assert_eq!(code(&asked(&bearer(&read)).1), "forbidden");
    for odd in [
        "x-none: 1",
        "authorization: Bearer x",
        "authorization: Basic eDp5",
    ] {
        assert_eq!(code(&asked(odd).1), "unauthorized", "{odd}");
    }
    assert_eq!(served.get("/metrics").0, 401);
    let head = format!("GET /metrics HTTP/1.1\r\n{}", bearer(&read));
    assert_eq!(served.ask(&head, b"").0, 200);
    // Whether it lives is no secret.
    assert_eq!(served.get("/healthy").0, 200);
}

#[test]
fn what_should_not_be_served_is_refused() {
    let at = folder(&[
        ("open.toml", b"listen = \"0.0.0.0:0\""),
        ("odd.toml", b"deadline = 5"),
    ]);
    let serve = |words: &str| {
        let words = format!("serve {words} --detector {}", SHARED.detector().display());
        ringtrue(at.path(), &words)
    };
    let told = serve("--log log").exits(1).stderr;
    assert!(told.contains("nobody promoted"), "{told}");
    let told = serve("--unsigned").exits(2).stderr;
    assert!(told.contains("--log"), "{told}");
    let told = serve("--unsigned --log log --config open.toml")
        .exits(2)
        .stderr;
    assert!(told.contains("tokens"), "{told}");
    let told = serve("--unsigned --log log --config odd.toml")
        .exits(2)
        .stderr;
    assert!(told.contains("deadline"), "{told}");
    // An unfit detector is not served, whatever is said.
    let mut files = artefact::read_folder(&SHARED.detector()).unwrap();
    for (name, bytes) in &mut files {
        if name == "detector.json" {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let unfit = text.replace("\"fit\": true", "\"fit\": false");
            let unfit = unfit.replace("\"fit\":true", "\"fit\":false");
            assert_ne!(unfit, text);
            *bytes = unfit.into_bytes();
        }
    }
    artefact::write_folder(&at.path().join("unfit"), &files).unwrap();
    let told = ringtrue(at.path(), "serve --unsigned --log log --detector unfit");
    let told = told.exits(1).stderr;
    assert!(told.contains("not fit"), "{told}");
    // A log has one writer.
    let served = Served::with("");
    let words = format!(
        "--unsigned --listen 127.0.0.1:0 --log {}",
        served.log().display()
    );
    let told = serve(&words).exits(2).stderr;
    assert!(told.contains("another folder"), "{told}");
}

#[test]
fn events_of_which_the_deadline_passes_get_the_configured_action() {
    let served = Served::with("deadline_milliseconds = 1\non_deadline = \"block\"\n");
    let urls = urls(2_000).join("\n");
    let late = (0..20).find_map(|_| {
        let (status, body) = served.score("text/plain", urls.as_bytes());
        assert_eq!(status, 200);
        let told = lines(&body);
        (told[0]["decided_by"] == "deadline").then_some(told)
    });
    let late = late.expect("2,000 URLs take more than a millisecond");
    assert_eq!(late[0]["action"], "block");
    assert!(late[0]["verdict"].is_null() && late[0]["score"].is_null());
    assert!(served.counted("ringtrue_late_total") >= 1);
}

/// Asks one URL after the other on one connection, until told to end or the other side has gone; returns the verdicts and how
/// often there was another answer than one.
fn asking(address: &str, urls: &[String], is_over: &AtomicBool) -> (Vec<VerdictId>, u64) {
    let (mut verdicts, mut others) = (Vec::new(), 0);
    let Ok(stream) = connect(address) else {
        return (verdicts, others);
    };
    let mut writing = stream.try_clone().unwrap();
    let mut reading = BufReader::new(stream);
    for url in urls.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let head = "POST /v1/score HTTP/1.1\r\ncontent-type: text/plain";
        send(&mut writing, head, url.as_bytes());
        match answer(&mut reading) {
            Some((200, body)) => {
                let told: Value = serde_json::from_str(&body).unwrap();
                verdicts.push(told["verdict"].as_str().unwrap().parse().unwrap());
            }
            Some(_) => others += 1,
            None => break,
        }
    }
    (verdicts, others)
}

#[test]
fn whatever_was_acknowledged_before_a_kill_is_in_the_log() {
    let urls = urls(500);
    let at = folder(&[("serve.toml", b"")]);
    let log = at.path().join("log");
    let mut acknowledged = Vec::new();
    for round in 0..5_u64 {
        let (mut child, address) = started(at.path(), &SHARED.detector(), "");
        let is_over = AtomicBool::new(false);
        let told = thread::scope(|scope| {
            let clients: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| asking(&address, &urls, &is_over)))
                .collect();
            // Some verdicts later it dies, wherever it is by then.
            let (before, _) = asking_some(&address, &urls, 20 + 37 * round);
            child.kill().unwrap();
            child.wait().unwrap();
            let told = clients.into_iter().map(|it| it.join().unwrap());
            told.map(|(verdicts, others)| {
                assert_eq!(others, 0);
                verdicts
            })
            .chain([before])
            .flatten()
            .collect::<Vec<_>>()
        });
        assert!(!told.is_empty());
        acknowledged.extend(told);
    }
    for verdict in &acknowledged {
        let (record, _) = find(&log, *verdict).unwrap();
        assert!(record.input.line().is_some());
    }
    // It opens again and goes on.
    let (mut child, address) = started(at.path(), &SHARED.detector(), "");
    let (more, _) = asking_some(&address, &urls, 1);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(acknowledged.iter().all(|it| it.sequence < more[0].sequence));
}

/// Asks so many URLs.
fn asking_some(address: &str, urls: &[String], most: u64) -> (Vec<VerdictId>, u64) {
    let (mut verdicts, mut others) = (Vec::new(), 0);
    for url in urls.iter().cycle().take(usize::try_from(most).unwrap()) {
        let mut stream = connect(address).unwrap();
        let head = "POST /v1/score HTTP/1.1\r\ncontent-type: text/plain";
        send(&mut stream, head, url.as_bytes());
        match answer(&mut BufReader::new(stream)) {
            Some((200, body)) => {
                let told: Value = serde_json::from_str(&body).unwrap();
                verdicts.push(told["verdict"].as_str().unwrap().parse().unwrap());
            }
            _ => others += 1,
        }
    }
    (verdicts, others)
}

#[test]
fn another_detector_takes_over_without_a_failed_request() {
    let at = folder(&[("serve.toml", b"")]);
    let link = at.path().join("detector");
    std::os::unix::fs::symlink(SHARED.detector(), &link).unwrap();
    let (child, address) = started(at.path(), &link, "");
    let served = Served { at, child, address };
    let urls = urls(200);
    let is_over = AtomicBool::new(false);
    let detectors = [FEW_DETECTOR.clone(), SHARED.detector()];
    let told = thread::scope(|scope| {
        let clients: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| asking(&served.address, &urls, &is_over)))
            .collect();
        for detector in detectors.iter().cycle().take(100) {
            let next = served.at.path().join("next");
            std::os::unix::fs::symlink(detector, &next).unwrap();
            fs::rename(&next, &link).unwrap();
            served.begins_anew();
        }
        while served.counted("ringtrue_verdicts_total{action=\"allow\"}") < 50 {
            assert_eq!(served.get("/ready").0, 200);
        }
        is_over.store(true, Ordering::Relaxed);
        clients
            .into_iter()
            .map(|it| it.join().unwrap())
            .collect::<Vec<_>>()
    });
    for (verdicts, others) in told {
        assert!(!verdicts.is_empty());
        assert_eq!(others, 0);
    }
    // What cannot be used changes nothing.
    fs::remove_file(&link).unwrap();
    served.signal("HUP");
    assert_eq!(served.score("text/plain", b"https://a.example/").0, 200);
}

#[test]
fn shadows_are_asked_and_decide_nothing() {
    let shadow = FEW_DETECTOR.clone();
    let more = format!("--shadow {}", shadow.display());
    let served = Served::of(&SHARED.detector(), "", &more);
    let (status, body) = served.score("text/plain", b"https://a.example/");
    assert_eq!(status, 200);
    let told = &lines(&body)[0];
    let verdict = told["verdict"].as_str().unwrap();
    let (_, body) = served.get(&format!("/v1/verdicts/{verdict}"));
    let decision = &lines(&body)[0]["decision"];
    assert_eq!(decision["score"], told["score"]);
    let words = format!("score --reasons 0 --detector {} urls.txt", shadow.display());
    fs::write(served.at.path().join("urls.txt"), "https://a.example/\n").unwrap();
    let scored = lines(&ringtrue(served.at.path(), &words).exits(0).stdout);
    assert_eq!(decision["shadows"][0]["margin"], scored[0]["margin"]);
    assert_eq!(decision["shadows"][0]["score"], scored[0]["score"]);
    let (_, body) = served.get("/v1/detectors");
    let listed = &lines(&body)[0]["detectors"];
    assert_eq!(
        (&listed[0]["role"], &listed[1]["role"]),
        (&Value::from("champion"), &Value::from("shadow"))
    );
}

#[test]
fn it_ends_when_it_is_asked_to_and_what_was_not_kept_is_told() {
    let mut served = Served::with("[log]\ninputs = false\n");
    let (_, body) = served.score("text/plain", b"https://a.example/");
    let verdict = lines(&body)[0]["verdict"].as_str().unwrap().to_owned();
    served.signal("TERM");
    assert!(served.child.wait().unwrap().success());
    let words = format!(
        "replay --log log --json --detector {} {verdict}",
        SHARED.detector().display()
    );
    let told = ringtrue(served.at.path(), &words).exits(3).json();
    assert_eq!(told["replay"], "input_gone");
    let other = verdict.replace(char::is_alphabetic, "0");
    let words = format!(
        "replay --log log --detector {} {other}",
        FEW_DETECTOR.display()
    );
    let told = ringtrue(served.at.path(), &words).exits(2).stderr;
    assert!(told.contains("no verdict"), "{told}");
}
