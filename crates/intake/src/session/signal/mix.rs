//! Mix: which stages of an intrusion the commands serve, and how many of them do.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme};
use crate::session::stage::Stage;

pub(in crate::session) const THEME: Theme = Theme {
    name: "session_mix",
    together: &["session_extent", "session_order"],
    privacy: Privacy::Derived,
    // Harmless commands in between are cheap; doing without a stage is not.
    cost_minutes: 1.0,
    signals: &[
        Signal::share(
            "session_discover_share",
            "of the commands that look around",
            |facts| facts.stage_share(Stage::Discover),
        ),
        Signal::share(
            "session_credentials_share",
            "of the commands that are after passwords and keys",
            |facts| facts.stage_share(Stage::Credentials),
        ),
        Signal::share(
            "session_download_share",
            "of the commands that fetch something",
            |facts| facts.stage_share(Stage::Download),
        ),
        Signal::share(
            "session_run_share",
            "of the commands that run what was fetched or decoded",
            |facts| facts.stage_share(Stage::Run),
        ),
        Signal::share(
            "session_connect_share",
            "of the commands that connect to other machines",
            |facts| facts.stage_share(Stage::Connect),
        ),
        Signal::share(
            "session_persist_share",
            "of the commands that make something come again",
            |facts| facts.stage_share(Stage::Persist),
        ),
        Signal::share(
            "session_impact_share",
            "of the commands that use up or destroy the machine",
            |facts| facts.stage_share(Stage::Impact),
        ),
        Signal::share(
            "session_hide_share",
            "of the commands that hide traces or switch protection off",
            |facts| facts.stage_share(Stage::Hide),
        ),
        Signal::count(
            "session_stages",
            "of how many stages of an intrusion the session goes through",
            |facts| facts.stages.kinds() as f32,
        )
        .movable(Movable::Up),
        Signal::share(
            "session_stage_share",
            "of the commands that serve any stage of an intrusion",
            |facts| facts.share(facts.stages.commands),
        ),
    ],
};
