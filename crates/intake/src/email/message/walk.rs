//! The MIME tree, cut without recursion and in one pass.
//!
//! ```text
//!   raw ─► head ─► multipart: remember its boundary, look for the next line that is one
//!              └─► message/rfc822: the next head follows at once
//!              └─► anything else: the body runs to the next line that is a boundary of any open part
//! ```
//!
//! Every byte is looked at once, and a line that may be a boundary is compared with those of the open parts, which are
//! few. `mail-parser` reads whole messages too, but looks for a missing boundary from each part to the end of the
//! message and drops nested messages recursively: 10^5 of them take hours, or the stack.

use std::ops::Range;

use memchr::{memchr, memmem};
use ringtrue_core::Limits;

use super::decode::Encoding;
use super::head::{Head, Parameters, is_storage_mark, name_bytes, read_parameters};

/// Bytes of a boundary that are compared; RFC 2046 allows 70.
const BOUNDARY_BYTES_MAX: usize = 256;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::email) enum EntityKind {
    /// Parts follow; its body is empty unless its boundary never came.
    Multipart,
    /// A message follows.
    Message,
    Leaf,
}

/// One head and its body, in order of the bytes.
#[derive(Debug)]
pub(in crate::email) struct Entity<'raw> {
    pub(in crate::email) kind: EntityKind,
    /// How many parts and messages it stands in.
    pub(in crate::email) depth: usize,
    pub(in crate::email) head: Head,
    pub(in crate::email) content: Parameters,
    pub(in crate::email) encoding: Encoding,
    pub(in crate::email) body: &'raw [u8],
    pub(in crate::email) place: Place,
}

/// Where an entity stands in the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::email) struct Place {
    /// Its headers, without the empty line behind them.
    pub(in crate::email) head: Range<usize>,
    /// What follows that line.
    pub(in crate::email) content: usize,
    /// Its body; empty at the start of its content where it has none of its own.
    pub(in crate::email) body: Range<usize>,
}

/// What becomes of the body of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::email) enum Shown {
    /// Read as a page.
    Page,
    /// Read as text.
    Text,
    /// Hangs on the message.
    File,
}

impl Entity<'_> {
    /// Returns the name of the file that it is, and whether it says that it is one.
    pub(in crate::email) fn file(&self) -> (String, bool) {
        let disposition = self.head.first("content-disposition").map(read_parameters);
        let disposition = disposition.unwrap_or_default();
        let named = [disposition.get("filename"), self.content.get("name")];
        let name = named.into_iter().find(|name| !name.is_empty());
        let is_attached = disposition.kind == "attachment";
        (name.unwrap_or("").to_owned(), is_attached)
    }

    /// Returns what becomes of its body, given what [`Self::file`] says.
    pub(in crate::email) fn shown(&self, name: &str, is_attached: bool) -> Shown {
        let content = &self.content;
        match (content.kind.as_str(), content.subtype.as_str()) {
            ("text", "html") if !is_attached => Shown::Page,
            ("text" | "" | "multipart", _) if !is_attached && name.is_empty() => Shown::Text,
            _ => Shown::File,
        }
    }
}

/// What was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::email) struct Cuts {
    pub(in crate::email) depth: bool,
    pub(in crate::email) parts: bool,
    /// A part ended without its closing line.
    pub(in crate::email) unclosed: bool,
}

struct Level {
    boundary: Vec<u8>,
    depth: usize,
}

struct Walker<'raw, 'limits> {
    raw: &'raw [u8],
    at: usize,
    levels: Vec<Level>,
    /// Of the entity that comes next.
    depth: usize,
    entities: Vec<Entity<'raw>>,
    cuts: Cuts,
    limits: &'limits Limits,
}

/// Cuts a message; the first entity is the message itself.
pub(in crate::email) fn walk<'raw>(raw: &'raw [u8], limits: &Limits) -> (Vec<Entity<'raw>>, Cuts) {
    let mut walker = Walker {
        raw,
        at: 0,
        levels: Vec::new(),
        depth: 0,
        entities: Vec::new(),
        cuts: Cuts::default(),
        limits,
    };
    while walker.entity() {}
    walker.cuts.unclosed |= !walker.levels.is_empty();
    (walker.entities, walker.cuts)
}

impl<'raw> Walker<'raw, '_> {
    /// Reads the entity that starts here; returns whether another follows.
    fn entity(&mut self) -> bool {
        if self.entities.len() >= self.limits.mail_parts_max {
            self.cuts.parts = true;
            return false;
        }
        let (head, block) = self.head();
        let content = head.first("content-type").map(read_parameters);
        let content = content.unwrap_or_default();
        let encoding = Encoding::read(head.first("content-transfer-encoding").unwrap_or(""));
        let kind = self.kind(&content, encoding);
        let depth = self.depth;
        let boundary = content.get("boundary").as_bytes();
        let boundary = boundary
            .get(..BOUNDARY_BYTES_MAX)
            .unwrap_or(boundary)
            .to_vec();
        self.entities.push(Entity {
            kind,
            depth,
            head,
            content,
            encoding,
            body: &[],
            place: Place {
                head: block,
                content: self.at,
                body: self.at..self.at,
            },
        });
        if kind == EntityKind::Message {
            self.depth = depth.saturating_add(1);
            return true;
        }
        if kind == EntityKind::Multipart {
            self.levels.push(Level {
                boundary,
                depth: depth.saturating_add(1),
            });
        }
        let (opened, start) = (self.levels.len(), self.at);
        let (body, level) = self.body();
        // A multipart whose first part never came is a body; before the first part nothing is read.
        let own = kind == EntityKind::Multipart && level == opened.checked_sub(1);
        if !own && let Some(entity) = self.entities.last_mut() {
            entity.place.body = start..start.saturating_add(body.len());
            entity.body = body;
        }
        self.next_part(level)
    }

    fn kind(&mut self, content: &Parameters, encoding: Encoding) -> EntityKind {
        let kind = match (content.kind.as_str(), content.subtype.as_str()) {
            ("multipart", _) if !content.get("boundary").is_empty() => EntityKind::Multipart,
            ("message", "rfc822" | "global" | "news") if encoding != Encoding::Base64 => {
                EntityKind::Message
            }
            _ => EntityKind::Leaf,
        };
        if kind != EntityKind::Leaf && self.depth >= self.limits.mail_depth_max {
            self.cuts.depth = true;
            return EntityKind::Leaf;
        }
        kind
    }

    /// Reads the head at this place, and moves behind it; tells where it stands.
    fn head(&mut self) -> (Head, Range<usize>) {
        let start = self.at;
        let mut end = start;
        let mut headers = 0_usize;
        while let Some(line) = self.line(self.at) {
            let blank = line.trim_ascii().is_empty();
            if blank {
                self.at = self.at.saturating_add(line.len());
                break;
            }
            let folded = headers > 0 && matches!(line.first(), Some(b' ' | b'\t'));
            let named = name_bytes(line).is_some();
            let boundary = line.starts_with(b"--") && self.level_of(line).is_some();
            // A first line that is no header starts the body.
            if boundary || (headers == 0 && !named && !is_storage_mark(line)) {
                break;
            }
            headers = headers.saturating_add(usize::from(named && !folded));
            self.at = self.at.saturating_add(line.len());
            end = self.at;
        }
        let block = self.raw.get(start..end).unwrap_or(&[]);
        (Head::read(block, self.limits), start..end)
    }

    /// Returns the line that starts at `at`, with its newline.
    fn line(&self, at: usize) -> Option<&'raw [u8]> {
        let rest = self.raw.get(at..)?;
        if rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', rest).map_or(rest.len(), |end| end.saturating_add(1));
        rest.get(..end)
    }

    /// Returns the innermost open part whose boundary `line` is, and whether it closes that part.
    fn level_of(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.trim_ascii_end();
        let name = line.get(2..)?;
        self.levels
            .iter()
            .enumerate()
            .rev()
            .find_map(|(place, level)| {
                let rest = name.strip_prefix(level.boundary.as_slice())?;
                match rest {
                    b"" => Some((place, false)),
                    b"--" => Some((place, true)),
                    _ => None,
                }
            })
    }

    /// Returns the bytes up to the next boundary or the end, and the part that the boundary belongs to. Closing
    /// lines and what follows them are skipped.
    fn body(&mut self) -> (&'raw [u8], Option<usize>) {
        let start = self.at;
        let mut end = None;
        let mut search = start;
        loop {
            let Some(at) = self.next_mark(search) else {
                self.at = self.raw.len();
                let end = end.unwrap_or(self.raw.len());
                return (self.raw.get(start..end).unwrap_or(&[]), None);
            };
            let line = self.line(at).unwrap_or(&[]);
            search = at.saturating_add(line.len().max(1));
            let Some((place, closes)) = self.level_of(line) else {
                continue;
            };
            let end = *end.get_or_insert_with(|| line_end(self.raw, start, at));
            if closes {
                self.levels.truncate(place);
                continue;
            }
            self.at = search;
            return (self.raw.get(start..end).unwrap_or(&[]), Some(place));
        }
    }

    /// Returns the next place from `from` on where a line starts with two dashes.
    fn next_mark(&self, from: usize) -> Option<usize> {
        let rest = self.raw.get(from..)?;
        let fresh = from == 0 || self.raw.get(from.saturating_sub(1)) == Some(&b'\n');
        if fresh && rest.starts_with(b"--") {
            return Some(from);
        }
        memmem::find(rest, b"\n--").map(|at| from.saturating_add(at).saturating_add(1))
    }

    /// Makes ready for the next part of the level at `place`.
    fn next_part(&mut self, place: Option<usize>) -> bool {
        let Some(place) = place else {
            return false;
        };
        let inner = place.saturating_add(1);
        self.cuts.unclosed |= inner < self.levels.len();
        self.levels.truncate(inner);
        let Some(level) = self.levels.last() else {
            return false;
        };
        self.depth = level.depth;
        true
    }
}

/// Returns where the text before the boundary at `at` ends: its last newline belongs to the boundary.
fn line_end(raw: &[u8], start: usize, at: usize) -> usize {
    let text = raw.get(start..at).unwrap_or(&[]);
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    start.saturating_add(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(raw: &str) -> (Vec<(EntityKind, usize, String)>, Cuts) {
        let limits = Limits {
            mail_depth_max: 3,
            ..Limits::default()
        };
        let (entities, cuts) = walk(raw.as_bytes(), &limits);
        let shape = entities
            .iter()
            .map(|one| {
                let body = String::from_utf8_lossy(one.body).trim().to_owned();
                (one.kind, one.depth, body)
            })
            .collect();
        (shape, cuts)
    }

    #[test]
    fn nested_parts() {
        let raw = "Content-Type: multipart/mixed; boundary=a\n\npreamble\n--a\n\none\n--a\n\
                   Content-Type: multipart/alternative; boundary=\"b\"\n\n--b\n\ntwo\n--b--\nepilogue\n--a\n\
                   Content-Type: message/rfc822\n\nSubject: x\n\nthree\n--a--\nend\n";
        let (found, cuts) = shape(raw);
        let text = |depth, body: &str| (EntityKind::Leaf, depth, body.to_owned());
        assert_eq!(
            found,
            [
                (EntityKind::Multipart, 0, String::new()),
                text(1, "one"),
                (EntityKind::Multipart, 1, String::new()),
                text(2, "two"),
                (EntityKind::Message, 1, String::new()),
                text(2, "three"),
            ]
        );
        assert_eq!(cuts, Cuts::default());
    }

    #[test]
    fn missing_boundaries_and_heads() {
        let (found, cuts) = shape("Content-Type: multipart/mixed; boundary=a\n\nonly text\n");
        assert_eq!(found, [(EntityKind::Multipart, 0, "only text".to_owned())]);
        assert!(cuts.unclosed);
        let (found, _) = shape("no header here\nat all\n");
        assert_eq!(
            found,
            [(EntityKind::Leaf, 0, "no header here\nat all".to_owned())]
        );
        assert_eq!(shape("").0, [(EntityKind::Leaf, 0, String::new())]);
        assert_eq!(
            shape("Subject: x").0,
            [(EntityKind::Leaf, 0, String::new())]
        );
    }

    #[test]
    fn depth_has_a_limit() {
        let nest = "Content-Type: message/rfc822\n\n".repeat(9);
        let (found, cuts) = shape(&nest);
        assert_eq!(found.len(), 4);
        assert!(cuts.depth);
    }
}
