//! Rewriting a raw mail before it is kept, by rules for its parts (`raw.from`, `raw.body`, ...).
//!
//! ```text
//!   raw ──lines──► header block ──► header::rewrite, field by field ──────────┐
//!            └───► boundaries ──► leaf part ──decode, body::rewrite, encode──►├──► raw
//!                         └─────► nested message: a header block again ───────┘
//! ```
//!
//! One pass over the lines with a stack of boundaries; MIME structure, order and line ends stay, and a part
//! whose text does not change keeps its bytes. What is no text (a picture, an archive) is not looked into:
//! only `raw.body = "drop"` takes it. Text in a character set other than UTF-8, ASCII and Latin-1 is read as
//! Latin-1, so that its addresses are found and its words are not always. Beyond the bound on nesting the rest
//! is taken for text of the innermost part.

mod body;
mod header;

use ringtrue_core::task::{MailPart, PrivacyRule};
use ringtrue_core::{PseudonymKey, Task};

use crate::packed::unpack;
use header::{Content, Part, block};

/// Boundaries that may be open at a time.
const DEPTH_MAX: usize = 32;

/// What is rewritten of mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailRules {
    from: PrivacyRule,
    to: PrivacyRule,
    cc: PrivacyRule,
    subject: PrivacyRule,
    body: PrivacyRule,
    addresses: PrivacyRule,
    masks_secrets: bool,
}

/// What rewriting needs beside the rules.
pub(super) struct Rewriter<'a> {
    rules: MailRules,
    key: &'a PseudonymKey,
    known: header::Known,
}

impl MailRules {
    /// Returns what a task says of mails; `None` if its events are none.
    #[must_use]
    pub fn of(task: &Task) -> Option<Self> {
        Some(Self {
            from: task.mail_rule(MailPart::From)?,
            to: task.mail_rule(MailPart::To)?,
            cc: task.mail_rule(MailPart::Cc)?,
            subject: task.mail_rule(MailPart::Subject)?,
            body: task.mail_rule(MailPart::Body)?,
            addresses: task.mail_rule(MailPart::Addresses)?,
            masks_secrets: task.masks_secrets(),
        })
    }

    /// Returns whether every message stays as it is.
    pub(crate) fn is_nothing(self) -> bool {
        let rules = [
            self.from,
            self.to,
            self.cc,
            self.subject,
            self.body,
            self.addresses,
        ];
        !self.masks_secrets && rules.iter().all(|rule| *rule == PrivacyRule::Keep)
    }

    /// Returns whether any rule rewrites addresses wherever they stand.
    fn rewrites_addresses(self) -> bool {
        self.addresses == PrivacyRule::Hash || self.body == PrivacyRule::Tokenise
    }

    /// Returns a message with its parts rewritten. A message that is written in base64 as a whole is decoded
    /// first, and comes back plain.
    #[must_use]
    pub fn rewrite(self, raw: &str, key: &PseudonymKey) -> String {
        if self.is_nothing() {
            return raw.to_owned();
        }
        let decoded = body::whole_in_base64(raw);
        self.rewritten(decoded.as_deref().unwrap_or(raw), key)
    }

    /// Returns a message that is said to stand in Base64 with its parts rewritten, and plain; as it stands if
    /// nothing is to be rewritten.
    pub(crate) fn rewrite_packed(self, raw: &str, key: &PseudonymKey) -> String {
        if self.is_nothing() {
            return raw.to_owned();
        }
        let decoded = unpack(raw).map(body::characters);
        self.rewritten(decoded.as_deref().unwrap_or(raw), key)
    }

    fn rewritten(self, raw: &str, key: &PseudonymKey) -> String {
        let rewriter = Rewriter {
            rules: self,
            key,
            known: if self.rewrites_addresses() {
                header::Known::of(raw, key)
            } else {
                header::Known::default()
            },
        };
        rewriter.message(raw)
    }
}

/// What stands open while lines go by.
struct Open<'r> {
    boundaries: Vec<&'r str>,
    part: Part<'r>,
    /// Where the leaf part that is open begins.
    start: usize,
}

impl<'r> Open<'r> {
    /// Goes into a part whose content begins at `at`.
    fn enter(&mut self, part: Part<'r>, at: usize) {
        if let Some(boundary) = part.boundary
            && self.boundaries.len() < DEPTH_MAX
        {
            self.boundaries.push(boundary);
        }
        self.part = part;
        self.start = at;
    }
}

impl Rewriter<'_> {
    fn message(&self, raw: &str) -> String {
        let mut out = String::with_capacity(raw.len());
        let (part, mut at) = block(raw, 0, self, &mut out);
        let mut open = Open {
            boundaries: part.boundary.into_iter().collect(),
            part,
            start: at,
        };
        at = self.nested(raw, at, &mut open, &mut out);
        while at < raw.len() {
            let end = line_end(raw, at);
            let line = raw.get(at..end).unwrap_or("");
            let Some((depth, closes)) = boundary(line, &open.boundaries) else {
                at = end;
                continue;
            };
            self.leaf(raw.get(open.start..at).unwrap_or(""), &open.part, &mut out);
            out.push_str(line);
            at = end;
            open.start = at;
            if closes {
                open.boundaries.truncate(depth);
                open.part = Part::default();
            } else {
                open.boundaries.truncate(depth.saturating_add(1));
                let (part, next) = block(raw, at, self, &mut out);
                open.enter(part, next);
                at = self.nested(raw, next, &mut open, &mut out);
            }
        }
        self.leaf(raw.get(open.start..).unwrap_or(""), &open.part, &mut out);
        out
    }

    /// Reads the headers of a message within the part that was just entered, and of one within that.
    fn nested<'r>(
        &self,
        raw: &'r str,
        mut at: usize,
        open: &mut Open<'r>,
        out: &mut String,
    ) -> usize {
        for _ in 0..DEPTH_MAX {
            if open.part.content != Content::Message {
                break;
            }
            let (part, next) = block(raw, at, self, out);
            open.enter(part, next);
            at = next;
        }
        at
    }

    /// Writes the content of a part without parts of its own, or what stands around parts.
    fn leaf(&self, content: &str, part: &Part<'_>, out: &mut String) {
        if content.is_empty() {
            return;
        }
        if self.rules.body == PrivacyRule::Drop {
            // The line end before a boundary belongs to the boundary.
            if content.ends_with('\n') {
                out.push('\n');
            }
            return;
        }
        match body::rewrite(content, part, self) {
            Some(changed) => out.push_str(&changed),
            None => out.push_str(content),
        }
    }
}

/// Returns the byte after the line that begins at `at`, its line feed included.
fn line_end(raw: &str, at: usize) -> usize {
    let rest = raw.as_bytes().get(at..).unwrap_or_default();
    let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |feed| feed.saturating_add(1));
    at.saturating_add(length)
}

/// Returns which open boundary a line is, counted from the outermost, and whether it closes it.
fn boundary(line: &str, open: &[&str]) -> Option<(usize, bool)> {
    let text = line.strip_prefix("--")?.trim_end();
    let (text, closes) = match text.strip_suffix("--") {
        Some(inner) if open.contains(&inner) => (inner, true),
        _ => (text, false),
    };
    let depth = open.iter().rposition(|boundary| *boundary == text)?;
    Some((depth, closes))
}

#[cfg(test)]
mod tests;
