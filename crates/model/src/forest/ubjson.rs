//! Rewrites XGBoost's UBJSON as the JSON that XGBoost itself would have written.
//!
//! ```text
//!   {L<8 bytes>learner{ ... [$d#L<count><floats>  ──►  {"learner":{ ... [1.5e0,-2e-1]
//! ```
//!
//! Only what XGBoost writes is read: objects, arrays (counted or not, of one type or not), text, numbers and the
//! three words. Nesting is limited, and so is a count by the bytes that stand behind it: the JSON takes at most some
//! five times the file's bytes.

use std::io::Write;

/// Nested objects and arrays; XGBoost writes about eight.
const DEPTH_MAX: usize = 64;

/// Returns the JSON text; `None` if the bytes are cut short or hold something else.
pub(super) fn to_json(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rewriter = Rewriter {
        rest: bytes,
        json: Vec::with_capacity(bytes.len()),
    };
    let mark = rewriter.byte()?;
    rewriter.value(mark, DEPTH_MAX)?;
    Some(rewriter.json)
}

struct Rewriter<'a> {
    rest: &'a [u8],
    json: Vec<u8>,
}

impl Rewriter<'_> {
    fn value(&mut self, mark: u8, depth: usize) -> Option<()> {
        match mark {
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.array(depth.checked_sub(1)?),
            b'S' => self.text(),
            b'Z' => self.json.write_all(b"null").ok(),
            b'T' => self.json.write_all(b"true").ok(),
            b'F' => self.json.write_all(b"false").ok(),
            b'd' => {
                let number = f32::from_be_bytes(self.take()?);
                self.float(number.is_finite(), format_args!("{number:e}"))
            }
            b'D' => {
                let number = f64::from_be_bytes(self.take()?);
                self.float(number.is_finite(), format_args!("{number:e}"))
            }
            _ => {
                let number = self.whole(mark)?;
                write!(self.json, "{number}").ok()
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.json.push(b'{');
        let mut first = true;
        while !self.skip(b'}') {
            if !first {
                self.json.push(b',');
            }
            first = false;
            self.text()?;
            self.json.push(b':');
            let mark = self.byte()?;
            self.value(mark, depth)?;
        }
        self.json.push(b'}');
        Some(())
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        let common = if self.skip(b'$') {
            Some(self.byte()?)
        } else {
            None
        };
        let mut left = if self.skip(b'#') {
            let mark = self.byte()?;
            Some(self.whole(mark)?)
        } else {
            None
        };
        // Items of these types take bytes, so that no count is larger than what stands behind it.
        if common.is_some_and(|mark| left.is_none() || !b"iUIlLdD".contains(&mark)) {
            return None;
        }
        self.json.push(b'[');
        let mut first = true;
        while !self.ends(&mut left) {
            if !first {
                self.json.push(b',');
            }
            first = false;
            let mark = match common {
                Some(mark) => mark,
                None => self.byte()?,
            };
            self.value(mark, depth)?;
        }
        self.json.push(b']');
        Some(())
    }

    /// Whether an array has come to its end.
    fn ends(&mut self, left: &mut Option<i64>) -> bool {
        match left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => self.skip(b']'),
        }
    }

    fn text(&mut self) -> Option<()> {
        let mark = self.byte()?;
        let length = usize::try_from(self.whole(mark)?).ok()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        serde_json::to_writer(&mut self.json, std::str::from_utf8(text).ok()?).ok()
    }

    fn whole(&mut self, mark: u8) -> Option<i64> {
        Some(match mark {
            b'i' => i8::from_be_bytes(self.take()?).into(),
            b'U' => u8::from_be_bytes(self.take()?).into(),
            b'I' => i16::from_be_bytes(self.take()?).into(),
            b'l' => i32::from_be_bytes(self.take()?).into(),
            b'L' => i64::from_be_bytes(self.take()?),
            _ => return None,
        })
    }

    /// Writes a number with as many digits as tell it from its neighbours; JSON has none for what is not finite.
    fn float(&mut self, finite: bool, shown: std::fmt::Arguments<'_>) -> Option<()> {
        if finite {
            self.json.write_fmt(shown).ok()
        } else {
            self.json.write_all(b"null").ok()
        }
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    fn skip(&mut self, mark: u8) -> bool {
        let found = self.rest.first() == Some(&mark);
        if found {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: &[u8]) -> Option<String> {
        to_json(bytes).map(|json| String::from_utf8(json).unwrap())
    }

    #[test]
    fn what_xgboost_writes_becomes_its_json() {
        let bytes = b"{L\0\0\0\0\0\0\0\x01a[$d#L\0\0\0\0\0\0\0\x02\x3f\xc0\0\0\xbe\x4c\xcc\xcdi\x01bSi\x03x\"yU\x01c[#i\x02TZi\x01d[l\xff\xff\xff\xffI\x01\0]}";
        let expected = r#"{"a":[1.5e0,-2e-1],"b":"x\"y","c":[true,null],"d":[-1,256]}"#;
        assert_eq!(json(bytes).as_deref(), Some(expected));
    }

    #[test]
    fn counts_without_bytes_and_deep_nests_are_refused() {
        assert_eq!(json(b"[$Z#L\x7f\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(json(b"[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff\0\0"), None);
        assert_eq!(json(b"[#l\xff\xff\xff\xffT"), None);
        assert_eq!(json(&[b'['; 100]), None);
        assert!(json(&[[b'['; 64], [b']'; 64]].concat()).is_some());
    }
}
