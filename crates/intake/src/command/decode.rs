//! Decoding as command-line filters do it: base64, hexadecimal digits, gzip, `tr`, `rev`, numbered letters.
//!
//! Every step gives at most the bytes it is allowed, and nothing where its input does not decode.

use std::io::Read;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::word::cut;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads the escape that `rest` starts with: the letter, the bytes it takes, whether it was given by number.
pub(super) fn escape(rest: &str) -> (Option<char>, usize, bool) {
    let mark = rest.as_bytes().get(1).copied();
    let plain = |letter: char| (Some(letter), 2, false);
    match mark {
        Some(b'n') => plain('\n'),
        Some(b't') => plain('\t'),
        Some(b'r') => plain('\r'),
        Some(b'a' | b'b' | b'f' | b'v' | b'e' | b'E') => (None, 2, false),
        Some(b'x') => number(rest, 2, 2, 16),
        Some(b'u') => number(rest, 2, 4, 16),
        Some(b'U') => number(rest, 2, 8, 16),
        Some(b'0') => number(rest, 1, 4, 8),
        Some(b'1'..=b'7') => number(rest, 1, 3, 8),
        Some(byte) if byte.is_ascii() => plain(char::from(byte)),
        _ => (Some('\\'), 1, false),
    }
}

fn number(rest: &str, from: usize, digits_max: usize, base: u32) -> (Option<char>, usize, bool) {
    let digits = cut(rest, from, rest.len());
    let length = digits
        .chars()
        .take(digits_max)
        .take_while(|letter| letter.is_digit(base))
        .count();
    let value = u32::from_str_radix(cut(digits, 0, length), base).ok();
    let letter = value
        .and_then(char::from_u32)
        .filter(|letter| *letter > '\u{8}');
    (letter, from.saturating_add(length), length > 0)
}

/// Replaces escapes as `echo -e` does; returns how many letters were given by number.
pub(super) fn unescape(text: &str) -> (String, u32) {
    let (mut out, mut numbers, mut at) = (String::with_capacity(text.len()), 0_u32, 0_usize);
    while at < text.len() {
        let rest = cut(text, at, text.len());
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        out.push_str(cut(rest, 0, plain));
        at = at.saturating_add(plain);
        if at < text.len() {
            let (letter, length, is_number) = escape(cut(rest, plain, rest.len()));
            out.extend(letter);
            numbers = numbers.saturating_add(u32::from(is_number));
            at = at.saturating_add(length.max(1));
        }
    }
    (out, numbers)
}

/// Decodes base64, blanks and a missing end forgiven.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let letters: Vec<u8> = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    let decoded = LENIENT.decode(&letters).ok();
    decoded.filter(|decoded| !decoded.is_empty())
}

/// Decodes hexadecimal digits; anything else between them is left out.
pub(super) fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .iter()
        .filter_map(|byte| char::from(*byte).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    let pairs = digits.chunks_exact(2);
    let bytes: Vec<u8> = pairs
        .map(|pair| {
            pair.iter()
                .fold(0_u8, |byte, digit| byte.wrapping_shl(4) | digit)
        })
        .collect();
    (!bytes.is_empty()).then_some(bytes)
}

/// Unpacks gzip, at most `bytes_max` of it.
pub(super) fn gunzip(packed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let mut out = Vec::new();
    let read = flate2::read::GzDecoder::new(packed)
        .take(limit)
        .read_to_end(&mut out);
    // What came before an error is worth reading: a packed line is often cut off.
    (read.is_ok() || !out.is_empty()).then_some(out)
}

/// Turns each line round.
pub(super) fn reversed(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.chars().rev().collect())
        .collect();
    lines.join("\n").into_bytes()
}

/// Replaces letters of one set by those of another, as `tr` does.
pub(super) fn translated(text: &[u8], from: &str, to: &str) -> Vec<u8> {
    let (from, to) = (set(from), set(to));
    let last = to.last().copied();
    text.iter()
        .map(|byte| match from.iter().position(|known| known == byte) {
            Some(place) => to.get(place).copied().or(last).unwrap_or(*byte),
            None => *byte,
        })
        .collect()
}

/// Leaves letters of a set out, as `tr -d` does.
pub(super) fn without(text: &[u8], letters: &str) -> Vec<u8> {
    let letters = set(letters);
    let kept = text.iter().filter(|byte| !letters.contains(byte));
    kept.copied().collect()
}

/// Bytes of a set with its ranges spelt out.
const SET_BYTES_MAX: usize = 256;

fn set(text: &str) -> Vec<u8> {
    let (text, _) = unescape(text);
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0_usize;
    while let Some(first) = bytes.get(at).copied() {
        let ahead = |bytes_ahead: usize| bytes.get(at.saturating_add(bytes_ahead)).copied();
        match (ahead(1), ahead(2)) {
            (Some(b'-'), Some(last)) if last >= first => {
                out.extend(first..=last);
                at = at.saturating_add(3);
            }
            _ => {
                out.push(first);
                at = at.saturating_add(1);
            }
        }
        if out.len() >= SET_BYTES_MAX {
            break;
        }
    }
    out
}

/// Returns bytes as text, if nearly all of them are letters that people read.
pub(super) fn readable(bytes: &[u8]) -> Option<String> {
    let strange = bytes
        .iter()
        .filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace() || **byte >= 0x80)
        .count();
    (strange.saturating_mul(8) <= bytes.len()).then(|| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_decode() {
        assert_eq!(base64(b"d2d\n ldA").as_deref(), Some(&b"wget"[..]));
        assert_eq!(base64(b"%%%"), None);
        assert_eq!(hexadecimal(b"77 67:6574").as_deref(), Some(&b"wget"[..]));
        assert_eq!(reversed(b"tegw"), b"wget");
        assert_eq!(translated(b"jtrg", "A-Za-z", "N-ZA-Mn-za-m"), b"wget");
        assert_eq!(without(b"w-g-e-t", "-"), b"wget");
        assert_eq!(
            unescape("\\x77\\147\\u0065t\\0164"),
            ("wgett".to_owned(), 4)
        );
        assert_eq!(readable(&[0x7f, b'E', b'L', b'F', 0, 0]), None);
    }

    #[test]
    fn a_bomb_gives_no_more_than_allowed() {
        use std::io::Write;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![b'a'; 4 << 20]).expect("in memory");
        let bomb = packer.finish().expect("in memory");
        assert_eq!(gunzip(&bomb, 1_000).map(|out| out.len()), Some(1_000));
    }
}
