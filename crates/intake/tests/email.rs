//! Messages that are hostile by size, and the real ones: bounded time, well-formed rows.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]
#![expect(
    clippy::print_stdout,
    reason = "a test tells what it skipped, and how fast it was"
)]

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use ringtrue_core::Limits;
use ringtrue_intake::email::{EmailOptions, Mail, ParseIssue, schema, signals_of, text};
use ringtrue_intake::text::TextParameters;

/// Reads a message to its end; returns the issues.
fn read(raw: &[u8]) -> Vec<ParseIssue> {
    let (mail, issues) = Mail::parse(raw, &Limits::default());
    let options = EmailOptions::default();
    let (mut row, mut tokens) = (Vec::new(), Vec::new());
    signals_of(&mail, &options, &mut row);
    text::tokens(&mail, &options, &TextParameters::default(), &mut tokens);
    assert_eq!(row.len(), schema().signals.len());
    assert!(row.iter().all(|value| !value.is_infinite()));
    // The limit of text, and what pairs and the small parts add.
    assert!(tokens.len() <= 2_000_000, "{}", tokens.len());
    issues
}

const MIXED: &str = "Content-Type: multipart/mixed; boundary=q\n\n";
const HTML: &str = "Content-Type: text/html\n\n";

fn repeated(head: &str, piece: &str, times: usize) -> Vec<u8> {
    let mut raw = head.to_owned();
    raw.push_str(&piece.repeat(times));
    raw.into_bytes()
}

/// Reads hostile messages of several MiB each. What is quadratic anywhere takes hours on one of them, so that finishing
/// is the test.
fn finish(cases: &[(&str, Vec<u8>)]) {
    for (what, raw) in cases {
        assert!(raw.len() > 1 << 20, "{what} is small");
        read(raw);
    }
}

#[test]
fn hostile_headers_and_parts_take_linear_time() {
    finish(&[
        (
            "messages in messages",
            repeated("", "Content-Type: message/rfc822\n\n", 100_000),
        ),
        (
            "multiparts that never start",
            repeated(
                MIXED,
                "--q\nContent-Type: multipart/mixed; boundary=never\n\n",
                100_000,
            ),
        ),
        ("parts", repeated(MIXED, "--q\n\nx\n", 500_000)),
        (
            "lines that are nearly boundaries",
            repeated(MIXED, "--", 2_000_000),
        ),
        ("dashes", repeated(MIXED, "\n--", 2_000_000)),
        ("headers", repeated("", "X-A: b\n", 500_000)),
        (
            "headers of one name",
            repeated("", "Received: from a by b; c\n", 300_000),
        ),
        ("folded lines", repeated("Subject: a", "\n b", 1_000_000)),
        ("one header", repeated("Subject: ", "a", 8 << 20)),
        (
            "encoded words",
            repeated("Subject: ", "=?utf-8?q?a", 500_000),
        ),
        ("addresses", repeated("To: ", "a@b.example, ", 500_000)),
        ("comments in addresses", repeated("From: ", "(", 2_000_000)),
        (
            "parameters",
            repeated("Content-Type: text/plain", "; a*0*=b", 500_000),
        ),
    ]);
}

#[test]
fn hostile_text_take_linear_time() {
    finish(&[
        ("one line", repeated("A: b\n\n", "a", 32 << 20)),
        ("one line of words", repeated("A: b\n\n", "a ", 8 << 20)),
        ("links", repeated("A: b\n\n", "http://a.example ", 300_000)),
        ("colons", repeated("A: b\n\n", "://", 2_000_000)),
    ]);
}

#[test]
fn hostile_pages_and_files_take_linear_time() {
    finish(&[
        ("tags", repeated(HTML, "<div>", 1_000_000)),
        ("open tags", repeated(HTML, "<", 4_000_000)),
        ("open quotes", repeated(HTML, "<a b=\"'", 1_000_000)),
        ("open comments", repeated(HTML, "<!--", 1_000_000)),
        ("scripts", repeated(HTML, "<script></", 1_000_000)),
        (
            "attributes",
            repeated(&format!("{HTML}<a "), "b=c ", 1_000_000),
        ),
        ("references", repeated(HTML, "&#", 2_000_000)),
        (
            "closing tags",
            repeated(&format!("{HTML}{}", "<b>".repeat(200)), "</i>", 1_000_000),
        ),
        (
            "anchors",
            repeated(HTML, "<a href=http://a.example/>x", 300_000),
        ),
        (
            "base64",
            repeated(
                "Content-Transfer-Encoding: base64\n\n",
                "QUFBQQ==!",
                1_000_000,
            ),
        ),
        (
            "archive of end records",
            repeated(
                "Content-Type: application/zip; name=a.zip\n\nPK\u{3}\u{4}",
                "PK\u{5}\u{6}",
                1_000_000,
            ),
        ),
        (
            "text of another order",
            repeated(
                "Content-Type: text/plain; charset=utf-7\n\n",
                "+AGE-",
                1_000_000,
            ),
        ),
        (
            "letters beyond ASCII",
            repeated("A: b\n\n", "\u{200b}é", 1_000_000),
        ),
    ]);
}

#[test]
fn what_is_left_out_is_told() {
    let deep = "Content-Type: message/rfc822\n\n".repeat(1_000);
    assert!(read(deep.as_bytes()).contains(&ParseIssue::TooDeep));
    let long = [b"A: b\n\n".to_vec(), vec![b'a'; 33 << 20]].concat();
    let issues = read(&long);
    let limit = Limits::default().mail_bytes_max;
    assert!(issues.contains(&ParseIssue::TooLong {
        bytes: long.len(),
        limit
    }));
    assert!(issues.contains(&ParseIssue::ContentCut));
}

/// The messages of one file of the real data folder.
fn real_messages(name: &str) -> Option<Vec<Vec<u8>>> {
    let folder = PathBuf::from(std::env::var_os("RINGTRUE_DATA")?);
    let file = std::fs::File::open(folder.join("email").join(name)).unwrap();
    let lines = BufReader::new(MultiGzDecoder::new(file)).lines();
    let read = |line: String| {
        let record: serde_json::Value = serde_json::from_str(&line).unwrap();
        let raw = record.get("raw").and_then(|raw| raw.as_str()).unwrap();
        match record.get("enc").and_then(|enc| enc.as_str()) {
            Some("base64") => STANDARD.decode(raw).unwrap(),
            _ => raw.as_bytes().to_vec(),
        }
    };
    Some(lines.map(|line| read(line.unwrap())).collect())
}

/// Returns the seconds of processor time that this process has used.
fn processor_seconds() -> f64 {
    let mut text = String::new();
    let Ok(mut file) = std::fs::File::open("/proc/self/stat") else {
        return 0.0;
    };
    file.read_to_string(&mut text).unwrap();
    let behind = text.rsplit(") ").next().unwrap_or("");
    let ticks = |place: usize| {
        behind
            .split(' ')
            .nth(place)
            .and_then(|field| field.parse::<f64>().ok())
    };
    // Fields 14 and 15 of the line count hundredths of seconds in user and system mode.
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / 100.0
}

#[test]
fn real_messages_give_well_formed_rows() {
    for name in [
        "email_spamassassin_2002.jsonl.gz",
        "email_csdmc_2006_2010.jsonl.gz",
        "email_phishingpot_2022_2025.jsonl.gz",
    ] {
        let Some(messages) = real_messages(name) else {
            println!("skipped: RINGTRUE_DATA names no folder of real data");
            return;
        };
        let options = EmailOptions::default();
        let parameters = TextParameters::default();
        let limits = Limits::default();
        let (mut row, mut tokens) = (Vec::new(), Vec::new());
        let (mut senders, mut bodies, mut all_tokens) = (0, 0, 0);
        let start = processor_seconds();
        for raw in &messages {
            let (mail, issues) = Mail::parse(raw, &limits);
            signals_of(&mail, &options, &mut row);
            tokens.clear();
            text::tokens(&mail, &options, &parameters, &mut tokens);
            assert_eq!(row.len(), schema().signals.len());
            assert!(row.iter().all(|value| !value.is_infinite()));
            assert!(!issues.contains(&ParseIssue::HeaderMissing), "{name}");
            senders += usize::from(!text::part_text(&mail, text::Part::Sender).is_empty());
            bodies += usize::from(!mail.body().trim().is_empty());
            all_tokens += tokens.len();
        }
        let seconds = processor_seconds() - start;
        let count = messages.len();
        println!(
            "{name}: {count} messages, {:.0} a second of processor time, {} tokens each",
            count as f64 / seconds.max(0.01),
            all_tokens / count
        );
        // A collector of phishing wrote its own name over many senders.
        assert!(
            count > 1_000 && senders * 100 > count * 75,
            "{senders} of {count}"
        );
        assert!(bodies * 100 > count * 95, "{bodies} of {count}");
    }
}
