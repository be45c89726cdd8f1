//! Staying: scheduled jobs, services, start-up files, keys, accounts, rights.

use super::view::is_program_file;
use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark};

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    jobs(view, set);
    services(view, set);
    start_files(view, set);
    accounts(view, set);
    rights(view, set);
}

fn jobs(view: &View<'_>, set: &mut Set) {
    let changes = view.changes_files();
    set.when(changes && view.has(Mark::Cron), Action::CronWrite);
    let is_read = view.letter('l') || view.letter('e') || view.option(&["--help"]);
    set.when(view.name == "crontab" && !is_read, Action::CronChange);
    set.when(view.is(&["at", "batch"]) && view.is_piped(), Action::JobAt);
    let line = view.class == Class::Printer
        && view
            .arguments()
            .any(|word| word.contains("* * *") || word.contains("@reboot"));
    set.when(line, Action::CronWrite);
}

fn services(view: &View<'_>, set: &mut Set) {
    set.when(
        view.changes_files() && view.has(Mark::Units),
        Action::UnitWrite,
    );
    set.when(
        view.class == Class::Printer && view.has(Mark::UnitText),
        Action::UnitText,
    );
    let verb = view.arguments().any(|word| {
        matches!(
            word,
            "enable" | "daemon-reload" | "load" | "defaults" | "link"
        )
    });
    set.when(view.class == Class::Service && verb, Action::ServiceEnable);
    set.when(
        view.changes_files() && view.has(Mark::BootScripts),
        Action::BootScript,
    );
    set.when(
        view.name == "systemd-run"
            || view
                .words
                .iter()
                .any(|word| view.command.letters(word) == "systemd-run"),
        Action::ServiceEnable,
    );
}

fn start_files(view: &View<'_>, set: &mut Set) {
    let changes = view.changes_files();
    set.when(changes && view.has(Mark::ShellStart), Action::ShellStart);
    set.when(changes && view.has(Mark::PythonStart), Action::PythonStart);
    set.when(changes && view.has(Mark::Autostart), Action::Autostart);
    set.when(changes && view.has(Mark::Pam), Action::Authentication);
    set.when(
        changes && view.has(Mark::Certificates)
            || view.is(&["update-ca-certificates", "update-ca-trust"]),
        Action::Certificate,
    );
    set.when(view.writes(is_program_name), Action::ProgramFolderWrite);
    set.when(
        view.is(&["insmod", "modprobe", "kldload", "rmmod"]) && view.arguments().next().is_some(),
        Action::KernelModule,
    );
    set.when(
        view.name == "trap" && view.arguments().next().is_some_and(|body| body.len() > 8),
        Action::Trap,
    );
}

fn accounts(view: &View<'_>, set: &mut Set) {
    set.when(view.has(Mark::AuthorizedKeys), Action::AuthorizedKeys);
    let creates = view.is(&["useradd", "adduser", "newusers"])
        || (view.name == "pw" && view.argument(&["useradd"]));
    set.when(
        creates && view.arguments().next().is_some(),
        Action::AccountCreate,
    );
    set.when(view.is(&["usermod", "pw", "chage"]), Action::AccountChange);
    let looks = view.is(&["rm", "cat", "ls", "stat", "grep"]) && view.any(STARTS);
    set.when(looks, Action::StartFileLook);
    set.when(
        view.class == Class::Account && view.has(Mark::RootRights),
        Action::AccountRights,
    );
    let by_pipe = view.is(&["passwd", "chpasswd"]) && view.is_piped();
    set.when(
        by_pipe || view.is(&["ldapadd", "ldapmodify"]),
        Action::PasswordChange,
    );
    set.when(
        view.changes_files() && view.has(Mark::Accounts) && view.class != Class::Permission,
        Action::AccountRights,
    );
}

/// What runs by itself, or decides who may.
const STARTS: &[Mark] = &[
    Mark::Cron,
    Mark::Units,
    Mark::BootScripts,
    Mark::ShellStart,
    Mark::AuthorizedKeys,
    Mark::Sudoers,
    Mark::PreloadFile,
    Mark::Pam,
];

fn rights(view: &View<'_>, set: &mut Set) {
    set.when(
        view.changes_files() && view.has(Mark::Sudoers),
        Action::SudoRights,
    );
    set.when(
        view.has(Mark::RootRights) && view.has(Mark::Sudoers),
        Action::SudoRights,
    );
    if view.class == Class::Permission || view.name == "install" {
        set.when(
            view.words
                .iter()
                .any(|word| is_set_uid(view.command.letters(word))),
            Action::SetUidBit,
        );
    }
    set.when(
        view.name == "setcap" && view.has(Mark::SetUid),
        Action::SetUidBit,
    );
    set.when(view.is(&["setcap", "getcap"]), Action::Capability);
    let edits = view.is(&["vi", "vim", "nano", "touch", "truncate", "mkdir", "visudo"]);
    set.when(edits && view.any(STARTS), Action::StartFileEdit);
    let changes = edits || view.writes(|_| true) || view.name == "sed" && view.letter('i');
    set.when(changes && view.has(Mark::Settings), Action::SettingEdit);
    let from_temporary = view.class == Class::Service
        && view
            .arguments()
            .any(|word| word.contains("/tmp") || word.contains("/dev/shm"));
    set.when(from_temporary, Action::ServiceFromTemporary);
}

/// A file among programs that is named like one.
fn is_program_name(path: &str) -> bool {
    is_program_file(path) && !path.rsplit('/').next().unwrap_or("").contains('.')
}

/// A mode that lets a file run as its owner: `u+s`, `4755`, `+s`.
fn is_set_uid(mode: &str) -> bool {
    let digits = mode.trim_start_matches('0');
    let is_octal = digits.len() == 4 && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let symbols = [
        "u+s", "+s", "ug+s", "u+sx", "u=s", "u+xs", "a+s", "u=rwxs", "g+xs", "u+xs", "g+s",
    ];
    (is_octal && digits.starts_with(['4', '6', '7']))
        || symbols.contains(&mode)
        || mode.starts_with("u+s,")
}
