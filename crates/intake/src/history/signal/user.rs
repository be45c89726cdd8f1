//! Habit of the user: what this person or account usually runs.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme};

pub(super) const THEME: Theme = Theme {
    name: "habit",
    together: &[],
    privacy: Privacy::Derived,
    // Who would look like somebody has to learn first what that one does.
    cost_minutes: 30.0,
    signals: &[
        Signal::count(
            "user_events",
            "of how much is known of this user",
            |novelty| novelty.user.events,
        )
        .movable(Movable::Up),
        Signal::count(
            "user_programs",
            "of how many programs this user is known to run",
            |novelty| novelty.user.known_names,
        )
        .movable(Movable::Up),
        Signal::bits(
            "user_rarest_bits",
            "of how rare its rarest program is for this user",
            |novelty| novelty.user.rarest_bits,
        ),
        Signal::bits(
            "user_program_bits",
            "of how rare its programs are for this user",
            |novelty| novelty.user.name_bits,
        ),
        Signal::bits(
            "user_pair_bits",
            "this user seldom runs these programs in this order",
            |novelty| novelty.user.pair_bits,
        ),
        Signal::share(
            "user_new_share",
            "of the programs that this user never ran",
            |novelty| novelty.user.new_share,
        ),
        Signal::share(
            "user_foreign_share",
            "of the programs that others run and this user never did",
            |novelty| novelty.foreign_share,
        ),
        Signal::bits(
            "user_strange_bits",
            "it looks like others' work rather than like this user's",
            |novelty| novelty.user.strange_bits,
        ),
        Signal::bits(
            "user_recent_bits",
            "this user's last commands look like others' work",
            |novelty| novelty.user.recent_bits,
        ),
    ],
};
