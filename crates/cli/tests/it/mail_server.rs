//! What the tests of real mail servers share: a client that hands mails over by SMTP, and a sink that takes them by LMTP.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Child;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;

use crate::milter::{MAIL_DETECTOR, made_up};
use crate::real::data;
use crate::served::telling;
use crate::support::program;

/// How long a mail may be on its way.
pub(crate) const ON_ITS_WAY: Duration = Duration::from_mins(2);

/// Starts the filter with its socket in `at`, again if need be; returns it with the address of its HTTP.
pub(crate) fn started_filter(at: &Path, section: &str) -> (Child, String) {
    let config = format!(
        "[milter]\nlisten = \"unix:{}\"\nmode = 0o666\n{section}",
        at.join("milter").display()
    );
    fs::write(at.join("serve.toml"), config).unwrap();
    let (child, told) = telling(program(at), &MAIL_DETECTOR, "");
    (child, told["listening"].as_str().unwrap().to_owned())
}

/// Where mails arrive.
pub(crate) struct Sink {
    /// Recipient and mail.
    arrived: Receiver<(String, Vec<u8>)>,
}

impl Sink {
    /// Takes mails at a socket of this path.
    pub(crate) fn new(path: &Path) -> Self {
        let arrived = sunk(UnixListener::bind(path).unwrap());
        Self { arrived }
    }

    /// Waits for mails, by recipient; `told` is what the server says of those that do not come.
    pub(crate) fn mails(
        &self,
        count: usize,
        told: impl Fn() -> String,
    ) -> BTreeMap<String, Vec<u8>> {
        let mut mails = BTreeMap::new();
        while mails.len() < count {
            let (recipient, mail) = self.arrived.recv_timeout(ON_ITS_WAY).unwrap_or_else(|_| {
                panic!("{} of {count} arrived: {}", mails.len(), told());
            });
            let twice = mails.insert(recipient, mail);
            assert!(twice.is_none(), "a mail arrived twice");
        }
        mails
    }
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

/// A client of a mail server.
pub(crate) struct Client {
    reader: Box<dyn BufRead + Send>,
    writer: Box<dyn Write + Send>,
}

impl Client {
    pub(crate) fn new(
        reader: impl Read + Send + 'static,
        writer: impl Write + Send + 'static,
    ) -> Self {
        let mut client = Self {
            reader: Box::new(BufReader::new(reader)),
            writer: Box::new(writer),
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

    fn send(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).unwrap();
        self.writer.flush().unwrap();
    }

    pub(crate) fn says(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n").as_bytes());
        self.reply()
    }

    /// Hands over a mail whose lines end with LF; returns what is said of it, or of the step that is refused.
    pub(crate) fn hands_over(&mut self, recipients: &[String], mail: &[u8]) -> String {
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
        self.send(&sent);
        self.reply()
    }
}

pub(crate) fn to(number: usize) -> String {
    format!("{number}@sink.example")
}

/// A mail that arrived, apart from what it was given on its way.
pub(crate) struct Arrived {
    /// Its headers under our names.
    pub(crate) ours: BTreeMap<String, String>,
    /// The mail without these and without what Postfix put before it.
    pub(crate) mail: Vec<u8>,
}

impl Arrived {
    pub(crate) fn of(mail: &[u8]) -> Self {
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

    pub(crate) fn ours(&self, name: &str) -> &str {
        self.ours.get(name).map_or("", String::as_str)
    }
}

/// The mails of the corpus of `SpamAssassin` where they are there, else made-up ones.
pub(crate) fn real_or_made_up() -> Vec<Vec<u8>> {
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
