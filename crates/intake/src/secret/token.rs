//! Secrets in a standard form of their own: JSON web tokens and private keys in PEM.

use std::ops::Range;

use memchr::memmem;

use super::shape::{begins, is_base64url, run};
use super::{Anchor, Family, Found, Look, SecretKind};

/// Bytes of each part of a web token; longer ones are no tokens that anybody sends.
const PART_BYTES_MAX: usize = 8_192;
/// Bytes of the header and of the payload of a web token, at least.
const PART_BYTES_MIN: usize = 10;
/// Bytes of the name of a key between its dashes.
const LABEL_BYTES_MAX: usize = 48;
/// Bytes of a private key.
const KEY_BYTES_MAX: usize = 16_384;

pub(super) fn anchors() -> impl Iterator<Item = Anchor> {
    let jwt = Anchor {
        text: "eyJ",
        family: Family::Token,
        detect: web_token,
    };
    let pem = Anchor {
        text: "-----BEGIN ",
        family: Family::Token,
        detect: private_key,
    };
    [jwt, pem].into_iter()
}

/// Three parts of base64 between points, the first two of which are JSON objects.
fn web_token(bytes: &[u8], at: Range<usize>, found: &mut Vec<Found>) -> Look {
    let part = |start: usize| run(bytes, start, PART_BYTES_MAX, is_base64url);
    let header = part(at.start);
    let none = Look { read_to: header };
    let is_token = bytes.get(at.clone()) == Some(b"eyJ")
        && begins(bytes, at.start)
        && header.saturating_sub(at.start) >= PART_BYTES_MIN
        && bytes.get(header) == Some(&b'.');
    let second = header.saturating_add(1);
    let payload = part(second);
    let is_object = bytes
        .get(second..)
        .is_some_and(|rest| rest.starts_with(b"eyJ"));
    if !is_token || !is_object || payload.saturating_sub(second) < PART_BYTES_MIN {
        return none;
    }
    let end = match bytes.get(payload) {
        Some(b'.') => part(payload.saturating_add(1)),
        _ => payload,
    };
    found.push(Found {
        range: at.start..end,
        kind: SecretKind::Jwt,
    });
    Look { read_to: end }
}

/// What stands between `-----BEGIN ... PRIVATE KEY-----` and its end; without an end, all that could be it.
fn private_key(bytes: &[u8], at: Range<usize>, found: &mut Vec<Found>) -> Look {
    let none = Look { read_to: at.end };
    let label = window(bytes, at.end, LABEL_BYTES_MAX);
    let Some(dashes) = memmem::find(label, b"-----") else {
        return none;
    };
    let name = label.get(..dashes).unwrap_or_default();
    if memmem::find(name, b"PRIVATE KEY").is_none() {
        return none;
    }
    let body = at.end.saturating_add(dashes).saturating_add(5);
    let closing = memmem::find(window(bytes, body, KEY_BYTES_MAX), b"-----END");
    let end = match closing {
        Some(closing) => body.saturating_add(closing),
        None => run(bytes, body, KEY_BYTES_MAX, |byte| {
            byte.is_ascii_alphanumeric() || b"+/=\r\n\t \\:,-".contains(&byte)
        }),
    };
    found.push(Found {
        range: body..end,
        kind: SecretKind::PrivateKey,
    });
    Look { read_to: end }
}

fn window(bytes: &[u8], start: usize, most: usize) -> &[u8] {
    let rest = bytes.get(start..).unwrap_or_default();
    rest.get(..rest.len().min(most)).unwrap_or_default()
}
