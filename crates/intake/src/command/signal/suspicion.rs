//! How suspicious a command is in all: what is known of attacks, in one number that no training can unlearn.
//!
//! A learner gives no weight to an action that none of its malicious examples takes, however well known it is, and so knows
//! an attack of a new source only by what it shares with the old ones. This sum does not forget: each action counts by its
//! expert's weight (`action/table.rs`), and adding harmless statements takes nothing away.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme};

pub(super) const THEME: Theme = Theme {
    name: "suspicion",
    together: &["behaviour", "shell", "transfer", "foothold", "evasion"],
    privacy: Privacy::Derived,
    cost_minutes: 30.0,
    signals: &[
        Signal::evidence("suspicion", "of all that it does together", |facts| {
            facts.command.findings.suspicion()
        })
        .raises(),
    ],
};
