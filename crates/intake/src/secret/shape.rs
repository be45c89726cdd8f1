//! What the bytes around a secret look like: runs of a class, boundaries, values in quotes, and whether a
//! value could be a secret at all.

use std::ops::Range;

use crate::url::tally::tally;

/// Bytes of a value that are looked at before it is taken for a secret; one that is taken is followed to its end.
pub(super) const LOOK_MAX: usize = 512;
/// Bits of entropy a byte from which a value of a key looks random: words and paths have fewer.
const ENTROPY_MIN: f32 = 3.2;
/// Bytes of a value below which its entropy says nothing.
const RANDOM_BYTES_MIN: usize = 16;

/// Returns whether a name or token may begin at `at`: no letter, digit or joining sign stands before.
pub(super) fn begins(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
}

/// Returns the end of the run of bytes from `start` that `class` admits, at most `most` bytes further.
pub(super) fn run(bytes: &[u8], start: usize, most: usize, class: fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let count = rest
        .iter()
        .take(most)
        .take_while(|byte| class(**byte))
        .count();
    start.saturating_add(count)
}

/// Returns the byte after blanks (no line feeds).
pub(super) fn skip_blanks(bytes: &[u8], start: usize) -> usize {
    run(bytes, start, 8, |byte| matches!(byte, b' ' | b'\t'))
}

pub(super) const fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

pub(super) const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

pub(super) const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// What a credential of a header is made of: RFC 9110's `token68`, and what services add to it.
pub(super) const fn is_bare_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'_' | b'.' | b'~' | b'+' | b'/' | b'=' | b':' | b'!' | b'$'
        )
}

/// What ends a value that stands without quotes.
const fn is_bare(byte: u8) -> bool {
    !byte.is_ascii_whitespace()
        && !byte.is_ascii_control()
        && !matches!(
            byte,
            b'"' | b'\''
                | b'`'
                | b'&'
                | b';'
                | b','
                | b'<'
                | b'>'
                | b'|'
                | b'('
                | b')'
                | b'{'
                | b'}'
                | b'['
                | b']'
        )
}

/// Returns the bytes of the value that begins at `start`: what stands in quotes (JSON's `\"` too), else what
/// stands up to a blank or a sign that ends it.
pub(super) fn value(bytes: &[u8], start: usize) -> Range<usize> {
    let opening = bytes.get(start).copied();
    let escaped = opening == Some(b'\\') && bytes.get(start.saturating_add(1)) == Some(&b'"');
    let first = start.saturating_add(usize::from(escaped));
    match bytes.get(first).copied() {
        Some(quote @ (b'"' | b'\'')) => {
            let inside = first.saturating_add(1);
            let rest = bytes.get(inside..).unwrap_or_default();
            let rest = rest.get(..rest.len().min(LOOK_MAX)).unwrap_or_default();
            match memchr::memchr2(quote, b'\n', rest) {
                Some(end) if rest.get(end) == Some(&quote) => {
                    let end = inside.saturating_add(end);
                    inside..end.saturating_sub(usize::from(escaped)).max(inside)
                }
                // A quote that does not close: the value is what stands there without quotes.
                _ => inside..run(bytes, inside, usize::MAX, is_bare),
            }
        }
        _ => start..run(bytes, start, usize::MAX, is_bare),
    }
}

/// Returns whether a value stands for another one, or for none: a variable, a file, a word such as `null`.
pub(super) fn is_reference(value: &[u8]) -> bool {
    const WORDS: [&str; 18] = [
        "true",
        "false",
        "null",
        "none",
        "nil",
        "undefined",
        "yes",
        "no",
        "on",
        "off",
        "stdin",
        "prompt",
        "required",
        "optional",
        "string",
        "bearer",
        "basic",
        "redacted",
    ];
    let [first, ..] = value else { return true };
    matches!(first, b'$' | b'%' | b'@' | b'<' | b'{' | b'*' | b'-' | b'~')
        || value.starts_with(b"/") && value.get(1..).is_some_and(|rest| rest.contains(&b'/'))
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"file:")
        || value.starts_with(b"env:")
        || value.iter().all(|byte| *byte == *first)
        || WORDS
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// Returns whether a value looks like a key that a machine made: long, of more than one class, and without
/// the regularity of words.
pub(super) fn is_random(value: &[u8]) -> bool {
    let look = value.get(..value.len().min(LOOK_MAX)).unwrap_or_default();
    let Ok(text) = std::str::from_utf8(look) else {
        return false;
    };
    let has = |class: fn(&u8) -> bool| look.iter().any(class);
    text.len() >= RANDOM_BYTES_MIN
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && tally(text).entropy >= ENTROPY_MIN
}
