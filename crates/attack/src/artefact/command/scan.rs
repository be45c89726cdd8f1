//! Where a word of a shell line ends, and how it is written.
//!
//! Goes over a word once. What would need the shell's whole grammar (comments or here-documents in a substitution) is
//! refused, never guessed.

use super::line::Form;

/// Quotes and brackets that may stand within each other.
const DEPTH_MAX: usize = 16;

/// Returns whether blanks of a line are made of this.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Returns whether a byte means itself wherever it stands outside of quotes.
pub(super) const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'_' | b'.' | b'/' | b':' | b'@' | b'%' | b'+' | b',' | b'='
        )
}

/// Returns whether a word gives a variable its value where a program could stand: `NAME=` or `NAME+=`.
pub(super) fn assigns(letters: &str) -> bool {
    let Some((name, _)) = letters.split_once('=') else {
        return false;
    };
    let name = name.strip_suffix('+').unwrap_or(name);
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns where the word that starts at `start` ends, and how it is written; `None` if there is none that is understood.
pub(super) fn word(text: &str, start: usize) -> Option<(usize, Form)> {
    let bytes = text.as_bytes();
    let (mut at, mut is_plain_so_far, mut first_quote_end) = (start, true, None);
    while let Some(byte) = bytes.get(at).copied() {
        if is_plain(byte) {
            at += 1;
            continue;
        }
        match byte {
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' => break,
            b'(' | b')' | 0..=0x1f | 0x7f => return None,
            _ => is_plain_so_far = false,
        }
        let is_first_quote = byte == b'\'' && at == start;
        at = piece(bytes, at, 0)?;
        if is_first_quote {
            first_quote_end = Some(at);
        }
    }
    let form = match first_quote_end {
        _ if at == start => return None,
        Some(end) if end == at => Form::Quoted,
        _ if is_plain_so_far => Form::Plain,
        _ => Form::Other,
    };
    Some((at, form))
}

/// Returns the place behind one letter, quote or expansion outside of quotes.
fn piece(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'\'' => close(bytes, at + 1, b'\''),
        b'"' => double_quotes(bytes, at + 1, depth),
        b'`' => backquotes(bytes, at + 1),
        b'\\' => escaped(bytes, at + 1),
        b'$' => match bytes.get(at + 1) {
            Some(b'\'') => numbered(bytes, at + 2),
            Some(b'"') => double_quotes(bytes, at + 2, depth),
            _ => expansion(bytes, at, depth),
        },
        _ => Some(at + 1),
    }
}

/// `$(...)`, `${...}` or a `$` that stands alone before a name.
fn expansion(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    if depth >= DEPTH_MAX {
        return None;
    }
    match bytes.get(at + 1) {
        Some(b'(') => bracketed(bytes, at + 2, b'(', b')', depth + 1),
        Some(b'{') => bracketed(bytes, at + 2, b'{', b'}', depth + 1),
        _ => Some(at + 1),
    }
}

/// An escaped letter; a line's end is none.
fn escaped(bytes: &[u8], at: usize) -> Option<usize> {
    let byte = bytes.get(at).copied()?;
    (byte >= b' ').then_some(at + 1)
}

fn close(bytes: &[u8], from: usize, quote: u8) -> Option<usize> {
    let length = bytes.get(from..)?.iter().position(|byte| *byte == quote)?;
    Some(from + length + 1)
}

/// What stands in `$'...'`.
fn numbered(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'\'' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn backquotes(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'`' => return Some(at + 1),
            b'\\' => at += 2,
            b'#' => return None,
            _ => at += 1,
        }
    }
}

fn double_quotes(bytes: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    loop {
        at = match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at + 2,
            b'`' => backquotes(bytes, at + 1)?,
            b'$' => expansion(bytes, at, depth)?,
            _ => at + 1,
        };
    }
}

/// What stands between brackets, up to the other one.
fn bracketed(bytes: &[u8], mut at: usize, open: u8, shut: u8, depth: usize) -> Option<usize> {
    let mut count = 1_usize;
    let is_code = open == b'(';
    loop {
        let byte = *bytes.get(at)?;
        if byte == shut {
            count -= 1;
            if count == 0 {
                return Some(at + 1);
            }
            at += 1;
        } else if byte == open {
            count += 1;
            at += 1;
        } else if is_code
            && (byte == b'#' || bytes.get(at..).is_some_and(|rest| rest.starts_with(b"<<")))
        {
            return None;
        } else {
            at = piece(bytes, at, depth)?;
        }
    }
}

/// Returns whether all quotes and brackets of a text close and nothing is left open at its end, so that code put around it
/// does not become part of it. What stands in it need not be understood.
pub(super) fn closes(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return false,
            b')' => depth -= 1,
            b'#' if at == 0
                || bytes
                    .get(at - 1)
                    .is_some_and(|before| !is_plain(*before) && *before != b'$') =>
            {
                return false;
            }
            0..=0x1f | 0x7f if !matches!(byte, b'\n' | b'\t') => return false,
            _ => {}
        }
        let Some(next) = piece(bytes, at, 0) else {
            return false;
        };
        at = next;
    }
    let last = text.trim_end().bytes().next_back();
    let opens = text.trim_start().starts_with([';', '&', '|', ')']);
    depth == 0
        && !opens
        && last.is_some_and(|last| !matches!(last, b'&' | b'|') || ends_in_background(text))
}

/// Returns whether the last operator of a text sends what is before it to the background.
fn ends_in_background(text: &str) -> bool {
    let text = text.trim_end();
    text.ends_with('&') && !text.ends_with("&&") && !text.ends_with("|&")
}
