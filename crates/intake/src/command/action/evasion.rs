//! Hiding: histories and logs removed, defences switched off, files made to look other than they are.

use super::view::is_temporary;
use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark};

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    histories(view, set);
    defences(view, set);
    firewalls(view, set);
    permissions(view, set);
    files(view, set);
}

fn histories(view: &View<'_>, set: &mut Set) {
    let sets = view.is(&[
        "export", "unset", "set", "history", "declare", "typeset", "readonly", "echo", "shopt",
    ]) || view.assignments().next().is_some();
    set.when(sets && view.has(Mark::HistorySetting), Action::HistoryOff);
    let changes = view.is(&["export", "unset"]) || view.assignments().next().is_some();
    set.when(
        changes && view.has(Mark::HistorySetting),
        Action::HistoryUnset,
    );
    let removes = view.class == Class::Remover
        || view.is(&["ln", "cp", "mv", "dd", "chattr"])
        || view.changes_files();
    set.when(removes && view.has(Mark::History), Action::HistoryOff);
    let wipes = view.class == Class::Remover
        || view.is(&["ln", "dd", "journalctl", "wevtutil"])
        || view.redirected().any(|(operator, target)| {
            operator.ends_with('>')
                && !operator.contains(">>")
                && (target.contains("/log") || target.contains("/mail"))
        })
        || (view.name == "sed" && view.letter('i'))
        || (view.name == "cp" && view.has(Mark::NullFile));
    set.when(wipes && view.has(Mark::Logs), Action::LogWipe);
}

fn defences(view: &View<'_>, set: &mut Set) {
    let stops = view.arguments().any(|word| {
        matches!(
            word,
            "stop" | "disable" | "mask" | "off" | "disabled" | "onestop" | "remove" | "teardown"
        )
    });
    let is_manager = matches!(
        view.class,
        Class::Service | Class::Killer | Class::Remover | Class::Package
    );
    let halts = (is_manager && stops) || view.is(&["pkill", "killall", "kill"]);
    set.when(
        halts && view.has(Mark::SecurityService),
        Action::SecurityOff,
    );
    let halted = is_manager && stops && view.argument(&["pf", "ipfw", "cron", "crond", "sshd"]);
    set.when(halted, Action::SecurityOff);
    set.when(view.has(Mark::CloudTamper), Action::CloudTamper);
    let core = [
        "systemd-journald",
        "journald",
        "cron",
        "crond",
        "sshd",
        "ssh",
        "docker",
    ];
    let is_core = |word: &str| core.contains(&word.trim_end_matches(".service"));
    let stops_core = view.class == Class::Service && stops && view.arguments().any(is_core);
    set.when(stops_core, Action::SecurityOff);
    let unset = view.name == "sysrc" && view.arguments().any(|word| word.ends_with("=NO"));
    set.when(
        unset && view.has(Mark::SecurityService),
        Action::SecurityOff,
    );
    set.when(
        view.is(&["mdatp", "falconctl", "clamscan"]) && stops,
        Action::SecurityOff,
    );
    set.when(
        view.name == "setenforce" || view.has(Mark::Selinux) && view.changes_files(),
        Action::SecurityOff,
    );
    set.when(
        view.is(&["setenforce", "aa-teardown", "aa-disable"]),
        Action::SecurityOff,
    );
}

fn firewalls(view: &View<'_>, set: &mut Set) {
    let flushes = view.letter('F')
        || view.letter('X')
        || view.option(&["--flush"])
        || view.letter('P') && view.argument(&["ACCEPT"]);
    let opens = match view.name {
        "iptables" | "ip6tables" => flushes || view.letter('D'),
        "ufw" => view.argument(&["disable", "reset"]),
        "nft" => view.argument(&["flush"]),
        "pfctl" => view.letter('d'),
        "esxcli" => view.argument(&["firewall"]),
        "firewall-cmd" => view.option(&["--panic-off", "--remove-service"]),
        _ => false,
    };
    set.when(opens, Action::FirewallOff);
    set.when(
        view.changes_files()
            && view
                .words
                .iter()
                .any(|word| view.command.letters(word).contains("/ufw/")),
        Action::FirewallOff,
    );
    let audit = view.name == "auditctl" && (view.letter('D') || view.letter('e'));
    set.when(
        audit
            || view.has(Mark::SecurityService)
                && view.changes_files()
                && view
                    .words
                    .iter()
                    .any(|word| view.command.letters(word).starts_with("/etc/")),
        Action::AuditOff,
    );
}

fn permissions(view: &View<'_>, set: &mut Set) {
    match view.name {
        "chattr" => set.add(Action::Immutable),
        "chmod" => {
            let mode = |modes: &[&str]| {
                view.words
                    .iter()
                    .any(|word| modes.contains(&view.command.letters(word)))
            };
            let opens = mode(&[
                "777", "0777", "a+rwx", "a+w", "o+w", "ugo+rwx", "a=rwx", "666", "+777", "7777",
            ]);
            let runs = mode(&[
                "+x", "a+x", "u+x", "755", "0755", "700", "ugo+x", "+rx", "744", "711",
            ]);
            set.when(opens, Action::OpenPermission);
            set.when(runs, Action::MakeRunnable);
            let is_mode = |word: &&str| {
                word.bytes().all(|byte| byte.is_ascii_digit()) || word.contains(['+', '='])
            };
            let is_here = |word: &str| {
                !word.contains(['/', '$', '*', '{'])
                    && (super::view::lacks_suffix(word)
                        || super::view::is_shell_script(word)
                        || super::launch::is_architecture(word))
            };
            let mut files = view.arguments().filter(|word| !is_mode(word));
            let is_alone = files.next().is_some_and(is_here) && files.next().is_none();
            set.when((runs || opens) && is_alone, Action::MakeRunnableHere);
            let target = view.arguments().any(is_temporary)
                || view.has(Mark::Architectures)
                || view.argument(&["*"]);
            set.when((opens || runs) && target, Action::MakeRunnableTemporary);
        }
        _ => {}
    }
}

/// Counts bytes written as numbers whose signs a shell took away: `x7fx45x4c`.
fn numbers_without_signs(word: &str) -> usize {
    let is_number =
        |piece: &&str| piece.len() == 2 && piece.bytes().all(|byte| byte.is_ascii_hexdigit());
    word.split('x').filter(is_number).count()
}

fn files(view: &View<'_>, set: &mut Set) {
    set.when(view.class == Class::Remover, Action::FileRemoval);
    let numbers_lost = |word: &str| numbers_without_signs(word) >= 4;
    let stamps = match view.name {
        "touch" => {
            view.letter('t')
                || view.letter('d')
                || view.letter('r')
                || view.option(&["--date", "--reference"])
        }
        "date" => {
            view.letter('s')
                || view.arguments().next().is_some_and(|word| {
                    word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_digit())
                })
        }
        _ => false,
    };
    set.when(stamps, Action::TimeStomp);
    set.when(view.has(Mark::HiddenFile), Action::HiddenFile);
    let binds = view.letter('B') || view.option(&["--bind"]) || view.argument(&["bind"]);
    set.when(
        view.name == "mount" && binds && view.has(Mark::ProcFiles),
        Action::HideProcess,
    );
    let numbered =
        |word: &str| word.matches("\\x").count() >= 4 || word.matches("\\0").count() >= 6;
    set.when(
        view.class == Class::Printer
            && (view.arguments().any(numbered)
                || (view.letter('e') || view.option(&["-ne", "-en"]))
                    && view.arguments().any(numbers_lost)),
        Action::BinaryWrite,
    );
}
