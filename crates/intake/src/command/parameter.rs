//! `$name` and `${name...}`: which variable is meant, and what is done to its value.
//!
//! Understood are defaults, pieces (`${a:1:2}`), replacement, and case; what else there is stays as written.

use super::variables::{Found, Variables};
use super::word::cut;

/// Bytes that are looked at for the closing brace.
const BRACED_BYTES_MAX: usize = 512;

/// Returns whether a byte behind `$` starts a variable.
pub(super) const fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'_' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-')
}

/// Returns the bytes of the name that `rest` starts with.
pub(super) fn name_bytes(rest: &str) -> usize {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    if rest.bytes().next().is_some_and(is_letter) {
        let run = rest
            .bytes()
            .position(|byte| !is_letter(byte) && !byte.is_ascii_digit());
        run.unwrap_or(rest.len())
    } else {
        rest.len().min(1)
    }
}

/// Returns where the brace that opened before `rest` closes.
pub(super) fn end(rest: &str) -> Option<usize> {
    let mut depth = 1_u32;
    for (place, byte) in rest.bytes().take(BRACED_BYTES_MAX).enumerate() {
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(place);
                }
            }
            _ => {}
        }
    }
    None
}

/// Returns what `${body}` stands for.
pub(super) fn braced(body: &str, variables: &Variables) -> Found {
    let length = name_bytes(body);
    let (name, change) = (cut(body, 0, length), cut(body, length, body.len()));
    if name == "IFS" && variables.get(name).is_none() {
        return Found::Blank;
    }
    if change.is_empty() {
        return variables.plain(name);
    }
    let known = variables.get(name);
    for mark in [":-", ":=", "-", "="] {
        if let Some(default) = change.strip_prefix(mark) {
            return Found::Value(
                known
                    .unwrap_or(default.trim_matches(['\'', '"']))
                    .to_owned(),
            );
        }
    }
    if let Some(range) = change.strip_prefix(':') {
        return piece(known.or_else(|| rooted(name)), range);
    }
    let Some(value) = known else {
        return Found::Unknown;
    };
    match change {
        "^^" => Found::Value(value.to_ascii_uppercase()),
        ",," => Found::Value(value.to_ascii_lowercase()),
        "@P" | "@E" => Found::Value(value.to_owned()),
        _ => replaced(value, change),
    }
}

/// Variables that every shell sets to a path: their first letter spells a slash.
fn rooted(name: &str) -> Option<&'static str> {
    matches!(name, "PATH" | "HOME" | "PWD" | "OLDPWD" | "SHELL").then_some("/")
}

fn piece(value: Option<&str>, range: &str) -> Found {
    let (offset, length) = range.split_once(':').unwrap_or((range, ""));
    let offset = offset.trim().parse::<usize>().ok();
    let (Some(value), Some(offset)) = (value, offset) else {
        return Found::Unknown;
    };
    let length = length.trim().parse::<usize>().unwrap_or(usize::MAX);
    Found::Value(value.chars().skip(offset).take(length).collect())
}

fn replaced(value: &str, change: &str) -> Found {
    let Some(rest) = change.strip_prefix('/') else {
        return Found::Unknown;
    };
    let all = rest.strip_prefix('/');
    let (from, to) = all
        .unwrap_or(rest)
        .split_once('/')
        .unwrap_or((all.unwrap_or(rest), ""));
    // A replacement may make the value longer: wildcards and long ones are left alone.
    if from.is_empty() || from.contains(['*', '?', '[']) || to.len() > from.len().saturating_add(8)
    {
        return Found::Unknown;
    }
    Found::Value(if all.is_some() {
        value.replace(from, to)
    } else {
        value.replacen(from, to, 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::word::{Role, Word};

    #[test]
    fn values_and_changes() {
        let mut variables = Variables::default();
        let word = Word {
            start: 0,
            end: 8,
            role: Role::Assignment,
            quoted: false,
            live: false,
        };
        variables.learn("A=wgxget", &[word], 100);
        let check = |body: &str, expected: &str| {
            assert_eq!(
                braced(body, &variables),
                Found::Value(expected.to_owned()),
                "{body}"
            );
        };
        check("A", "wgxget");
        check("A/x/", "wgget");
        check("A//g/", "wxet");
        check("A:0:2", "wg");
        check("A^^", "WGXGET");
        check("B:-wget", "wget");
        check("HOME:0:1", "/");
        assert_eq!(braced("B", &variables), Found::Unknown);
        assert_eq!(braced("IFS%??", &variables), Found::Blank);
    }
}
