//! Disguise by user-info: what stands before an `@`, where people look for the host.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme, flag};

pub(in crate::url) const THEME: Theme = Theme {
    name: "disguise",
    together: &["length"],
    privacy: Privacy::Derived,
    cost_minutes: 0.1,
    signals: &[
        Signal::flag(
            "userinfo",
            "a name stands before the host (`name@host`)",
            |facts| flag(!facts.parts.written_userinfo().is_empty()),
        ),
        Signal::flag(
            "userinfo_like_host",
            "the name before the `@` looks like a host",
            |facts| {
                let name = facts.parts.written_userinfo();
                flag(name.contains('.') || name.contains("www"))
            },
        ),
        Signal::flag("at_behind_host", "an `@` stands behind the host", |facts| {
            flag(facts.tail(|tally| tally.ats) > 0.0)
        })
        .movable(Movable::Up),
    ],
};
