//! A mail with the places of its headers and parts, and the one attack that all others are. Each mail is read once: to be changed,
//! to be compared with what it was, and to be scored.
//!
//! ```text
//!   raw ─► Post (layout, what a person reads) ─► an attack writes other bytes ─► read again: the same text?
//! ```
//!
//! A change replaces the bytes that it is about and leaves the others where they were, so that headers which a signature
//! covers stay unless the attack is about them. What it does to the text that a person reads is checked on every single
//! change ([`Reads`]): a mail that is too broken for a change to be safe is not changed.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use ringtrue_core::Limits;
use ringtrue_core::random::Random;
use ringtrue_intake::email::Mail;
use ringtrue_intake::email::layout::{self, Part};

use super::body::{Body, body_of};
use super::reads::Reads;
use crate::artefact::{Attack, Declaration, Material};

/// Bytes that one change adds at most.
pub(super) const GROWTH_BYTES_MAX: usize = 64 << 10;
/// Bytes of a mail beyond which it is not changed: a chain of changes stops growing here.
const MAIL_BYTES_MAX: usize = 1 << 20;

/// A way of changing mails: what it is, what a person reads afterwards, and how it changes one.
pub(super) struct MailAttack {
    pub(super) declaration: &'static Declaration,
    pub(super) reads: Reads,
    /// Returns the bytes after the change, `None` where there is nothing to change.
    pub(super) change: fn(&Post, &Material, &mut Random) -> Option<Vec<u8>>,
}

impl Attack<Arc<Post>> for MailAttack {
    fn declaration(&self) -> &'static Declaration {
        self.declaration
    }

    fn change(
        &self,
        artefact: &Arc<Post>,
        material: &Material,
        random: &mut Random,
    ) -> Option<Arc<Post>> {
        let changed = (self.change)(artefact, material, random)?;
        let is_small = changed.len() <= artefact.raw.len().saturating_add(GROWTH_BYTES_MAX);
        if !is_small || changed == artefact.raw {
            return None;
        }
        let changed = Post::read(changed, &artefact.limits)?;
        let holds = self.reads.holds(&artefact.mail, &changed.mail);
        holds.then(|| Arc::new(changed))
    }
}

/// One header of the message itself; ranges are of its bytes.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: Range<usize>,
    /// Behind the colon, with the newline at its end and those within.
    pub(super) value: Range<usize>,
}

/// A mail as it was read: its bytes, and what is needed to change and to score it, read once.
#[derive(Debug)]
pub struct Post {
    pub(super) raw: Vec<u8>,
    /// In order of their bytes, the first is the message itself.
    pub(super) parts: Vec<Part>,
    /// The headers of the message itself.
    pub(super) fields: Vec<Field>,
    /// What its lines end in.
    pub(super) feed: &'static str,
    pub(super) mail: Mail,
    /// The text of each part that a person reads, once somebody asked.
    texts: OnceLock<Vec<Option<Body>>>,
    limits: Limits,
}

/// Mails are equal whose bytes are, read under the same limits.
impl PartialEq for Post {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw && self.limits == other.limits
    }
}

impl Post {
    /// Reads a mail under the limits of whoever scores it; `None` for what has no header, or is too long to be changed.
    #[must_use]
    pub fn read(raw: Vec<u8>, limits: &Limits) -> Option<Self> {
        if raw.len() > MAIL_BYTES_MAX {
            return None;
        }
        let (parts, mail) = layout::read(&raw, limits);
        let head = parts.first()?.head.clone();
        let fields = fields(&raw, head);
        let first = fields.first()?;
        let ends_in_return = raw.get(first.value.clone())?.ends_with(b"\r\n");
        let feed = if ends_in_return { "\r\n" } else { "\n" };
        Some(Self {
            raw,
            parts,
            fields,
            feed,
            mail,
            texts: OnceLock::new(),
            limits: *limits,
        })
    }

    /// Returns the mail as it is sent.
    #[must_use]
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Returns what intake reads of it, under the limits that it was read with.
    #[must_use]
    pub const fn mail(&self) -> &Mail {
        &self.mail
    }

    /// Returns the message itself.
    pub(super) fn top(&self) -> Option<&Part> {
        self.parts.first()
    }

    /// Returns the parts in order, each with its text if a person reads it.
    pub(super) fn texts(&self) -> impl DoubleEndedIterator<Item = (&Part, Option<&Body>)> {
        let texts = self.texts.get_or_init(|| {
            let texts = self.parts.iter().map(|part| body_of(&self.raw, part));
            texts.collect()
        });
        self.parts.iter().zip(texts.iter().map(Option::as_ref))
    }

    /// Returns the parts that a person reads, in order.
    pub(super) fn bodies(&self) -> impl DoubleEndedIterator<Item = (&Part, &Body)> {
        self.texts().filter_map(|(part, text)| Some((part, text?)))
    }

    /// Returns the first header called `name`, in any case.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| self.is_called(field, name))
    }

    /// Returns whether a header is called `name`, in any case.
    pub(super) fn is_called(&self, field: &Field, name: &str) -> bool {
        let found = self.raw.get(field.name.clone());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Returns the value of the first header called `name` as it was written, without blanks around it.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let value = self.raw.get(self.field(name)?.value.clone())?;
        std::str::from_utf8(value).ok().map(str::trim)
    }

    /// Returns the mail with `lines` (each ending in the feed) behind the last header called one of `names`, at the end of the
    /// headers if there is none.
    pub(super) fn with_lines_behind(&self, names: &[&str], lines: &str) -> Option<Vec<u8>> {
        let is_one = |field: &&Field| names.iter().any(|name| self.is_called(field, name));
        let behind = self.fields.iter().rev().find(is_one);
        let at = behind.map_or(self.top()?.head.end, |field| field.value.end);
        // The last line of a mail without a body may lack its newline.
        let is_whole = self.raw.get(..at)?.ends_with(b"\n");
        let lines = [if is_whole { "" } else { self.feed }, lines].concat();
        self.spliced(&(at..at), lines.as_bytes())
    }

    /// Returns the mail with this value for its first header called `name`; a header at the end if there is none.
    pub(super) fn with_value(&self, name: &str, value: &str) -> Option<Vec<u8>> {
        match self.field(name) {
            Some(field) => {
                let value = format!(" {value}{}", self.feed);
                self.spliced(&field.value, value.as_bytes())
            }
            None => self.with_lines_behind(&[], &format!("{name}: {value}{}", self.feed)),
        }
    }

    /// Returns the bytes with `piece` in place of `range`.
    pub(super) fn spliced(&self, range: &Range<usize>, piece: &[u8]) -> Option<Vec<u8>> {
        spliced(&self.raw, range, piece)
    }
}

/// Returns `raw` with `piece` in place of `range`.
pub(super) fn spliced(raw: &[u8], range: &Range<usize>, piece: &[u8]) -> Option<Vec<u8>> {
    let (before, after) = (raw.get(..range.start)?, raw.get(range.end..)?);
    Some([before, piece, after].concat())
}

/// Returns the headers that stand in `head`; lines that are none, and what continues them, are left out.
pub(super) fn fields(raw: &[u8], head: Range<usize>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut start = head.start;
    for line in raw
        .get(head)
        .unwrap_or(&[])
        .split_inclusive(|byte| *byte == b'\n')
    {
        let end = start.saturating_add(line.len());
        let colon = line.iter().position(|byte| *byte == b':');
        let name = colon
            .and_then(|colon| line.get(..colon))
            .map(<[u8]>::trim_ascii_end);
        let is_name = |name: &&[u8]| !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
        if matches!(line.first(), Some(b' ' | b'\t')) {
            match fields.last_mut() {
                Some(field) if field.value.end == start => field.value.end = end,
                _ => {}
            }
        } else if let (Some(name), Some(colon)) = (name.filter(is_name), colon) {
            fields.push(Field {
                name: start..start.saturating_add(name.len()),
                value: start.saturating_add(colon).saturating_add(1)..end,
            });
        }
        start = end;
    }
    fields
}
