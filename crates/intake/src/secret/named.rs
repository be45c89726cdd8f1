//! Values behind a name that says what they are: `PASSWORD=x`, `--token x`, `"api_key": "x"`.
//!
//! A password may be anything, so its name decides, and prose is told from an assignment by the sign between
//! them. A key is random, so its value must look so: `token=abc` is none.

use std::ops::Range;

use super::shape::{begins, is_random, is_reference, run, skip_blanks, value};
use super::{Anchor, Family, Found, Look, SecretKind};

/// Bytes of a name around its telling part.
const NAME_BYTES_MAX: usize = 48;
/// Bytes of a password, at least.
const PASSWORD_BYTES_MIN: usize = 3;

/// What a name says of its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// It is a password, whatever it looks like.
    Password,
    /// It is a password if the telling part stands for itself in the name (`DB_PASS`, not `bypass`).
    PasswordAlone,
    /// It is a key or token if it looks random.
    Key,
}

const NAMES: [(&str, Says); 22] = [
    ("password", Says::Password),
    ("passwd", Says::Password),
    ("passphrase", Says::Password),
    ("passwort", Says::Password),
    ("contrasena", Says::Password),
    ("pass", Says::PasswordAlone),
    ("pwd", Says::PasswordAlone),
    ("pw", Says::PasswordAlone),
    ("secret", Says::Key),
    ("token", Says::Key),
    ("api_key", Says::Key),
    ("api-key", Says::Key),
    ("apikey", Says::Key),
    ("access_key", Says::Key),
    ("access-key", Says::Key),
    ("accesskey", Says::Key),
    ("auth_key", Says::Key),
    ("private_key", Says::Key),
    ("encryption_key", Says::Key),
    ("client_key", Says::Key),
    ("credential", Says::Key),
    ("license_key", Says::Key),
];

/// Ends of names whose value is about the secret and is not it.
const ABOUT: [&[u8]; 18] = [
    b"file", b"path", b"dir", b"url", b"uri", b"type", b"name", b"count", b"hint", b"reset",
    b"length", b"len", b"policy", b"expires", b"expiry", b"id", b"ttl", b"field",
];

pub(super) fn anchors() -> impl Iterator<Item = Anchor> {
    NAMES.iter().map(|(name, _)| Anchor {
        text: name,
        family: Family::Named,
        detect,
    })
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// What stands between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    /// `=`, `:=` or `=>`.
    Equals,
    /// `:`.
    Colon,
    /// Blanks, after an option.
    Blank,
}

fn detect(bytes: &[u8], at: Range<usize>, found: &mut Vec<Found>) -> Look {
    let none = Look { read_to: at.start };
    let telling = bytes.get(at.clone()).unwrap_or_default();
    let says = NAMES
        .iter()
        .find(|(name, _)| telling.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, says)| *says);
    let name_end = run(bytes, at.end, NAME_BYTES_MAX, is_name);
    let after = bytes.get(at.end..name_end).unwrap_or_default();
    let alone = begins_part(bytes, at.start);
    let (Some(says), true) = (says, ends_well(after)) else {
        return none;
    };
    if says == Says::PasswordAlone && !(alone && after.is_empty()) {
        return none;
    }
    let Some((between, start)) = separator(bytes, name_end, name_start(bytes, at.start)) else {
        return none;
    };
    let range = value(bytes, start);
    let secret = bytes.get(range.clone()).unwrap_or_default();
    let is_quoted = range.start > start;
    let holds = match says {
        Says::Key => is_random(secret),
        Says::Password | Says::PasswordAlone => {
            secret.len() >= PASSWORD_BYTES_MIN
                && (between != Between::Colon || is_quoted || is_no_word(secret))
        }
    };
    if !holds || is_reference(secret) {
        return none;
    }
    let kind = if says == Says::Key {
        SecretKind::Key
    } else {
        SecretKind::Password
    };
    let read_to = range.end;
    found.push(Found { range, kind });
    Look { read_to }
}

/// Returns whether a part of a name begins at `at`: at a joining sign, at the name's start, or where capitals
/// begin.
fn begins_part(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let capital = bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    begins(bytes, at)
        || before == Some(&b'_')
        || (capital && before.is_some_and(u8::is_ascii_lowercase))
}

/// Returns whether what follows the telling part keeps its meaning: nothing, an `s`, digits, or further
/// parts that are not about the secret.
fn ends_well(after: &[u8]) -> bool {
    let plain = after.strip_prefix(b"s").unwrap_or(after);
    let goes_on = plain
        .first()
        .is_none_or(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.'));
    let is_about = ABOUT.iter().any(|end| {
        let tail = plain.len().checked_sub(end.len());
        let tail = tail.and_then(|at| plain.get(at..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    });
    goes_on && !is_about
}

fn name_start(bytes: &[u8], at: usize) -> usize {
    let before = bytes.get(..at).unwrap_or_default();
    let part = before
        .iter()
        .rev()
        .take(NAME_BYTES_MAX)
        .take_while(|byte| is_name(**byte));
    at.saturating_sub(part.count())
}

/// Returns what stands between a name and its value, and where the value begins.
fn separator(bytes: &[u8], name_end: usize, name_start: usize) -> Option<(Between, usize)> {
    let is_option = bytes
        .get(name_start..)
        .is_some_and(|name| name.starts_with(b"--"));
    let closed = run(bytes, name_end, 2, |byte| {
        matches!(byte, b'"' | b'\'' | b'\\' | b']')
    });
    let sign = skip_blanks(bytes, closed);
    let next = sign.saturating_add(1);
    match (bytes.get(sign), bytes.get(next)) {
        (Some(b':'), Some(b'=')) | (Some(b'='), Some(b'>')) => {
            Some((Between::Equals, skip_blanks(bytes, next.saturating_add(1))))
        }
        // A comparison, not an assignment.
        (Some(b'='), Some(b'=' | b'~')) => None,
        (Some(b'='), _) => Some((Between::Equals, skip_blanks(bytes, next))),
        (Some(b':'), _) => Some((Between::Colon, skip_blanks(bytes, next))),
        _ if is_option && sign > name_end && closed == name_end => Some((Between::Blank, sign)),
        // The next member of a JSON list.
        (Some(b','), _) if is_option && closed > name_end => {
            Some((Between::Blank, skip_blanks(bytes, next)))
        }
        _ => None,
    }
}

/// Returns whether a value is no word of prose: it holds a digit or a sign beside letters.
fn is_no_word(value: &[u8]) -> bool {
    let ends = value.strip_suffix(b".").unwrap_or(value);
    ends.len() >= 6
        && ends
            .iter()
            .any(|byte| !byte.is_ascii_alphabetic() && byte.is_ascii())
}
