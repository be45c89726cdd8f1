//! Where the parts of a message stand in its bytes, for those who write another message of it.
//!
//! ```text
//!   raw ─► walk ─► Part: where its head and body are, what becomes of it ─► text
//!                                      text ─► pack ─► bytes for a body
//! ```
//!
//! The parts are those that [`Mail`] reads. Nothing is changed here: whoever changes a body has the other bytes
//! where they were.

use std::ops::Range;

use ringtrue_core::Limits;

use super::mail::Mail;
use super::message::{
    Encoding, Entity, EntityKind, Shown, decode_text, decode_transfer, in_base64,
    in_quoted_printable, walk,
};

/// What becomes of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Read as text.
    Text,
    /// Read as a page (HTML).
    Page,
    /// Hangs on the message.
    File,
    /// Holds other parts, or a message.
    Holder,
}

/// One part of a message; ranges are of the message's bytes.
#[derive(Clone, Debug)]
pub struct Part {
    /// What becomes of it.
    pub kind: PartKind,
    /// How many parts and messages it stands in.
    pub depth: usize,
    /// Its headers, without the empty line behind them.
    pub head: Range<usize>,
    /// Where what follows that line starts.
    pub content: usize,
    /// Its body without the newline that belongs to the boundary behind it; empty for what holds others.
    pub body: Range<usize>,
    /// How the body is packed.
    pub encoding: Encoding,
    /// The character set as its head names it; empty where it does not.
    pub charset: String,
    /// The type behind the slash, lowercase; empty where its head names none.
    pub subtype: String,
    /// The boundary of the parts within; empty where there is none.
    pub boundary: String,
}

impl Part {
    /// Returns the text of the body, unpacked; `None` if it is packed in a way that nobody knows, or not as it says.
    #[must_use]
    pub fn text(&self, raw: &[u8]) -> Option<String> {
        if self.encoding == Encoding::Unknown {
            return None;
        }
        let body = decode_transfer(raw.get(self.body.clone())?, self.encoding)?;
        Some(decode_text(&body, &self.charset))
    }
}

/// Returns the parts of a message in order of their bytes, the first is the message itself, and what [`Mail::parse`] reads of it.
#[must_use]
pub fn read(raw: &[u8], limits: &Limits) -> (Vec<Part>, Mail) {
    let bytes = raw.get(..limits.mail_bytes_max).unwrap_or(raw);
    let (entities, cuts) = walk(bytes, limits);
    let parts = entities.iter().map(part).collect();
    let (mail, _) = Mail::of_entities(raw.len(), (entities, cuts), limits);
    (parts, mail)
}

fn part(entity: &Entity<'_>) -> Part {
    let (name, is_attached) = entity.file();
    let kind = match (entity.kind, entity.shown(&name, is_attached)) {
        (EntityKind::Multipart | EntityKind::Message, _) => PartKind::Holder,
        (EntityKind::Leaf, Shown::Text) => PartKind::Text,
        (EntityKind::Leaf, Shown::Page) => PartKind::Page,
        (EntityKind::Leaf, Shown::File) => PartKind::File,
    };
    Part {
        kind,
        depth: entity.depth,
        head: entity.place.head.clone(),
        content: entity.place.content,
        body: entity.place.body.clone(),
        encoding: entity.encoding,
        charset: entity.content.get("charset").to_owned(),
        boundary: entity.content.get("boundary").to_owned(),
        subtype: entity.content.subtype.clone(),
    }
}

/// Packs the bytes of a body; lines that packing makes end in `feed`. What nobody knows how to pack stays as it is.
#[must_use]
pub fn pack(bytes: &[u8], encoding: Encoding, feed: &str) -> Vec<u8> {
    match encoding {
        Encoding::Plain | Encoding::Unknown => bytes.to_vec(),
        Encoding::QuotedPrintable => in_quoted_printable(bytes, feed).into_bytes(),
        Encoding::Base64 => in_base64(bytes, feed).into_bytes(),
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test fails by a panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_stand_where_they_are_said_to() {
        let raw = b"Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nx\r\n--b\r\n\
            Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            caf=E9\r\n--b\r\nContent-Disposition: attachment\r\n\r\nfile\r\n--b--\r\n";
        let (parts, _) = read(raw, &Limits::default());
        let kinds: Vec<_> = parts.iter().map(|part| part.kind).collect();
        assert_eq!(kinds, [PartKind::Holder, PartKind::Page, PartKind::File]);
        let bytes =
            |range: &Range<usize>| String::from_utf8_lossy(&raw[range.clone()]).into_owned();
        assert!(bytes(&parts[0].head).ends_with("boundary=b\r\n"));
        assert!(raw[parts[0].content..].starts_with(b"x\r\n--b"));
        assert_eq!(bytes(&parts[1].body), "caf=E9");
        assert_eq!(parts[1].text(raw).as_deref(), Some("café"));
        assert_eq!(bytes(&parts[2].body), "file");
        assert_eq!((&*parts[0].boundary, &*parts[0].subtype), ("b", "mixed"));
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read_again(text in "([ -~é=]{0,90}\n){0,4}") {
            for encoding in [Encoding::Plain, Encoding::QuotedPrintable, Encoding::Base64] {
                let body = pack(text.as_bytes(), encoding, "\n");
                let read = decode_transfer(&body, encoding).unwrap();
                prop_assert_eq!(&*read, text.as_bytes());
                // The longest line that RFC 2045 allows.
                let mut lines = body.split(|byte| *byte == b'\n');
                prop_assert!(encoding == Encoding::Plain || lines.all(|line| line.len() <= 76));
            }
        }
    }
}
