//! Header fields of a mail: addresses and display names become pseudonyms, fields are left out, and what tells
//! how a part is written is read.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};
use ringtrue_core::PseudonymKey;
use ringtrue_core::task::PrivacyRule;

use super::super::personal::{addresses, addresses_spelt};
use super::body::decoded_words;
use super::{Rewriter, line_end};
use crate::secret::mask;

/// Addresses of a message that are looked for in other spellings.
const KNOWN_MAX: usize = 64;

/// Fields that name who sent it.
const FROM: [&str; 11] = [
    "from",
    "sender",
    "reply-to",
    "return-path",
    "errors-to",
    "x-sender",
    "x-envelope-from",
    "envelope-from",
    "resent-from",
    "resent-sender",
    "disposition-notification-to",
];
/// Fields that name who was to get it.
const TO: [&str; 8] = [
    "to",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "apparently-to",
    "x-rcpt-to",
    "resent-to",
];
/// Fields that name who was to get a copy.
const CC: [&str; 4] = ["cc", "bcc", "resent-cc", "resent-bcc"];
/// Fields that hold the subject.
const SUBJECT: [&str; 2] = ["subject", "thread-topic"];
/// Fields whose ids have the form of an address and are none.
const IDS: [&str; 6] = [
    "message-id",
    "in-reply-to",
    "references",
    "content-id",
    "resent-message-id",
    "x-message-id",
];

/// Fields that tell how a part is written.
const TELLING: [&str; 2] = ["content-type", "content-transfer-encoding"];

/// How a part is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Part<'r> {
    /// What stands between its own parts, if it has any.
    pub(super) boundary: Option<&'r str>,
    /// What it is.
    pub(super) content: Content,
    /// Whether its text is UTF-8.
    pub(super) is_utf8: bool,
    /// How its bytes are spelled: `base64`, `quoted-printable` or as they are.
    pub(super) encoding: Encoding,
}

/// What a part is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Content {
    /// Text, or what holds other parts.
    #[default]
    Text,
    Html,
    /// A message with headers of its own.
    Message,
    /// Something else.
    Binary,
}

/// How bytes are spelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As they are.
    #[default]
    Plain,
    Base64,
    QuotedPrintable,
}

/// The addresses that a message's own headers name, in the spellings that links and list managers use.
#[derive(Default)]
pub(super) struct Known {
    plain: BTreeSet<String>,
    forms: Option<AhoCorasick>,
    replacements: Vec<String>,
}

impl Known {
    pub(super) fn of(raw: &str, key: &PseudonymKey) -> Self {
        let mut plain = BTreeSet::new();
        let mut at = 0;
        while let Some(field) = next_field(raw, at) {
            at = field.end;
            if [&FROM[..], &TO, &CC]
                .iter()
                .any(|names| names.contains(&&*field.name))
            {
                let found = addresses(field.value.as_bytes());
                let found = found.filter_map(|range| field.value.get(range));
                plain.extend(found.take(KNOWN_MAX).map(str::to_lowercase));
            }
            if plain.len() >= KNOWN_MAX {
                break;
            }
        }
        let (mut forms, mut replacements) = (Vec::new(), Vec::new());
        for address in &plain {
            let pseudonym = key.of_address(address);
            for joint in ["=40", "="] {
                forms.push(address.replace('@', joint));
                replacements.push(pseudonym.replace('@', joint));
            }
        }
        let forms = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(&forms);
        Self {
            plain,
            forms: forms.ok(),
            replacements,
        }
    }
}

/// A header field: its name in lower case, its value with folds, and where it ends.
struct HeaderField<'r> {
    name: String,
    value: &'r str,
    text: &'r str,
    end: usize,
}

/// Returns the field that begins at `at`; `None` at the end of the block.
fn next_field(raw: &str, at: usize) -> Option<HeaderField<'_>> {
    let mut end = line_end(raw, at);
    let first = raw.get(at..end)?;
    if first.trim_end_matches(['\r', '\n']).is_empty() {
        return None;
    }
    while raw
        .as_bytes()
        .get(end)
        .is_some_and(|byte| matches!(byte, b' ' | b'\t'))
    {
        let next = line_end(raw, end);
        // A line of blanks ends the block, too, for most readers.
        if raw.get(end..next).is_none_or(|line| line.trim().is_empty()) {
            break;
        }
        end = next;
    }
    let text = raw.get(at..end)?;
    let (name, value) = text.split_once(':').unwrap_or(("", text));
    // Blanks may stand before the colon.
    let name = name.trim_end_matches([' ', '\t']);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    Some(HeaderField {
        name: if is_name {
            name.to_ascii_lowercase()
        } else {
            String::new()
        },
        value: if is_name { value } else { text },
        text,
        end,
    })
}

/// Rewrites the header block that begins at `at`; returns how its part is written, and where its content
/// begins.
pub(super) fn block<'r>(
    raw: &'r str,
    mut at: usize,
    rewriter: &Rewriter<'_>,
    out: &mut String,
) -> (Part<'r>, usize) {
    let mut part = Part::default();
    let mut read: Vec<String> = Vec::new();
    while let Some(field) = next_field(raw, at) {
        at = field.end;
        // Of a field that comes again the first one counts, as where mails are read.
        if TELLING.contains(&&*field.name) && !read.contains(&field.name) {
            part.read(&field);
            read.push(field.name.clone());
        }
        if let Some(value) = rewriter.field(&field) {
            let head = field.text.len().saturating_sub(field.value.len());
            out.push_str(field.text.get(..head).unwrap_or(""));
            out.push_str(&value);
        }
    }
    let end = line_end(raw, at);
    out.push_str(raw.get(at..end).unwrap_or(""));
    (part, end)
}

impl<'r> Part<'r> {
    fn read(&mut self, field: &HeaderField<'r>) {
        match &*field.name {
            "content-type" => {
                let value = field.value.trim();
                let lower = value.to_ascii_lowercase();
                let is_text = lower.starts_with("text/") || lower.starts_with("message/");
                let is_multipart = lower.starts_with("multipart/");
                self.content = if lower.starts_with("message/rfc822") {
                    Content::Message
                } else if lower.starts_with("text/html") {
                    Content::Html
                } else if is_text || is_multipart || !lower.contains('/') {
                    Content::Text
                } else {
                    Content::Binary
                };
                let charset = parameter(value, &lower, "charset=");
                self.is_utf8 = charset.is_some_and(|name| name.eq_ignore_ascii_case("utf-8"));
                if is_multipart {
                    self.boundary =
                        parameter(value, &lower, "boundary=").filter(|it| !it.is_empty());
                }
            }
            "content-transfer-encoding" => {
                let value = field.value.trim();
                self.encoding = if value.eq_ignore_ascii_case("base64") {
                    Encoding::Base64
                } else if value.eq_ignore_ascii_case("quoted-printable") {
                    Encoding::QuotedPrintable
                } else {
                    // Encodings that are not known are shown as they stand.
                    Encoding::Plain
                };
            }
            _ => {}
        }
    }
}

/// Returns a parameter's value, without its quotes.
fn parameter<'r>(value: &'r str, lower: &str, name: &str) -> Option<&'r str> {
    let at = lower.find(name)?.saturating_add(name.len());
    let rest = value.get(at..)?;
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest
            .split(|sign: char| sign == ';' || sign.is_whitespace())
            .next(),
    }
}

impl Rewriter<'_> {
    /// Returns a field's value after the rules; `None` if the field is left out.
    fn field<'r>(&self, field: &HeaderField<'r>) -> Option<Cow<'r, str>> {
        let is = |names: &[&str]| names.contains(&&*field.name);
        let rules = &self.rules;
        let rule = if is(&FROM) {
            rules.from
        } else if is(&TO) {
            rules.to
        } else if is(&CC) {
            rules.cc
        } else if is(&SUBJECT) {
            rules.subject
        } else {
            PrivacyRule::Keep
        };
        match rule {
            PrivacyRule::Drop => return None,
            PrivacyRule::Hash => return Some(Cow::Owned(self.mailboxes(field.value))),
            PrivacyRule::Tokenise => {
                let words = decoded_words(field.value);
                return Some(Cow::Owned(self.key.tokenise(&words)));
            }
            _ => {}
        }
        let value = if rules.masks_secrets {
            mask(field.value, self.key)
        } else {
            Cow::Borrowed(field.value)
        };
        if rules.addresses != PrivacyRule::Hash {
            return Some(value);
        }
        // An address may hide in an encoded word.
        let is_encoded = value.contains("=?") && decoded_words(&value).contains('@');
        let value = if is_encoded {
            Cow::Owned(decoded_words(&value))
        } else {
            value
        };
        let only_known = is(&IDS);
        let rewritten = self.addresses(&value, only_known);
        Some(match rewritten {
            Cow::Borrowed(_) => value,
            Cow::Owned(text) => Cow::Owned(text),
        })
    }

    /// Returns a list of mailboxes with pseudonyms: addresses keep their domains, names their shape.
    fn mailboxes(&self, value: &str) -> String {
        let value = decoded_words(value);
        let mut out = String::with_capacity(value.len());
        let mut kept_to = 0;
        for range in addresses(value.as_bytes()) {
            let name = value.get(kept_to..range.start).unwrap_or("");
            out.push_str(&self.key.tokenise(name));
            out.push_str(&self.key.of_address(value.get(range.clone()).unwrap_or("")));
            kept_to = range.end;
        }
        out.push_str(&self.key.tokenise(value.get(kept_to..).unwrap_or("")));
        out
    }

    /// Returns a text with every address replaced, percent-encoded ones too; with `only_known`, only those that
    /// the message's own headers name.
    pub(super) fn addresses<'t>(&self, text: &'t str, only_known: bool) -> Cow<'t, str> {
        let text = match &self.known.forms {
            // A list manager's `bounce-ann=corp.example@list.example` holds two addresses: the inner one first.
            Some(forms) if !self.known.plain.is_empty() && forms.is_match(text) => {
                Cow::Owned(forms.replace_all(text, &self.known.replacements))
            }
            _ => Cow::Borrowed(text),
        };
        ["@", "%40"].into_iter().fold(text, |text, sign| {
            match self.replaced(&text, sign, only_known) {
                Some(replaced) => Cow::Owned(replaced),
                None => text,
            }
        })
    }

    /// Replaces the addresses whose `@` is spelt as `sign`; `None` if there are none.
    fn replaced(&self, text: &str, sign: &'static str, only_known: bool) -> Option<String> {
        let mut out = String::new();
        let mut kept_to = 0;
        for range in addresses_spelt(text.as_bytes(), sign) {
            if range.start < kept_to {
                continue;
            }
            let range = range.start..end_of_chain(text, range.end, sign);
            let address = text.get(range.clone()).unwrap_or("").replace(sign, "@");
            if only_known && !self.known.plain.contains(&address.to_lowercase()) {
                continue;
            }
            out.push_str(text.get(kept_to..range.start).unwrap_or(""));
            out.push_str(&self.key.of_address(&address).replace('@', sign));
            kept_to = range.end;
        }
        if kept_to == 0 {
            return None;
        }
        out.push_str(text.get(kept_to..).unwrap_or(""));
        Some(out)
    }
}

/// Returns where an address ends that begins another, as when a line break between two was taken out: what follows its
/// domain is a domain too, and the first one a name.
fn end_of_chain(text: &str, mut end: usize, sign: &str) -> usize {
    while let Some(rest) = text.get(end..).and_then(|rest| rest.strip_prefix(sign)) {
        let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        let domain = rest.bytes().take_while(is_domain).count();
        if domain == 0 {
            break;
        }
        end = end.saturating_add(sign.len()).saturating_add(domain);
    }
    end
}
