//! Shells where none belongs: on a connection, out of another program, with rights of its own.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::command::action::Action;

pub(super) const THEME: Theme = Theme {
    name: "shell",
    together: &["behaviour"],
    privacy: Privacy::Derived,
    cost_minutes: 60.0,
    signals: &[
        Signal::flag(
            "connect_back",
            "a shell is connected to another machine",
            |facts| flag(facts.any(&[Action::ConnectBack, Action::Relay])),
        )
        .raises(),
        Signal::flag("bind_shell", "a shell waits for connections", |facts| {
            flag(facts.any(&[Action::BindShell]))
        })
        .raises(),
        Signal::flag(
            "raw_socket",
            "it opens a bare network connection",
            |facts| flag(facts.any(&[Action::RawSocket, Action::Listen, Action::RawTransfer])),
        )
        .raises(),
        Signal::flag("terminal", "it makes a terminal for a shell", |facts| {
            flag(facts.any(&[Action::Terminal, Action::InteractiveShell]))
        })
        .raises(),
        Signal::flag("shell_escape", "another program starts a shell", |facts| {
            flag(facts.any(&[Action::ShellEscape, Action::HookOptionShell]))
        })
        .raises(),
        Signal::flag(
            "shell_argument",
            "a program is given a shell to run",
            |facts| flag(facts.any(&[Action::ShellArgument, Action::WrappedShell])),
        )
        .raises(),
        Signal::flag(
            "privileged_shell",
            "a shell or program keeps the rights of another user",
            |facts| {
                flag(facts.any(&[
                    Action::PrivilegedShell,
                    Action::SetUidCode,
                    Action::SetUidBit,
                    Action::CopiedShell,
                ]))
            },
        )
        .raises(),
        Signal::flag(
            "hook",
            "an option or variable makes a program run another",
            |facts| flag(facts.any(&[Action::HookOption, Action::HookVariable])),
        ),
        Signal::flag("library", "it loads a library into a program", |facts| {
            flag(facts.any(&[Action::LibraryPreload, Action::LibraryLoad]))
        }),
        Signal::flag("decoded_run", "decoded text is run as code", |facts| {
            flag(facts.any(&[Action::DecodeRun, Action::HiddenCode]))
        })
        .raises(),
        Signal::flag(
            "spawned_by_code",
            "code of another language runs a program",
            |facts| flag(facts.any(&[Action::SpawnByCode, Action::FileByCode])),
        ),
        Signal::flag(
            "run_from_temporary",
            "a program runs from a temporary or hidden folder",
            |facts| flag(facts.any(&[Action::RunFromTemporary, Action::RunHidden])),
        )
        .raises(),
        Signal::flag(
            "run_unknown",
            "an unknown program runs from a system folder",
            |facts| flag(facts.any(&[Action::RunUnknownSystemFile])),
        ),
    ],
};
