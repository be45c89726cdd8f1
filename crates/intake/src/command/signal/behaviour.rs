//! What the command does, weighed: how telling its statements are, and what they serve.
//!
//! The weights are an expert's (see `action/table.rs`); maxima and sums run over statements, so that what
//! stands beside a bad statement does not make it look better.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme};
use crate::command::action::Tactic;

pub(super) const THEME: Theme = Theme {
    name: "behaviour",
    together: &["shell", "transfer", "foothold", "evasion"],
    privacy: Privacy::Derived,
    cost_minutes: 30.0,
    signals: &[
        Signal::share(
            "action_worst",
            "of how telling the most telling statement is",
            |facts| facts.command.findings.worst,
        )
        .raises(),
        Signal::count(
            "action_sum",
            "of how telling all statements are together",
            |facts| facts.command.findings.sum,
        )
        .costs(5.0)
        .raises(),
        Signal::count(
            "action_statements",
            "several statements are telling",
            |facts| facts.command.findings.telling as f32,
        )
        .costs(5.0)
        .raises(),
        Signal::count(
            "action_kinds",
            "of how many kinds of suspicious actions it takes",
            |facts| facts.command.findings.names().count() as f32,
        )
        .costs(5.0)
        .raises(),
        Signal::count(
            "techniques",
            "of how many techniques of attack it uses",
            |facts| facts.command.findings.techniques().count() as f32,
        )
        .costs(5.0)
        .raises(),
        Signal::share(
            "control_weight",
            "of what it fetches from or opens to the network",
            |facts| facts.command.findings.of_tactic(Tactic::Control),
        )
        .raises(),
        Signal::share("execution_weight", "of how it runs code", |facts| {
            facts.command.findings.of_tactic(Tactic::Execution)
        })
        .raises(),
        Signal::share(
            "persistence_weight",
            "of how it stays on the machine",
            |facts| facts.command.findings.of_tactic(Tactic::Persistence),
        )
        .raises(),
        Signal::share(
            "escalation_weight",
            "of how it gains rights or breaks out of a program",
            |facts| facts.command.findings.of_tactic(Tactic::Escalation),
        )
        .raises(),
        Signal::share(
            "evasion_weight",
            "of how it hides or weakens defences",
            |facts| facts.command.findings.of_tactic(Tactic::Evasion),
        )
        .raises(),
        Signal::share("credentials_weight", "of the secrets it touches", |facts| {
            facts.command.findings.of_tactic(Tactic::Credentials)
        })
        .raises(),
        Signal::share(
            "discovery_weight",
            "of what it finds out about the machine",
            |facts| facts.command.findings.of_tactic(Tactic::Discovery),
        )
        .raises(),
        Signal::share(
            "collection_weight",
            "of what it gathers or sends away",
            |facts| facts.command.findings.of_tactic(Tactic::Collection),
        )
        .raises(),
        Signal::share("impact_weight", "of the harm it does", |facts| {
            facts.command.findings.of_tactic(Tactic::Impact)
        })
        .raises(),
    ],
};
