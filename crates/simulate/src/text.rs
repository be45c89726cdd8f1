//! Small writers that append words, numbers, names and random tokens to a URL under construction.
//!
//! Everything is drawn from the caller's random source, so the same source writes the same text.

use ringtrue_core::random::Random;

use crate::words::{JOINERS, SUFFIXES, SYLLABLES, WORDS};

/// The characters that a random token is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// `0` to `9`.
    Digits,
    /// `0` to `9`, `a` to `f`.
    Hex,
    /// `0` to `9`, `A` to `F`.
    UpperHex,
    /// `a` to `z`.
    Lower,
    /// `a` to `z`, `2` to `7`.
    Base32,
    /// Digits and letters of both cases.
    Base62,
}

impl Alphabet {
    const fn characters(self) -> &'static [u8] {
        match self {
            Self::Digits => b"0123456789",
            Self::Hex => b"0123456789abcdef",
            Self::UpperHex => b"0123456789ABCDEF",
            Self::Lower => b"abcdefghijklmnopqrstuvwxyz",
            Self::Base32 => b"abcdefghijklmnopqrstuvwxyz234567",
            Self::Base62 => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        }
    }
}

/// Returns a member of `list`; the empty text if there is none.
pub(crate) fn pick(random: &mut Random, list: &[&'static str]) -> &'static str {
    random.pick(list).copied().unwrap_or("")
}

/// Rounds a non-negative number down; negative numbers and NaN give 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the callers' numbers lie far below 2^53"
)]
pub(crate) const fn whole(number: f64) -> u64 {
    number as u64
}

/// Appends `number` in decimal digits.
pub(crate) fn push_number(out: &mut String, number: u64) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    let digit = u8::try_from(number % 10).unwrap_or(0);
    out.push(char::from(b'0' + digit));
}

/// Appends `number` in at least two digits.
pub(crate) fn push_two_digits(out: &mut String, number: u64) {
    if number < 10 {
        out.push('0');
    }
    push_number(out, number);
}

/// Appends `length` characters of `alphabet`.
pub(crate) fn push_token(out: &mut String, random: &mut Random, alphabet: Alphabet, length: u64) {
    for _ in 0..length {
        let character = random.pick(alphabet.characters()).copied().unwrap_or(b'0');
        out.push(char::from(character));
    }
}

/// Appends a UUID-shaped token.
pub(crate) fn push_uuid(out: &mut String, random: &mut Random) {
    push_token(out, random, Alphabet::Hex, 8);
    for length in [4, 4, 4, 12] {
        out.push('-');
        push_token(out, random, Alphabet::Hex, length);
    }
}

/// Appends a coined name of two or three syllables.
pub(crate) fn push_coined(out: &mut String, random: &mut Random) {
    let syllables = 2 + random.below(2);
    for _ in 0..syllables {
        out.push_str(pick(random, SYLLABLES));
    }
}

/// Appends a registrable name of one coined part and mostly one word, without its suffix.
pub(crate) fn push_name(out: &mut String, random: &mut Random) {
    match random.below(5) {
        0 => {
            push_coined(out, random);
            out.push_str(pick(random, SYLLABLES));
        }
        1 => {
            push_coined(out, random);
            out.push_str(pick(random, WORDS));
        }
        2 => {
            push_coined(out, random);
            out.push('-');
            out.push_str(pick(random, WORDS));
        }
        _ => {
            out.push_str(pick(random, WORDS));
            push_coined(out, random);
        }
    }
}

/// Appends a dot and a public suffix of established sites.
pub(crate) fn push_suffix(out: &mut String, random: &mut Random) {
    out.push('.');
    out.push_str(pick(random, SUFFIXES));
}

/// Appends a headline of `words` words joined by `joint`; each word is of the season with
/// probability `season_share`.
pub(crate) fn push_slug(
    out: &mut String,
    random: &mut Random,
    words: u64,
    joint: char,
    season: Season,
) {
    for index in 0..words {
        if index > 0 {
            out.push(joint);
            if random.chance(0.22) {
                out.push_str(pick(random, JOINERS));
                out.push(joint);
            }
        }
        if random.chance(season.share) {
            out.push_str(pick(random, season.words));
        } else {
            out.push_str(pick(random, WORDS));
        }
    }
}

/// What people write about at a time of the year.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Season {
    /// The season's own words.
    pub(crate) words: &'static [&'static str],
    /// The share of written words that are of the season, in `[0, 1]`.
    pub(crate) share: f64,
}

impl Season {
    /// No time of the year.
    pub(crate) const NONE: Self = Self {
        words: &[],
        share: 0.0,
    };
}

/// Appends an address that nobody owns (198.18.0.0/15 or 240.0.0.0/4).
pub(crate) fn push_unowned_address(out: &mut String, random: &mut Random) {
    let (first, second) = if random.chance(0.1) {
        (198, 18 + random.below(2))
    } else {
        (240 + random.below(15), random.below(256))
    };
    let rest = [second, random.below(256), 1 + random.below(254)];
    push_number(out, first);
    for part in rest {
        out.push('.');
        push_number(out, part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_are_written_in_decimal() {
        let mut out = String::new();
        push_number(&mut out, 90_210);
        out.push('/');
        push_two_digits(&mut out, 7);
        push_two_digits(&mut out, 12);
        assert_eq!(out, "90210/0712");
    }

    #[test]
    fn addresses_lie_in_ranges_that_nobody_owns() {
        let mut random = Random::new(3);
        for _ in 0..2_000 {
            let mut out = String::new();
            push_unowned_address(&mut out, &mut random);
            let address: std::net::Ipv4Addr = out.parse().expect(&out);
            let [first, second, _, _] = address.octets();
            let benchmark = first == 198 && (18..20).contains(&second);
            assert!(benchmark || (240..255).contains(&first), "{address}");
        }
    }

    #[test]
    fn tokens_have_their_length_and_alphabet() {
        let mut out = String::new();
        push_token(&mut out, &mut Random::new(1), Alphabet::Hex, 40);
        assert_eq!(out.len(), 40);
        assert!(out.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
