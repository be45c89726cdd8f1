//! A message as evidence: what its headers say, what a person reads of it, what hangs on it.
//!
//! ```text
//!   entities ─► text parts: decoded, read as text or as a page ─► body, hidden text, markup, links
//!           └─► other parts: attachments
//! ```

use std::sync::OnceLock;

use memchr::memchr3_iter;
use ringtrue_core::Limits;

use super::address::{Mailbox, read_addresses};
use super::attachment::Attachment;
use super::html::{self, Counts};
use super::link::{self, Link};
use super::message::{
    Cuts, Encoding, Entity, EntityKind, Head, Shown, decode_text, decode_transfer, read_text, walk,
};
use super::shape::Shape;
use super::words::first_words;
use crate::url::script::is_invisible;

/// What was unusual about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseIssue {
    /// There is no byte.
    #[error("the message is empty")]
    Empty,
    /// No line of it is a header; all is read as its body.
    #[error("the message has no header")]
    HeaderMissing,
    /// Only the bytes within the limit were read.
    #[error("only the first {limit} bytes of the message were read: {bytes}")]
    TooLong {
        /// Bytes of the whole message.
        bytes: usize,
        /// Bytes that were read.
        limit: usize,
    },
    /// Lines among the headers are none.
    #[error("lines among the headers are no headers: {lines}")]
    HeaderBroken {
        /// How many.
        lines: usize,
    },
    /// Headers beyond a limit were left out.
    #[error("headers beyond the limits were left out")]
    HeadersCut,
    /// Parts and messages nested too deep were read as one file.
    #[error("parts nested too deep were not taken apart")]
    TooDeep,
    /// Parts beyond the limit were left out.
    #[error("parts beyond the limit were left out: {limit}")]
    TooManyParts {
        /// Parts that were read.
        limit: usize,
    },
    /// A multipart ended without its closing line.
    #[error("a part does not end with its boundary")]
    Unclosed,
    /// Bodies that are not encoded as they say were read as they are.
    #[error("bodies are not encoded as they say: {parts}")]
    EncodingBroken {
        /// How many.
        parts: usize,
    },
    /// Bodies beyond the limit of decoded bytes, or text beyond its own, were left out.
    #[error("content beyond the limits was left out")]
    ContentCut,
    /// Links beyond the limit were left out.
    #[error("links beyond the limit were left out: {limit}")]
    TooManyLinks {
        /// Links that were kept.
        limit: usize,
    },
}

/// What a message is made of.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that was found, none is a mode"
)]
#[derive(Clone, Debug, Default)]
pub(super) struct Structure {
    pub(super) bytes: usize,
    /// Parts that hold content.
    pub(super) parts: f32,
    pub(super) multiparts: f32,
    pub(super) depth: usize,
    pub(super) messages: f32,
    pub(super) plain_parts: f32,
    pub(super) html_parts: f32,
    pub(super) other_texts: f32,
    pub(super) empty_texts: f32,
    /// Text parts in base64.
    pub(super) packed_texts: f32,
    pub(super) quoted_texts: f32,
    /// Text parts whose character set nobody knows or names.
    pub(super) unnamed_charsets: f32,
    pub(super) foreign_charsets: f32,
    pub(super) unknown_encodings: f32,
    pub(super) broken_encodings: usize,
    pub(super) related: bool,
    pub(super) alternative: bool,
    pub(super) signed: bool,
    pub(super) report: bool,
    /// The boundary of the message itself.
    pub(super) boundary: String,
    pub(super) cuts: Cuts,
    pub(super) content_cut: bool,
    pub(super) links_cut: bool,
    pub(super) no_header: bool,
}

/// One message, taken apart.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    pub(super) head: Head,
    pub(super) subject: String,
    pub(super) from: Vec<Mailbox>,
    pub(super) reply_to: Vec<Mailbox>,
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) structure: Structure,
    /// What a person reads: plain text, then what pages show.
    pub(super) body: String,
    /// Its first words, once somebody asked.
    words: OnceLock<String>,
    /// Where in the body the text of pages starts.
    pub(super) pages_start: usize,
    pub(super) hidden: String,
    pub(super) markup: String,
    pub(super) page: Counts,
    pub(super) links: Vec<Link>,
    pub(super) attachments: Vec<Attachment>,
    /// The shape of its headers, once somebody asked.
    shape: OnceLock<Shape>,
    /// Letters of subject and body that nobody sees; they are taken out.
    pub(super) invisible: f32,
    /// Marks that change the order in which text is shown.
    pub(super) direction_marks: f32,
    /// Names of attachments, each on a line.
    pub(super) file_names: String,
    /// Hosts that links lead to, each on a line, lowercase.
    pub(super) link_hosts: String,
    /// What stands behind the hosts of links, each on a line, lowercase.
    pub(super) link_tails: String,
}

/// Bytes of the hosts or tails of links that are kept.
const LINK_TEXT_BYTES_MAX: usize = 8 << 10;
/// Bytes of a tail that are kept.
const LINK_TAIL_BYTES_MAX: usize = 200;

/// The state of one reading.
struct Reader<'limits> {
    mail: Mail,
    /// What pages show; it follows plain text in the end.
    pages: String,
    decoded: usize,
    limits: &'limits Limits,
}

impl Mail {
    /// Takes a raw message (RFC 5322) apart; bytes of any kind give one. The issues come in a fixed order, each at
    /// most once.
    #[must_use]
    pub fn parse(raw: &[u8], limits: &Limits) -> (Self, Vec<ParseIssue>) {
        let bytes = raw.get(..limits.mail_bytes_max).unwrap_or(raw);
        Self::of_entities(raw.len(), walk(bytes, limits), limits)
    }

    /// As [`Mail::parse`], of a message of so many bytes that was walked.
    pub(super) fn of_entities(
        bytes: usize,
        (entities, cuts): (Vec<Entity<'_>>, Cuts),
        limits: &Limits,
    ) -> (Self, Vec<ParseIssue>) {
        let mut reader = Reader {
            mail: Self::default(),
            pages: String::new(),
            decoded: 0,
            limits,
        };
        reader.mail.structure.bytes = bytes;
        reader.mail.structure.cuts = cuts;
        for entity in &entities {
            reader.entity(entity);
        }
        if let Some(first) = entities.into_iter().next() {
            reader.head(first);
        }
        let mail = reader.finish();
        let issues = mail.issues(bytes, limits);
        (mail, issues)
    }

    /// Returns the address of the sender, hashed: who stands behind a message. Its domain would join the strangers who share a
    /// free mail service.
    #[must_use]
    pub fn entity(&self) -> u32 {
        crate::text::entity_of_pieces(&[self.sender_address()])
    }

    /// Returns the subject, decoded.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns what a person reads of the message.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the address that the message says it is from; empty if it names none.
    #[must_use]
    pub fn sender_address(&self) -> &str {
        self.sender().map_or("", |sender| &sender.address)
    }

    /// Returns whom the message says it is from.
    pub(super) fn sender(&self) -> Option<&Mailbox> {
        self.from.first()
    }

    /// Returns the first words of the body, each on a line.
    pub(super) fn words(&self) -> &str {
        self.words.get_or_init(|| first_words(&self.body))
    }

    /// Returns what the headers look like.
    pub(super) fn shape(&self) -> &Shape {
        self.shape.get_or_init(|| Shape::read(self))
    }

    fn issues(&self, bytes: usize, limits: &Limits) -> Vec<ParseIssue> {
        let structure = &self.structure;
        let lines = self.head.malformed;
        let parts = structure.broken_encodings;
        let all = [
            (bytes == 0, ParseIssue::Empty),
            (bytes > 0 && structure.no_header, ParseIssue::HeaderMissing),
            (
                bytes > limits.mail_bytes_max,
                ParseIssue::TooLong {
                    bytes,
                    limit: limits.mail_bytes_max,
                },
            ),
            (lines > 0, ParseIssue::HeaderBroken { lines }),
            (self.head.cut, ParseIssue::HeadersCut),
            (structure.cuts.depth, ParseIssue::TooDeep),
            (
                structure.cuts.parts,
                ParseIssue::TooManyParts {
                    limit: limits.mail_parts_max,
                },
            ),
            (structure.cuts.unclosed, ParseIssue::Unclosed),
            (parts > 0, ParseIssue::EncodingBroken { parts }),
            (structure.content_cut, ParseIssue::ContentCut),
            (
                structure.links_cut,
                ParseIssue::TooManyLinks {
                    limit: limits.mail_urls_max,
                },
            ),
        ];
        let present = all.into_iter().filter(|(holds, _)| *holds);
        present.map(|(_, issue)| issue).collect()
    }
}

impl Reader<'_> {
    fn head(&mut self, entity: Entity<'_>) {
        let mail = &mut self.mail;
        let addresses = |name: &str| {
            let values = entity.head.values(name);
            values.flat_map(read_addresses).collect::<Vec<_>>()
        };
        mail.from = addresses("from");
        mail.reply_to = addresses("reply-to");
        mail.to = addresses("to");
        mail.cc = addresses("cc");
        mail.subject = entity
            .head
            .first("subject")
            .map(read_text)
            .unwrap_or_default();
        mail.structure.no_header = entity.head.len() == 0;
        entity
            .content
            .get("boundary")
            .clone_into(&mut mail.structure.boundary);
        mail.head = entity.head;
    }

    fn entity(&mut self, entity: &Entity<'_>) {
        let structure = &mut self.mail.structure;
        structure.depth = structure.depth.max(entity.depth);
        if entity.kind == EntityKind::Multipart {
            structure.multiparts += 1.0;
            structure.related |= entity.content.subtype == "related";
            structure.alternative |= entity.content.subtype == "alternative";
            structure.signed |= entity.content.subtype == "signed";
            structure.report |= entity.content.subtype == "report";
            if !entity.body.is_empty() {
                self.leaf(entity);
            }
            return;
        }
        if entity.kind == EntityKind::Message {
            structure.messages += 1.0;
            return;
        }
        self.leaf(entity);
    }

    fn leaf(&mut self, entity: &Entity<'_>) {
        let structure = &mut self.mail.structure;
        structure.parts += 1.0;
        structure.unknown_encodings += f32::from(u8::from(entity.encoding == Encoding::Unknown));
        let room = self
            .limits
            .mail_decoded_bytes_max
            .saturating_sub(self.decoded);
        let body = entity.body.get(..room).unwrap_or(entity.body);
        structure.content_cut |= body.len() < entity.body.len();
        let decoded = decode_transfer(body, entity.encoding);
        if decoded.is_none() {
            structure.broken_encodings = structure.broken_encodings.saturating_add(1);
        }
        let content = decoded.as_deref().unwrap_or(body);
        self.decoded = self.decoded.saturating_add(content.len());
        let (name, is_attached) = entity.file();
        match entity.shown(&name, is_attached) {
            Shown::Page => self.page(entity, content),
            Shown::Text => self.plain(entity, content),
            Shown::File => {
                let kind = (
                    entity.content.kind.as_str(),
                    entity.content.subtype.as_str(),
                );
                let mut file = Attachment::read(&name, kind, content, self.limits);
                file.inline = !is_attached && entity.head.first("content-id").is_some();
                self.mail.file_names.push_str(&name);
                self.mail.file_names.push('\n');
                self.mail.attachments.push(file);
            }
        }
    }

    /// Decodes text, and notes how it was written.
    fn text(&mut self, entity: &Entity<'_>, content: &[u8]) -> String {
        let structure = &mut self.mail.structure;
        let charset = entity.content.get("charset");
        let known = |names: &[&str]| names.iter().any(|name| charset.eq_ignore_ascii_case(name));
        let count = |holds: bool| f32::from(u8::from(holds));
        structure.unnamed_charsets += count(charset.is_empty());
        let western = known(&[
            "",
            "us-ascii",
            "utf-8",
            "iso-8859-1",
            "windows-1252",
            "iso-8859-15",
        ]);
        structure.foreign_charsets += count(!western);
        structure.packed_texts += count(entity.encoding == Encoding::Base64);
        structure.quoted_texts += count(entity.encoding == Encoding::QuotedPrintable);
        structure.empty_texts += count(content.trim_ascii().is_empty());
        // Twice the bytes of the text that is kept: markup and joined characters take room.
        let room = self.limits.mail_text_bytes_max.saturating_mul(4);
        let cut = content.get(..room).unwrap_or(content);
        structure.content_cut |= cut.len() < content.len();
        decode_text(cut, charset)
    }

    fn plain(&mut self, entity: &Entity<'_>, content: &[u8]) {
        match entity.content.subtype.as_str() {
            "plain" | "" => self.mail.structure.plain_parts += 1.0,
            _ => self.mail.structure.other_texts += 1.0,
        }
        let text = self.text(entity, content);
        let opening = text.trim_start();
        let is_page = opening
            .get(..6)
            .is_some_and(|mark| mark.eq_ignore_ascii_case("<html>"));
        if is_page {
            self.read_page(&text);
            return;
        }
        let links = &mut self.mail.links;
        let kept = cut_at(
            &text,
            self.limits
                .mail_text_bytes_max
                .saturating_sub(self.mail.body.len()),
        );
        self.mail.structure.content_cut |= kept.len() < text.len();
        link::find_in_text(kept, links, self.limits.mail_urls_max.saturating_mul(2));
        push_lines(kept, &mut self.mail.body);
    }

    fn page(&mut self, entity: &Entity<'_>, content: &[u8]) {
        self.mail.structure.html_parts += 1.0;
        let text = self.text(entity, content);
        self.read_page(&text);
    }

    fn read_page(&mut self, source: &str) {
        let room = self
            .limits
            .mail_text_bytes_max
            .saturating_sub(self.pages.len());
        let links_max = self.limits.mail_urls_max.saturating_mul(2);
        let links_left = links_max.saturating_sub(self.mail.links.len());
        let mut page = html::read_page(source, links_left, room);
        self.mail.links.append(&mut page.links);
        let shown = cut_at(&page.visible, room);
        self.mail.structure.content_cut |= shown.len() < page.visible.len();
        // Some pages write links out, as people do.
        link::find_in_text(shown, &mut self.mail.links, links_max);
        push_lines(shown, &mut self.pages);
        self.mail.hidden.push_str(&page.hidden);
        self.mail.markup.push_str(&page.markup);
        self.mail.page.add(&page.counts);
    }

    fn finish(self) -> Mail {
        let mut mail = self.mail;
        let mut all_pages = self.pages;
        for text in [&mut mail.subject, &mut mail.body, &mut all_pages] {
            let (invisible, marks) = take_out_invisible(text);
            mail.invisible += invisible;
            mail.direction_marks += marks;
        }
        mail.pages_start = mail.body.len();
        let room = self
            .limits
            .mail_text_bytes_max
            .saturating_sub(mail.body.len());
        let pages = cut_at(&all_pages, room);
        mail.structure.content_cut |= pages.len() < all_pages.len();
        mail.body.push_str(pages);
        mail.keep_distinct_links(self.limits.mail_urls_max);
        mail.write_links_out();
        mail
    }
}

impl Mail {
    /// Drops links that lead where one before leads and show nothing else, and those beyond the limit.
    fn keep_distinct_links(&mut self, links_max: usize) {
        let mut seen: Vec<u32> = Vec::with_capacity(self.links.len());
        self.links.retain(|link| {
            let pieces = [link.target.as_str(), "\n", link.shown.as_str()];
            let hash = crate::text::hash_of_pieces(&pieces);
            let fresh = !seen.contains(&hash);
            seen.push(hash);
            fresh
        });
        self.structure.links_cut = self.links.len() > links_max;
        self.links.truncate(links_max);
    }

    fn write_links_out(&mut self) {
        for link in self.links.iter().filter(|link| link.is_web()) {
            let scheme = link.scheme().len();
            let rest = link.target.get(scheme..).unwrap_or("");
            let rest = rest.trim_start_matches([':', '/', '\\']);
            let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
            let (host, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if self.link_hosts.len() < LINK_TEXT_BYTES_MAX {
                self.link_hosts
                    .push_str(&cut_at(host, LINK_TAIL_BYTES_MAX).to_ascii_lowercase());
                self.link_hosts.push('\n');
            }
            if self.link_tails.len() < LINK_TEXT_BYTES_MAX && tail.len() > 1 {
                self.link_tails
                    .push_str(&cut_at(tail, LINK_TAIL_BYTES_MAX).to_ascii_lowercase());
                self.link_tails.push('\n');
            }
        }
    }
}

/// Takes letters that nobody sees out of a text, so that words are whole again; returns how many there were, and how
/// many of them change the order in which text is shown.
fn take_out_invisible(text: &mut String) -> (f32, f32) {
    let (mut invisible, mut marks) = (0.0, 0.0);
    let (mut kept, mut behind) = (String::new(), 0_usize);
    // All of them start with one of these bytes, which start a letter wherever they stand.
    for at in memchr3_iter(0xc2, 0xe2, 0xef, text.as_bytes()) {
        let letter = text.get(at..).and_then(|rest| rest.chars().next());
        let Some(letter) = letter.filter(|letter| is_invisible(*letter)) else {
            continue;
        };
        invisible += 1.0;
        if matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            marks += 1.0;
        }
        kept.push_str(text.get(behind..at).unwrap_or(""));
        behind = at.saturating_add(letter.len_utf8());
    }
    if invisible > 0.0 {
        kept.push_str(text.get(behind..).unwrap_or(""));
        *text = kept;
    }
    (invisible, marks)
}

/// Appends text, and ends its last line.
fn push_lines(text: &str, out: &mut String) {
    out.push_str(text);
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

fn cut_at(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or("")
}

#[cfg(test)]
mod tests;
