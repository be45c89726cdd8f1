//! Splits a URL as it was written, without changing a byte.
//!
//! The cuts are those of the WHATWG parser (a backslash is a slash, the last `@` before the path
//! ends the user-info, any number of slashes follows `http:`), but nothing is decoded, lowered or
//! refused: each part is a range of the text. It refuses nothing; a text without structure is all
//! host or all path.

use std::ops::Range;

/// Where the parts of a URL stand in its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans {
    /// Without the colon; empty if there is none.
    pub(super) scheme: Range<usize>,
    /// Before the last `@` of the authority.
    pub(super) userinfo: Range<usize>,
    /// With brackets, if any.
    pub(super) host: Range<usize>,
    /// After the host's colon.
    pub(super) port: Range<usize>,
    /// With the leading slash.
    pub(super) path: Range<usize>,
    /// Without the `?`.
    pub(super) query: Range<usize>,
    /// Without the `#`.
    pub(super) fragment: Range<usize>,
}

/// Returns the part of `text` in `range`, empty if the range does not fit.
pub(super) fn slice<'text>(text: &'text str, range: &Range<usize>) -> &'text str {
    text.get(range.clone()).unwrap_or("")
}

/// Returns whether browsers give `scheme` (lowercase) an authority whatever follows.
fn is_special(scheme: &str) -> bool {
    ["http", "https", "ws", "wss", "ftp", "file"]
        .iter()
        .any(|special| special.eq_ignore_ascii_case(scheme))
}

/// Returns the length of the scheme in front of `text`, or nothing where the colon belongs to a
/// port (`example.com:8080/`) or there is none.
pub(super) fn scheme_length(text: &str) -> Option<usize> {
    let length = text
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)))?;
    let (scheme, rest) = text.split_at_checked(length)?;
    let after = rest.strip_prefix(':')?;
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    if after.starts_with("//") || is_special(scheme) {
        return Some(length);
    }
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let port = digits > 0
        && after
            .get(digits..)
            .is_none_or(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    let dotted = scheme.contains('.') || scheme.eq_ignore_ascii_case("localhost");
    (!port && !dotted).then_some(length)
}

/// Splits `text`, which must have been stripped as browsers do.
pub(super) fn split(text: &str) -> Spans {
    let mut spans = Spans::default();
    let mut start = 0;
    let mut special = true;
    if let Some(length) = scheme_length(text) {
        spans.scheme = 0..length;
        start = length.saturating_add(1);
        special = is_special(slice(text, &spans.scheme));
    }
    let rest = slice(text, &(start..text.len()));
    let slashes = leading_slashes(rest, slice(text, &spans.scheme), special);
    let authority_start = start.saturating_add(slashes);
    let opaque = !special && slashes < 2;
    let authority_end = if opaque {
        start
    } else {
        end_of_authority(text, authority_start, special)
    };
    if opaque {
        spans.host = start..start;
    } else {
        split_authority(text, authority_start, authority_end, &mut spans);
    }
    split_tail(text, authority_end, &mut spans);
    spans
}

/// Returns how many slashes stand between scheme and authority.
fn leading_slashes(rest: &str, scheme: &str, special: bool) -> usize {
    let run = rest
        .bytes()
        .take_while(|byte| *byte == b'/' || (special && *byte == b'\\'))
        .count();
    if special && !scheme.eq_ignore_ascii_case("file") {
        run
    } else {
        run.min(2)
    }
}

fn end_of_authority(text: &str, start: usize, special: bool) -> usize {
    let rest = slice(text, &(start..text.len()));
    rest.bytes()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#') || (special && byte == b'\\'))
        .map_or(text.len(), |length| start.saturating_add(length))
}

fn split_authority(text: &str, start: usize, end: usize, spans: &mut Spans) {
    let authority = slice(text, &(start..end));
    let host_start = memchr::memrchr(b'@', authority.as_bytes()).map_or(start, |at| {
        spans.userinfo = start..start.saturating_add(at);
        start.saturating_add(at).saturating_add(1)
    });
    let host = slice(text, &(host_start..end));
    let bracket = if host.starts_with('[') {
        host.find(']').unwrap_or(host.len())
    } else {
        0
    };
    let colon = slice(host, &(bracket..host.len()))
        .find(':')
        .map(|found| host_start.saturating_add(bracket).saturating_add(found));
    spans.host = host_start..colon.unwrap_or(end);
    if let Some(colon) = colon {
        spans.port = colon.saturating_add(1)..end;
    }
}

fn split_tail(text: &str, start: usize, spans: &mut Spans) {
    let mut end = text.len();
    let tail = slice(text, &(start..end));
    if let Some(hash) = memchr::memchr(b'#', tail.as_bytes()) {
        let at = start.saturating_add(hash);
        spans.fragment = at.saturating_add(1)..end;
        end = at;
    }
    if let Some(mark) = memchr::memchr(b'?', slice(text, &(start..end)).as_bytes()) {
        let at = start.saturating_add(mark);
        spans.query = at.saturating_add(1)..end;
        end = at;
    }
    spans.path = start..end;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: [&str; 7]) {
        let spans = split(text);
        let found = [
            &spans.scheme,
            &spans.userinfo,
            &spans.host,
            &spans.port,
            &spans.path,
            &spans.query,
            &spans.fragment,
        ]
        .map(|range| slice(text, range));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn cuts_where_browsers_cut() {
        check(
            "http://u:p@h.example:8080/a/b?c=d#e",
            ["http", "u:p", "h.example", "8080", "/a/b", "c=d", "e"],
        );
        check(
            "HTTP:\\\\h.example\\a?b@c",
            ["HTTP", "", "h.example", "", "\\a", "b@c", ""],
        );
        check("h.example:80/x", ["", "", "h.example", "80", "/x", "", ""]);
        check(
            "http://a@b@[::1]:7/",
            ["http", "a@b", "[::1]", "7", "/", "", ""],
        );
        check("file:///etc/x", ["file", "", "", "", "/etc/x", "", ""]);
        check(
            "javascript:a(1)//b?c#d",
            ["javascript", "", "", "", "a(1)//b", "c", "d"],
        );
        check("#x?y", ["", "", "", "", "", "", "x?y"]);
    }
}
