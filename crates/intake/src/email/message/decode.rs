//! Transfer encodings and character sets.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;

use super::quoted::unquoted;

/// How a body was packed for transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As it is: seven or eight bits a byte.
    #[default]
    Plain,
    /// Bytes that mail may not carry as `=` and two digits (RFC 2045).
    QuotedPrintable,
    /// All bytes in 64 letters (RFC 2045).
    Base64,
    /// A name that nobody knows; read as it is.
    Unknown,
}

impl Encoding {
    /// Reads the value of `Content-Transfer-Encoding`.
    pub(in crate::email) fn read(value: &str) -> Self {
        let name = value.trim();
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("base64") {
            Self::Base64
        } else if is("quoted-printable") {
            Self::QuotedPrintable
        } else if name.is_empty() || is("7bit") || is("8bit") || is("binary") {
            Self::Plain
        } else {
            Self::Unknown
        }
    }
}

/// Unpacks `body`; `None` where it is not packed as it says.
pub(in crate::email) fn decode_transfer(body: &[u8], encoding: Encoding) -> Option<Cow<'_, [u8]>> {
    match encoding {
        Encoding::Plain | Encoding::Unknown => Some(Cow::Borrowed(body)),
        Encoding::QuotedPrintable => unquoted(body).map(Cow::Owned),
        Encoding::Base64 => base64_decode(body)
            .or_else(|| base64_decode(&only_base64(body)))
            .map(Cow::Owned),
    }
}

/// Returns `body` up to its padding, without bytes that base64 does not use: what lenient programs read.
fn only_base64(body: &[u8]) -> Vec<u8> {
    body.iter()
        .copied()
        .take_while(|byte| *byte != b'=')
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        .collect()
}

/// Reads bytes as text of the character set `charset`; of UTF-8, else Windows-1252, where it names none that is known.
pub(in crate::email) fn decode_text(bytes: &[u8], charset: &str) -> String {
    let ascii_like = charset.is_empty()
        || charset.eq_ignore_ascii_case("utf-8")
        || charset.eq_ignore_ascii_case("us-ascii");
    if (ascii_like || bytes.is_ascii() && !is_stateful(charset))
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return text.to_owned();
    }
    let named = if ascii_like {
        None
    } else {
        charset_decoder(charset.as_bytes())
    };
    match named.or_else(|| charset_decoder(b"windows-1252")) {
        Some(decoder) => decoder(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Returns whether ASCII bytes of `charset` may be other letters.
fn is_stateful(charset: &str) -> bool {
    let starts = |start: &str| {
        charset
            .get(..start.len())
            .is_some_and(|opening| opening.eq_ignore_ascii_case(start))
    };
    starts("utf-7") || starts("utf-16") || starts("utf-32") || starts("iso-2022") || starts("hz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_encodings() {
        let check = |body: &[u8], encoding, expected: Option<&[u8]>| {
            assert_eq!(decode_transfer(body, encoding).as_deref(), expected);
        };
        check(b"aGk=\r\n", Encoding::Base64, Some(b"hi"));
        check(b"aG!k=\n\nfooter", Encoding::Base64, Some(b"hi"));
        check(b"a=3Db=\nc", Encoding::QuotedPrintable, Some(b"a=bc"));
        check(b"x", Encoding::read(" 8BIT\n"), Some(b"x"));
        assert_eq!(Encoding::read("x-uuencode"), Encoding::Unknown);
    }

    #[test]
    fn character_sets() {
        assert_eq!(decode_text(b"\xe9", ""), "é");
        assert_eq!(decode_text("é".as_bytes(), "us-ascii"), "é");
        assert_eq!(decode_text(b"\xcf\xf0", "windows-1251"), "Пр");
        assert_eq!(decode_text(b"+AGE-", "utf-7"), "a");
        assert_eq!(decode_text(b"abc", "nonsense"), "abc");
    }
}
