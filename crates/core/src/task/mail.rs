//! The section of a task on how mail is read.
//!
//! ```text
//!   [email] ─► whom to believe, what is evidence, whether the DNS is asked ─► EmailOptions
//! ```
//!
//! Nobody is believed and nobody asked unless the text says so.

use std::net::{IpAddr, SocketAddr};

use super::content::{DnsOptions, EmailOptions};
use super::problem::Problem;
use super::reader::{Range, Reader, Table};
use crate::event::Kind;

/// The port of the DNS.
const DNS_PORT: u16 = 53;

pub(super) fn read_email<'t>(
    reader: &mut Reader<'t>,
    root: &Table<'t>,
    kind: Kind,
) -> EmailOptions {
    if let (true, Some(entry)) = (kind != Kind::Email, root.get("email")) {
        let problem = Problem::Conflict {
            key: entry.key,
            reason: "is for tasks of `kind = \"email\"` only".to_owned(),
        };
        reader.tell(entry.offset, problem);
    }
    let section = reader.section(root, "email");
    let usual = EmailOptions::default();
    EmailOptions {
        trusted_hosts: reader.texts(&section, "trusted_hosts"),
        header_shape: reader
            .boolean(&section, "header_shape")
            .unwrap_or(usual.header_shape),
        verdict_headers: reader
            .boolean(&section, "verdict_headers")
            .unwrap_or(usual.verdict_headers),
        dns: read_dns(reader, &section),
    }
}

/// Reads how the DNS is asked; whom and how long must not be stated unless it is.
fn read_dns<'t>(reader: &mut Reader<'t>, section: &Table<'t>) -> Option<DnsOptions> {
    let is_asked = reader.boolean(section, "dns").unwrap_or(false);
    for key in ["dns_server", "dns_timeout_seconds"] {
        if let (false, Some(entry)) = (is_asked, section.get(key)) {
            let reason = "says nothing without `dns = true`".to_owned();
            let key = entry.key.clone();
            reader.tell(entry.offset, Problem::Conflict { key, reason });
        }
    }
    let server = reader.text(section, "dns_server").and_then(|text| {
        let address = text.parse::<SocketAddr>();
        let server = address.or_else(|_| text.parse::<IpAddr>().map(|ip| (ip, DNS_PORT).into()));
        if server.is_err()
            && let Some(entry) = section.get("dns_server")
        {
            let problem = Problem::Conflict {
                key: entry.key,
                reason: format!("is no address such as `192.0.2.53` or `192.0.2.53:53`: {text}"),
            };
            reader.tell(entry.offset, problem);
        }
        server.ok()
    });
    let seconds = reader.number(section, "dns_timeout_seconds", Range::Positive);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number is above 0, and what is too large stays the largest"
    )]
    let milliseconds = seconds.map(|seconds| (seconds * 1_000.0).ceil() as u64);
    is_asked.then(|| DnsOptions {
        server,
        timeout_milliseconds: milliseconds.unwrap_or(DnsOptions::USUAL_MILLISECONDS),
    })
}
