//! Files left behind: text printed into files, what lands in temporary and hidden places, and what is removed after use.

use super::view::{is_shell_script, is_temporary, lacks_suffix};
use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark};
use crate::command::word::base_name;

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    if view.class == Class::Printer
        && let Some(file) = written_file(view)
    {
        prints(view, file, set);
    }
    lands(view, set);
    if view.class == Class::Remover {
        removes(view, set);
    }
}

/// The file that a redirection writes.
fn written_file<'c>(view: &View<'c>) -> Option<&'c str> {
    view.redirected()
        .find(|(operator, target)| {
            operator.contains('>')
                && !operator.ends_with('&')
                && (!target.starts_with("/dev/") || is_temporary(target))
        })
        .map(|(_, target)| target)
}

/// Text goes into a file, line by line, where nothing can be uploaded.
fn prints(view: &View<'_>, file: &str, set: &mut Set) {
    set.add(Action::PrintToFile);
    set.when(view.has(Mark::PythonText), Action::PrintCode);
    set.when(is_temporary(file), Action::PrintToTemporary);
    set.when(is_run_by_others(file), Action::PrintScript);
    set.when(
        view.any(&[Mark::CodeText, Mark::ShellPath, Mark::SpawnCode]),
        Action::PrintCode,
    );
    let starts = [
        Mark::Cron,
        Mark::Units,
        Mark::BootScripts,
        Mark::ShellStart,
        Mark::PythonStart,
        Mark::Autostart,
        Mark::Pam,
        Mark::PreloadFile,
        Mark::AuthorizedKeys,
        Mark::Sudoers,
    ];
    set.when(view.any(&starts), Action::PrintToStart);
}

/// A file that an interpreter, a compiler or a service manager reads.
fn is_run_by_others(file: &str) -> bool {
    base_name(file).rsplit_once('.').is_some_and(|(_, suffix)| {
        matches!(
            suffix,
            "py" | "sh"
                | "pl"
                | "rb"
                | "php"
                | "service"
                | "timer"
                | "c"
                | "lua"
                | "js"
                | "bash"
                | "rules"
        )
    })
}

fn lands(view: &View<'_>, set: &mut Set) {
    set.when(
        view.writes(|path| is_temporary(path) && lacks_suffix(path)),
        Action::TemporaryDrop,
    );
    let is_meant = |path: &str| is_hidden_file(path) && !is_start_file(path);
    let makes = view.is(&["mkdir", "mv", "cp", "touch"]) && view.arguments().any(is_meant);
    set.when(makes || view.writes(is_meant), Action::HiddenDrop);
    let first = view.arguments().next().unwrap_or("");
    let copies = view.is(&["cp", "mv", "cat"])
        && super::view::is_program_file(first)
        && (view.name != "cat" || written_file(view).is_some());
    set.when(copies, Action::CopiedProgram);
    let is_folder = |path: &str| {
        path.starts_with("/dev/shm")
            || path.starts_with("/var/run/")
            || path.starts_with("/var/tmp/")
    };
    let odd = view.writes(is_folder)
        || view.is(&["cd", "mkdir", "touch", "chmod"]) && view.arguments().any(is_folder);
    set.when(odd, Action::OddFolder);
    let goes = view.name == "cd" && view.command.statements.len() == 1;
    set.when(
        goes && view
            .arguments()
            .any(|path| path.starts_with("/tmp/") || path.starts_with("/dev/")),
        Action::OddFolder,
    );
    let owns = view.is(&["chown", "chgrp"])
        && view.arguments().any(is_temporary)
        && first.starts_with("root");
    set.when(owns, Action::RootOwner);
}

/// A hidden name that no known program uses.
fn is_hidden_file(path: &str) -> bool {
    let Some(name) = base_name(path).strip_prefix('.') else {
        return false;
    };
    let known = [
        "git", "config", "ssh", "vim", "local", "cache", "vscode", "env", "bash", "emacs", "npm",
        "hg", "svn", "docker", "gnupg", "kube", "aws", "htaccess", "tmux", "screen", "prettier",
        "eslint", "babel", "travis", "editor", "gradle", "cargo", "python", "bundle", "inputrc",
    ];
    !name.is_empty()
        && name.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '.')
        && name != "."
        && !name.contains(['*', '{', '$'])
        && !known.iter().any(|known| name.starts_with(known))
}

fn is_start_file(path: &str) -> bool {
    let name = base_name(path);
    ["rc", "profile", "login", "logout", "env", "ignore"]
        .iter()
        .any(|end| name.ends_with(end))
}

fn removes(view: &View<'_>, set: &mut Set) {
    set.when(view.is(&["shred", "srm", "wipe"]), Action::Shred);
    let in_temporary = |word: &str| is_temporary(word) && word.matches('/').count() >= 2;
    set.when(view.arguments().any(in_temporary), Action::RemoveTemporary);
    let is_local = |word: &str| !word.contains(['/', '$', '*']);
    let tools = view.name == "rm"
        && view.arguments().all(is_local)
        && view
            .arguments()
            .any(|word| is_shell_script(word) || super::launch::is_architecture(word));
    set.when(tools, Action::RemoveTools);
}
