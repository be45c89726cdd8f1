//! IP addresses in the words of a command, in every spelling.
//!
//! ```text
//!   http://0xC0.0.2.7:81/x   /dev/tcp/3221225991/443   nc 192.0.2.7 4444   ("192.0.2.7",4444)
//! ```
//!
//! Four decimal numbers count wherever they stand alone; other spellings only where a host is expected,
//! since most numbers are no addresses.

use std::net::Ipv4Addr;

use super::word::cut;
use crate::url::{AddressSpelling, address_is_internal, address_spelling};

/// An address, and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) number: Ipv4Addr,
    pub(super) spelling: AddressSpelling,
    pub(super) port: Option<u16>,
    /// Where it starts.
    pub(super) start: usize,
    /// Where it ends, without its port.
    pub(super) end: usize,
}

impl Address {
    /// Returns whether it leads to this machine or its own network.
    pub(super) fn is_internal(&self) -> bool {
        address_is_internal(self.number)
    }
}

/// Bytes of the longest address that is read.
const ADDRESS_BYTES_MAX: usize = 48;

/// Returns the first address of `word`.
pub(super) fn first(word: &str) -> Option<Address> {
    find(word, 0)
}

/// Returns the first address of `word` from `from` on.
pub(super) fn find(word: &str, from: usize) -> Option<Address> {
    let bytes = word.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        let rest = bytes.get(at..)?;
        at = at.saturating_add(rest.iter().position(u8::is_ascii_digit)?);
        let length = run(cut(word, at, word.len()));
        let end = at.saturating_add(length);
        if let Some(address) = read(word, at, end) {
            return Some(address);
        }
        at = end.max(at.saturating_add(1));
    }
    None
}

/// Returns the length of what looks like a number, perhaps with dots.
fn run(rest: &str) -> usize {
    let is_piece = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b'x' | b'X');
    let length = rest.bytes().position(|byte| !is_piece(byte));
    length.unwrap_or(rest.len())
}

fn read(word: &str, start: usize, end: usize) -> Option<Address> {
    let written = cut(word, start, end).trim_end_matches('.');
    let end = start.saturating_add(written.len());
    if written.len() > ADDRESS_BYTES_MAX || !stands_alone(word, start, end) {
        return None;
    }
    let plain = written.parse::<Ipv4Addr>().ok();
    let number = plain.or_else(|| disguised(written, cut(word, 0, start)))?;
    Some(Address {
        number,
        spelling: if plain.is_some() {
            AddressSpelling::Dotted
        } else {
            address_spelling(written)
        },
        port: port(cut(word, end, word.len())),
        start,
        end,
    })
}

/// Reads another spelling, where a host is expected.
fn disguised(written: &str, before: &str) -> Option<Ipv4Addr> {
    let expected = [
        "://",
        "/dev/tcp/",
        "/dev/udp/",
        "@",
        "tcp:",
        "tcp-connect:",
        "TCP:",
    ]
    .iter()
    .any(|mark| before.ends_with(mark));
    let is_long = written.starts_with("0x") && written.len() == 10
        || written.len() >= 9 && written.bytes().all(|byte| byte.is_ascii_digit());
    let is_bare = is_long && before.is_empty() && written.starts_with("0x");
    if !expected && !is_bare {
        return None;
    }
    match url::Host::parse(written) {
        Ok(url::Host::Ipv4(address)) => Some(address),
        _ => None,
    }
}

fn stands_alone(word: &str, start: usize, end: usize) -> bool {
    let joins = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let before = start.checked_sub(1).and_then(|at| word.as_bytes().get(at));
    let behind = word.as_bytes().get(end);
    let behind_that = word.as_bytes().get(end.saturating_add(1));
    let dot_ends =
        behind == Some(&b'.') && behind_that.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    !before.is_some_and(|byte| joins(*byte))
        && (dot_ends || !behind.is_some_and(|byte| joins(*byte)))
}

/// Reads a port behind an address: `:81`, `/81`, `",81`, ` 81`.
fn port(behind: &str) -> Option<u16> {
    let rest = behind.trim_start_matches(['"', '\'', ' ', '.']);
    let rest = rest
        .strip_prefix([':', '/', ','])
        .unwrap_or(if behind.starts_with(' ') { rest } else { "" });
    let rest = rest.trim_start_matches([' ', '"', '\'']);
    let length = rest.bytes().take(6).take_while(u8::is_ascii_digit).count();
    cut(rest, 0, length).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_and_ports() {
        let check = |word: &str, spelling, port| {
            let found = first(word).map(|found| (found.number, found.spelling, found.port));
            assert_eq!(
                found,
                Some((Ipv4Addr::new(192, 0, 2, 7), spelling, port)),
                "{word}"
            );
        };
        check("http://192.0.2.7:81/x", AddressSpelling::Dotted, Some(81));
        check("(\"192.0.2.7\",4444)", AddressSpelling::Dotted, Some(4444));
        check("http://0xC0000207/x", AddressSpelling::Hexadecimal, None);
        check("/dev/tcp/3221225991/443", AddressSpelling::Short, Some(443));
        check("http://0300.0.02.07/", AddressSpelling::Octal, None);
        check("tcp:192.0.2.7:53", AddressSpelling::Dotted, Some(53));
    }

    #[test]
    fn numbers_are_no_addresses() {
        for word in [
            "tool-1.2.3.4",
            "1.2.3",
            "4096",
            "v1.2.3.4.tar.gz",
            "3221225991",
            "1.2.3.4.5",
            "999.1.1.1",
        ] {
            assert_eq!(first(word), None, "{word}");
        }
    }
}
