//! A real Postfix that asks the filter: started here with folders and sockets of its own, mails in by SMTP and out by LMTP.
//!
//! ```text
//!   Client ─SMTP─► smtpd, cleanup ─milter─► ringtrue serve
//!                        └─► queue ─LMTP─► Sink
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;
use tempfile::TempDir;

use crate::milter::{MAIL_DETECTOR, made_up, scored};
use crate::real::data;
use crate::served::{Served, telling};
use crate::support::{folder, lines, program};

/// How long a mail may be on its way.
const ON_ITS_WAY: Duration = Duration::from_mins(2);

/// Postfix with its folders, and `ringtrue serve` beside it.
struct Postfix {
    at: TempDir,
    /// What arrived: recipient and mail.
    arrived: Receiver<(String, Vec<u8>)>,
}

impl Postfix {
    /// Starts one; says that the test is skipped if that cannot be.
    fn start() -> Option<Self> {
        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let owner = account("postfix").filter(|_| Command::new("postconf").output().is_ok());
        let (true, Some(owner)) = (is_root, owner) else {
            println!("skipped: a real Postfix is started by root, with Debian's package postfix");
            return None;
        };
        let at = folder(&[("etc/master.cf", MASTER.as_bytes())]);
        let root = at.path().display();
        let main = MAIN.replace("ROOT", &root.to_string());
        fs::write(at.path().join("etc/main.cf"), main).unwrap();
        for name in ["queue", "data", "told"] {
            fs::create_dir(at.path().join(name)).unwrap();
        }
        chown(at.path().join("data"), Some(owner), None).unwrap();
        open_to_all(at.path(), 0o755);
        let sink = at.path().join("sink");
        let arrived = sunk(UnixListener::bind(&sink).unwrap());
        open_to_all(&sink, 0o666);
        let postfix = Self { at, arrived };
        let started = postfix.run("postfix", &["start"]);
        assert!(started.is_some(), "{}", postfix.told());
        Some(postfix)
    }

    /// Runs one of Postfix's programs; returns what it printed, `None` if it failed.
    fn run(&self, program: &str, words: &[&str]) -> Option<String> {
        let mut command = Command::new(program);
        command.arg("-c").arg(self.at.path().join("etc"));
        let output = command.args(words).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(printed)
    }

    /// What Postfix said of its work.
    fn told(&self) -> String {
        fs::read_to_string(self.at.path().join("told/mail.log")).unwrap_or_default()
    }

    /// Starts the filter, again if need be; returns it with the address of its HTTP.
    fn filter(&self, section: &str) -> (Child, String) {
        let socket = self.at.path().join("milter");
        let config = format!(
            "[milter]\nlisten = \"unix:{}\"\nmode = 0o666\n{section}",
            socket.display()
        );
        fs::write(self.at.path().join("serve.toml"), config).unwrap();
        let (child, told) = telling(program(self.at.path()), &MAIL_DETECTOR, "");
        (child, told["listening"].as_str().unwrap().to_owned())
    }

    /// Where mails come in.
    fn door(&self) -> PathBuf {
        self.at.path().join("queue/public/mailin")
    }

    /// Waits for mails, by recipient.
    fn mails(&self, count: usize) -> BTreeMap<String, Vec<u8>> {
        let mut mails = BTreeMap::new();
        while mails.len() < count {
            let (recipient, mail) = self.arrived.recv_timeout(ON_ITS_WAY).unwrap_or_else(|_| {
                panic!("{} of {count} arrived: {}", mails.len(), self.told());
            });
            let twice = mails.insert(recipient, mail);
            assert!(twice.is_none(), "a mail arrived twice");
        }
        mails
    }

    /// Waits until the queue is empty.
    fn is_empty(&self) -> bool {
        (0..2_000).any(|_| {
            let queue = self.run("postqueue", &["-p"]);
            queue.is_some_and(|queue| queue.contains("Mail queue is empty"))
        })
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        drop(self.run("postfix", &["abort"]));
    }
}

/// Nothing of the machine's own configuration is read.
const MAIN: &str = "compatibility_level = 3.6
queue_directory = ROOT/queue
data_directory = ROOT/data
maillog_file = ROOT/told/mail.log
maillog_file_prefixes = ROOT/told
myhostname = mx.example
mydestination =
alias_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
disable_dns_lookups = yes
mynetworks = 127.0.0.0/8
relay_domains = sink.example
relay_transport = lmtp:unix:ROOT/sink
default_transport = lmtp:unix:ROOT/sink
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_milters = unix:ROOT/milter
milter_default_action = tempfail
lmtp_line_length_limit = 0
lmtp_connection_cache_on_demand = no
lmtp_destination_concurrency_limit = 20
lmtp_destination_concurrency_failed_cohort_limit = 0
header_size_limit = 1024000
message_drop_headers =
";

/// Its services; mails come in by a Unix socket, so that no port is taken.
const MASTER: &str = "mailin unix n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

/// Returns the number of an account of the machine.
fn account(name: &str) -> Option<u32> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    let mut found = accounts.lines().map(|line| line.split(':'));
    let mut fields = found.find(|fields| fields.clone().next() == Some(name))?;
    fields.nth(2)?.parse().ok()
}

fn open_to_all(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Takes mails by LMTP, as many at a time as come.
fn sunk(listener: UnixListener) -> Receiver<(String, Vec<u8>)> {
    let (sender, arrived) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let sender = sender.clone();
            // Postfix may hang up wherever it likes.
            thread::spawn(move || drop(take(stream, &sender)));
        }
    });
    arrived
}

fn take(mut stream: UnixStream, sender: &Sender<(String, Vec<u8>)>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    stream.write_all(b"220 sink\r\n")?;
    let (mut recipients, mut line) = (Vec::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.get(..4).unwrap_or_default() {
            "LHLO" => stream.write_all(b"250-sink\r\n250 8BITMIME\r\n")?,
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1);
                recipients.push(address.unwrap_or_default().to_owned());
                stream.write_all(b"250 ok\r\n")?;
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                let mail = until_dot(&mut reader)?;
                for recipient in recipients.drain(..) {
                    stream.write_all(b"250 ok\r\n")?;
                    // A test that has ended waits for nothing more.
                    drop(sender.send((recipient, mail.clone())));
                }
            }
            _ => stream.write_all(b"250 ok\r\n")?,
        }
    }
}

/// Reads a mail up to the line with a dot; its lines end with LF.
fn until_dot(reader: &mut BufReader<UnixStream>) -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line)?;
        if line == b".\r\n" || line.is_empty() {
            return Ok(mail);
        }
        let line = line.strip_prefix(b".").unwrap_or(&line);
        let text = line.strip_suffix(b"\r\n");
        mail.extend_from_slice(text.unwrap_or(line));
        if text.is_some() {
            mail.push(b'\n');
        }
    }
}

/// A client of Postfix.
struct Client {
    reader: BufReader<UnixStream>,
    stream: UnixStream,
}

impl Client {
    fn new(door: &Path) -> Self {
        let stream = UnixStream::connect(door).unwrap();
        let mut client = Self {
            reader: BufReader::new(stream.try_clone().unwrap()),
            stream,
        };
        assert!(client.reply().starts_with("220 "));
        assert!(client.says("EHLO client.example").starts_with("250 "));
        client
    }

    /// Waits for a reply; returns its last line.
    fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    fn says(&mut self, line: &str) -> String {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .unwrap();
        self.reply()
    }

    /// Hands over a mail whose lines end with LF; returns what is said of it, or of the step that is refused.
    fn hands_over(&mut self, recipients: &[String], mail: &[u8]) -> String {
        let recipients = recipients.iter().map(|it| format!("RCPT TO:<{it}>"));
        let sender = "MAIL FROM:<ann@client.example> BODY=8BITMIME".to_owned();
        for line in std::iter::once(sender).chain(recipients) {
            let told = self.says(&line);
            if !told.starts_with("250 ") {
                return told;
            }
        }
        let told = self.says("DATA");
        if !told.starts_with("354 ") {
            return told;
        }
        let mut sent = Vec::with_capacity(mail.len() + mail.len() / 30);
        for line in mail
            .strip_suffix(b"\n")
            .unwrap_or(mail)
            .split(|byte| *byte == b'\n')
        {
            if line.starts_with(b".") {
                sent.push(b'.');
            }
            sent.extend_from_slice(line);
            sent.extend_from_slice(b"\r\n");
        }
        sent.extend_from_slice(b".\r\n");
        self.stream.write_all(&sent).unwrap();
        self.reply()
    }
}

fn to(number: usize) -> String {
    format!("{number}@sink.example")
}

/// A mail that arrived, apart from what it was given on its way.
struct Arrived {
    /// Its headers under our names.
    ours: BTreeMap<String, String>,
    /// The mail without these and without what Postfix put before it.
    mail: Vec<u8>,
}

impl Arrived {
    fn of(mail: &[u8]) -> Self {
        let ours = b"X-Ringtrue-";
        let mut arrived = Self {
            ours: BTreeMap::new(),
            mail: Vec::with_capacity(mail.len()),
        };
        let mut is_trace = true;
        let mut is_head = true;
        for (number, line) in mail.split_inclusive(|byte| *byte == b'\n').enumerate() {
            is_trace &= number == 0 || line.starts_with(b"\t") || line.starts_with(b" ");
            is_head &= line != b"\n";
            if is_head && line.starts_with(ours) {
                let line = String::from_utf8_lossy(line);
                let (name, value) = line.split_once(": ").unwrap();
                arrived.ours.insert(
                    name.split_at(ours.len()).1.to_owned(),
                    value.trim().to_owned(),
                );
            } else if !is_trace {
                arrived.mail.extend_from_slice(line);
            }
        }
        arrived
    }

    fn ours(&self, name: &str) -> &str {
        self.ours.get(name).map_or("", String::as_str)
    }
}

/// The mails of the corpus of `SpamAssassin` where they are there, else made-up ones.
fn real_or_made_up() -> Vec<Vec<u8>> {
    let Some(path) = data("email/email_spamassassin_2002.jsonl.gz") else {
        return made_up().into_iter().map(|(_, raw)| raw.into()).collect();
    };
    let mut text = String::new();
    let file = File::open(path).unwrap();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(raw_of).collect()
}

/// Returns a line's mail, without the line that an mbox puts before it.
fn raw_of(line: &str) -> Vec<u8> {
    let mail: Value = serde_json::from_str(line).unwrap();
    let raw = mail["raw"].as_str().unwrap();
    let raw = if mail["enc"] == "base64" {
        BASE64_STANDARD.decode(raw).unwrap()
    } else {
        raw.as_bytes().to_vec()
    };
    let is_marked = raw.starts_with(b"From ");
    let end = raw
        .iter()
        .position(|byte| *byte == b'\n')
        .filter(|_| is_marked);
    let raw = &raw[end.map_or(0, |end| end + 1)..];
    // By SMTP lines end with CR LF, and the last one does.
    let mut text = raw
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect::<Vec<_>>()
        .join(&b'\n');
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text
}

/// How many clients hand over mails at a time.
const CLIENTS: usize = 6;

#[test]
fn mails_through_postfix_get_the_verdicts_of_score() {
    let Some(postfix) = Postfix::start() else {
        return;
    };
    let section = "review = \"accept\"\nblock = \"accept\"\n";
    let (child, address) = postfix.filter(section);
    let mails = real_or_made_up();
    let arrived = thread::scope(|scope| {
        for client in 0..CLIENTS {
            let mails = &mails;
            let mut connection = Client::new(&postfix.door());
            scope.spawn(move || {
                for number in (client..mails.len()).step_by(CLIENTS) {
                    let told = connection.hands_over(&[to(number)], &mails[number]);
                    assert!(told.starts_with("250 "), "{number}: {told}");
                }
            });
        }
        postfix.mails(mails.len())
    });
    let served = Served {
        at: folder(&[]),
        child,
        address,
    };
    let scored = scored(served.at.path(), &mails);
    let arrived = (0..mails.len()).map(|number| Arrived::of(&arrived[&to(number)]));
    let arrived: Vec<Arrived> = arrived.collect();
    assert_eq!(scored.len(), mails.len());
    for (number, (arrived, scored)) in arrived.iter().zip(&scored).enumerate() {
        let score: f64 = arrived.ours("Score").parse().unwrap();
        assert_eq!(Some(score), scored["score"].as_f64(), "{number}");
        assert_eq!(scored["action"], arrived.ours("Verdict"), "{number}");
        assert_eq!(arrived.ours("Id").len(), 32);
    }
    // Nothing else changes on its way, unless a CR stands alone, for which Postfix may write a blank.
    let pairs = arrived.iter().zip(&mails);
    let plain: Vec<_> = pairs.filter(|(_, sent)| !sent.contains(&b'\r')).collect();
    assert!(plain.len() * 100 > mails.len() * 99);
    assert!(plain.iter().all(|(arrived, sent)| arrived.mail == **sent));
    let path = format!(
        "/v1/verdicts/{}/replay",
        arrived[mails.len() / 2].ours("Id")
    );
    let (status, body) = served.get(&path);
    assert_eq!((status, &lines(&body)[0]["replay"]), (200, &"same".into()));
    assert!(postfix.is_empty());
}

#[test]
fn a_filter_that_is_killed_under_load_loses_no_mail_and_holds_none() {
    let Some(postfix) = Postfix::start() else {
        return;
    };
    let section = "review = \"accept\"\nblock = \"accept\"\n";
    let (mut filter, _) = postfix.filter(section);
    let mails: Vec<Vec<u8>> = made_up().into_iter().map(|(_, raw)| raw.into()).collect();
    let restarted = OnceLock::new();
    let (deferred, deferrals) = channel();
    let (arrived, address) = thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (door, mails, restarted) = (postfix.door(), &mails, &restarted);
            let deferred = deferred.clone();
            let mut connection = Client::new(&door);
            scope.spawn(move || {
                for number in (client..mails.len()).step_by(CLIENTS) {
                    // As a mail server does, it comes again with a mail that is deferred.
                    while !connection
                        .hands_over(&[to(number)], &mails[number])
                        .starts_with("250 ")
                    {
                        deferred.send(()).unwrap();
                        restarted.wait();
                        connection = Client::new(&door);
                    }
                }
            });
        }
        let mut arrived = postfix.mails(30);
        filter.kill().unwrap();
        filter.wait().unwrap();
        deferrals.recv_timeout(ON_ITS_WAY).unwrap();
        let (again, address) = postfix.filter(section);
        filter = again;
        restarted.set(()).unwrap();
        arrived.append(&mut postfix.mails(mails.len() - 30));
        (arrived, address)
    });
    assert_eq!(arrived.len(), mails.len());
    assert!(postfix.is_empty());
    let served = Served {
        at: folder(&[]),
        child: filter,
        address,
    };
    // Every mail has its verdict, and the log holds each, also those of the filter that was killed.
    for mail in arrived.values() {
        let verdict = Arrived::of(mail).ours("Id").to_owned();
        assert_eq!(
            served.get(&format!("/v1/verdicts/{verdict}")).0,
            200,
            "{verdict}"
        );
    }
}

#[test]
fn postfix_refuses_defers_and_holds_what_the_filter_says() {
    let Some(postfix) = Postfix::start() else {
        return;
    };
    let mails: Vec<String> = made_up().into_iter().take(40).map(|(_, raw)| raw).collect();
    let scored = scored(postfix.at.path(), &mails);
    let blocked = scored.iter().position(|it| it["action"] == "block");
    let spam = mails[blocked.unwrap()].as_bytes();
    let recipients = [to(1), to(2)];
    // Without a filter it is Postfix that decides: `milter_default_action`.
    assert!(
        Client::new(&postfix.door())
            .hands_over(&recipients, spam)
            .starts_with("451 4.7.1 ")
    );
    for (answer, told) in [
        ("reject", "550 5.7.1 "),
        ("defer", "451 4.7.1 "),
        ("quarantine", "250 "),
    ] {
        let (child, address) = postfix.filter(&format!("block = \"{answer}\"\n"));
        let _served = Served {
            at: folder(&[]),
            child,
            address,
        };
        let mail = [
            b"x-ringtrue-verdict : allow\nX-Ringtrue-Verdict: allow\n".as_slice(),
            spam,
        ]
        .concat();
        let said = Client::new(&postfix.door()).hands_over(&recipients, &mail);
        assert!(said.starts_with(told), "{said}");
    }
    // Only the last is there, and waits until somebody lets it go.
    let held = postfix.run("postqueue", &["-p"]).unwrap();
    assert_eq!(held.matches("ann@client.example").count(), 1, "{held}");
    assert!(held.contains('!'), "{held}");
    assert!(postfix.run("postsuper", &["-H", "ALL"]).is_some());
    assert!(postfix.run("postqueue", &["-f"]).is_some());
    // Both recipients get the same, and the forged verdicts are gone.
    for mail in postfix.mails(2).values() {
        let arrived = Arrived::of(mail);
        assert_eq!(arrived.ours("Verdict"), "block");
        assert_eq!(
            mail.windows(9)
                .filter(|it| it.eq_ignore_ascii_case(b"x-ringtru"))
                .count(),
            arrived.ours.len()
        );
        assert_eq!(arrived.mail, spam);
    }
    assert!(postfix.is_empty());
}
