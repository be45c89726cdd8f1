//! The text of a mail's parts: decoded, rewritten, and encoded as it was.

use std::borrow::Cow;

use ringtrue_core::task::PrivacyRule;

use super::super::personal::addresses;
use super::Rewriter;
use super::header::{Content, Encoding, Part};
use crate::email::{in_base64, in_quoted_printable};
use crate::packed::unpack;
use crate::secret::mask;

/// Returns a part's content after the rules, `None` if it stays as it is.
pub(super) fn rewrite(content: &str, part: &Part<'_>, rewriter: &Rewriter<'_>) -> Option<String> {
    if part.content == Content::Binary {
        return None;
    }
    // What does not decode is shown as it stands, and so it is rewritten.
    let mut encoding = part.encoding;
    let plain = match encoding {
        Encoding::Base64 => {
            if let Some(bytes) = unpack(content) {
                Cow::Owned(characters(bytes))
            } else {
                encoding = Encoding::Plain;
                Cow::Borrowed(content)
            }
        }
        Encoding::QuotedPrintable => Cow::Owned(characters(from_quoted(content))),
        Encoding::Plain => Cow::Borrowed(content),
    };
    let changed = match text(&plain, part, rewriter) {
        Cow::Borrowed(_) => return None,
        Cow::Owned(changed) if changed == plain => return None,
        Cow::Owned(changed) => changed,
    };
    let bytes = if part.is_utf8 {
        changed.into_bytes()
    } else if encoding == Encoding::Plain {
        return Some(changed);
    } else {
        // Read as Latin-1 where it was no UTF-8, so that it can be written so.
        let latin = |letter: char| u8::try_from(u32::from(letter)).unwrap_or(b'?');
        changed.chars().map(latin).collect()
    };
    Some(match encoding {
        Encoding::Base64 => to_base64(&bytes, content),
        Encoding::QuotedPrintable => in_quoted_printable(&bytes, "\n"),
        Encoding::Plain => String::from_utf8_lossy(&bytes).into_owned(),
    })
}

/// Rewrites decoded text.
fn text<'t>(plain: &'t str, part: &Part<'_>, rewriter: &Rewriter<'_>) -> Cow<'t, str> {
    let rules = &rewriter.rules;
    let mut text = Cow::Borrowed(plain);
    if rules.masks_secrets
        && let Cow::Owned(masked) = mask(&text, rewriter.key)
    {
        text = Cow::Owned(masked);
    }
    if rules.rewrites_addresses() {
        let rewritten = match rewriter.addresses(&text, false) {
            Cow::Owned(rewritten) => Some(rewritten),
            Cow::Borrowed(_) => None,
        };
        if let Some(rewritten) = rewritten {
            text = Cow::Owned(rewritten);
        }
    }
    if rules.body == PrivacyRule::Tokenise {
        text = Cow::Owned(tokenised(&text, part.content == Content::Html, rewriter));
    }
    text
}

/// Replaces the words of a text, and leaves links, pseudonymous addresses and, in HTML, tags as they are.
fn tokenised(text: &str, is_html: bool, rewriter: &Rewriter<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_tag = is_html && first == '<';
        let length = if is_tag {
            rest.find('>').map(|end| end.saturating_add(1))
        } else if first.is_whitespace() {
            rest.find(|sign: char| !sign.is_whitespace())
        } else {
            rest.find(|sign: char| sign.is_whitespace() || (is_html && sign == '<'))
        };
        let length = length.unwrap_or(rest.len());
        let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if is_tag || first.is_whitespace() {
            out.push_str(piece);
        } else {
            push_piece(piece, rewriter, &mut out);
        }
        rest = after;
    }
    out
}

/// Writes a piece of text between blanks: a link as it is, else its words replaced but for addresses.
fn push_piece(piece: &str, rewriter: &Rewriter<'_>, out: &mut String) {
    let key = rewriter.key;
    if let Some((scheme, _)) = piece.split_once("://") {
        let start = scheme
            .rfind(|sign: char| !sign.is_ascii_alphabetic())
            .map_or(0, |before| {
                scheme.ceil_char_boundary(before.saturating_add(1))
            });
        let (before, link) = piece.split_at_checked(start).unwrap_or(("", piece));
        out.push_str(&key.tokenise(before));
        out.push_str(link);
        return;
    }
    let mut kept_to = 0;
    for range in addresses(piece.as_bytes()) {
        out.push_str(&key.tokenise(piece.get(kept_to..range.start).unwrap_or("")));
        out.push_str(piece.get(range.clone()).unwrap_or(""));
        kept_to = range.end;
    }
    out.push_str(&key.tokenise(piece.get(kept_to..).unwrap_or("")));
}

/// Reads bytes as UTF-8, else as Latin-1.
pub(super) fn characters(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        error
            .as_bytes()
            .iter()
            .map(|byte| char::from(*byte))
            .collect()
    })
}

fn from_quoted(content: &str) -> Vec<u8> {
    let bytes = content.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0_usize;
    while let Some(byte) = bytes.get(at).copied() {
        let next = |offset: usize| bytes.get(at.saturating_add(offset)).copied();
        let digit = |offset: usize| next(offset).and_then(|digit| char::from(digit).to_digit(16));
        let mut step = 1_usize;
        if byte != b'=' {
            out.push(byte);
        } else if next(1) == Some(b'\n') {
            step = 2;
        } else if next(1) == Some(b'\r') && next(2) == Some(b'\n') {
            step = 3;
        } else if let (Some(high), Some(low)) = (digit(1), digit(2)) {
            out.push(u8::try_from(high.wrapping_mul(16).wrapping_add(low)).unwrap_or(b'?'));
            step = 3;
        } else {
            out.push(byte);
        }
        at = at.saturating_add(step);
    }
    out
}

fn to_base64(bytes: &[u8], before: &str) -> String {
    let feed = if before.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let mut out = in_base64(bytes, feed);
    // Blank lines after it stay.
    let tail = before.get(before.trim_end().len()..).unwrap_or("");
    let feeds = tail.matches('\n').count().saturating_sub(1);
    out.push_str(&feed.repeat(feeds.min(8)));
    out
}

/// Returns the message, if all of `raw` is base64 that holds one.
pub(super) fn whole_in_base64(raw: &str) -> Option<String> {
    let is_digits = raw
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+/=\r\n \t".contains(&byte));
    if !is_digits || raw.trim().is_empty() {
        return None;
    }
    let decoded = characters(unpack(raw)?);
    let first = decoded.lines().next()?;
    let is_header = first.split_once(':').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())
    });
    (is_header || first.starts_with("From ")).then_some(decoded)
}

/// Returns a header's value with its encoded words (RFC 2047) decoded; what does not decode stays.
pub(super) fn decoded_words(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find("=?") {
        let (before, word) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let mut parts = word.get(2..).unwrap_or("").splitn(4, '?');
        let (_, encoding, payload) = (parts.next(), parts.next(), parts.next());
        let tail = parts.next().and_then(|tail| tail.strip_prefix('='));
        let decoded = match (encoding, payload, tail) {
            (Some("b" | "B"), Some(payload), Some(_)) => unpack(payload),
            (Some("q" | "Q"), Some(payload), Some(_)) => {
                Some(from_quoted(&payload.replace('_', " ")))
            }
            _ => None,
        };
        out.push_str(before);
        if let (Some(bytes), Some(tail)) = (decoded, tail) {
            let text = characters(bytes);
            // A header stays one header.
            out.extend(
                text.chars()
                    .map(|sign| if sign.is_control() { ' ' } else { sign }),
            );
            rest = tail;
        } else {
            out.push_str("=?");
            rest = word.get(2..).unwrap_or("");
        }
    }
    out.push_str(rest);
    out
}
