//! Small questions about a piece of shell code: where a bracket ends, whether quotes close, what a path
//! with wildcards means. Each looks at a byte once, and at a bounded number of them where it may be asked
//! again for the next byte.

use super::word::cut;

/// Bytes that are looked at for the end of a brace.
const BRACE_BYTES_MAX: usize = 256;
/// Brackets and quotes within brackets that are told apart.
const NESTED_MAX: u32 = 62;

/// Returns where the bracket that opened before `rest` closes, and whether it does.
pub(super) fn bracket_end(rest: &str) -> (usize, bool) {
    // Each open bracket is a 0, each open double quote a 1, the innermost lowest.
    let (mut stack, mut depth) = (0_u64, 1_u32);
    let mut bytes = rest.bytes().enumerate();
    let mut before = b' ';
    while let Some((place, byte)) = bytes.next() {
        let in_quotes = stack & 1 == 1;
        let mut push = None;
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'\'' if !in_quotes && bytes.by_ref().all(|(_, byte)| byte != b'\'') => {
                return (rest.len(), false);
            }
            b'"' if in_quotes => (stack, depth) = (stack.wrapping_shr(1), depth.saturating_sub(1)),
            b'"' => push = Some(1),
            b'(' if !in_quotes || before == b'$' => push = Some(0),
            b')' if !in_quotes => {
                (stack, depth) = (stack.wrapping_shr(1), depth.saturating_sub(1));
                if depth == 0 {
                    return (place, true);
                }
            }
            _ => {}
        }
        if let Some(bit) = push {
            (stack, depth) = (stack.wrapping_shl(1) | bit, depth.saturating_add(1));
            if depth > NESTED_MAX {
                return (rest.len(), false);
            }
        }
        before = byte;
    }
    (rest.len(), false)
}

/// Returns whether every quote in `code` has its partner.
pub(super) fn quotes_close(code: &str) -> bool {
    let mut open = None;
    let mut bytes = code.bytes();
    while let Some(byte) = bytes.next() {
        match (open, byte) {
            (None | Some(b'"'), b'\\') => {
                bytes.next();
            }
            (None, b'\'' | b'"') => open = Some(byte),
            (Some(quote), _) if quote == byte => open = None,
            _ => {}
        }
    }
    open.is_none()
}

/// Returns whether the brace that `rest` starts with holds alternatives and closes within its word.
pub(super) fn brace_expands(rest: &str) -> bool {
    brace(rest).is_some_and(|(_, has_comma)| has_comma)
}

/// Returns the place behind the end of the brace that `rest` starts with.
pub(super) fn brace_end(rest: &str) -> usize {
    brace(rest).map_or(0, |(end, _)| end)
}

fn brace(rest: &str) -> Option<(usize, bool)> {
    let (mut depth, mut has_comma) = (0_u32, false);
    for (place, byte) in rest.bytes().take(BRACE_BYTES_MAX).enumerate() {
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b',' => has_comma = true,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some((place.saturating_add(1), has_comma));
                }
            }
            b'$' | b'`' | b';' | b'|' | b'&' | b'<' | b'>' | b'(' | b')' | b'#' | 0..=b' ' => {
                return None;
            }
            _ => {}
        }
    }
    None
}

/// Files that wildcards are used to hide.
const HIDDEN_PATHS: &[&str] = &[
    "/bin/cat",
    "/bin/sh",
    "/bin/bash",
    "/bin/dash",
    "/bin/nc",
    "/bin/ls",
    "/bin/rm",
    "/bin/ping",
    "/bin/base64",
    "/usr/bin/cat",
    "/usr/bin/id",
    "/usr/bin/nc",
    "/usr/bin/ncat",
    "/usr/bin/wget",
    "/usr/bin/curl",
    "/usr/bin/env",
    "/usr/bin/perl",
    "/usr/bin/python",
    "/usr/bin/python3",
    "/usr/bin/base64",
    "/usr/bin/whoami",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/sudoers",
    "/etc/hosts",
    "/dev/tcp",
];

/// Letters of the longest path whose wildcards are looked at.
const PATTERN_BYTES_MAX: usize = 64;

/// Returns the file that a path with wildcards means: a bracket of one letter is that letter, and of `?` the well-known file
/// that it means, if there is exactly one such file.
pub(super) fn wildcard_path(word: &str) -> Option<String> {
    let is_pattern = word.starts_with('/') && word.contains(['?', '[']);
    if !is_pattern || word.len() > PATTERN_BYTES_MAX {
        return None;
    }
    let plain = without_brackets(word);
    if !plain.contains('?') {
        return (plain.len() < word.len()).then_some(plain);
    }
    let mut means = HIDDEN_PATHS.iter().filter(|path| matches(&plain, path));
    match (means.next(), means.next()) {
        (Some(path), None) => Some((*path).to_owned()),
        _ => None,
    }
}

/// Writes brackets of one letter or digit as that.
fn without_brackets(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut rest = word;
    while let Some((before, behind)) = rest.split_once('[') {
        plain.push_str(before);
        let mut letters = behind.chars();
        rest = match (letters.next(), letters.next()) {
            (Some(letter), Some(']')) if letter.is_ascii_alphanumeric() => {
                plain.push(letter);
                letters.as_str()
            }
            _ => {
                plain.push('[');
                behind
            }
        };
    }
    plain.push_str(rest);
    plain
}

fn matches(pattern: &str, path: &str) -> bool {
    pattern.len() == path.len()
        && pattern
            .bytes()
            .zip(path.bytes())
            .all(|(wanted, found)| wanted == found || (wanted == b'?' && found != b'/'))
}

/// Returns the bytes of `text` up to `bytes_max`, cut before a letter that does not fit.
pub(super) fn shortened(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let end = (0..=bytes_max)
        .rev()
        .find(|end| text.is_char_boundary(*end));
    cut(text, 0, end.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_close_where_the_shell_says() {
        let check = |rest: &str, expected| assert_eq!(bracket_end(rest), expected, "{rest}");
        check("ls) x", (2, true));
        check("echo \")\") x", (8, true));
        check("echo $(ls)) x", (10, true));
        check("echo ')' \"$(a \")\")\") x", (19, true));
        check("never", (5, false));
        check("'", (1, false));
        check(&"(".repeat(100), (100, false));
    }

    #[test]
    fn quotes_have_partners() {
        assert!(quotes_close("a 'b\"' \"c'\" \\'"));
        assert!(!quotes_close("it's"));
    }

    #[test]
    fn wildcards_mean_one_file() {
        let check = |pattern: &str, expected: Option<&str>| {
            assert_eq!(wildcard_path(pattern).as_deref(), expected, "{pattern}");
        };
        check("/???/??????", None);
        check("/e??/p????d", Some("/etc/passwd"));
        check("/b?n/c?t", Some("/bin/cat"));
        check("/x?", None);
        check("/usr/b[i]n/n[c]", Some("/usr/bin/nc"));
        check("/b[i]n/c?t", Some("/bin/cat"));
        check("/x[]y[ab]z[", None);
        check("/x[a-c]", None);
        check("/bin/cat", None);
    }
}
