//! Staying and reaching further: jobs, services, start-up files, keys, accounts, secrets.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::command::action::Action;

pub(super) const THEME: Theme = Theme {
    name: "foothold",
    together: &["behaviour"],
    privacy: Privacy::Derived,
    cost_minutes: 30.0,
    signals: &[
        Signal::flag("job", "it changes scheduled jobs", |facts| {
            flag(facts.any(&[Action::CronWrite, Action::CronChange, Action::JobAt]))
        })
        .raises(),
        Signal::flag("service_file", "it writes or enables a service", |facts| {
            flag(facts.any(&[
                Action::UnitWrite,
                Action::UnitText,
                Action::BootScript,
                Action::KernelModule,
            ]))
        })
        .raises(),
        Signal::flag(
            "start_file",
            "it changes what runs when people or programs start",
            |facts| {
                flag(facts.any(&[
                    Action::ShellStart,
                    Action::PythonStart,
                    Action::Autostart,
                    Action::Trap,
                ]))
            },
        ),
        Signal::flag(
            "account",
            "it makes accounts or changes their rights",
            |facts| {
                flag(facts.any(&[
                    Action::AccountCreate,
                    Action::AccountRights,
                    Action::PasswordChange,
                    Action::SudoRights,
                    Action::Authentication,
                ]))
            },
        ),
        Signal::flag(
            "authorized_keys",
            "it touches the keys that may log in",
            |facts| flag(facts.any(&[Action::AuthorizedKeys, Action::SshKeys])),
        )
        .raises(),
        Signal::flag(
            "program_folder_write",
            "it writes into a folder of programs",
            |facts| flag(facts.any(&[Action::ProgramFolderWrite])),
        ),
        Signal::flag(
            "password_files",
            "it touches the machine's password files",
            |facts| flag(facts.any(&[Action::Shadow, Action::Accounts])),
        ),
        Signal::flag(
            "secret_files",
            "it touches keys, tokens or credentials",
            |facts| {
                flag(facts.any(&[
                    Action::CloudSecrets,
                    Action::SecretFiles,
                    Action::BrowserFiles,
                    Action::PasswordOnLine,
                ]))
            },
        ),
        Signal::flag(
            "secret_search",
            "it searches for passwords or reads histories",
            |facts| {
                flag(facts.any(&[
                    Action::PasswordSearch,
                    Action::HistoryRead,
                    Action::SetUidSearch,
                ]))
            },
        ),
        Signal::flag(
            "memory_or_keys_read",
            "it reads memory, traffic or keystrokes",
            |facts| flag(facts.any(&[Action::ProcessMemory, Action::KeyLog, Action::Capture])),
        ),
    ],
};
