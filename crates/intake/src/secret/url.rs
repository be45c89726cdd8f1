//! The password of a URL: `scheme://user:password@host`.

use std::ops::Range;

use super::shape::{LOOK_MAX, is_reference, run};
use super::{Anchor, Family, Found, Look, SecretKind};

pub(super) fn anchors() -> impl Iterator<Item = Anchor> {
    std::iter::once(Anchor {
        text: "://",
        family: Family::Url,
        detect,
    })
}

const fn is_authority(byte: u8) -> bool {
    !byte.is_ascii_whitespace()
        && !byte.is_ascii_control()
        && !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`')
}

fn detect(bytes: &[u8], at: Range<usize>, found: &mut Vec<Found>) -> Look {
    let end = run(bytes, at.end, LOOK_MAX, is_authority);
    let authority = bytes.get(at.end..end).unwrap_or_default();
    let look = Look { read_to: end };
    let Some(sign) = memchr::memrchr(b'@', authority) else {
        return look;
    };
    let user = authority.get(..sign).unwrap_or_default();
    let Some(colon) = memchr::memchr(b':', user) else {
        return look;
    };
    let start = at.end.saturating_add(colon).saturating_add(1);
    let end = at.end.saturating_add(sign);
    let password = bytes.get(start..end).unwrap_or_default();
    if !is_reference(password) || password.first() == Some(&b'%') {
        found.push(Found {
            range: start..end,
            kind: SecretKind::UrlPassword,
        });
    }
    look
}
