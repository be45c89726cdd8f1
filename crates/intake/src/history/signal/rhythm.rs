//! Rhythm: when this user and this host are usually at work, and how fast.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme};

pub(super) const THEME: Theme = Theme {
    name: "rhythm",
    together: &[],
    privacy: Privacy::Derived,
    // Waiting for the right hour is free work and lost time.
    cost_minutes: 60.0,
    signals: &[
        Signal::bits(
            "user_hour_bits",
            "this user is seldom at work at this hour",
            |novelty| novelty.user.hour_bits,
        ),
        Signal::seconds(
            "user_gap_seconds",
            "of the time since this user's last event",
            |novelty| novelty.user.gap_seconds,
        ),
        Signal::seconds(
            "user_known_seconds",
            "of how long this user has been known",
            |novelty| novelty.user.known_seconds,
        )
        .movable(Movable::Up),
        Signal::bits(
            "user_burst_bits",
            "this user is busier than usual",
            |novelty| novelty.user.burst_bits,
        ),
        Signal::bits(
            "host_hour_bits",
            "this host is seldom busy at this hour",
            |novelty| novelty.host.hour_bits,
        ),
        Signal::seconds(
            "host_gap_seconds",
            "of the time since this host's last event",
            |novelty| novelty.host.gap_seconds,
        ),
        Signal::seconds(
            "host_known_seconds",
            "of how long this host has been known",
            |novelty| novelty.host.known_seconds,
        )
        .movable(Movable::Up),
        Signal::bits(
            "host_burst_bits",
            "this host is busier than usual",
            |novelty| novelty.host.burst_bits,
        ),
    ],
};
