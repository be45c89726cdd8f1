//! The evidence of an event, by its kind: parsed, and turned into signals, tokens and who stands behind it.
//!
//! ```text
//!   url, raw, command, commands ──parse──► signals, tokens, entity ─► Reading
//! ```

use std::borrow::Cow;

use ringtrue_core::{Event, Kind, Limits, SignalSchema, Value};

use crate::command::{self, Command, KnownStatements};
use crate::email::{self, Mail};
use crate::history::HistoryKey;
use crate::packed::{self, Written};
use crate::reader::{Extent, Known, ReaderSpec, Reading};
use crate::session::{self, Session, Step};
use crate::url::{self, UrlParts};

/// Returns the signals of the evidence of a kind; a table's are its columns', and there are none beside them.
pub(crate) fn schema(kind: Kind) -> SignalSchema {
    match kind {
        Kind::Url => url::schema().clone(),
        Kind::Email => email::schema().clone(),
        Kind::Command => command::schema().clone(),
        Kind::Session => {
            let (order, commands) = (session::schema(), command::schema());
            let signals = order.signals.iter().chain(&commands.signals);
            SignalSchema {
                code: format!("{} {}", order.code, commands.code),
                signals: signals.cloned().collect(),
            }
        }
        Kind::Table => SignalSchema {
            code: "table/1".to_owned(),
            signals: Vec::new(),
        },
    }
}

/// Reads the evidence of an event; a table has none but its columns. Programs that run are numbered under `key` where there
/// is one.
pub(crate) fn read(
    (spec, extent): (&ReaderSpec, Extent),
    (event, known): (&Event, Known<'_>),
    key: Option<&HistoryKey>,
    reading: &mut Reading,
) {
    let Some(field) = spec.kind.evidence() else {
        return;
    };
    let text = event.value(field).text();
    let text = text.as_deref().unwrap_or("");
    match spec.kind {
        Kind::Url => read_url((spec, extent), text, reading),
        Kind::Email => match known.mail {
            Some(mail) => read_email((spec, extent), mail, reading),
            None => read_email((spec, extent), &mail_of(event, &spec.limits), reading),
        },
        Kind::Command => {
            let command = read_command((spec, extent), text, known.statements, reading);
            number(spec, key, command.programs(), &mut reading.programs);
        }
        Kind::Session => {
            for command in read_session((spec, extent), text, known.statements, reading) {
                number(spec, key, command.programs(), &mut reading.programs);
            }
        }
        Kind::Table => {}
    }
}

/// Appends the numbers of programs under `key`, of no more than a history takes of one event.
fn number<'c>(
    spec: &ReaderSpec,
    key: Option<&HistoryKey>,
    programs: impl Iterator<Item = &'c str>,
    numbers: &mut Vec<u64>,
) {
    let room = spec.limits.history_event_names_max;
    let room = room.saturating_sub(numbers.len());
    if let Some(key) = key {
        numbers.extend(programs.take(room).map(|program| key.name(program)));
    }
}

/// Returns the programs that run, in order, of evidence that is commands.
pub(crate) fn programs(spec: &ReaderSpec, event: &Event) -> Vec<String> {
    let text = spec
        .kind
        .evidence()
        .and_then(|field| event.value(field).text());
    let text = text.as_deref().unwrap_or("");
    let programs = |text: &str| -> Vec<String> {
        let command = parse_command(text, &spec.limits, None);
        command.programs().map(str::to_owned).collect()
    };
    match spec.kind {
        Kind::Command => programs(text),
        Kind::Session => {
            let (session, _) = Session::parse(text, &spec.limits);
            session
                .lines
                .iter()
                .flat_map(|line| programs(&line.text))
                .collect()
        }
        Kind::Url | Kind::Email | Kind::Table => Vec::new(),
    }
}

/// Replaces `tokens` by those of evidence that is a text.
pub(crate) fn tokens(spec: &ReaderSpec, text: &str, tokens: &mut Vec<u32>) {
    let mut reading = Reading {
        tokens: std::mem::take(tokens),
        ..Reading::default()
    };
    reading.tokens.clear();
    match spec.kind {
        Kind::Url => {
            let (parts, _) = UrlParts::parse(text, &spec.limits);
            url::text::tokens(&parts, &spec.text, &mut reading.tokens);
        }
        Kind::Command => drop(read_command((spec, Extent::Text), text, None, &mut reading)),
        Kind::Session => drop(read_session((spec, Extent::Text), text, None, &mut reading)),
        Kind::Email | Kind::Table => {}
    }
    *tokens = reading.tokens;
}

fn read_url((spec, extent): (&ReaderSpec, Extent), text: &str, reading: &mut Reading) {
    let (parts, _) = UrlParts::parse(text, &spec.limits);
    if extent == Extent::Whole {
        url::signals_of(&parts, &mut reading.row);
    }
    url::text::tokens(&parts, &spec.text, &mut reading.tokens);
    reading.entity = url::text::entity(&parts);
}

fn read_email((spec, extent): (&ReaderSpec, Extent), mail: &Mail, reading: &mut Reading) {
    if extent == Extent::Whole {
        email::signals_of(mail, &spec.email, &mut reading.row);
    }
    email::text::tokens(mail, &spec.email, &spec.text, &mut reading.tokens);
    reading.entity = mail.entity();
}

/// Reads a command, and returns it.
fn read_command(
    (spec, extent): (&ReaderSpec, Extent),
    text: &str,
    known: Option<&mut KnownStatements>,
    reading: &mut Reading,
) -> Command {
    let command = parse_command(text, &spec.limits, known);
    if extent == Extent::Whole {
        command::signals_of(&command, &mut reading.row);
    }
    let tokens = &mut reading.tokens;
    reading.entity = command::text::tokens_and_entity(&command, &spec.text, tokens);
    command
}

/// A session is read twice: step by step for its order, and as one script for what it does; a session of one line is its own
/// script. Returns the steps' commands.
fn read_session(
    (spec, extent): (&ReaderSpec, Extent),
    text: &str,
    known: Option<&mut KnownStatements>,
    reading: &mut Reading,
) -> Vec<Command> {
    let mut own = KnownStatements::default();
    let known = known.unwrap_or(&mut own);
    let (session, _) = Session::parse(text, &spec.limits);
    let commands: Vec<Command> = session
        .lines
        .iter()
        .map(|line| parse_command(&line.text, &spec.limits, Some(&mut *known)))
        .collect();
    let programs: Vec<Vec<&str>> = commands
        .iter()
        .map(|command| command.programs().collect())
        .collect();
    let steps: Vec<Step<'_>> = session
        .lines
        .iter()
        .zip(&commands)
        .zip(&programs)
        .map(|((line, command), programs)| Step {
            text: &line.text,
            programs,
            stages: command.stages(),
            time: line.time,
        })
        .collect();
    session::text::tokens(&steps, &spec.text, &mut reading.tokens);
    let script = match (session.lines.as_slice(), commands.as_slice()) {
        ([line], [command]) if arguments(&line.text).is_none() => Cow::Borrowed(command),
        _ => {
            let (script, _) = Command::parse_knowing(&session.script(), &spec.limits, Some(known));
            Cow::Owned(script)
        }
    };
    if extent == Extent::Whole {
        session::append_signals(&steps, &mut reading.row);
        let mut row = Vec::new();
        command::signals_of(&script, &mut row);
        reading.row.extend(row);
    }
    let tokens = &mut reading.tokens;
    reading.entity = command::text::tokens_and_entity(&script, &spec.text, tokens);
    commands
}

/// Reads a command line, or an argument vector that stands there as a JSON list.
pub(crate) fn parse_command(
    text: &str,
    limits: &Limits,
    known: Option<&mut KnownStatements>,
) -> Command {
    let (command, _) = match arguments(text) {
        Some(arguments) => Command::of_arguments(&arguments, limits),
        None => Command::parse_knowing(text, limits, known),
    };
    command
}

/// Returns the argument vector that a text is, as a JSON list; `None` if it is a command line.
fn arguments(text: &str) -> Option<Vec<String>> {
    let is_list = text.trim_start().starts_with("[\"");
    is_list.then(|| serde_json::from_str(text).ok()).flatten()
}

/// Parses the mail of an event.
pub(crate) fn mail_of(event: &Event, limits: &Limits) -> Mail {
    with_raw(event, |raw| Mail::parse(raw, limits).0)
}

/// Returns the mail of an event as it was received.
#[must_use]
pub fn mail_bytes(event: &Event) -> Vec<u8> {
    with_raw(event, <[u8]>::to_vec)
}

/// Returns a mail as a field holds it that says it is in Base64.
#[must_use]
pub fn packed_mail(bytes: &[u8]) -> String {
    packed::pack(bytes)
}

/// Puts another mail into an event: as text, or in Base64 where it is none, as the field `enc` then says.
pub fn set_mail_bytes(event: &mut Event, bytes: &[u8]) {
    let (text, encoding) = match std::str::from_utf8(bytes) {
        Ok(text) => (text.into(), Value::Missing),
        Err(_) => (
            packed_mail(bytes).into(),
            Value::Text(packed::BASE64.into()),
        ),
    };
    let field = Kind::Email.evidence().unwrap_or_default();
    event.set(field, Value::Text(text));
    event.set(packed::FIELD, encoding);
}

/// Returns what `look` makes of the bytes of the mail of an event.
pub(crate) fn with_raw<T>(event: &Event, look: impl FnOnce(&[u8]) -> T) -> T {
    let text = event.value(Kind::Email.evidence().unwrap_or_default());
    let text = text.text();
    let text = text.as_deref().unwrap_or("");
    // What says Base64 and is none was cut by a rule of the task, and is read as it stands.
    let unpacked = match Written::of(event.value(packed::FIELD).text().as_deref()) {
        Written::Base64 => packed::unpack(text).map(Cow::Owned),
        Written::Plain => None,
    };
    look(&unpacked.unwrap_or(Cow::Borrowed(text.as_bytes())))
}

/// Returns what an event of this kind is called for people: the subject and sender of a mail, else its evidence.
#[must_use]
pub fn title(event: &Event, limits: &Limits) -> Option<String> {
    let text = event.value(event.kind.evidence()?).text()?;
    if event.kind != Kind::Email {
        return Some(text.to_string());
    }
    let mail = mail_of(event, limits);
    Some(format!(
        "{} (from {})",
        mail.subject(),
        mail.sender_address()
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ringtrue_core::{Field, Trust};

    use super::*;

    #[test]
    fn a_mail_is_put_into_an_event_as_it_is() {
        for mail in [&b"Subject: a\r\n\r\nb"[..], b"Subject: \xe4\r\n\r\n\xff"] {
            let field = Field {
                name: Arc::from("raw"),
                value: Value::Text(Arc::from("Subject: old")),
            };
            let mut event = Event {
                kind: Kind::Email,
                time: None,
                label_known: None,
                label: None,
                source: None,
                trust: Trust::default(),
                family: None,
                group: None,
                fields: vec![field],
            };
            for _ in 0..2 {
                set_mail_bytes(&mut event, mail);
                assert_eq!(mail_bytes(&event), mail);
            }
        }
    }
}
