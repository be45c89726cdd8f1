//! Disguise by encoding: escapes, needless or doubled, and characters that have no place in a URL.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag, share};
use crate::url::parts::UrlParts;
use crate::url::script;

pub(in crate::url) const THEME: Theme = Theme {
    name: "disguise",
    together: &["length", "query"],
    privacy: Privacy::Derived,
    cost_minutes: 0.1,
    signals: &[
        Signal::count("escapes", "of the number of percent-escapes", |facts| {
            facts.escapes.count as f32
        }),
        Signal::share(
            "escape_share",
            "of the share of the URL that is escaped",
            |facts| {
                share(
                    facts.escapes.count as f32 * 3.0,
                    facts.parts.written().len() as f32,
                )
            },
        ),
        Signal::count(
            "escapes_odd",
            "escapes are needless, doubled, broken or no text",
            |facts| facts.escapes.odd(),
        ),
        Signal::count("backslashes", "the URL holds backslashes", |facts| {
            facts.escapes.backslashes as f32
        }),
        Signal::count(
            "blanks_controls",
            "blanks, controls or invisible characters stand in the URL",
            |facts| facts.escapes.blanks as f32,
        ),
        Signal::flag(
            "junk_at_end",
            "marks of the surrounding text hang at the URL's end",
            |facts| {
                flag(
                    facts
                        .parts
                        .text()
                        .ends_with([')', ']', '>', '}', '"', '\'', ',', ';', '.', '!', '|', '*']),
                )
            },
        ),
    ],
};

/// What is escaped in a URL, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::url) struct Escapes {
    count: u32,
    needless: u32,
    doubled: u32,
    controls: u32,
    broken: u32,
    not_text: bool,
    backslashes: u32,
    blanks: u32,
}

impl Escapes {
    /// Returns how many escapes no honest program writes.
    fn odd(&self) -> f32 {
        [
            self.needless,
            self.doubled,
            self.controls,
            self.broken,
            u32::from(self.not_text),
        ]
        .into_iter()
        .fold(0, u32::saturating_add) as f32
    }

    pub(in crate::url) fn read(parts: &UrlParts<'_>) -> Self {
        let text = parts.text();
        let mut escapes = Self::default();
        // Counted rather than looked for: a loop that never stops early takes many bytes at a time.
        let odd = text.bytes();
        let odd = odd
            .filter(|byte| matches!(byte, b'%' | b'\\' | 0..=b' ' | 0x7f..))
            .count();
        if odd == 0 {
            return escapes;
        }
        for letter in text.chars() {
            escapes.backslashes = escapes
                .backslashes
                .saturating_add(u32::from(letter == '\\'));
            let blank =
                letter.is_whitespace() || letter.is_control() || script::is_invisible(letter);
            escapes.blanks = escapes.blanks.saturating_add(u32::from(blank));
        }
        escapes.read_escapes(parts.written());
        escapes
    }

    fn read_escapes(&mut self, text: &str) {
        // The bytes of one run of escapes, which must be text together.
        let mut run = Vec::new();
        let mut pieces = text.split('%');
        pieces.next();
        for piece in pieces {
            let Some(byte) = escaped_byte(piece) else {
                self.broken = self.broken.saturating_add(1);
                self.end_run(&mut run);
                continue;
            };
            self.see(byte, piece);
            run.push(byte);
            if piece.len() > 2 {
                self.end_run(&mut run);
            }
        }
        self.end_run(&mut run);
    }

    fn see(&mut self, byte: u8, piece: &str) {
        self.count = self.count.saturating_add(1);
        let doubled = byte == b'%' && piece.get(2..).and_then(escaped_byte).is_some();
        self.doubled = self.doubled.saturating_add(u32::from(doubled));
        let needless = byte.is_ascii_alphanumeric();
        self.needless = self.needless.saturating_add(u32::from(needless));
        let control = byte < b' ' || byte == 0x7f;
        self.controls = self.controls.saturating_add(u32::from(control));
    }

    fn end_run(&mut self, run: &mut Vec<u8>) {
        self.not_text |= std::str::from_utf8(run).is_err();
        run.clear();
    }
}

/// Returns the byte that the two hexadecimal digits in front of `text` stand for.
fn escaped_byte(text: &str) -> Option<u8> {
    let digits = text.get(..2)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use ringtrue_core::Limits;

    use super::*;

    fn check(text: &str, expected: Escapes) {
        let (parts, _) = UrlParts::parse(text, &Limits::default());
        assert_eq!(Escapes::read(&parts), expected, "{text}");
    }

    #[test]
    fn escapes_of_every_kind() {
        check("http://h.example/a", Escapes::default());
        check(
            "http://h.example/%61%2541%00",
            Escapes {
                count: 3,
                needless: 1,
                doubled: 1,
                controls: 1,
                ..Escapes::default()
            },
        );
        check(
            "http://h.example/%C3%A9",
            Escapes {
                count: 2,
                ..Escapes::default()
            },
        );
        check(
            "http://h.example/%E9 \\%zz",
            Escapes {
                count: 1,
                broken: 1,
                not_text: true,
                backslashes: 1,
                blanks: 1,
                ..Escapes::default()
            },
        );
    }
}
