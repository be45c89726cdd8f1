//! The envelope of a mail as its headers tell it, and what the DNS says of it put before the mail.
//!
//! ```text
//!   raw ─► Envelope { address, greeting, sender } ─► whoever may ask the DNS ─► Found
//!   raw, Found ─► `Authentication-Results: dns.ringtrue.invalid; spf=pass; ...` before raw ─► the theme `authentication`
//! ```
//!
//! Nothing here asks anybody. The results stand where a receiving server puts its own, as RFC 8601 writes them, so that
//! they are stored, shown and left out as all of the mail is. Only the first header is believed to be one's own.

use std::borrow::Cow;
use std::net::IpAddr;

use mail_parser::parsers::MessageStream;
use mail_parser::{HeaderValue, Host, Received};
use ringtrue_core::Limits;
use ringtrue_core::task::DnsOptions;

use super::mail::Mail;
use super::message::is_storage_mark;
use crate::packed::{self, Written};

/// The header that results stand in.
pub(super) const RESULTS_HEADER: &str = "Authentication-Results";

/// Who handed a mail over, as its headers tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The first address outside that the topmost servers received it from.
    pub address: Option<IpAddr>,
    /// The name that it greeted with, lowercase; empty if no header tells.
    pub greeting: String,
    /// The sender of the envelope, empty for reports of delivery; `None` if no header tells.
    pub sender: Option<String>,
}

/// `Received` headers that are looked at.
const HOPS_MAX: usize = 8;
/// Bytes of one that are read.
const HOP_BYTES_MAX: usize = 2 << 10;
/// Bytes of a sender's address.
const SENDER_BYTES_MAX: usize = 320;

/// Returns the envelope of a raw mail.
#[must_use]
pub fn envelope(raw: &[u8], limits: &Limits) -> Envelope {
    let (mail, _) = Mail::parse(raw, limits);
    let mut envelope = Envelope::default();
    for value in mail.head.values("received").take(HOPS_MAX) {
        let is_short = value.len() <= HOP_BYTES_MAX;
        let parsed = is_short.then(|| MessageStream::new(value.as_bytes()).parse_received());
        let Some(HeaderValue::Received(hop)) = parsed else {
            continue;
        };
        // Servers of one's own hand mail on to each other.
        if let Some(address) = hop.from_ip.filter(is_outside) {
            envelope.address = Some(address);
            envelope.greeting = greeting(&hop);
            break;
        }
    }
    envelope.sender = mail.head.first("return-path").and_then(sender);
    envelope
}

fn greeting(hop: &Received<'_>) -> String {
    match hop.helo.as_ref().or(hop.from.as_ref()) {
        Some(Host::Name(name)) => name.to_ascii_lowercase(),
        _ => String::new(),
    }
}

/// Returns the address in a `Return-Path`.
fn sender(value: &str) -> Option<String> {
    let inside = value.trim().strip_prefix('<')?.strip_suffix('>')?.trim();
    let is_address = inside.is_empty() || inside.contains('@');
    (is_address && inside.len() <= SENDER_BYTES_MAX).then(|| inside.to_owned())
}

const fn is_outside(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            !(four.is_private()
                || four.is_loopback()
                || four.is_link_local()
                || four.is_unspecified()
                || four.is_broadcast())
        }
        IpAddr::V6(six) => {
            !(six.is_loopback()
                || six.is_unspecified()
                || six.is_unique_local()
                || six.is_unicast_link_local())
        }
    }
}

/// What the DNS says of one method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The sender is who it says.
    Pass,
    /// Nothing is published, or nothing is signed.
    None,
    /// What is published does not decide.
    Neutral,
    /// It is probably not.
    SoftFail,
    /// It is not.
    Fail,
    /// What is published or signed cannot be read.
    Broken,
}

impl Said {
    /// Returns the word of RFC 8601.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::None => "none",
            Self::Neutral => "neutral",
            Self::SoftFail => "softfail",
            Self::Fail => "fail",
            Self::Broken => "permerror",
        }
    }
}

/// What the DNS says of a mail; `None` of what nobody answered in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Of the server that handed it over.
    pub spf: Option<Said>,
    /// Of its signature.
    pub dkim: Option<Said>,
    /// Of its author, by the policy of the author's domain.
    pub dmarc: Option<Said>,
}

/// Returns a mail as it stands in its column, with what the DNS says put before it; `encoding` is what the field `enc`
/// beside it says. What says Base64 and is none stays as it is.
#[must_use]
pub fn with_results(raw: &str, encoding: Option<&str>, found: &Found) -> String {
    let mut header = format!("{RESULTS_HEADER}: {}", DnsOptions::HOST);
    let methods = [
        ("spf", found.spf),
        ("dkim", found.dkim),
        ("dmarc", found.dmarc),
    ];
    for (method, said) in methods {
        if let Some(said) = said {
            header.extend(["; ", method, "=", said.word()]);
        }
    }
    header.push_str("\r\n");
    match Written::of(encoding) {
        Written::Plain => header + raw,
        Written::Base64 => match packed::unpack(raw) {
            Some(bytes) => packed::pack(&[header.as_bytes(), &bytes].concat()),
            None => raw.to_owned(),
        },
    }
}

/// Returns the bytes of a mail as it stands in its column, without the line that a mailbox file puts before it; `None` of
/// what says Base64 and is none.
#[must_use]
pub fn without_storage_mark<'r>(raw: &'r str, encoding: Option<&str>) -> Option<Cow<'r, [u8]>> {
    let behind = |bytes: &[u8]| {
        let line = memchr::memchr(b'\n', bytes).filter(|_| is_storage_mark(bytes));
        line.map_or(0, |at| at.saturating_add(1))
    };
    match Written::of(encoding) {
        Written::Plain => raw
            .as_bytes()
            .get(behind(raw.as_bytes())..)
            .map(Cow::Borrowed),
        Written::Base64 => packed::unpack(raw).map(|mut bytes| {
            bytes.drain(..behind(&bytes));
            Cow::Owned(bytes)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "From joe@example.com Mon Sep 14 12:00:00 2020\nReturn-Path: <joe@example.com>\n\
        Received: from inside.example.net (inside.example.net [10.0.0.7]) by mx.example.net; Mon, 14 Sep 2020 12:00:01 +0000\n\
        Received: from mail.example.com (mail.example.com [192.0.2.25]) by inside.example.net; Mon, 14 Sep 2020 12:00:00 +0000\n\
        Received: from forged.example (forged.example [198.51.100.9]) by mail.example.com; Mon, 14 Sep 2020 11:00:00 +0000\n\
        From: joe@example.com\n\nhello\n";

    #[test]
    fn the_first_address_outside_handed_it_over() {
        let found = envelope(RAW.as_bytes(), &Limits::default());
        assert_eq!(found.address, Some([192, 0, 2, 25].into()));
        assert_eq!(found.greeting, "mail.example.com");
        assert_eq!(found.sender.as_deref(), Some("joe@example.com"));
        let found = envelope(b"Return-Path: <>\nReceived: by x\n\n", &Limits::default());
        assert_eq!((found.address, found.sender.as_deref()), (None, Some("")));
        let found = envelope(b"Return-Path: joe\n\n", &Limits::default());
        assert_eq!(found, Envelope::default());
    }

    #[test]
    fn results_stand_first_in_text_and_in_base64() {
        let found = Found {
            spf: Some(Said::SoftFail),
            dkim: None,
            dmarc: Some(Said::Pass),
        };
        let header =
            "Authentication-Results: dns.ringtrue.invalid; spf=softfail; dmarc=pass\r\n".to_owned();
        assert_eq!(with_results(RAW, None, &found), header.clone() + RAW);
        let packed = with_results(&packed::pack(RAW.as_bytes()), Some("base64"), &found);
        assert_eq!(packed::unpack(&packed), Some((header + RAW).into_bytes()));
        assert_eq!(with_results("é", Some("base64"), &found), "é");
    }

    #[test]
    fn the_line_of_a_mailbox_is_no_part_of_a_mail() {
        let plain = without_storage_mark(RAW, None).unwrap();
        assert!(plain.starts_with(b"Return-Path"));
        let packed = packed::pack(RAW.as_bytes());
        assert_eq!(
            without_storage_mark(&packed, Some("base64")).unwrap(),
            plain
        );
        assert_eq!(without_storage_mark("é", Some("base64")), None);
        assert_eq!(without_storage_mark("a: b", None).unwrap(), &b"a: b"[..]);
    }
}
