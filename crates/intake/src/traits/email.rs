//! Traits of a mail: which headers it has, how it is encoded, and what a mailbox left around it.

use ringtrue_core::{Event, Limits};

use super::Found;
use crate::email::{Form, form_of};
use crate::evidence;

/// Headers that a mail nearly always has, so that their absence tells something.
const USUAL: [&str; 6] = [
    "received",
    "date",
    "from",
    "to",
    "message-id",
    "mime-version",
];
/// Names of headers that are told, at most.
const NAMES_MAX: usize = 120;

pub(super) fn read(event: &Event, limits: &Limits, traits: &mut Found<'_>) {
    evidence::with_raw(event, |raw| read_raw(raw, limits, traits));
}

fn read_raw(raw: &[u8], limits: &Limits, traits: &mut Found<'_>) {
    let form = form_of(raw, limits);
    traits.add_if(form.has_mailbox_line, "mailbox line `From `");
    traits.add_length("length", raw.len());
    traits.add_writing(raw);
    read_body(&form, traits);
    if let Some(first) = form.names.first() {
        traits.add(format!("first header {first}"));
    }
    for usual in USUAL {
        if !form.names.iter().any(|name| name == usual) {
            traits.add(format!("no header {usual}"));
        }
    }
    for name in form.names.iter().take(NAMES_MAX) {
        traits.add(format!("header {name}"));
    }
    for name in form.verdicts.iter().take(NAMES_MAX) {
        traits.add(format!("verdict header {name}"));
    }
}

fn read_body(form: &Form, traits: &mut Found<'_>) {
    for (what, value) in [
        ("type", &form.content_type),
        ("charset", &form.charset),
        ("encoding", &form.encoding),
        ("zone", &form.zone),
    ] {
        match value.as_str() {
            "" => traits.add(format!("no {what}")),
            value => traits.add(format!("{what} {value}")),
        }
    }
}
