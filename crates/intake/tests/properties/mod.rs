//! What every parser of hostile bytes owes, whatever the bytes are: properties that tests replay over
//! the corpora and mutations, and that the fuzz targets explore.
//!
//! A property panics with what it found; it opens nothing.

pub mod privacy;
pub mod round_trip;
pub mod session;
pub mod source;

use std::io::Read;
use std::sync::Arc;

use ringtrue_core::expression::Expression;
use ringtrue_core::task::DnsOptions;
use ringtrue_core::{Event, EventTime, Field, Kind, Limits, Task, Trust, Value};
use ringtrue_intake::command::text::Part;
use ringtrue_intake::command::{self, Command};
use ringtrue_intake::email::{self, EmailOptions, Mail};
use ringtrue_intake::source::{Compression, decompress};
use ringtrue_intake::text::{PlacedToken, TextParameters};
use ringtrue_intake::url::text::tokens;
use ringtrue_intake::url::{UrlParts, schema, signals_of};

pub use round_trip::{auditd, history, mbox};
pub use source::{arrow_source, in_pieces, parquet_source, text_source};

/// Unpacks at most a MiB; bytes that are not packed come out as they are.
pub fn unpacking(bytes: &[u8]) {
    let Ok((reader, compression)) = decompress(Box::new(bytes)) else {
        return;
    };
    let mut out = Vec::new();
    let read = reader.take(1 << 20).read_to_end(&mut out);
    if compression == Compression::Plain {
        assert!(
            read.is_ok() && out == bytes.get(..1 << 20).unwrap_or(bytes),
            "plain bytes changed"
        );
    }
}

/// Takes a URL apart, and computes its signals and tokens.
pub fn url(text: &str) {
    let limits = Limits {
        url_bytes_max: 300,
        ..Limits::default()
    };
    for limits in [limits, Limits::default()] {
        let (parts, issues) = UrlParts::parse(text, &limits);
        assert_eq!(issues, UrlParts::parse(text, &limits).1);
        assert_eq!(parts.bytes(), text.len());
        assert!(
            !parts.host().bytes().any(|byte| byte.is_ascii_uppercase()),
            "{}",
            parts.host()
        );
        assert!(
            parts.host().contains(parts.registrable_domain()),
            "{}",
            parts.host()
        );
        let [mut row, mut again] = [Vec::new(), vec![1.0]];
        signals_of(&parts, &mut row);
        signals_of(&parts, &mut again);
        assert_eq!(row.len(), schema().signals.len());
        assert!(
            row.iter()
                .zip(&again)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
        assert!(row.iter().all(|value| !value.is_infinite()), "{row:?}");
        let parameters = TextParameters::default();
        let [mut hashes, mut again] = [Vec::new(), Vec::new()];
        tokens(&parts, &parameters, &mut hashes);
        tokens(&parts, &parameters, &mut again);
        assert_eq!(hashes, again);
        // Grams of four sizes, words and wholes of six parts: each is bounded by the part's bytes.
        assert!(
            hashes.len() <= 6 * (parameters.part_bytes_max + 8) * 6,
            "{}",
            hashes.len()
        );
    }
}

/// Takes a command apart, and computes its signals and tokens.
pub fn shell_command(text: &str) {
    let small = Limits {
        command_bytes_max: 200,
        command_layers_max: 2,
        command_statements_max: 8,
        command_decoded_bytes_max: 400,
        ..Limits::default()
    };
    for limits in [small, Limits::default()] {
        let (command, issues) = Command::parse(text, &limits);
        let (same, again) = Command::parse(text, &limits);
        assert_eq!(issues, again);
        assert_eq!(command.normalised(), same.normalised());
        assert!(command.written().len() <= limits.command_bytes_max);
        assert!(command.programs().count() <= limits.command_statements_max);
        // Layers are bounded by the decoded bytes; each byte becomes a few at most.
        let room = limits.command_bytes_max + limits.command_decoded_bytes_max;
        assert!(
            command.normalised().len() <= 16 * room,
            "{}",
            command.normalised().len()
        );
        assert!((0.0..=1.0).contains(&command.worst()));
        let [mut row, mut again] = [Vec::new(), vec![1.0]];
        command::signals_of(&command, &mut row);
        command::signals_of(&same, &mut again);
        assert_eq!(row.len(), command::schema().signals.len());
        assert!(
            row.iter()
                .zip(&again)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
        assert!(row.iter().all(|value| !value.is_infinite()), "{row:?}");
        let parameters = TextParameters::default();
        let mut hashes = Vec::new();
        command::text::tokens(&command, &parameters, &mut hashes);
        let placed = command::text::placed_tokens(&command, &parameters);
        assert!(placed.iter().map(|token| token.token).eq(hashes));
        let known = |token: &PlacedToken<Part>| token.start <= token.end;
        assert!(placed.iter().all(known), "a token ends before it starts");
        assert_eq!(command.entity(), same.entity());
    }
}

/// The parts of a message stand in its bytes, in order, none within the bytes of another.
fn layout(bytes: &[u8], limits: &Limits) {
    let mut end = 0;
    for part in email::layout::read(bytes, limits).0 {
        let places = [
            end,
            part.head.start,
            part.head.end,
            part.content,
            part.body.start,
            part.body.end,
            bytes.len(),
        ];
        assert!(places.is_sorted(), "{places:?}");
        end = part.body.end;
    }
}

/// Takes a message apart, and computes its signals and tokens.
pub fn email(bytes: &[u8]) {
    let small = Limits {
        mail_bytes_max: 600,
        mail_depth_max: 2,
        mail_parts_max: 4,
        mail_decoded_bytes_max: 200,
        mail_headers_max: 6,
        mail_header_bytes_max: 200,
        mail_text_bytes_max: 100,
        mail_urls_max: 2,
        archive_entries_max: 2,
        ..Limits::default()
    };
    let told = EmailOptions {
        trusted_hosts: vec!["mx.example.net".to_owned()],
        header_shape: true,
        verdict_headers: true,
        dns: Some(DnsOptions {
            server: None,
            timeout_milliseconds: 1,
        }),
    };
    for (limits, options) in [(small, told), (Limits::default(), EmailOptions::default())] {
        let (mail, issues) = Mail::parse(bytes, &limits);
        let (again, issues_again) = Mail::parse(bytes, &limits);
        assert_eq!(issues, issues_again);
        layout(bytes, &limits);
        let envelope = email::envelope(bytes, &limits);
        assert!(envelope.greeting.len() <= 2 << 10, "{envelope:?}");
        assert!(envelope.sender.is_none_or(|sender| sender.len() <= 320));
        // Plain text and pages each end in a newline that the limit does not count.
        assert!(mail.body().len() <= limits.mail_text_bytes_max + limits.mail_parts_max);
        let [mut row, mut row_again] = [Vec::new(), vec![1.0]];
        email::signals_of(&mail, &options, &mut row);
        email::signals_of(&again, &options, &mut row_again);
        assert_eq!(row.len(), email::schema().signals.len());
        assert!(
            row.iter()
                .zip(&row_again)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
        assert!(row.iter().all(|value| !value.is_infinite()), "{row:?}");
        let parameters = TextParameters::default();
        let mut hashes = Vec::new();
        email::text::tokens(&mail, &options, &parameters, &mut hashes);
        let placed = email::text::placed_tokens(&mail, &options, &parameters);
        assert!(
            placed
                .iter()
                .map(|token| token.token)
                .eq(hashes.iter().copied())
        );
        for token in &placed {
            let text = email::text::part_text(&mail, token.part).as_bytes();
            assert!(text.get(token.start..token.end).is_some(), "{token:?}");
        }
        assert_eq!(mail.entity(), again.entity());
    }
}

/// Reads a task; what is read has one digest and explains itself.
pub fn task(text: &str) {
    let first = Task::parse(text).map(|task| (task.digest(), task.explain()));
    let again = Task::parse(text).map(|task| (task.digest(), task.explain()));
    match (first, again) {
        (Ok(first), Ok(again)) => assert!(first.0 == again.0, "two digests of one task"),
        (Err(first), Err(again)) => {
            assert_eq!(first.to_string(), again.to_string());
            assert!(!first.to_string().is_empty());
        }
        _ => panic!("read once, refused once"),
    }
}

/// Compiles an expression, and evaluates it for an event that has some of what it may name.
pub fn expression(text: &str) {
    let Ok(expression) = Expression::compile(text) else {
        return;
    };
    let event = event();
    let (first, again) = (expression.value(&event), expression.value(&event));
    match (&first, &again) {
        (Ok(first), Ok(again)) => assert_eq!(first, again),
        (Err(first), Err(again)) => assert_eq!(first.to_string(), again.to_string()),
        _ => panic!("evaluated once, refused once: {text}"),
    }
    if let Ok(Value::Number(number)) = first {
        assert!(number.is_finite(), "{text}: {number}");
    }
    if let Ok(holds) = expression.holds(&event) {
        assert!(
            matches!(expression.value(&event), Ok(Value::Boolean(value)) if value == holds)
                || matches!(expression.value(&event), Ok(Value::Missing)) && !holds
        );
    }
}

/// Reads a time; what is read is written in a form that reads as the same time.
pub fn time(text: &str) {
    if let Ok((time, _)) = EventTime::parse(text) {
        let again = EventTime::parse(&time.to_string());
        assert_eq!(again.map(|(again, _)| again), Ok(time), "{text:?}");
        assert!(time.month_start() <= time, "{text:?}");
        assert!(time.next_month_start() > time, "{text:?}");
        assert!((1..=12).contains(&time.month().1));
    }
}

fn event() -> Event {
    let field = |name: &str, value| Field {
        name: Arc::from(name),
        value,
    };
    Event {
        kind: Kind::Url,
        time: Some(EventTime::from_date(2024, 2, 29)),
        label_known: None,
        label: None,
        source: Some(Arc::from("proxy")),
        trust: Trust::Own,
        family: None,
        group: None,
        fields: vec![
            field(
                "url",
                Value::Text(Arc::from("https://www.example.com/a?b=c")),
            ),
            field("amount", Value::Number(12.5)),
            field("known", Value::Boolean(true)),
            field("empty", Value::Missing),
        ],
    }
}
