//! Header: which headers there are and how they are written. Part of the shape that a task may leave out.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::email::facts::Facts;

pub(in crate::email) const THEME: Theme = Theme {
    name: "header",
    together: &["identity", "route"],
    privacy: Privacy::Plain,
    cost_minutes: 0.5,
    signals: &[
        Signal::count("header_count", "of the number of headers", |facts| {
            let names = facts.mail.head.own();
            names.count() as f32
        }),
        Signal::count(
            "private_headers",
            "of the number of headers whose names start with `X-`",
            |facts| {
                let names = facts.mail.head.own();
                names
                    .filter(|(name, _)| {
                        name.get(..2)
                            .is_some_and(|start| start.eq_ignore_ascii_case("x-"))
                    })
                    .count() as f32
            },
        ),
        Signal::count(
            "broken_headers",
            "lines among the headers are none",
            |facts| facts.mail.head.malformed as f32,
        ),
        Signal::count(
            "repeated_headers",
            "headers stand twice that may stand once",
            repeated,
        ),
        Signal::flag(
            "raw_header_bytes",
            "headers hold bytes that must be encoded",
            |facts| flag(facts.mail.head.raw_bytes),
        ),
        Signal::flag(
            "has_mailer",
            "the program that wrote it names itself",
            |facts| either(facts, "x-mailer", "user-agent"),
        ),
        Signal::flag("has_list_headers", "a mailing list sent it on", |facts| {
            either(facts, "list-id", "list-post")
        }),
        Signal::flag(
            "has_unsubscribe",
            "it says how to leave its list",
            |facts| either(facts, "list-unsubscribe", "list-unsubscribe-post"),
        ),
        Signal::flag(
            "has_precedence",
            "it says that it is bulk or list mail",
            |facts| either(facts, "precedence", "auto-submitted"),
        ),
        Signal::flag("has_references", "it refers to another message", |facts| {
            either(facts, "references", "in-reply-to")
        }),
        Signal::flag("has_mime_version", "it says that it is MIME", |facts| {
            either(facts, "mime-version", "mime-version")
        }),
        Signal::flag("has_priority", "it claims to be important", |facts| {
            either(facts, "x-priority", "importance")
        }),
        Signal::flag("has_signature_header", "a server signed it", |facts| {
            either(facts, "dkim-signature", "domainkey-signature")
        }),
        Signal::count("recipients", "of the number of recipients", |facts| {
            facts.mail.to.len().saturating_add(facts.mail.cc.len()) as f32
        }),
        Signal::flag("recipients_hidden", "it names no recipient", |facts| {
            flag(facts.mail.to.is_empty() && facts.mail.cc.is_empty())
        }),
        Signal::bytes(
            "header_length",
            "of the length of all headers but verdicts",
            |facts| {
                let kept = facts.mail.head.own();
                let bytes = kept.map(|(name, value)| name.len().saturating_add(value.len()));
                bytes.fold(0_usize, usize::saturating_add) as f32
            },
        ),
    ],
};

fn either(facts: &Facts<'_>, one: &str, other: &str) -> f32 {
    let head = &facts.mail.head;
    flag(head.first(one).is_some() || head.first(other).is_some())
}

/// Headers that RFC 5322 and RFC 2045 allow once.
const SINGLE: &[&str] = &[
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "message-id",
    "in-reply-to",
    "references",
    "subject",
    "date",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

fn repeated(facts: &Facts<'_>) -> f32 {
    let twice = SINGLE
        .iter()
        .filter(|name| facts.mail.head.values(name).nth(1).is_some());
    twice.count() as f32
}
