//! Transfer encodings, the other way: bytes packed as mail may carry them.

use crate::packed::pack;

/// Columns of a line of encoded text (RFC 2045).
const LINE: usize = 76;

/// Packs bytes in base64, in lines that end in `feed`.
pub(crate) fn in_base64(bytes: &[u8], feed: &str) -> String {
    let digits = pack(bytes);
    let mut out = String::with_capacity(digits.len().saturating_add(digits.len() / 32));
    for line in digits.as_bytes().chunks(LINE) {
        out.push_str(std::str::from_utf8(line).unwrap_or(""));
        out.push_str(feed);
    }
    out
}

/// Packs bytes so that most letters stay as they are; lines of the text stay lines, and too long ones are folded with
/// `feed`.
pub(crate) fn in_quoted_printable(bytes: &[u8], feed: &str) -> String {
    let mut out = String::with_capacity(bytes.len().saturating_add(bytes.len() / 4));
    let mut column = 0_usize;
    let mut rest = bytes;
    loop {
        // What stays as it is, as far as the line has room.
        let room = LINE.saturating_sub(column).saturating_sub(1);
        let run = rest.iter().take(room).take_while(|byte| stays(**byte));
        let (run, behind) = rest.split_at(run.count());
        out.push_str(std::str::from_utf8(run).unwrap_or(""));
        column = column.saturating_add(run.len());
        let Some((byte, behind)) = behind.split_first() else {
            return out;
        };
        rest = behind;
        if *byte == b'\n' {
            out.push('\n');
            column = 0;
            continue;
        }
        let is_plain = match byte {
            b'\r' => rest.first() == Some(&b'\n'),
            b' ' | b'\t' => !matches!(rest.first(), None | Some(b'\n' | b'\r')),
            byte => stays(*byte),
        };
        let width = if is_plain { 1 } else { 3 };
        if column.saturating_add(width) >= LINE && *byte != b'\r' {
            out.push('=');
            out.push_str(feed);
            column = 0;
        }
        if is_plain {
            out.push(char::from(*byte));
        } else {
            out.push('=');
            out.extend(digits(*byte));
        }
        column = column.saturating_add(width);
    }
}

/// Returns whether a byte stays as it is wherever it stands.
const fn stays(byte: u8) -> bool {
    matches!(byte, b'!'..=b'<' | b'>'..=b'~')
}

/// Returns the two digits of a byte.
fn digits(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 15].map(|half| {
        let digit = char::from_digit(u32::from(half), 16).unwrap_or_default();
        digit.to_ascii_uppercase()
    })
}
