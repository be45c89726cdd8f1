//! Habit of the host: what usually runs on this machine.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme};

pub(super) const THEME: Theme = Theme {
    name: "habit",
    together: &[],
    privacy: Privacy::Derived,
    cost_minutes: 30.0,
    signals: &[
        Signal::count(
            "host_events",
            "of how much is known of this host",
            |novelty| novelty.host.events,
        )
        .movable(Movable::Up),
        Signal::bits(
            "host_rarest_bits",
            "of how rare its rarest program is on this host",
            |novelty| novelty.host.rarest_bits,
        ),
        Signal::bits(
            "host_program_bits",
            "of how rare its programs are on this host",
            |novelty| novelty.host.name_bits,
        ),
        Signal::bits(
            "host_pair_bits",
            "these programs seldom run in this order on this host",
            |novelty| novelty.host.pair_bits,
        ),
        Signal::share(
            "host_new_share",
            "of the programs that never ran on this host",
            |novelty| novelty.host.new_share,
        ),
        Signal::bits(
            "host_strange_bits",
            "it looks like other hosts' work rather than like this host's",
            |novelty| novelty.host.strange_bits,
        ),
        Signal::bits(
            "host_recent_bits",
            "the last commands on this host look like other hosts' work",
            |novelty| novelty.host.recent_bits,
        ),
    ],
};
