//! Traits: what can be said of an event's form without reading what it is about.
//!
//! ```text
//!   event ──by kind──► "header list-id", "scheme https", "ends ` ;`", "length 2^6" ──► sorted, each once, at most so many
//! ```
//!
//! Signals look for what is malicious; traits look for how an event was collected and written down. If traits alone tell the classes apart,
//! a detector learns the collection. No trait names a person, a subject or a word of a text; a URL's owner is named as what many events share.

mod command;
mod email;
mod url;

use ringtrue_core::{Event, Kind, Limits};

/// Traits of one event, at most.
pub const TRAITS_MAX: usize = 160;
/// Bytes of the name of a trait, at most; longer ones say nothing of a form.
pub const TRAIT_BYTES_MAX: usize = 80;

/// Replaces `out` by the traits of an event, sorted, each once. The missing fields of an event are no traits: its columns say them.
pub fn of(event: &Event, limits: &Limits, out: &mut Vec<String>) {
    out.clear();
    let mut traits = Found { out };
    let Some(field) = event.kind.evidence() else {
        return;
    };
    let Some(text) = event.value(field).text() else {
        return;
    };
    match event.kind {
        Kind::Url => url::read(&text, limits, &mut traits),
        Kind::Email => email::read(event, limits, &mut traits),
        Kind::Command => command::read(&text, &mut traits),
        Kind::Session => command::read_session(&text, limits, &mut traits),
        Kind::Table => {}
    }
    out.sort_unstable();
    out.dedup();
}

/// The traits that were found so far.
struct Found<'a> {
    out: &'a mut Vec<String>,
}

impl Found<'_> {
    fn add(&mut self, name: impl Into<String>) {
        let name = name.into();
        if self.out.len() < TRAITS_MAX && name.len() <= TRAIT_BYTES_MAX {
            self.out.push(name);
        }
    }

    fn add_if(&mut self, holds: bool, name: &str) {
        if holds {
            self.add(name);
        }
    }

    /// Says how long something is, to a factor of two.
    fn add_length(&mut self, of: &str, length: usize) {
        match length.checked_ilog2() {
            Some(power) => self.add(format!("{of} 2^{power}")),
            None => self.add(format!("{of} 0")),
        }
    }

    /// Says how a text is encoded and how its lines end.
    fn add_writing(&mut self, bytes: &[u8]) {
        self.add_if(!bytes.is_ascii(), "letters beyond ASCII");
        let lines = memchr::memchr_iter(b'\n', bytes).count();
        let returns = memchr::memmem::find_iter(bytes, b"\r\n").count();
        match (lines, returns) {
            (0, _) => {}
            (_, 0) => self.add("lines end LF"),
            (lines, returns) if lines == returns => self.add("lines end CRLF"),
            _ => self.add("lines end LF and CRLF"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ringtrue_core::{Field, Trust, Value};

    use super::*;

    /// Returns the traits of an event that holds `text`.
    fn traits(kind: Kind, text: &str) -> Vec<String> {
        let field = Field {
            name: Arc::from(kind.evidence().unwrap_or("a")),
            value: Value::Text(Arc::from(text)),
        };
        let event = Event {
            kind,
            time: None,
            label_known: None,
            label: None,
            source: None,
            trust: Trust::Public,
            family: None,
            group: None,
            fields: vec![field],
        };
        let mut out = vec!["stale".to_owned()];
        of(&event, &Limits::default(), &mut out);
        out
    }

    fn has(traits: &[String], name: &str) -> bool {
        traits.iter().any(|it| it == name)
    }

    #[test]
    fn urls() {
        let found = traits(
            Kind::Url,
            "http://www.Shop.example.co.uk:8080/a?b=1&amp;c=2",
        );
        for name in [
            "scheme http",
            "www",
            "host example.co.uk",
            "port written",
            "contains `&amp;`",
            "path",
            "query",
            "length 2^5",
        ] {
            assert!(has(&found, name), "{name}: {found:?}");
        }
        let found = traits(Kind::Url, "10.0.0.1/");
        for name in [
            "no scheme",
            "host is an address",
            "no query",
            "path is a slash",
        ] {
            assert!(has(&found, name), "{name}: {found:?}");
        }
        assert!(!has(&found, "www"));
    }

    #[test]
    fn mails() {
        let raw = "From x@y Mon\nReceived: a\nX-Spam-Status: No\nContent-Type: text/html; charset=\"UTF-8\"\nList-Id: b\n\nhi\n";
        let found = traits(Kind::Email, raw);
        for name in [
            "mailbox line `From `",
            "first header received",
            "header list-id",
            "verdict header x-spam-status",
            "type text/html",
            "charset utf-8",
            "no header date",
            "lines end LF",
        ] {
            assert!(has(&found, name), "{name}: {found:?}");
        }
        assert!(!has(&found, "header x-spam-status"));
    }

    #[test]
    fn commands_and_sessions() {
        let found = traits(Kind::Command, "cat '/etc/passwd' ;");
        for name in [
            "starts `a`",
            "ends `;`",
            "ends ` ;`",
            "single quotes",
            "each `;` after a blank",
        ] {
            assert!(has(&found, name), "{name}: {found:?}");
        }
        let found = traits(Kind::Session, "[\"id\", \"ls -l\"]");
        for name in ["a list of commands", "commands 2^1", "ends `a`"] {
            assert!(has(&found, name), "{name}: {found:?}");
        }
    }

    #[test]
    fn nothing_and_too_much_give_few_traits() {
        assert!(traits(Kind::Table, "x").is_empty());
        for kind in Kind::ALL {
            assert!(traits(kind, "").len() <= 16, "{kind}");
            assert!(traits(kind, &"a: b\n".repeat(9_000)).len() <= TRAITS_MAX);
            let many: Vec<String> = (0..900).map(|at| format!("h{at}: b\n")).collect();
            assert!(traits(kind, &many.concat()).len() <= TRAITS_MAX);
        }
    }
}
