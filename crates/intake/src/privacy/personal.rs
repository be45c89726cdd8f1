//! Personal data inside a text, told by its form: addresses, telephone and account numbers, home folders.
//!
//! A form that other things share is told only with what proves it: check digits of accounts and cards, the
//! sign `+` of telephone numbers. Names of people have no form; columns of names are told by their own name
//! (see [`super::inspect`]). Time grows with the text's length.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use memchr::{memchr_iter, memmem};

/// What a piece of text says about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// The address of a mailbox.
    MailAddress,
    /// An internet address, other than the machine's own.
    IpAddress,
    /// A telephone number with its country.
    Telephone,
    /// An international bank account number whose check digits hold.
    Iban,
    /// A card number whose check digit holds.
    Card,
    /// A home folder, which names its user.
    HomeFolder,
    /// A password, key or token.
    Secret,
    /// A column that by its name holds names or other data of people.
    NamedSo,
}

impl Personal {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::MailAddress,
        Self::IpAddress,
        Self::Telephone,
        Self::Iban,
        Self::Card,
        Self::HomeFolder,
        Self::Secret,
        Self::NamedSo,
    ];

    /// Returns what it is, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::MailAddress => "mail addresses",
            Self::IpAddress => "IP addresses",
            Self::Telephone => "telephone numbers",
            Self::Iban => "bank accounts (IBAN)",
            Self::Card => "card numbers",
            Self::HomeFolder => "home folders",
            Self::Secret => "passwords, keys or tokens",
            Self::NamedSo => "data of people, by the column's name",
        }
    }
}

/// Bytes of the local part of an address.
const LOCAL_BYTES_MAX: usize = 64;
/// Bytes of a domain.
const DOMAIN_BYTES_MAX: usize = 253;
/// Bytes of a number with its separators.
const NUMBER_BYTES_MAX: usize = 48;

/// Calls `tell` for each piece of personal data in `text`; pieces of different kinds may overlap.
pub fn find(text: &str, tell: &mut dyn FnMut(Personal, Range<usize>)) {
    let bytes = text.as_bytes();
    for address in addresses(bytes) {
        tell(Personal::MailAddress, address);
    }
    numbers(bytes, tell);
    ip6(bytes, tell);
    for (mark, sign) in [("/home/", b'/'), ("/Users/", b'/'), ("\\Users\\", b'\\')] {
        for at in memmem::find_iter(bytes, mark) {
            let start = at.saturating_add(mark.len());
            let end = run(bytes, start, LOCAL_BYTES_MAX, is_local);
            let name = bytes.get(start..end).unwrap_or_default();
            let is_shared = [&b"Public"[..], b"Shared", b"Default", b"*"].contains(&name);
            if !name.is_empty() && !is_shared && bytes.get(end).is_none_or(|next| *next != b'*') {
                let end = end.saturating_add(usize::from(bytes.get(end) == Some(&sign)));
                tell(Personal::HomeFolder, at..end);
            }
        }
    }
    for found in crate::secret::find(text) {
        tell(Personal::Secret, found.range);
    }
}

/// Returns where mail addresses stand, in order and apart from each other.
pub fn addresses(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    addresses_spelt(bytes, "@")
}

/// Returns where mail addresses stand whose `@` is spelt so.
pub(crate) fn addresses_spelt<'b>(
    bytes: &'b [u8],
    sign: &'static str,
) -> impl Iterator<Item = Range<usize>> + 'b {
    let mut last = 0;
    memmem::find_iter(bytes, sign).filter_map(move |at| {
        let before = bytes.get(last..at).unwrap_or_default();
        let local = before
            .iter()
            .rev()
            .take(LOCAL_BYTES_MAX)
            .take_while(|byte| is_local(**byte));
        let mut start = at.saturating_sub(local.count());
        while bytes.get(start) == Some(&b'.') && start < at {
            start = start.saturating_add(1);
        }
        let domain = at.saturating_add(sign.len());
        let mut end = run(bytes, domain, DOMAIN_BYTES_MAX, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || !byte.is_ascii()
        });
        while end > domain && matches!(bytes.get(end.saturating_sub(1)), Some(b'.' | b'-')) {
            end = end.saturating_sub(1);
        }
        let host = bytes.get(domain..end).unwrap_or_default();
        let dot = memchr::memrchr(b'.', host)?;
        let top = host.get(dot.saturating_add(1)..).unwrap_or_default();
        let is_top = top.len() >= 2 && !top.iter().any(u8::is_ascii_digit);
        if start == at || dot == 0 || !is_top {
            return None;
        }
        last = end;
        Some(start..end)
    })
}

/// What the local part of an address is made of, as far as people use it.
pub(crate) const fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'~')
        || !byte.is_ascii()
}

fn run(bytes: &[u8], start: usize, most: usize, class: fn(u8) -> bool) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let taken = rest
        .iter()
        .take(most)
        .take_while(|byte| class(**byte))
        .count();
    start.saturating_add(taken)
}

/// Tells of IPv4 addresses, telephone numbers, accounts and cards: all begin at a boundary with a digit, a `+`
/// or a country.
fn numbers(bytes: &[u8], tell: &mut dyn FnMut(Personal, Range<usize>)) {
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let is_word = byte.is_ascii_alphanumeric();
        if !is_word && byte != b'+' {
            at = at.saturating_add(1);
            continue;
        }
        let end = run(bytes, at, NUMBER_BYTES_MAX, |byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'+' | b'/')
        });
        let piece = bytes.get(at..end).unwrap_or_default();
        let found = match byte {
            b'+' => telephone(piece).map(|length| (Personal::Telephone, length)),
            b'0'..=b'9' => ip4(piece)
                .map(|length| (Personal::IpAddress, length))
                .or_else(|| card(piece).map(|length| (Personal::Card, length))),
            b'A'..=b'Z' => iban(piece).map(|length| (Personal::Iban, length)),
            _ => None,
        };
        if let Some((what, length)) = found {
            let end = at.saturating_add(length);
            tell(what, at..end);
            at = end;
        } else {
            // On to the next word.
            let word = run(bytes, at, usize::MAX, |byte| byte.is_ascii_alphanumeric());
            let dotted = run(bytes, at, usize::MAX, |byte| {
                byte.is_ascii_digit() || byte == b'.'
            });
            at = word.max(dotted).max(at.saturating_add(1));
        }
    }
}

/// `+`, then 8 to 15 digits with the separators that people write.
fn telephone(piece: &[u8]) -> Option<usize> {
    let (digits, length) = digits(piece.get(1..)?, b" -./()");
    (matches!(digits.len(), 8..=15)).then_some(length.saturating_add(1))
}

/// Returns the digits at the start of `piece` and how far they go, with single separators between them.
fn digits(piece: &[u8], separators: &[u8]) -> (Vec<u8>, usize) {
    let mut found = Vec::new();
    let (mut length, mut gap) = (0_usize, 0_u8);
    for (at, byte) in piece.iter().enumerate() {
        if byte.is_ascii_digit() {
            found.push(byte.wrapping_sub(b'0'));
            length = at.saturating_add(1);
            gap = 0;
        } else if separators.contains(byte) && gap < 2 {
            gap = gap.saturating_add(1);
        } else {
            break;
        }
    }
    (found, length)
}

/// 13 to 19 digits in groups, of a range that issuers use, whose last digit is the right one (Luhn, ISO/IEC
/// 7812-1).
fn card(piece: &[u8]) -> Option<usize> {
    let (digits, length) = digits(piece, b" -");
    let goes_on = piece.get(length).is_some_and(u8::is_ascii_alphanumeric);
    let is_issued = matches!(digits.first(), Some(3..=6));
    if goes_on || !is_issued || !matches!(digits.len(), 13..=19) {
        return None;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(*digit);
            let doubled = digit.saturating_mul(2);
            match (place & 1, doubled > 9) {
                (0, _) => digit,
                (_, false) => doubled,
                (_, true) => doubled.saturating_sub(9),
            }
        })
        .sum();
    let varies = digits.iter().any(|digit| Some(digit) != digits.first());
    (varies && sum.is_multiple_of(10)).then_some(length)
}

/// A country, two check digits and 11 to 30 more signs in groups of four, whose remainder by 97 is 1 (ISO
/// 13616).
fn iban(piece: &[u8]) -> Option<usize> {
    let [first, second, third, fourth, ..] = piece else {
        return None;
    };
    if !second.is_ascii_uppercase()
        || !third.is_ascii_digit()
        || !fourth.is_ascii_digit()
        || !first.is_ascii_uppercase()
    {
        return None;
    }
    let mut signs: Vec<u8> = Vec::new();
    let mut best = None;
    for (at, byte) in piece.iter().enumerate() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' => signs.push(*byte),
            b' ' if signs.len().is_multiple_of(4) => continue,
            _ => break,
        }
        let ends = piece
            .get(at.saturating_add(1))
            .is_none_or(|next| !next.is_ascii_alphanumeric());
        if ends && matches!(signs.len(), 15..=34) && remainder(&signs) == 1 {
            best = Some(at.saturating_add(1));
        }
    }
    best
}

/// The remainder by 97 of an account's signs, the first four moved to the end and letters as two digits.
fn remainder(signs: &[u8]) -> u32 {
    let (head, tail) = signs.split_at_checked(4).unwrap_or_default();
    tail.iter().chain(head).fold(0_u32, |rest, sign| {
        let value = char::from(*sign).to_digit(36).unwrap_or(0);
        let shifted = if value > 9 {
            rest.wrapping_mul(100)
        } else {
            rest.wrapping_mul(10)
        };
        shifted.wrapping_add(value) % 97
    })
}

/// Four numbers between points that no further point or letter joins.
fn ip4(piece: &[u8]) -> Option<usize> {
    let end = run(piece, 0, NUMBER_BYTES_MAX, |byte| {
        byte.is_ascii_digit() || byte == b'.'
    });
    let text = std::str::from_utf8(piece.get(..end)?).ok()?;
    let text = text.strip_suffix('.').unwrap_or(text);
    let next = piece.get(text.len());
    let address: Ipv4Addr = text.parse().ok()?;
    let is_own = address.is_loopback() || address.is_unspecified() || address.is_broadcast();
    let goes_on = next.is_some_and(u8::is_ascii_alphabetic);
    (!is_own && !goes_on).then_some(text.len())
}

/// Tells of IPv6 addresses.
fn ip6(bytes: &[u8], tell: &mut dyn FnMut(Personal, Range<usize>)) {
    const IP6_BYTES_MAX: usize = 45;
    let mut read_to = 0;
    for colon in memchr_iter(b':', bytes) {
        if colon < read_to {
            continue;
        }
        let before = bytes.get(read_to..colon).unwrap_or_default();
        let digits = before
            .iter()
            .rev()
            .take(4)
            .take_while(|byte| byte.is_ascii_hexdigit());
        let start = colon.saturating_sub(digits.count());
        let end = run(bytes, start, IP6_BYTES_MAX, |byte| {
            byte.is_ascii_hexdigit() || byte == b':'
        });
        read_to = end;
        let text = bytes
            .get(start..end)
            .and_then(|it| std::str::from_utf8(it).ok());
        let address = text.and_then(|text| text.parse::<Ipv6Addr>().ok());
        if address
            .is_some_and(|address| !address.is_loopback() && address.segments().first() != Some(&0))
        {
            tell(Personal::IpAddress, start..end);
        }
    }
}

/// Parts of names of columns that hold data of people.
const COLUMN_PARTS: [&str; 31] = [
    "user",
    "username",
    "login",
    "account",
    "email",
    "mail",
    "phone",
    "telephone",
    "mobile",
    "firstname",
    "lastname",
    "surname",
    "forename",
    "fullname",
    "person",
    "customer",
    "employee",
    "recipient",
    "sender",
    "birthday",
    "birthdate",
    "dob",
    "ssn",
    "passport",
    "iban",
    "creditcard",
    "salary",
    "gender",
    "postcode",
    "zip",
    "street",
];

/// Returns whether a column's name says that it holds names or other data of people.
#[must_use]
pub fn is_named_so(column: &str) -> bool {
    let mut parts: Vec<String> = vec![String::new()];
    for letter in column.chars() {
        if letter.is_alphanumeric() {
            if let Some(part) = parts.last_mut() {
                part.extend(letter.to_lowercase());
            }
        } else {
            parts.push(String::new());
        }
    }
    let joined: String = parts.concat();
    let is_about = ["count", "agent", "type", "number of", "len"];
    let is_about = is_about
        .iter()
        .any(|about| parts.iter().any(|part| part == about));
    let has = |wanted: &str| parts.iter().any(|part| part == wanted) || joined == wanted;
    !is_about && COLUMN_PARTS.iter().any(|part| has(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(Personal, &str)]) {
        let mut found = Vec::new();
        find(text, &mut |what, range| {
            found.push((what, text.get(range).unwrap_or("?").to_owned()));
        });
        let found: Vec<(Personal, &str)> =
            found.iter().map(|(what, text)| (*what, &**text)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn forms_are_told() {
        check(
            "to <ann.lee@corp.example>, bob@x.example.",
            &[
                (Personal::MailAddress, "ann.lee@corp.example"),
                (Personal::MailAddress, "bob@x.example"),
            ],
        );
        check(
            "from 192.0.2.7 to 10.1.2.3.",
            &[
                (Personal::IpAddress, "192.0.2.7"),
                (Personal::IpAddress, "10.1.2.3"),
            ],
        );
        check(
            "at 2001:db8::7 since 12:34:56",
            &[(Personal::IpAddress, "2001:db8::7")],
        );
        check(
            "call +49 (30) 1234-5678 now",
            &[(Personal::Telephone, "+49 (30) 1234-5678")],
        );
        check(
            "pay DE89 3704 0044 0532 0130 00 today",
            &[(Personal::Iban, "DE89 3704 0044 0532 0130 00")],
        );
        check(
            "card 4111 1111 1111 1111.",
            &[(Personal::Card, "4111 1111 1111 1111")],
        );
        check("ls /home/ann/src", &[(Personal::HomeFolder, "/home/ann/")]);
        check(
            "C:\\Users\\Ann Lee",
            &[(Personal::HomeFolder, "\\Users\\Ann")],
        );
    }

    #[test]
    fn what_only_looks_so_is_not() {
        for text in [
            "a@b, @here, x@localhost, 1@2.3",
            "version 1.2.3.4.5 of 127.0.0.1 and 0.0.0.0",
            "4111 1111 1111 1112 and 1234567890123",
            "DE88 3704 0044 0532 0130 00",
            "+1 of 3, a+b, +12",
            "/home/* and /home/ and /Users/Shared/x",
            "12:30:45 a::b::c x:y",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn columns_are_told_by_their_names() {
        for name in [
            "User",
            "user_name",
            "src.user",
            "first-name",
            "FirstName",
            "customer id",
            "e-mail",
        ] {
            assert!(is_named_so(name), "{name}");
        }
        for name in ["user_agent", "bytes", "mailing", "zipped", "user_count"] {
            assert!(!is_named_so(name), "{name}");
        }
    }
}
