//! The text of a mail's parts, rewritten: unpacked, changed, packed again as it was.

use std::ops::Range;

use ringtrue_intake::email::Encoding;
use ringtrue_intake::email::layout::{Part, PartKind, pack};

use super::page;
use super::parts::{Post, fields, spliced};

/// Text of a part, and whether it is a page.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) is_page: bool,
}

/// Returns the mail with every text that a person reads changed by `change`; it returns `None` for one that stays. `None` if
/// all stay.
pub(super) fn rewrite(
    post: &Post,
    mut change: impl FnMut(&Body) -> Option<String>,
) -> Option<Vec<u8>> {
    let mut raw: Option<Vec<u8>> = None;
    // From the last on, so that the places of those before stay.
    for (part, body) in post.bodies().rev() {
        let Some(text) = change(body).filter(|text| *text != body.text) else {
            continue;
        };
        let before = raw.as_deref().unwrap_or(&post.raw);
        raw = Some(with_text(before, part, &text, post.feed)?);
    }
    raw
}

/// Returns the mail with a paragraph behind every text that a person reads; `None` if there is none.
pub(super) fn with_paragraph(post: &Post, paragraph: &str) -> Option<Vec<u8>> {
    rewrite(post, |body| {
        Some(if body.is_page {
            let piece = format!("<p>{}</p>", page::escape(paragraph));
            page::with_piece_at_end(&body.text, &piece)
        } else {
            let feed = post.feed;
            format!("{}{feed}{feed}{paragraph}{feed}", body.text)
        })
    })
}

/// Returns the text of a part of `raw`, `None` if a person reads none there.
pub(super) fn body_of(raw: &[u8], part: &Part) -> Option<Body> {
    let is_read = matches!(part.kind, PartKind::Text | PartKind::Page);
    let text = is_read.then(|| part.text(raw)).flatten();
    let text = text.filter(|text| !text.trim().is_empty())?;
    let opening = text.trim_start().get(..6);
    let is_written_page = opening.is_some_and(|mark| mark.eq_ignore_ascii_case("<html>"));
    Some(Body {
        is_page: part.kind == PartKind::Page || is_written_page,
        text,
    })
}

/// Returns `raw` with `text` in place of the body of `part`: packed as before where that can be, as UTF-8 where the letters ask for
/// it.
fn with_text(raw: &[u8], part: &Part, text: &str, feed: &str) -> Option<Vec<u8>> {
    if text.is_ascii() && is_like_ascii(&part.charset) {
        let body = packed(raw, part, text.as_bytes(), part.encoding, feed)?;
        return spliced(raw, &part.body, &body);
    }
    let encoding = match part.encoding {
        // Seven bits a byte is what mail may carry anywhere.
        Encoding::Plain => Encoding::QuotedPrintable,
        packed => packed,
    };
    repacked(raw, part, text.as_bytes(), "utf-8", encoding, feed)
}

/// Returns `raw` with these bytes in place of the body of `part`, packed so, its head telling so.
pub(super) fn repacked(
    raw: &[u8],
    part: &Part,
    bytes: &[u8],
    charset: &str,
    encoding: Encoding,
    feed: &str,
) -> Option<Vec<u8>> {
    let body = packed(raw, part, bytes, encoding, feed)?;
    let raw = spliced(raw, &part.body, &body)?;
    let name = match encoding {
        Encoding::QuotedPrintable => "quoted-printable",
        Encoding::Base64 => "base64",
        Encoding::Plain | Encoding::Unknown if bytes.is_ascii() => "7bit",
        Encoding::Plain | Encoding::Unknown => "8bit",
    };
    let kind = if part.kind == PartKind::Page {
        "html"
    } else {
        "plain"
    };
    let kind = if part.subtype.is_empty() {
        kind
    } else {
        &part.subtype
    };
    let content = format!("text/{kind}; charset={charset}");
    let before = raw.len();
    let raw = with_head_value(&raw, &part.head, "Content-Type", &content, feed)?;
    let end = part
        .head
        .end
        .saturating_add(raw.len())
        .checked_sub(before)?;
    let head = part.head.start..end;
    with_head_value(&raw, &head, "Content-Transfer-Encoding", name, feed)
}

/// Returns `raw` with this value for a header of the block at `head`, which it gets if it has none.
fn with_head_value(
    raw: &[u8],
    head: &Range<usize>,
    name: &str,
    value: &str,
    feed: &str,
) -> Option<Vec<u8>> {
    let fields = fields(raw, head.clone());
    let found = fields.iter().find(|field| {
        let found = raw.get(field.name.clone());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    });
    let (range, line) = match found {
        Some(field) => (field.value.clone(), format!(" {value}{feed}")),
        None => (head.end..head.end, format!("{name}: {value}{feed}")),
    };
    spliced(raw, &range, line.as_bytes())
}

/// Packs the bytes of a body; it ends in a newline if the one before did.
fn packed(
    raw: &[u8],
    part: &Part,
    bytes: &[u8],
    encoding: Encoding,
    feed: &str,
) -> Option<Vec<u8>> {
    let mut body = pack(bytes, encoding, feed);
    let ended = raw.get(part.body.clone())?.ends_with(b"\n");
    if encoding == Encoding::Base64 && !ended {
        body.truncate(body.trim_ascii_end().len());
    }
    if ended && !body.ends_with(b"\n") {
        body.extend_from_slice(feed.as_bytes());
    }
    Some(body)
}

/// Returns whether plain letters have their usual bytes in a character set.
fn is_like_ascii(charset: &str) -> bool {
    let charset = charset.to_ascii_lowercase();
    let like = [
        "us-ascii",
        "ascii",
        "utf-8",
        "utf8",
        "iso-8859-",
        "windows-125",
        "koi8-",
    ];
    charset.is_empty() || like.iter().any(|start| charset.starts_with(start))
}
