//! Route: the servers that the message says it came through. Part of the shape that a task may leave out.
//!
//! The topmost `Received` header is the last server's; all below the first that is not one's own may be invented.

use mail_parser::parsers::MessageStream;
use mail_parser::{HeaderValue, Host, Received};
use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::email::address::registrable;
use crate::email::mail::Mail;

pub(in crate::email) const THEME: Theme = Theme {
    name: "route",
    together: &["header", "identity"],
    privacy: Privacy::Plain,
    cost_minutes: 1.0,
    signals: &[
        Signal::count(
            "hops",
            "of the number of servers it came through",
            |facts| facts.route.hops,
        ),
        Signal::count(
            "hops_unreadable",
            "servers' lines cannot be read",
            |facts| facts.route.unreadable,
        ),
        Signal::count(
            "hops_secured",
            "servers passed it on over a secured line",
            |facts| facts.route.secured,
        ),
        Signal::count(
            "hops_misnamed",
            "servers called themselves otherwise than their address does",
            |facts| facts.route.misnamed,
        ),
        Signal::count(
            "hops_bare_address",
            "servers gave only an address as their name",
            |facts| facts.route.bare,
        ),
        Signal::count(
            "hops_internal",
            "it passed addresses within networks",
            |facts| facts.route.internal,
        ),
        Signal::count(
            "hops_numbered_name",
            "servers have names made of numbers, as machines at home do",
            |facts| facts.route.numbered,
        ),
        Signal::count(
            "hops_backwards",
            "times of servers run backwards",
            |facts| facts.route.backwards,
        ),
        Signal::count(
            "hops_broken_chain",
            "a server got it from another than the next one below",
            |facts| facts.route.broken,
        ),
        Signal::count(
            "route_hours",
            "of how many hours it was under way",
            |facts| facts.route.hours(),
        ),
        Signal::flag(
            "route_from_sender",
            "a server of the sender's own domain passed it on",
            |facts| facts.route.from_sender,
        ),
    ],
};

/// Servers that are looked at.
const HOPS_MAX: usize = 24;
/// Bytes of a longer line of a server are not read.
const HOP_BYTES_MAX: usize = 4_096;
/// Servers' clocks differ by as much, in seconds.
const CLOCK_SECONDS: i64 = 300;

/// The path of a message.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::email) struct Route {
    hops: f32,
    unreadable: f32,
    secured: f32,
    misnamed: f32,
    bare: f32,
    internal: f32,
    numbered: f32,
    backwards: f32,
    broken: f32,
    from_sender: f32,
    /// Times of the topmost and the lowest server.
    last: Option<i64>,
    first: Option<i64>,
}

impl Route {
    pub(in crate::email) fn read(mail: &Mail) -> Self {
        let owner = mail.sender().map_or("", |sender| sender.owner());
        let mut route = Self::default();
        let mut above: Option<String> = None;
        for value in mail.head.values("received").take(HOPS_MAX) {
            route.hops += 1.0;
            let parsed = (value.len() <= HOP_BYTES_MAX)
                .then(|| MessageStream::new(value.as_bytes()).parse_received());
            let Some(HeaderValue::Received(hop)) = parsed else {
                route.unreadable += 1.0;
                continue;
            };
            let by = name_of(hop.by.as_ref());
            if let (Some(above), Some(by)) = (&above, &by) {
                route.broken += flag(registrable(above) != registrable(by));
            }
            let from = name_of(hop.from.as_ref());
            if !owner.is_empty() {
                let own = from
                    .as_deref()
                    .is_some_and(|from| registrable(from) == owner)
                    || by.as_deref().is_some_and(|by| registrable(by) == owner);
                route.from_sender = route.from_sender.max(flag(own));
            }
            route.see(&hop);
            route.see_time(&hop);
            above = from;
        }
        route
    }

    fn see(&mut self, hop: &Received<'_>) {
        self.secured += flag(hop.tls_version.is_some() || hop.tls_cipher.is_some());
        self.bare += flag(matches!(hop.from, Some(Host::IpAddr(_))));
        let internal = match hop.from_ip {
            Some(std::net::IpAddr::V4(four)) => {
                four.is_private() || four.is_loopback() || four.is_link_local()
            }
            Some(std::net::IpAddr::V6(six)) => six.is_loopback(),
            None => false,
        };
        self.internal += flag(internal);
        let said = name_of(hop.from.as_ref());
        let real = hop.from_iprev.as_deref().map(str::to_ascii_lowercase);
        if let (Some(said), Some(real)) = (&said, &real)
            && real.contains('.')
        {
            self.misnamed += flag(registrable(said) != registrable(real));
        }
        let name = real.or(said).unwrap_or_default();
        let digits = name.bytes().filter(u8::is_ascii_digit).count();
        self.numbered += flag(digits >= 6 && name.bytes().any(|byte| byte.is_ascii_alphabetic()));
    }

    fn see_time(&mut self, hop: &Received<'_>) {
        let Some(time) = hop
            .date
            .filter(mail_parser::DateTime::is_valid)
            .map(|date| date.to_timestamp())
        else {
            return;
        };
        // Going down the path, times must fall.
        let before = self.first.or(self.last);
        let later = before.is_some_and(|before| time > before.saturating_add(CLOCK_SECONDS));
        self.backwards += flag(later);
        self.last = self.last.or(Some(time));
        self.first = Some(time);
    }

    /// Returns when the first server saw the message.
    pub(super) const fn first_seen(&self) -> Option<i64> {
        self.first
    }

    fn hours(&self) -> f32 {
        match (self.first, self.last) {
            (Some(first), Some(last)) => (last.saturating_sub(first).max(0) as f32) / 3_600.0,
            _ => f32::NAN,
        }
    }
}

fn name_of(host: Option<&Host<'_>>) -> Option<String> {
    match host {
        Some(Host::Name(name)) => Some(name.to_ascii_lowercase()),
        _ => None,
    }
}
