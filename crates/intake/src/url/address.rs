//! Hosts that are IP addresses, and how they were spelled.
//!
//! Browsers read `http://0x7f.1/`, `http://2130706433/` and `http://127.0.0.1/` as the same place;
//! people and many filters do not. What the address is comes from the WHATWG parser; how it was
//! written comes from the text.

use std::net::{Ipv4Addr, Ipv6Addr};

/// How a host that is an address was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressSpelling {
    /// The host is a name.
    #[default]
    Name,
    /// Four decimal numbers.
    Dotted,
    /// Fewer than four decimal numbers, often a single one.
    Short,
    /// Hexadecimal numbers only.
    Hexadecimal,
    /// Octal numbers only.
    Octal,
    /// Numbers of several bases.
    Mixed,
    /// Escapes or foreign digits, which only become an address once decoded.
    Encoded,
    /// An IPv6 address.
    Six,
}

impl AddressSpelling {
    /// Returns the code that the category signal carries; codes never change within `url/1`.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Returns whether the spelling hides that it is an address.
    #[must_use]
    pub const fn is_disguised(self) -> bool {
        !matches!(self, Self::Name | Self::Dotted | Self::Six)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    Decimal,
    Hexadecimal,
    Octal,
    None,
}

/// Returns how the IPv4 address that browsers see in `written` was spelled.
pub(crate) fn spelling(written: &str) -> AddressSpelling {
    let pieces = || written.trim_end_matches('.').split('.');
    let first = pieces().next().map_or(Base::None, base_of);
    if pieces().any(|piece| base_of(piece) == Base::None) {
        return AddressSpelling::Encoded;
    }
    // A plain 0 is octal and decimal at once: it never makes a spelling mixed.
    let uniform = pieces().all(|piece| base_of(piece) == first || piece == "0");
    match (uniform, first) {
        (false, _) => AddressSpelling::Mixed,
        (true, Base::Hexadecimal) => AddressSpelling::Hexadecimal,
        (true, Base::Octal) => AddressSpelling::Octal,
        (true, _) if pieces().count() == 4 => AddressSpelling::Dotted,
        (true, _) => AddressSpelling::Short,
    }
}

fn base_of(piece: &str) -> Base {
    let all = |text: &str, kind: fn(&u8) -> bool| text.bytes().all(|byte| kind(&byte));
    if let Some(digits) = piece
        .strip_prefix("0x")
        .or_else(|| piece.strip_prefix("0X"))
    {
        return if all(digits, u8::is_ascii_hexdigit) {
            Base::Hexadecimal
        } else {
            Base::None
        };
    }
    match piece {
        "" => Base::None,
        _ if !all(piece, u8::is_ascii_digit) => Base::None,
        _ if piece.len() > 1 && piece.starts_with('0') => Base::Octal,
        _ => Base::Decimal,
    }
}

/// Returns whether the address is reachable only from within a machine or a network.
pub(crate) const fn is_internal_four(address: Ipv4Addr) -> bool {
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
}

/// As [`is_internal_four`]; an IPv4 address inside an IPv6 one counts as itself.
pub(super) fn is_internal_six(address: Ipv6Addr) -> bool {
    address.is_loopback()
        || address.is_unspecified()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || address.to_ipv4_mapped().is_some_and(is_internal_four)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let check = |written, expected| assert_eq!(spelling(written), expected, "{written}");
        check("127.0.0.1", AddressSpelling::Dotted);
        check("127.0.0.1.", AddressSpelling::Dotted);
        check("2130706433", AddressSpelling::Short);
        check("127.1", AddressSpelling::Short);
        check("0x7f000001", AddressSpelling::Hexadecimal);
        check("0x7f.0x0.0.0x1", AddressSpelling::Hexadecimal);
        check("0177.0.0.01", AddressSpelling::Octal);
        check("0x7f.0.0.1", AddressSpelling::Mixed);
        check("%31%32%37.1", AddressSpelling::Encoded);
        check("１２７.0.0.1", AddressSpelling::Encoded);
    }
}
