//! Habit of the fleet: what usually runs anywhere.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme};

pub(super) const THEME: Theme = Theme {
    name: "habit",
    together: &[],
    privacy: Privacy::Derived,
    // What is common everywhere need not be learned of one victim.
    cost_minutes: 10.0,
    signals: &[
        Signal::bits(
            "fleet_rarest_bits",
            "of how rare its rarest program is anywhere",
            |novelty| novelty.fleet.rarest_bits,
        ),
        Signal::bits(
            "fleet_program_bits",
            "of how rare its programs are anywhere",
            |novelty| novelty.fleet.name_bits,
        ),
        Signal::bits(
            "fleet_pair_bits",
            "these programs seldom run in this order anywhere",
            |novelty| novelty.fleet.pair_bits,
        ),
        Signal::share(
            "fleet_new_share",
            "of the programs that were never seen anywhere",
            |novelty| novelty.fleet.new_share,
        ),
        Signal::count(
            "fleet_holders",
            "of how many users run its rarest program",
            |novelty| novelty.holders,
        ),
    ],
};
