//! Structure: the parts of the message and how they are written.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag, share};

pub(in crate::email) const THEME: Theme = Theme {
    name: "structure",
    together: &["html", "attachment"],
    privacy: Privacy::Plain,
    cost_minutes: 0.5,
    signals: &[
        Signal::bytes(
            "message_length",
            "of the length of the whole message",
            |facts| facts.mail.structure.bytes as f32,
        ),
        Signal::count("mime_parts", "of the number of parts", |facts| {
            facts.mail.structure.parts
        }),
        Signal::count(
            "mime_multiparts",
            "of the number of parts that hold parts",
            |facts| facts.mail.structure.multiparts,
        ),
        Signal::count("mime_depth", "of how deep its parts are nested", |facts| {
            facts.mail.structure.depth as f32
        }),
        Signal::count("nested_messages", "whole messages are attached", |facts| {
            facts.mail.structure.messages
        }),
        Signal::category("text_kinds", "of the kinds of text it holds", |facts| {
            let structure = &facts.mail.structure;
            flag(structure.plain_parts > 0.0) + 2.0 * flag(structure.html_parts > 0.0)
        }),
        Signal::flag(
            "has_alternative",
            "it holds the same text in two forms",
            |facts| flag(facts.mail.structure.alternative),
        ),
        Signal::flag(
            "has_related",
            "its page comes with its own images",
            |facts| flag(facts.mail.structure.related),
        ),
        Signal::flag("has_signature", "it is signed by its writer", |facts| {
            flag(facts.mail.structure.signed)
        }),
        Signal::flag("is_report", "a mail server reports a delivery", |facts| {
            flag(facts.mail.structure.report)
        }),
        Signal::share("packed_texts", "of the share of texts in base64", |facts| {
            share(facts.mail.structure.packed_texts, texts(facts))
        }),
        Signal::share(
            "quoted_texts",
            "of the share of texts in quoted-printable",
            |facts| share(facts.mail.structure.quoted_texts, texts(facts)),
        ),
        Signal::share(
            "unnamed_charsets",
            "of the share of texts that name no character set",
            |facts| share(facts.mail.structure.unnamed_charsets, texts(facts)),
        ),
        Signal::count(
            "foreign_charsets",
            "texts are in a character set other than the West's",
            |facts| facts.mail.structure.foreign_charsets,
        ),
        Signal::count("empty_texts", "texts are empty", |facts| {
            facts.mail.structure.empty_texts
        }),
        Signal::count("odd_texts", "texts are neither plain nor pages", |facts| {
            facts.mail.structure.other_texts
        }),
        Signal::count(
            "broken_parts",
            "parts are not written as they say",
            |facts| {
                let structure = &facts.mail.structure;
                structure.broken_encodings as f32
                    + structure.unknown_encodings
                    + flag(structure.cuts.unclosed)
                    + flag(structure.cuts.depth)
                    + flag(structure.cuts.parts)
            },
        ),
    ],
};

fn texts(facts: &crate::email::facts::Facts<'_>) -> f32 {
    let structure = &facts.mail.structure;
    structure.plain_parts + structure.html_parts + structure.other_texts
}
