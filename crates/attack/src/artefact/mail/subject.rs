//! How a subject is written into its header.

use ringtrue_intake::email::Encoding;
use ringtrue_intake::email::layout::pack;

/// Bytes of text in one encoded word: with its marks it stays below the 75 that RFC 2047 allows.
const WORD_BYTES_MAX: usize = 42;

/// Returns a subject as the value of a header: as it is where mail can carry it, else as encoded words.
pub(super) fn written(text: &str, feed: &str) -> String {
    let is_plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_plain && !text.contains("=?") {
        text.to_owned()
    } else {
        coded(text, feed)
    }
}

/// Returns a subject as encoded words, each on a line.
pub(super) fn coded(text: &str, feed: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(WORD_BYTES_MAX);
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let digits = pack(piece.as_bytes(), Encoding::Base64, "");
        words.push(format!("=?utf-8?B?{}?=", String::from_utf8_lossy(&digits)));
        rest = after;
    }
    words.join(&format!("{feed} "))
}
