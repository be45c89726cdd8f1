//! What stands in headers that authorise, in a request, in a command or in JSON.

use std::ops::Range;

use super::shape::{is_bare_token, is_reference, run, skip_blanks};
use super::{Anchor, Family, Found, Look, SecretKind};

/// Bytes of a credential, at least.
const CREDENTIAL_BYTES_MIN: usize = 8;

/// Names of headers whose value is a credential, after an optional scheme.
const NAMES: [&str; 8] = [
    "authorization",
    "x-api-key",
    "x-auth-token",
    "x-vault-token",
    "x-amz-security-token",
    "private-token",
    "x-gitlab-token",
    "x-access-token",
];

/// Schemes that stand before a credential.
const SCHEMES: [&str; 7] = [
    "basic",
    "bearer",
    "token",
    "digest",
    "negotiate",
    "ntlm",
    "apikey",
];

pub(super) fn anchors() -> impl Iterator<Item = Anchor> {
    NAMES.iter().map(|name| Anchor {
        text: name,
        family: Family::Header,
        detect,
    })
}

/// `Authorization: Bearer TOKEN`, with or without quotes around the name and the value.
fn detect(bytes: &[u8], at: Range<usize>, found: &mut Vec<Found>) -> Look {
    let none = Look { read_to: at.end };
    let quotes = |start: usize| run(bytes, start, 2, |byte| matches!(byte, b'"' | b'\'' | b'\\'));
    let colon = skip_blanks(bytes, quotes(at.end));
    if !matches!(bytes.get(colon), Some(b':' | b'=')) {
        return none;
    }
    let mut start = quotes(skip_blanks(bytes, colon.saturating_add(1)));
    let word = run(bytes, start, 16, |byte| byte.is_ascii_alphabetic());
    let scheme = bytes.get(start..word).unwrap_or_default();
    let named = SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()));
    if named && bytes.get(word) == Some(&b' ') {
        start = skip_blanks(bytes, word);
    }
    let end = run(bytes, start, usize::MAX, is_bare_token);
    let credential = bytes.get(start..end).unwrap_or_default();
    if credential.len() < CREDENTIAL_BYTES_MIN || is_reference(credential) {
        return none;
    }
    found.push(Found {
        range: start..end,
        kind: SecretKind::Authorization,
    });
    Look { read_to: end }
}
