//! Identity: message id, dates and envelope against the sender. Part of the shape that a task may leave out.

use ringtrue_core::signal::Privacy;

use super::route::Route;
use super::{Signal, Theme, flag};
use crate::email::address::{read_addresses, registrable};
use crate::email::mail::Mail;
use crate::email::message::read_date;

pub(in crate::email) const THEME: Theme = Theme {
    name: "identity",
    together: &["header", "sender", "route"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::flag("id_missing", "it has no message id", |facts| {
            flag(facts.identity.id_missing)
        }),
        Signal::flag(
            "id_malformed",
            "its message id is not written as one",
            |facts| facts.identity.id_malformed,
        ),
        Signal::flag(
            "id_other_domain",
            "its message id is of another domain than its sender",
            |facts| facts.identity.id_other,
        ),
        Signal::bytes("id_length", "of the length of its message id", |facts| {
            facts.identity.id_bytes
        }),
        Signal::flag(
            "id_bare_host",
            "the host in its message id is no domain",
            |facts| facts.identity.id_bare,
        ),
        Signal::flag("date_missing", "it has no date", |facts| {
            flag(facts.identity.date_missing)
        }),
        Signal::flag(
            "date_malformed",
            "its date is not written as one",
            |facts| facts.identity.date_malformed,
        ),
        Signal::count(
            "date_lead_hours",
            "of how many hours its date is ahead of the servers'",
            |facts| facts.identity.lead_hours.max(0.0),
        ),
        Signal::count(
            "date_lag_hours",
            "of how many hours its date is behind the servers'",
            |facts| (-facts.identity.lead_hours).max(0.0),
        ),
        Signal::flag("zone_odd", "its time zone exists nowhere", |facts| {
            facts.identity.zone_odd
        }),
        Signal::flag(
            "envelope_missing",
            "it does not say where errors go",
            |facts| flag(facts.identity.envelope_missing),
        ),
        Signal::flag(
            "envelope_other_domain",
            "errors go to another domain than the sender's",
            |facts| facts.identity.envelope_other,
        ),
        Signal::flag(
            "sender_other_domain",
            "somebody of another domain sent it for the sender",
            |facts| facts.identity.sender_other,
        ),
    ],
};

/// How message id, dates and envelope stand to the sender; NaN where one of the two is missing.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::email) struct Reading {
    id_missing: bool,
    id_malformed: f32,
    id_other: f32,
    id_bytes: f32,
    id_bare: f32,
    date_missing: bool,
    date_malformed: f32,
    lead_hours: f32,
    zone_odd: f32,
    envelope_missing: bool,
    envelope_other: f32,
    sender_other: f32,
}

impl Reading {
    pub(in crate::email) fn read(mail: &Mail, route: &Route) -> Self {
        let owner = mail.sender().map_or("", |sender| sender.owner());
        let mut reading = Self {
            id_malformed: f32::NAN,
            id_other: f32::NAN,
            id_bytes: f32::NAN,
            id_bare: f32::NAN,
            date_malformed: f32::NAN,
            lead_hours: f32::NAN,
            zone_odd: f32::NAN,
            envelope_other: domain_differs(mail, "return-path", owner),
            sender_other: domain_differs(mail, "sender", owner),
            envelope_missing: mail.head.first("return-path").is_none(),
            ..Self::default()
        };
        reading.read_id(mail, owner);
        reading.read_date(mail, route);
        reading
    }

    fn read_id(&mut self, mail: &Mail, owner: &str) {
        let Some(id) = mail.head.first("message-id").map(str::trim) else {
            self.id_missing = true;
            return;
        };
        let inner = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
        let host = inner
            .and_then(|inner| inner.rsplit_once('@'))
            .map(|(_, host)| host.to_ascii_lowercase());
        self.id_bytes = id.len() as f32;
        self.id_malformed = flag(host.is_none() || id.contains(' '));
        if let Some(host) = host {
            self.id_bare = flag(!host.contains('.'));
            if !owner.is_empty() {
                self.id_other = flag(registrable(&host) != owner);
            }
        }
    }

    fn read_date(&mut self, mail: &Mail, route: &Route) {
        let Some(value) = mail.head.first("date") else {
            self.date_missing = true;
            return;
        };
        let date = read_date(value);
        self.date_malformed = flag(date.is_none());
        let Some(date) = date else {
            return;
        };
        let minutes = u32::from(date.tz_hour)
            .saturating_mul(60)
            .saturating_add(u32::from(date.tz_minute));
        let odd =
            minutes > 14 * 60 || minutes % 15 != 0 || (date.tz_before_gmt && minutes > 12 * 60);
        self.zone_odd = flag(odd);
        if let Some(received) = route.first_seen() {
            let seconds = date.to_timestamp().saturating_sub(received);
            self.lead_hours = seconds as f32 / 3_600.0;
        }
    }
}

/// Returns whether the address in a header is of another registrable domain than `owner`.
fn domain_differs(mail: &Mail, name: &str, owner: &str) -> f32 {
    let address = mail
        .head
        .first(name)
        .map(read_addresses)
        .unwrap_or_default();
    match address.first() {
        Some(address) if !owner.is_empty() && !address.domain().is_empty() => {
            flag(address.owner() != owner)
        }
        _ => f32::NAN,
    }
}
