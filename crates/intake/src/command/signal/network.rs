//! Where it leads: addresses, how they are spelled, ports, URLs.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme};

pub(super) const THEME: Theme = Theme {
    name: "network",
    together: &["transfer"],
    privacy: Privacy::Derived,
    cost_minutes: 5.0,
    signals: &[
        Signal::count("addresses", "it names machines by address", |facts| {
            facts.network.addresses as f32
        }),
        Signal::count(
            "addresses_disguised",
            "an address is spelled so that people overlook it",
            |facts| facts.network.disguised as f32,
        ),
        Signal::count(
            "addresses_internal",
            "an address is of this machine or network",
            |facts| facts.network.internal as f32,
        ),
        Signal::count("ports", "an address comes with a port", |facts| {
            facts.network.ports as f32
        }),
        Signal::count("unusual_ports", "a port is unusual", |facts| {
            facts.network.unusual_ports as f32
        }),
        Signal::count("urls", "it holds URLs", |facts| facts.network.urls as f32),
        Signal::count("address_urls", "a URL leads to a bare address", |facts| {
            facts.network.address_urls as f32
        }),
        Signal::count(
            "script_urls",
            "a URL leads to a script or program",
            |facts| facts.network.script_urls as f32,
        ),
        Signal::count(
            "user_hosts",
            "it names a user of another machine",
            |facts| facts.network.user_hosts as f32,
        ),
    ],
};
