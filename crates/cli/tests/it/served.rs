//! A running server, and how tests talk to it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{SHARED, folder, program};

/// A server that runs until it is dropped, on a port that the system chose.
pub(crate) struct Served {
    pub(crate) at: TempDir,
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Served {
    /// Serves the shared detector under a configuration.
    pub(crate) fn with(config: &str) -> Self {
        Self::of(&SHARED.detector(), config, "")
    }

    pub(crate) fn of(detector: &Path, config: &str, more: &str) -> Self {
        let at = folder(&[("serve.toml", config.as_bytes())]);
        let (child, address) = started(at.path(), detector, more);
        Self { at, child, address }
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.at.path().join("log")
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(&self.address).unwrap()
    }

    /// Sends a request on a connection of its own; returns status and body.
    pub(crate) fn ask(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut stream = self.connect();
        send(&mut stream, head, body);
        answer(&mut BufReader::new(stream)).unwrap()
    }

    pub(crate) fn score(&self, form: &str, body: &[u8]) -> (u16, String) {
        self.ask(
            &format!("POST /v1/score HTTP/1.1\r\ncontent-type: {form}"),
            body,
        )
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path} HTTP/1.1"), b"")
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Returns what a counter says, 0 if it says nothing.
    pub(crate) fn counted(&self, name: &str) -> u64 {
        let (status, text) = self.get("/metrics");
        assert_eq!(status, 200);
        let line = text.lines().find(|line| line.starts_with(name));
        line.map_or(0, |line| line.rsplit(' ').next().unwrap().parse().unwrap())
    }

    /// Lets the server read its configuration and its detectors anew, and returns once the detectors took over.
    pub(crate) fn begins_anew(&self) {
        let swaps = self.counted("ringtrue_detector_swaps_total");
        self.signal("HUP");
        while self.counted("ringtrue_detector_swaps_total") == swaps {
            assert_eq!(self.get("/ready").0, 200);
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        self.child.wait().unwrap();
    }
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-s", name, &id]).status();
    assert!(sent.unwrap().success());
}

/// Sends a signal, and waits until the process has ended well.
pub(crate) fn kill(child: &mut Child, name: &str) {
    signal(child, name);
    assert!(child.wait().unwrap().success());
}

pub(crate) fn started(at: &Path, detector: &Path, more: &str) -> (Child, String) {
    begun(program(at), detector, more)
}

/// Starts a server by a command that runs the program with the words that come behind it.
pub(crate) fn begun(command: Command, detector: &Path, more: &str) -> (Child, String) {
    let (child, told) = telling(command, detector, more);
    (child, told["listening"].as_str().unwrap().to_owned())
}

/// Starts a server likewise; returns it with what it says of where it listens.
pub(crate) fn telling(mut command: Command, detector: &Path, more: &str) -> (Child, Value) {
    let words = format!(
        "serve --unsigned --config serve.toml --listen 127.0.0.1:0 --log log --json {more} --detector {}",
        detector.display()
    );
    let mut child = command
        .args(words.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

/// Connects; heads and bodies go out as they are written.
pub(crate) fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

pub(crate) fn send(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let head = format!(
        "{head}\r\nhost: test\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // A server that refuses early closes its end; what it says is what is tested.
    drop(stream.write_all(head.as_bytes()));
    drop(stream.write_all(body));
}

/// Reads one answer; `None` if the other side has gone.
pub(crate) fn answer(stream: &mut BufReader<TcpStream>) -> Option<(u16, String)> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        stream
            .read_line(&mut header)
            .ok()
            .filter(|read| *read > 0)?;
        if header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((status, String::from_utf8(body).ok()?))
}

/// The URLs of the shared events.
pub(crate) fn urls(most: usize) -> Vec<String> {
    let text = fs::read_to_string(SHARED.few()).unwrap();
    let mut rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let url = header.iter().position(|name| *name == "url").unwrap();
    rows.map(|row| row[url].to_owned()).take(most).collect()
}

pub(crate) fn code(body: &str) -> String {
    let told: Value = serde_json::from_str(body).unwrap();
    told["code"].as_str().unwrap_or_default().to_owned()
}
