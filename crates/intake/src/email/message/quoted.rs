//! Quoted-printable (RFC 2045), unpacked: runs of plain letters are taken over whole.
//!
//! It is lenient where mail programs are: blanks at a line's end are dropped, single returns are too, and from the first return on
//! lines end in one. A `=` that no two digits and no line's end follow is an error.

use memchr::memchr3;

/// Returns the bytes that were packed; `None` where they are not packed so.
pub(super) fn unquoted(body: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader {
        out: Vec::with_capacity(body.len()),
        blanks: 0,
        feed: b"\n",
    };
    let mut rest = body;
    loop {
        let end = memchr3(b'=', b'\n', b'\r', rest).unwrap_or(rest.len());
        let (run, behind) = rest.split_at_checked(end)?;
        reader.run(run);
        let Some((mark, after)) = behind.split_first() else {
            return Some(reader.out);
        };
        rest = after;
        match mark {
            b'=' => rest = reader.escape(after)?,
            b'\n' => reader.line_end(),
            _ => reader.feed = b"\r\n",
        }
    }
}

struct Reader {
    out: Vec<u8>,
    /// Blanks at the end of what was read, which count for nothing at the end of a line.
    blanks: usize,
    /// What lines end in.
    feed: &'static [u8],
}

impl Reader {
    fn run(&mut self, run: &[u8]) {
        let blanks = run.len().saturating_sub(run.trim_ascii_end().len());
        let before = if blanks == run.len() { self.blanks } else { 0 };
        self.blanks = before.saturating_add(blanks);
        self.out.extend_from_slice(run);
    }

    fn line_end(&mut self) {
        let kept = self.out.len().saturating_sub(self.blanks);
        self.out.truncate(kept);
        self.out.extend_from_slice(self.feed);
        self.blanks = 0;
    }

    /// Reads what stands behind a `=`, and returns what follows it; `None` if it means nothing.
    fn escape<'b>(&mut self, behind: &'b [u8]) -> Option<&'b [u8]> {
        let mut high = None;
        let mut bytes = behind.iter();
        for byte in bytes.by_ref() {
            match (high, digit(*byte)) {
                (None, Some(digit)) => high = Some(digit),
                (Some(high), Some(low)) => {
                    self.out.push((high << 4) | low);
                    self.blanks = 0;
                    break;
                }
                (None, None) if *byte == b'\n' => {
                    self.blanks = 0;
                    break;
                }
                (_, None) if *byte == b'\r' => self.feed = b"\r\n",
                (Some(_), None) if *byte == b'\n' => self.line_end(),
                (None, None) if byte.is_ascii_whitespace() => {}
                _ => return None,
            }
        }
        Some(bytes.as_slice())
    }
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use mail_parser::decoders::quoted_printable::quoted_printable_decode;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_and_letters() {
        let check = |body: &[u8], expected: Option<&[u8]>| {
            assert_eq!(unquoted(body).as_deref(), expected, "{body:?}");
        };
        check(b"caf=E9 =3d =\r\nx \t\r\ny", Some(b"caf\xe9 = x\r\ny"));
        check(b"a=20\n", Some(b"a \n"));
        check(b"a =\n\nb", Some(b"a \nb"));
        check(b"a=", Some(b"a"));
        check(b"a==3D", None);
        check(b"a=G0", None);
    }

    proptest! {
        /// A parser that many use reads the same, broken bodies included.
        #[test]
        fn reads_as_another_parser_does(body in "([=]{1,2}|[0-9A-Fa-f]|\\PC|[ \t\u{c}]|\r?\n|\r){0,40}") {
            prop_assert_eq!(unquoted(body.as_bytes()), quoted_printable_decode(body.as_bytes()));
        }
    }
}
