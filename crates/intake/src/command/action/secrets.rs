//! Secrets: password stores, keys, tokens, histories, what other programs hold in memory.

use super::view::is_temporary;
use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark};

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    set.when(view.has(Mark::Shadow), Action::Shadow);
    set.when(
        view.has(Mark::SshKeys) && view.name != "ssh-keygen",
        Action::SshKeys,
    );
    set.when(view.has(Mark::CloudSecrets), Action::CloudSecrets);
    set.when(view.has(Mark::SecretFiles), Action::SecretFiles);
    set.when(view.has(Mark::BrowserFiles), Action::BrowserFiles);
    set.when(view.has(Mark::KeyLog), Action::KeyLog);
    screens(view, set);
    searches(view, set);
    memory(view, set);
    guesses(view, set);
}

fn searches(view: &View<'_>, set: &mut Set) {
    let searches = view.is(&[
        "grep", "egrep", "zgrep", "rg", "ag", "strings", "find", "awk", "locate",
    ]);
    let widely = view.class == Class::Finder
        || view.letter('r')
        || view.letter('R')
        || view.letter('i')
        || view.letter('l');
    set.when(
        searches && widely && view.has(Mark::PasswordWord),
        Action::PasswordSearch,
    );
    set.when(
        view.has(Mark::History) && !matches!(view.class, Class::Remover),
        Action::HistoryRead,
    );
}

/// Screens and clipboards written into files.
fn screens(view: &View<'_>, set: &mut Set) {
    let takes = view.is(&[
        "xwd",
        "xwud",
        "import",
        "scrot",
        "gnome-screenshot",
        "xclip",
        "xsel",
        "arecord",
    ]);
    let keeps = view.redirected().any(|(operator, _)| operator == ">")
        || view.arguments().any(is_temporary);
    set.when(takes && keeps, Action::ScreenCapture);
}

fn memory(view: &View<'_>, set: &mut Set) {
    let reads = view.has(Mark::ProcFiles)
        && view
            .words
            .iter()
            .map(|word| view.command.letters(word))
            .any(|word| {
                word.contains("/mem") && !word.contains("meminfo")
                    || word.contains("/maps")
                    || word.contains("/environ")
                    || word.contains("kcore")
            });
    set.when(
        reads || view.is(&["gcore", "mimipenguin", "lazagne", "procdump"]),
        Action::ProcessMemory,
    );
    set.when(
        view.is(&["tcpdump", "tshark", "dumpcap", "ngrep", "ettercap"]),
        Action::Capture,
    );
}

fn guesses(view: &View<'_>, set: &mut Set) {
    let tools = [
        "hydra",
        "medusa",
        "ncrack",
        "john",
        "hashcat",
        "crackmapexec",
        "kerbrute",
    ];
    set.when(
        view.is(&tools) || (view.name == "sudo" && view.letter('S')),
        Action::Guessing,
    );
    set.when(
        view.words
            .iter()
            .any(|word| view.command.letters(word) == "sshpass"),
        Action::PasswordOnLine,
    );
    let bound = view.is(&["ldapsearch", "ldapadd", "ldapdomaindump", "smbclient"])
        && (view.letter('w') || view.letter('p'));
    set.when(bound, Action::PasswordOnLine);
}
