//! The filter for mail servers over real sockets: verdicts are those of `score`, and what is wrong has a defined answer.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ringtrue_server::milter::packet::{Command, Offer, frame};
use serde_json::{Value, json};

use crate::served::{Served, kill, telling};
use crate::support::{SHARED, folder, lines, made_once, program, ringtrue};

/// A detector of made-up mails that allows, reviews and blocks.
pub(crate) static MAIL_DETECTOR: LazyLock<PathBuf> = LazyLock::new(|| {
    let root = made_once("mails", |root| {
        fs::write(root.join("task.toml"), TASK).unwrap();
        let lines = made_up()
            .into_iter()
            .zip(0_u32..)
            .map(|((is_spam, raw), number)| {
                let label = if is_spam { "malicious" } else { "benign" };
                let date = format!("2024-{:02}-{:02}", 1 + number / 60, 1 + number % 60 / 3);
                format!("{}\n", json!({"raw": raw, "label": label, "date": date}))
            });
        fs::write(root.join("a.ndjson"), lines.collect::<String>()).unwrap();
        let words = "run --task task.toml --retrain 0 --out out a.ndjson";
        ringtrue(root, words).exits(0);
    });
    root.join("out/detector")
});

/// A mailbox in which each fourth mail is spam, and mistakes cost so that some are reviewed.
const TASK: &str = "format = 1
name = \"mail\"
kind = \"email\"
[columns]
time = \"date\"
[costs]
false_positive = 100
false_negative = 1000
review = 20
[capacity]
alerts_per_day = 1000
[traffic]
events_per_day = 1000
malicious_share = 0.25
";

const HONEST: [&str; 12] = [
    "minutes", "meeting", "agenda", "attached", "budget", "quarter", "lunch", "schedule", "branch",
    "merge", "release", "thanks",
];
const SPAM: [&str; 12] = [
    "winner",
    "prize",
    "claim",
    "account",
    "urgent",
    "offer",
    "discount",
    "loan",
    "cheap",
    "free",
    "bonus",
    "guarantee",
];

/// Made-up mails, each with whether it is spam: two in three of its words are of its kind.
pub(crate) fn made_up() -> Vec<(bool, String)> {
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mail = |number: usize| {
        let is_spam = number % 4 == 1;
        let mut words = |count: usize| {
            let words = (0..count).map(|_| {
                let is_typical = random(100) < 65;
                let kind = if is_typical == is_spam { SPAM } else { HONEST };
                kind[random(kind.len())]
            });
            words.collect::<Vec<_>>().join(" ")
        };
        let subject = words(4);
        let lines: Vec<_> = (0..=number % 5).map(|_| words(8)).collect();
        let raw = format!(
            "Received: from a{}.example ([192.0.2.7]) by mx.example\nFrom: Someone <sender{number}@a.example>\n\
             To: Bob <bob@home.example>\nSubject: {subject}\n\n{}\n",
            number % 7,
            lines.join("\n")
        );
        (is_spam, raw)
    };
    (0..600).map(mail).collect()
}

/// What Postfix offers.
const POSTFIX: Offer = Offer {
    version: 6,
    actions: 0x1ff,
    protocol: 0x1f_ffff,
};

/// Everything is delivered.
const ALL_ACCEPTED: &str = "review = \"accept\"\nblock = \"accept\"\n";

/// A server with a filter on a port that the system chose; `section` is more of `[milter]`, `config` stands before it.
fn served(config: &str, section: &str) -> (Served, String) {
    let config = format!("{config}\n[milter]\nlisten = \"127.0.0.1:0\"\n{section}");
    let at = folder(&[("serve.toml", config.as_bytes())]);
    let (child, told) = telling(program(at.path()), &MAIL_DETECTOR, "");
    let place = |name: &str| told[name].as_str().unwrap().to_owned();
    let (address, milter) = (place("listening"), place("milter"));
    (Served { at, child, address }, milter)
}

/// The mail server's side of a connection.
struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects and says nothing.
    fn silent(milter: &str) -> Self {
        Self {
            stream: TcpStream::connect(milter).unwrap(),
            received: Vec::new(),
        }
    }

    fn new(milter: &str) -> Self {
        let mut connection = Self::silent(milter);
        connection.send(&[Command::Negotiate(POSTFIX)]);
        let answer = connection.reply().unwrap();
        assert_eq!((answer[0], answer.len()), (b'O', 13));
        connection
    }

    fn send(&mut self, commands: &[Command<'_>]) {
        let mut bytes = Vec::new();
        for command in commands {
            command.write(&mut bytes);
        }
        self.stream.write_all(&bytes).unwrap();
    }

    /// Waits for a packet; `None` if the other side has gone.
    fn reply(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = frame(&self.received).unwrap() {
                let rest = self.received.split_off(at.end);
                let packet = self.received[at].to_vec();
                self.received = rest;
                return Some(packet);
            }
            let mut piece = [0; 4_096];
            let read = self.stream.read(&mut piece).unwrap_or(0);
            if read == 0 {
                return None;
            }
            self.received.extend_from_slice(&piece[..read]);
        }
    }

    /// Hands over a mail, and waits for what is said of it.
    fn mail(&mut self, raw: &str) -> Said {
        let (head, body) = raw.split_once("\n\n").unwrap_or((raw, ""));
        let mut commands = vec![
            Command::Sender(vec![b"<a@b.example>"]),
            Command::Recipient(vec![b"<c@d.example>"]),
            Command::Recipient(vec![b"<e@f.example>"]),
        ];
        let head = head.replace("\n ", "\r ");
        let headers: Vec<_> = head.lines().map(|line| line.replace('\r', "\n")).collect();
        let headers = headers.iter().filter_map(|line| line.split_once(':'));
        commands.extend(headers.map(|(name, value)| Command::Header {
            name: name.as_bytes(),
            value: value.as_bytes(),
        }));
        commands.push(Command::EndOfHeaders);
        self.send(&commands);
        assert_eq!(self.reply().unwrap(), b"c", "the sender is taken");
        assert_eq!(self.reply().unwrap(), b"c", "a recipient is taken");
        assert_eq!(self.reply().unwrap(), b"c", "the other one is taken");
        let body = body.replace('\n', "\r\n");
        for piece in body.as_bytes().chunks(60_000) {
            self.send(&[Command::Body(piece)]);
        }
        self.send(&[Command::EndOfMail(b"")]);
        self.said()
    }

    /// Waits until all was taken that was sent: steps that were waived are answered as well.
    fn is_taken(&mut self) {
        self.send(&[Command::Data]);
        assert_eq!(self.reply().unwrap(), b"c");
    }

    fn said(&mut self) -> Said {
        let mut said = Said::default();
        loop {
            let packet = self.reply().unwrap();
            let texts: Vec<String> = packet[1..]
                .split(|byte| *byte == 0)
                .map(|text| String::from_utf8_lossy(text).into_owned())
                .collect();
            match packet[0] {
                b'h' => drop(said.headers.insert(texts[0].clone(), texts[1].clone())),
                b'q' => said.is_held = true,
                b'm' => said.taken_away += 1,
                b'y' => {
                    said.refused = Some(texts[0].clone());
                    return said;
                }
                b'c' => return said,
                other => panic!("an odd reply: {other}"),
            }
        }
    }
}

/// What was said of a mail.
#[derive(Debug, Default)]
struct Said {
    headers: BTreeMap<String, String>,
    is_held: bool,
    taken_away: usize,
    refused: Option<String>,
}

impl Said {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(&format!("X-Ringtrue-{name}"));
        value.map_or("", |value| value.trim_start())
    }

    /// Checks that the mail is refused with this code, `421` or `551 5.7.1` for example.
    fn is_refused(&self, code: &str) {
        let refused = self.refused.as_deref().unwrap_or_default();
        assert!(refused.starts_with(code), "{self:?}");
    }
}

/// What `score` says of mails.
pub(crate) fn scored(at: &Path, raw: &[impl AsRef<[u8]>]) -> Vec<Value> {
    let box_ = at.join("box");
    fs::create_dir(&box_).unwrap();
    for (number, raw) in raw.iter().enumerate() {
        fs::write(box_.join(format!("{number:06}.eml")), raw.as_ref()).unwrap();
    }
    let words = format!("score --detector {} box", MAIL_DETECTOR.display());
    lines(&ringtrue(at, &words).exits(0).stdout)
}

fn some_mails(most: usize) -> Vec<String> {
    let mails = made_up().into_iter().take(most);
    mails.map(|(_, raw)| raw).collect()
}

#[test]
fn mails_get_the_verdicts_of_score_which_replay() {
    let (served, milter) = served("", "reasons = 2\n");
    let mails = some_mails(60);
    let scored = scored(served.at.path(), &mails);
    let mut connection = Connection::new(&milter);
    let mut names = Vec::new();
    let (mut refused, mut has_reasons) = (0, false);
    for (mail, scored) in mails.iter().zip(&scored) {
        let said = connection.mail(mail);
        if scored["action"] == "block" {
            said.is_refused("550 5.7.1 ");
            refused += 1;
            continue;
        }
        assert_eq!(said.is_held, scored["action"] == "review");
        assert_eq!(said.header("Verdict"), scored["action"].as_str().unwrap());
        assert_eq!(said.header("Decided-By"), "detector");
        let score: f64 = said.header("Score").parse().unwrap();
        assert_eq!(Some(score), scored["score"].as_f64());
        let loudest = scored["reasons"][0]["signal"].as_str();
        assert!(
            said.header("Reasons")
                .starts_with(loudest.unwrap_or_default())
        );
        has_reasons |= loudest.is_some();
        names.push(said.header("Id").to_owned());
        // What is given up between mails leaves nothing.
        let subject = Command::Header {
            name: b"Subject",
            value: b" nothing",
        };
        connection.send(&[subject, Command::Abort, Command::Another]);
    }
    assert!(refused > 5 && names.len() > 30, "{refused}");
    assert!(has_reasons);
    let (status, body) = served.get(&format!("/v1/verdicts/{}/replay", names[7]));
    assert_eq!((status, &lines(&body)[0]["replay"]), (200, &"same".into()));
    let counted = |answer: &str| {
        served.counted(&format!(
            "ringtrue_milter_mails_total{{answer=\"{answer}\"}}"
        ))
    };
    assert_eq!(counted("reject"), refused);
    assert_eq!(
        counted("accept") + counted("quarantine"),
        names.len() as u64
    );
    assert_eq!(served.counted("ringtrue_milter_connections"), 1);
    assert_eq!(served.counted("ringtrue_milter_answer_seconds_count"), 60);
}

#[test]
fn what_is_done_with_a_mail_is_as_configured() {
    let section = "allow = \"quarantine\"\nreview = \"defer\"\nblock = \"defer\"\nunread = \"reject\"\nmail_bytes = 100000\n";
    let (served, milter) = served("", section);
    let mails = some_mails(8);
    let scored = scored(served.at.path(), &mails);
    let mut connection = Connection::new(&milter);
    for (mail, scored) in mails.iter().zip(&scored) {
        let said = connection.mail(mail);
        if scored["action"] == "allow" {
            assert!(said.is_held && said.refused.is_none());
        } else {
            said.is_refused("451 4.7.1 ");
        }
    }
    // Too large in its body, in its headers, and nothing at all.
    let large = format!("Subject: x\n\n{}", "a b\n".repeat(60_000));
    connection.mail(&large).is_refused("550 5.7.1 ");
    let bomb = format!("{}\nx", "X-Bomb: y\n".repeat(20_000));
    connection.mail(&bomb).is_refused("550 5.7.1 ");
    connection.mail("").is_refused("550 5.7.1 ");
    assert_eq!(served.counted("ringtrue_milter_unread_total"), 3);
    // The connection is as good as before.
    let allowed = scored.iter().position(|it| it["action"] == "allow");
    assert!(connection.mail(&mails[allowed.unwrap()]).is_held);
}

#[test]
fn odd_mails_are_delivered_with_their_verdict() {
    let (served, milter) = served("", ALL_ACCEPTED);
    let bomb = format!("From: a@b.example\n{}\n\nx", "X-Many: y\n".repeat(50_000));
    let odd = [
        "no header at all",
        "Subject: cut\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/pl",
        "Subject: one\nSubject: two\nFrom: a@b.example\nFrom: c@d.example\n\ntwice",
        "Subject: \u{1b}[2J\n\n\u{0}\u{fffe}",
        &bomb,
    ];
    let mut connection = Connection::new(&milter);
    for mail in odd {
        let said = connection.mail(mail);
        assert!(said.refused.is_none(), "{said:?}");
        assert!(!said.header("Verdict").is_empty(), "{said:?}");
    }
    let forged = "X-Ringtrue-Verdict: allow\nx-ringtrue-id: 1\nSubject: x\n\ny\n";
    let said = connection.mail(forged);
    assert_eq!(said.taken_away, 2);
    let many = format!(
        "{}Subject: x\n\ny\n",
        "X-Ringtrue-Verdict: allow\n".repeat(65)
    );
    connection
        .mail(&many)
        .is_refused("550 5.7.1 too many headers");
    // What stands under our names counts for nothing.
    let bare = scored(served.at.path(), &["Subject: x\n\ny\n", forged]);
    assert_eq!(bare[0]["margin"], bare[1]["margin"]);
}

#[test]
fn what_is_late_or_finds_no_room_gets_the_configured_answer() {
    let large = format!("Subject: x\n\n{}", "some more words \n".repeat(200_000));
    for (on_deadline, expected) in [("allow", None), ("block", Some("451 4.7.1 "))] {
        let config =
            format!("[routes.mail]\ndeadline_milliseconds = 1\non_deadline = \"{on_deadline}\"\n");
        let (served, milter) = served(&config, "route = \"mail\"\n");
        let mut connection = Connection::new(&milter);
        let late = (0..20).find_map(|_| {
            let said = connection.mail(&large);
            let is_late = served.counted("ringtrue_late_total") > 0;
            is_late.then_some(said)
        });
        let late = late.expect("three million bytes take more than a millisecond");
        match expected {
            None => {
                assert_eq!(late.header("Verdict"), "allow");
                assert_eq!(late.header("Decided-By"), "deadline");
            }
            Some(code) => late.is_refused(code),
        }
    }
    // Two mails do not find room at a time: the second is deferred, and comes again.
    let section = "mail_bytes = 1000000\nheld_bytes = 1000000\n";
    let (_served, milter) = served("on_deadline = \"block\"\n", section);
    let (mut one, mut other) = (Connection::new(&milter), Connection::new(&milter));
    let piece = vec![b'a'; 60_000];
    for _ in 0..15 {
        one.send(&[Command::Body(&piece)]);
    }
    one.is_taken();
    let mail = format!("Subject: x\n\n{}", "a b\n".repeat(40_000));
    other.mail(&mail).is_refused("451 4.7.1 ");
    one.send(&[Command::Abort]);
    one.send(&[Command::Sender(vec![b"<>"])]);
    assert_eq!(one.reply().unwrap(), b"c");
    assert!(other.mail(&mail).refused.is_none());
}

#[test]
fn what_is_no_packet_ends_the_connection_and_no_other() {
    let (served, milter) = served("", ALL_ACCEPTED);
    let mut good = Connection::new(&milter);
    let odd: [&[u8]; 8] = [
        b"EHLO mail.example\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\0\x10\0\x01L",
        b"\0\0\0\x01Z",
        b"\0\0\0\x02L\0",
        b"\0\0\0\x01A",
    ];
    for odd in odd {
        let mut connection = Connection::silent(&milter);
        connection.stream.write_all(odd).unwrap();
        assert_eq!(connection.reply(), None, "{odd:?}");
    }
    // In the middle of a mail as well: a header behind the body, and a second greeting.
    for odd in [
        Command::Header {
            name: b"A",
            value: b"b",
        },
        Command::Negotiate(POSTFIX),
    ] {
        let mut connection = Connection::new(&milter);
        connection.send(&[Command::EndOfHeaders, odd]);
        assert_eq!(connection.reply(), None);
    }
    let mut weak = Connection::silent(&milter);
    weak.send(&[Command::Negotiate(Offer {
        actions: 1,
        ..POSTFIX
    })]);
    assert_eq!(weak.reply(), None);
    // One that goes away in the middle of a mail takes it along.
    let mut gone = Connection::new(&milter);
    gone.send(&[Command::EndOfHeaders]);
    gone.stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(gone.reply(), None);
    assert!(good.mail(&some_mails(1)[0]).refused.is_none());
    let broken =
        |why: &str| served.counted(&format!("ringtrue_milter_broken_total{{why=\"{why}\"}}"));
    assert_eq!(
        (broken("packet"), broken("offer"), broken("gone")),
        (10, 1, 1)
    );
}

#[test]
fn slow_and_silent_connections_are_closed_and_too_many_wait() {
    let section = "idle_seconds = 1\npacket_seconds = 1\nconnections = 1\n";
    let (served, milter) = served("", section);
    let mut slow = Connection::silent(&milter);
    slow.stream.write_all(b"\0\0\0\x0dO").unwrap();
    // This one waits for its turn meanwhile.
    let mut silent = Connection::silent(&milter);
    assert_eq!(slow.reply(), None);
    assert_eq!(silent.reply(), None);
    let mut next = Connection::new(&milter);
    assert!(!next.mail(&some_mails(1)[0]).header("Verdict").is_empty());
    let broken =
        |why: &str| served.counted(&format!("ringtrue_milter_broken_total{{why=\"{why}\"}}"));
    assert_eq!((broken("slow"), broken("idle")), (1, 1));
}

#[test]
fn a_mail_that_is_coming_in_at_the_end_is_answered() {
    let (mut served, milter) = served("", ALL_ACCEPTED);
    let mut idle = Connection::new(&milter);
    let mut busy = Connection::new(&milter);
    busy.send(&[Command::Body(b"one")]);
    busy.is_taken();
    served.signal("TERM");
    // A connection without a mail ends at once, which says that the server is ending.
    assert_eq!(idle.reply(), None);
    busy.send(&[Command::EndOfMail(b"two")]);
    assert!(!busy.said().header("Id").is_empty());
    assert_eq!(busy.reply(), None);
    assert!(served.child.wait().unwrap().success());
}

#[test]
fn a_unix_socket_is_taken_over_from_a_dead_server_only() {
    let at = folder(&[]);
    let socket = at.path().join("milter.sock");
    let place = socket.display();
    let config = format!("[milter]\nlisten = \"unix:{place}\"\nmode = 0o600\n");
    fs::write(at.path().join("serve.toml"), config).unwrap();
    drop(UnixListener::bind(&socket).unwrap());
    let (mut child, told) = telling(program(at.path()), &MAIL_DETECTOR, "");
    assert_eq!(told["milter"], format!("unix:{}", socket.display()));
    let mode = fs::metadata(&socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut stream = UnixStream::connect(&socket).unwrap();
    let mut offer = Vec::new();
    Command::Negotiate(POSTFIX).write(&mut offer);
    stream.write_all(&offer).unwrap();
    let mut answer = [0; 17];
    stream.read_exact(&mut answer).unwrap();
    let words = format!(
        "serve --unsigned --config serve.toml --listen 127.0.0.1:0 --log other --detector {}",
        MAIL_DETECTOR.display()
    );
    let refused = ringtrue(at.path(), &words).exits(2);
    assert!(
        refused.stderr.contains("milter.listen"),
        "{}",
        refused.stderr
    );
    kill(&mut child, "TERM");
    assert!(!socket.exists());
}

#[test]
fn what_the_section_cannot_say_is_refused() {
    let refused = |detector: &Path, section: &str, said: &str| {
        let at = folder(&[("serve.toml", format!("[milter]\n{section}").as_bytes())]);
        let words = format!(
            "serve --unsigned --config serve.toml --listen 127.0.0.1:0 --log log --detector {}",
            detector.display()
        );
        let told = ringtrue(at.path(), &words).exits(2).stderr;
        assert!(told.contains(said), "{told}");
    };
    refused(&SHARED.detector(), "", "kind `url`");
    refused(&MAIL_DETECTOR, "listen = \"0.0.0.0:0\"", "milter.peers");
    refused(
        &MAIL_DETECTOR,
        "route = \"mail\"",
        "a route that is not there: `mail`",
    );
    refused(&MAIL_DETECTOR, "listen = \"localhost\"", "unix:/PATH");
    refused(&MAIL_DETECTOR, "blok = \"defer\"", "blok");
}
