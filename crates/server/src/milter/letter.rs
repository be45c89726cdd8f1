//! A mail as it comes in pieces, put together again to the bytes that a file of it would hold.
//!
//! ```text
//!   headers, one a packet ─► `Name:value` lines ─┐
//!   body, in pieces ─────────────────────────────┴─► bytes, lines ended by LF as in a Maildir or an mbox
//!                     └─ headers that only this filter writes ─► to be taken away
//! ```

use memchr::memchr;

use super::negotiation::Agreed;

/// How the names of this filter's headers begin, in lower case.
const OURS: &[u8] = b"x-ringtrue-";
/// Headers under our names that are taken away; a mail with more of them was made to tire somebody.
pub const FORGED_MAX: usize = 64;

/// Why a mail is not scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheld {
    /// It is larger than a mail may be.
    TooLarge,
    /// Too much of other mails is held.
    NoRoom,
}

/// A header under one of this filter's names, which somebody else wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forged {
    /// Its name as it came, without blanks at its end.
    pub name: Vec<u8>,
    /// Which of the headers of this name it is, counted from 1.
    pub index: u32,
}

/// Where in a mail its next piece belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Headers,
    Body,
}

/// A mail as far as it came.
#[derive(Clone, Debug)]
pub struct Letter {
    bytes: Vec<u8>,
    bytes_max: usize,
    part: Part,
    unheld: Option<Unheld>,
    forged: Vec<Forged>,
    /// Whether more headers stand under our names than are taken away.
    is_overforged: bool,
    agreed: Agreed,
}

impl Letter {
    /// Begins a mail of at most so many bytes.
    #[must_use]
    pub const fn new(bytes_max: usize, agreed: Agreed) -> Self {
        Self {
            bytes: Vec::new(),
            bytes_max,
            part: Part::Headers,
            unheld: None,
            forged: Vec::new(),
            is_overforged: false,
            agreed,
        }
    }

    /// Adds a header; `false` if the body has begun, where none can stand.
    #[must_use]
    pub fn header(&mut self, name: &[u8], value: &[u8]) -> bool {
        if self.part != Part::Headers {
            return false;
        }
        self.note_forged(name);
        // A value comes with its blank, or had it taken away.
        let blank: &[u8] = if self.agreed.has_leading_space() {
            b""
        } else {
            b" "
        };
        self.push(&[name, b":", blank, value, b"\n"]);
        true
    }

    /// Returns what stands before the value of a header that is added: the mail server adds a blank where it takes blanks away.
    #[must_use]
    pub const fn blank(&self) -> &'static [u8] {
        if self.agreed.has_leading_space() {
            b" "
        } else {
            b""
        }
    }

    fn note_forged(&mut self, name: &[u8]) {
        let name = name.trim_ascii_end();
        let is_ours = name
            .get(..OURS.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(OURS));
        if !is_ours {
            return;
        }
        if self.forged.len() == FORGED_MAX {
            self.is_overforged = true;
            return;
        }
        let alike = |forged: &&Forged| forged.name.eq_ignore_ascii_case(name);
        let before = self.forged.iter().filter(alike).count();
        self.forged.push(Forged {
            name: name.to_vec(),
            // At most `FORGED_MAX`.
            index: u32::try_from(before + 1).unwrap_or(u32::MAX),
        });
    }

    /// Ends the headers; what comes from here on is the body.
    pub fn end_headers(&mut self) {
        if self.part == Part::Headers {
            self.part = Part::Body;
            self.push(&[b"\n"]);
        }
    }

    /// Adds a piece of the body.
    pub fn body(&mut self, piece: &[u8]) {
        if !piece.is_empty() {
            self.end_headers();
            self.push(&[piece]);
        }
    }

    fn push(&mut self, parts: &[&[u8]]) {
        if self.unheld.is_some() {
            return;
        }
        let more: usize = parts.iter().map(|part| part.len()).sum();
        if self.bytes.len().saturating_add(more) > self.bytes_max {
            self.give_up(Unheld::TooLarge);
            return;
        }
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
    }

    /// Holds nothing of it any more; it will not be scored.
    pub fn give_up(&mut self, why: Unheld) {
        self.unheld = Some(why);
        self.bytes = Vec::new();
    }

    /// Returns why it is not held.
    #[must_use]
    pub const fn unheld(&self) -> Option<Unheld> {
        self.unheld
    }

    /// Returns how many bytes are held of it.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the headers under our names, last first: so the places of those before stay what they are while they are taken away.
    pub fn forged(&self) -> impl Iterator<Item = &Forged> {
        self.forged.iter().rev()
    }

    /// Whether more headers stand under our names than are taken away.
    #[must_use]
    pub const fn is_overforged(&self) -> bool {
        self.is_overforged
    }

    /// Returns the mail's bytes, each line ended by LF alone.
    #[must_use]
    pub fn take_bytes(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        without_returns(&mut bytes);
        bytes
    }
}

/// Takes away each CR before an LF.
fn without_returns(bytes: &mut Vec<u8>) {
    let (mut kept, mut start) = (0, 0);
    while start < bytes.len() {
        let next = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at + 1);
        let is_returned = bytes[start..next].ends_with(b"\r\n");
        let end = if is_returned { next - 2 } else { next };
        bytes.copy_within(start..end, kept);
        kept += end - start;
        if is_returned {
            bytes[kept] = b'\n';
            kept += 1;
        }
        start = next;
    }
    bytes.truncate(kept);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::milter::packet::Offer;

    fn agreed(protocol: u32) -> Agreed {
        let offer = Offer {
            version: 6,
            actions: 0x1ff,
            protocol,
        };
        Agreed::on(offer).unwrap().0
    }

    #[test]
    fn a_mail_is_put_together_as_it_was() {
        let mut letter = Letter::new(1_000, agreed(0x1f_ffff));
        assert!(letter.header(b"Subject", b" a\n\tb"));
        assert!(letter.header(b"X", b""));
        letter.end_headers();
        letter.body(b"one\r");
        letter.body(b"\ntwo\rthree\n\r\n");
        assert!(!letter.header(b"Late", b" x"));
        let bytes = letter.take_bytes();
        assert_eq!(bytes, b"Subject: a\n\tb\nX:\n\none\ntwo\rthree\n\n");
        // A server that eats the blank, and one that says nothing of the end of the headers.
        let mut letter = Letter::new(1_000, agreed(0));
        assert!(letter.header(b"Subject", b"a"));
        letter.body(b"b");
        assert_eq!(letter.take_bytes(), b"Subject: a\n\nb");
    }

    #[test]
    fn what_is_over_the_limit_is_not_held() {
        let mut letter = Letter::new(10, agreed(0));
        letter.body(b"12345678");
        assert_eq!((letter.held(), letter.unheld()), (9, None));
        letter.body(b"90");
        letter.body(b"1");
        assert_eq!(
            (letter.held(), letter.unheld()),
            (0, Some(Unheld::TooLarge))
        );
        assert!(letter.take_bytes().is_empty());
    }

    #[test]
    fn headers_under_our_names_are_found_in_any_dress() {
        let mut letter = Letter::new(1_000, agreed(0x1f_ffff));
        let names: [&[u8]; 6] = [
            b"X-Ringtrue-Verdict",
            b"Subject",
            b"x-ringtrue-VERDICT ",
            b"X-RINGTRUE-Score",
            b"X-Ringtrue",
            b"X-Ringtrue-\xff",
        ];
        for name in names {
            assert!(letter.header(name, b" allow"));
        }
        let found: Vec<_> = letter
            .forged()
            .map(|it| (it.name.as_slice(), it.index))
            .collect();
        let expected: [(&[u8], u32); 4] = [
            (b"X-Ringtrue-\xff", 1),
            (b"X-RINGTRUE-Score", 1),
            (b"x-ringtrue-VERDICT", 2),
            (b"X-Ringtrue-Verdict", 1),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn no_more_forged_headers_are_held_than_are_taken_away() {
        let mut letter = Letter::new(1 << 20, agreed(0));
        for count in 0..FORGED_MAX + 9 {
            assert_eq!(letter.is_overforged(), count > FORGED_MAX);
            assert!(letter.header(b"X-Ringtrue-Verdict", b"a"));
        }
        assert_eq!(letter.forged().count(), FORGED_MAX);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(body in "[a\r\n]{0,40}", cut in 0_usize..40) {
            let cut = cut.min(body.len());
            let (one, other) = body.as_bytes().split_at(cut);
            let mut letter = Letter::new(1_000, agreed(0x1f_ffff));
            letter.end_headers();
            letter.body(one);
            letter.body(other);
            prop_assert_eq!(letter.take_bytes(), format!("\n{body}").replace("\r\n", "\n").into_bytes());
        }
    }
}
