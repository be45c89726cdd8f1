//! Hiding and harming: histories, logs, defences, permissions, mining, wiping.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::command::action::Action;

pub(super) const THEME: Theme = Theme {
    name: "evasion",
    together: &["behaviour"],
    privacy: Privacy::Derived,
    cost_minutes: 20.0,
    signals: &[
        Signal::flag(
            "history_off",
            "it stops or wipes the command history",
            |facts| flag(facts.any(&[Action::HistoryOff])),
        )
        .raises(),
        Signal::flag("log_wipe", "it wipes logs", |facts| {
            flag(facts.any(&[Action::LogWipe]))
        }),
        Signal::flag(
            "defence_off",
            "it weakens a defence of the machine",
            |facts| flag(facts.any(&[Action::SecurityOff, Action::FirewallOff, Action::AuditOff])),
        )
        .raises(),
        Signal::flag(
            "open_permission",
            "it makes files open to all or runnable",
            |facts| {
                flag(facts.any(&[
                    Action::OpenPermission,
                    Action::MakeRunnableTemporary,
                    Action::Immutable,
                ]))
            },
        ),
        Signal::flag("make_runnable", "it makes a file runnable", |facts| {
            flag(facts.any(&[Action::MakeRunnable]))
        }),
        Signal::flag(
            "hidden_file",
            "it uses hidden files or hides a process",
            |facts| flag(facts.any(&[Action::HiddenFile, Action::HideProcess])),
        ),
        Signal::flag("time_stomp", "it sets times back", |facts| {
            flag(facts.any(&[Action::TimeStomp]))
        }),
        Signal::flag("file_removal", "it removes files", |facts| {
            flag(facts.any(&[Action::FileRemoval, Action::RemoveAll]))
        }),
        Signal::flag(
            "system_look",
            "it looks at the machine, its users or its network",
            |facts| {
                flag(facts.any(&[
                    Action::SystemInformation,
                    Action::UserInformation,
                    Action::NetworkInformation,
                    Action::Connections,
                    Action::Processes,
                ]))
            },
        ),
        Signal::flag(
            "sandbox_look",
            "it looks for a virtual machine or a loader's prey",
            |facts| {
                flag(facts.any(&[
                    Action::VirtualMachine,
                    Action::LoaderProbe,
                    Action::FolderHunt,
                    Action::Scan,
                    Action::PasswordPolicy,
                ]))
            },
        )
        .raises(),
        Signal::flag("mining", "it mines", |facts| {
            flag(facts.any(&[Action::Mining]))
        })
        .raises(),
        Signal::flag(
            "stop",
            "it stops services, processes or the machine",
            |facts| {
                flag(facts.any(&[Action::Shutdown, Action::ServiceStop, Action::KillProcesses]))
            },
        ),
        Signal::flag(
            "harm",
            "it wipes, encrypts or overloads the machine",
            |facts| {
                flag(facts.any(&[
                    Action::DiskWipe,
                    Action::Encrypt,
                    Action::ForkBomb,
                    Action::KernelSetting,
                ]))
            },
        ),
        Signal::flag("malice", "it names tools or things of attackers", |facts| {
            flag(facts.any(&[Action::Malice]))
        })
        .costs(1.0),
    ],
};
