//! How a mail stands in its column: as its text, or in Base64, as the field `enc` beside it says.
//!
//! ```text
//!   bytes that are no UTF-8 text ──pack──► raw, enc = "base64" ──unpack──► bytes
//! ```
//!
//! What says Base64 and is none is no mail: it is refused where events are built. Base64 is read as mail
//! programs do, without padding too.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

/// The field that says how the mail beside it is written.
pub const FIELD: &str = "enc";
/// What it says of a mail in Base64.
pub(crate) const BASE64: &str = "base64";

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How a mail is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// As it is.
    Plain,
    /// In Base64.
    Base64,
}

impl Written {
    /// Returns what the field `enc` says.
    pub(crate) fn of(encoding: Option<&str>) -> Self {
        let is_base64 = encoding.is_some_and(|text| text.trim().eq_ignore_ascii_case(BASE64));
        if is_base64 { Self::Base64 } else { Self::Plain }
    }
}

/// Returns bytes in Base64.
pub(crate) fn pack(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Returns the bytes that a text in Base64 stands for, `None` if it is none; white space does not count.
pub(crate) fn unpack(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    LENIENT.decode(digits.collect::<Vec<u8>>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_with_and_without_padding() {
        for text in ["YWI=", "YWI", "Y W\r\nI="] {
            assert_eq!(unpack(text).as_deref(), Some(&b"ab"[..]), "{text}");
        }
        for text in ["a: b", "YWIxx", "\u{e4}"] {
            assert_eq!(unpack(text), None, "{text}");
        }
        assert_eq!(unpack(&pack(b"\xff\0")).as_deref(), Some(&b"\xff\0"[..]));
    }

    #[test]
    fn the_field_says_so_in_any_case() {
        let of = |text: &str| Written::of(Some(text));
        assert_eq!(of(" Base64 "), Written::Base64);
        assert_eq!(of("8bit"), Written::Plain);
        assert_eq!(Written::of(None), Written::Plain);
    }
}
