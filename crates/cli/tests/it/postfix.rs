//! A real Postfix that asks the filter: started here with folders and sockets of its own, mails in by SMTP and out by LMTP.
//!
//! ```text
//!   Client ─SMTP─► smtpd, cleanup ─milter─► ringtrue serve
//!                        └─► queue ─LMTP─► Sink
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;

use tempfile::TempDir;

use crate::mail_server::{Arrived, Client, ON_ITS_WAY, Sink, real_or_made_up, started_filter, to};
use crate::milter::{made_up, scored};
use crate::served::Served;
use crate::support::{folder, lines};

/// Postfix with its folders, and `ringtrue serve` beside it.
struct Postfix {
    at: TempDir,
    sink: Sink,
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
        let path = at.path().join("sink");
        let sink = Sink::new(&path);
        open_to_all(&path, 0o666);
        let postfix = Self { at, sink };
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

    /// Where mails come in.
    fn door(&self) -> PathBuf {
        self.at.path().join("queue/public/mailin")
    }

    fn mails(&self, count: usize) -> BTreeMap<String, Vec<u8>> {
        self.sink.mails(count, || self.told())
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

/// Returns a client at the place where mails come in.
fn connected(door: &Path) -> Client {
    let stream = UnixStream::connect(door).unwrap();
    Client::new(stream.try_clone().unwrap(), stream)
}

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

/// How many clients hand over mails at a time.
const CLIENTS: usize = 6;

#[test]
fn mails_through_postfix_get_the_verdicts_of_score() {
    let Some(postfix) = Postfix::start() else {
        return;
    };
    let section = "review = \"accept\"\nblock = \"accept\"\n";
    let (child, address) = started_filter(postfix.at.path(), section);
    let mails = real_or_made_up();
    let arrived = thread::scope(|scope| {
        for client in 0..CLIENTS {
            let mails = &mails;
            let mut connection = connected(&postfix.door());
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
    let (mut filter, _) = started_filter(postfix.at.path(), section);
    let mails: Vec<Vec<u8>> = made_up().into_iter().map(|(_, raw)| raw.into()).collect();
    let restarted = OnceLock::new();
    let (deferred, deferrals) = channel();
    let (arrived, address) = thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (door, mails, restarted) = (postfix.door(), &mails, &restarted);
            let deferred = deferred.clone();
            let mut connection = connected(&door);
            scope.spawn(move || {
                for number in (client..mails.len()).step_by(CLIENTS) {
                    // As a mail server does, it comes again with a mail that is deferred.
                    while !connection
                        .hands_over(&[to(number)], &mails[number])
                        .starts_with("250 ")
                    {
                        deferred.send(()).unwrap();
                        restarted.wait();
                        connection = connected(&door);
                    }
                }
            });
        }
        let mut arrived = postfix.mails(30);
        filter.kill().unwrap();
        filter.wait().unwrap();
        deferrals.recv_timeout(ON_ITS_WAY).unwrap();
        let (again, address) = started_filter(postfix.at.path(), section);
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
        connected(&postfix.door())
            .hands_over(&recipients, spam)
            .starts_with("451 4.7.1 ")
    );
    for (answer, told) in [
        ("reject", "550 5.7.1 "),
        ("defer", "451 4.7.1 "),
        ("quarantine", "250 "),
    ] {
        let (child, address) =
            started_filter(postfix.at.path(), &format!("block = \"{answer}\"\n"));
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
        let said = connected(&postfix.door()).hands_over(&recipients, &mail);
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
