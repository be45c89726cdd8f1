//! A real Sendmail that asks the filter: started here with a configuration, folders and sockets of its own, mails in by SMTP on its
//! standard streams and out by LMTP.
//!
//! ```text
//!   Client ─SMTP─► sendmail -bs ─milter─► ringtrue serve
//!                        └─LMTP─► Sink
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::mail_server::{Arrived, Client, Sink, real_or_made_up, started_filter, to};
use crate::milter::{made_up, scored};
use crate::served::Served;
use crate::support::{folder, lines};

/// Sendmail with its folders.
struct Sendmail {
    at: TempDir,
    sink: Sink,
    /// Where its package is unpacked.
    package: PathBuf,
}

impl Sendmail {
    /// Readies one; says that the test is skipped if that cannot be.
    fn ready() -> Option<Self> {
        let package = std::env::var_os("RINGTRUE_SENDMAIL").map(PathBuf::from);
        let is_sandboxed = || {
            sandboxed()
                .arg("true")
                .status()
                .is_ok_and(|it| it.success())
        };
        let Some(package) = package.filter(|_| is_sandboxed()) else {
            println!(
                "skipped: a real Sendmail is run by `bwrap`, as RINGTRUE_SENDMAIL's folder holds it"
            );
            return None;
        };
        let at = folder(&[]);
        let config = CONFIG.replace("ROOT", &at.path().display().to_string());
        fs::write(at.path().join("sendmail.cf"), config).unwrap();
        fs::create_dir(at.path().join("queue")).unwrap();
        let sink = Sink::new(&at.path().join("sink"));
        Some(Self { at, sink, package })
    }

    /// Returns the program, to be run with the libraries of its package.
    fn program(&self) -> Command {
        let mut libraries = fs::read_dir(self.package.join("usr/lib")).unwrap();
        let libraries = libraries.find_map(|it| {
            let path = it.unwrap().path();
            path.join("libwrap.so.0").exists().then_some(path)
        });
        let mut command = sandboxed();
        command.env("LD_LIBRARY_PATH", libraries.unwrap());
        command.arg(self.package.join("usr/libexec/sendmail/sendmail"));
        command.arg("-C").arg(self.at.path().join("sendmail.cf"));
        command
    }

    /// Starts one, and talks to it.
    fn talks(&self) -> (Child, Client) {
        let mut command = self.program();
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.arg("-bs").spawn().unwrap();
        let (reader, writer) = (child.stdout.take(), child.stdin.take());
        (child, Client::new(reader.unwrap(), writer.unwrap()))
    }

    /// Hands over one mail; returns what is said of it.
    fn hands_over(&self, recipients: &[String], mail: &[u8]) -> String {
        let (mut child, mut client) = self.talks();
        let said = client.hands_over(recipients, mail);
        client.says("QUIT");
        assert!(child.wait().unwrap().success());
        said
    }

    fn mails(&self, count: usize) -> BTreeMap<String, Vec<u8>> {
        self.sink.mails(count, || self.queue(&[]))
    }

    /// Lists mails that wait: all, or with `-qQ` those that somebody must let go.
    fn queue(&self, which: &[&str]) -> String {
        let mut command = self.program();
        let output = command.arg("-bp").args(which).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Under a name without a dot, as machines may have one, Sendmail waits for a minute before it looks at its configuration.
fn sandboxed() -> Command {
    let mut command = Command::new("bwrap");
    let words = "--dev-bind / / --unshare-uts --hostname mx.example";
    command.args(words.split(' '));
    command
}

/// Nothing of the machine's own configuration is read. A mail is delivered before it is answered, wherever it goes, as it came.
const CONFIG: &str = "V10/Berkeley
Djmx.example
DnMAILER-DAEMON
Cwlocalhost
O QueueDirectory=ROOT/queue
O PidFile=ROOT/pid
O DeliveryMode=interactive
O HelpFile
O AliasFile
O DontBlameSendmail=TrustStickyBit
O DontProbeInterfaces=True
O QueueLA=1000
O RefuseLA=1000
O MaxHeadersLength=1048576
O Timeout.ident=0
O EightBitMode=pass8
O InputMailFilters=ringtrue
O Milter.macros.envfrom=i, {mail_addr}
O Milter.macros.envrcpt={rcpt_addr}
O Milter.macros.eom=i
Xringtrue, S=local:ROOT/milter, F=T, T=S:1m;R:1m;E:2m
Troot
SCanonify=3
R$* < $* > $*		$2
SParse=0
R$*			$#sink $@ sink $: $1
Sas_is
Msink, P=[IPC], F=8lmnqPSzXM, S=as_is, R=as_is, E=\\r\\n, L=0, T=DNS/RFC822/SMTP, A=FILE ROOT/sink
Mlocal, P=/bin/false, F=l, A=false
Mprog, P=/bin/false, F=l, A=false
";

#[test]
fn mails_through_sendmail_get_the_verdicts_of_score() {
    let Some(sendmail) = Sendmail::ready() else {
        return;
    };
    let section = "review = \"accept\"\nblock = \"accept\"\n";
    let (child, address) = started_filter(sendmail.at.path(), section);
    // Sendmail takes no mail in which a CR stands alone.
    let mut mails = real_or_made_up();
    mails.retain(|mail| !mail.contains(&b'\r'));
    let mails: Vec<Vec<u8>> = mails.into_iter().step_by(4).collect();
    assert!(mails.len() > 100);
    let (mut talking, mut client) = sendmail.talks();
    for (number, mail) in mails.iter().enumerate() {
        let told = client.hands_over(&[to(number)], mail);
        assert!(told.starts_with("250 "), "{number}: {told}");
    }
    client.says("QUIT");
    assert!(talking.wait().unwrap().success());
    let arrived = sendmail.mails(mails.len());
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
    }
    let middle = arrived[mails.len() / 2].ours("Id");
    let (status, body) = served.get(&format!("/v1/verdicts/{middle}/replay"));
    assert_eq!((status, &lines(&body)[0]["replay"]), (200, &"same".into()));
}

#[test]
fn sendmail_refuses_defers_and_holds_what_the_filter_says() {
    let Some(sendmail) = Sendmail::ready() else {
        return;
    };
    let mails: Vec<String> = made_up().into_iter().take(40).map(|(_, raw)| raw).collect();
    let scored = scored(sendmail.at.path(), &mails);
    let blocked = scored.iter().position(|it| it["action"] == "block");
    let spam = mails[blocked.unwrap()].as_bytes();
    let recipients = [to(1), to(2)];
    // Without a filter it is Sendmail that decides: `F=T`.
    let said = sendmail.hands_over(&recipients, spam);
    assert!(said.starts_with("451 4.3.2 "), "{said}");
    for (answer, told) in [
        ("reject", "550 5.7.1 "),
        ("defer", "451 4.7.1 "),
        ("quarantine", "250 2.0.0 "),
        ("accept", "250 2.0.0 "),
    ] {
        let (child, address) =
            started_filter(sendmail.at.path(), &format!("block = \"{answer}\"\n"));
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
        let said = sendmail.hands_over(&recipients, &mail);
        assert!(said.starts_with(told), "{answer}: {said}");
    }
    // What was accepted is there for both recipients, without the forged verdicts; the other waits until somebody lets it go.
    for mail in sendmail.mails(2).values() {
        let arrived = Arrived::of(mail);
        assert_eq!(arrived.ours("Verdict"), "block");
        let text = String::from_utf8_lossy(mail).to_lowercase();
        assert_eq!(text.matches("x-ringtru").count(), arrived.ours.len());
        assert_eq!(arrived.mail, spam);
    }
    let held = sendmail.queue(&["-qQ"]);
    assert!(held.contains("ann@client.example"), "{held}");
    assert_eq!(held.matches("QUARANTINE").count(), 1, "{held}");
}
