//! Extent: how much a session holds, and how much of it differs.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme, share};

pub(in crate::session) const THEME: Theme = Theme {
    name: "session_extent",
    together: &["session_mix", "session_order"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::count(
            "session_commands",
            "of the number of commands in the session",
            |facts| facts.commands as f32,
        )
        .movable(Movable::Up),
        Signal::count(
            "session_programs",
            "of how many different programs the session runs",
            |facts| facts.extent.distinct_programs as f32,
        )
        .movable(Movable::Up),
        Signal::share(
            "session_variety",
            "of how seldom the session comes back to a program",
            |facts| {
                let extent = &facts.extent;
                share(extent.distinct_programs as f32, extent.programs as f32)
            },
        ),
        Signal::share(
            "session_repeated_share",
            "of the commands that were given before in the session",
            |facts| facts.share(facts.extent.repeated),
        ),
        Signal::count(
            "session_longest_run",
            "of how often in a row the same program was run",
            |facts| facts.extent.longest_run as f32,
        ),
        Signal::bytes(
            "session_command_bytes",
            "of the mean length of the session's commands",
            |facts| facts.share(facts.extent.bytes),
        ),
        Signal::bytes(
            "session_longest_bytes",
            "of the length of the session's longest command",
            |facts| facts.extent.longest_bytes as f32,
        ),
        Signal::share(
            "session_unread_share",
            "of the commands in which no program was found",
            |facts| facts.share(facts.extent.without_program),
        ),
    ],
};
