//! What runs, and on what: kinds of programs, folders, files.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme};

pub(super) const THEME: Theme = Theme {
    name: "names",
    together: &["structure"],
    privacy: Privacy::Derived,
    cost_minutes: 2.0,
    signals: &[
        Signal::category(
            "first_program",
            "of the kind of its first program",
            |facts| f32::from(facts.names.first as u8),
        ),
        Signal::category("last_program", "of the kind of its last program", |facts| {
            f32::from(facts.names.last as u8)
        }),
        Signal::count(
            "program_kinds",
            "of how many kinds of programs run",
            |facts| facts.names.kinds as f32,
        ),
        Signal::count(
            "unknown_programs",
            "programs run that few machines have",
            |facts| facts.names.unknown as f32,
        ),
        Signal::count(
            "absolute_programs",
            "programs are named with their folders",
            |facts| facts.names.absolute as f32,
        ),
        Signal::count(
            "relative_programs",
            "programs run from the folder it stands in",
            |facts| facts.names.relative as f32,
        ),
        Signal::count("temporary_paths", "it names temporary folders", |facts| {
            facts.names.temporary as f32
        }),
        Signal::count("hidden_names", "it names hidden files", |facts| {
            facts.names.hidden as f32
        }),
        Signal::count("system_paths", "it names files of the system", |facts| {
            facts.names.system as f32
        }),
        Signal::count("paths", "of how many paths it names", |facts| {
            facts.names.paths as f32
        })
        .movable(Movable::Up),
        Signal::count("wrappers", "programs run by way of others", |facts| {
            facts.names.wrappers as f32
        }),
        Signal::count("shells", "shells run", |facts| facts.names.shells as f32),
    ],
};
