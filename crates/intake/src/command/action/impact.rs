//! Harm: mining, wiping, encrypting, stopping.

use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark};

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    let names_miner = view.has(Mark::Mining) && view.class != Class::Discovery;
    set.when(view.class == Class::Miner || names_miner, Action::Mining);
    set.when(
        view.is(&["shutdown", "reboot", "poweroff", "halt", "init", "telinit"]),
        Action::Shutdown,
    );
    set.when(
        view.is(&["kill", "pkill", "killall", "killall5"]),
        Action::KillProcesses,
    );
    let stops = view.class == Class::Service
        && view
            .arguments()
            .any(|word| matches!(word, "stop" | "disable" | "mask"));
    set.when(stops, Action::ServiceStop);
    let wipes = match view.name {
        "dd" => view.arguments().any(|word| word.starts_with("of=/dev/")),
        "mkfs" | "wipefs" | "shred" | "badblocks" => view.has(Mark::Disk),
        _ => view
            .redirected()
            .any(|(operator, target)| operator.contains('>') && target.starts_with("/dev/sd")),
    };
    set.when(wipes && view.has(Mark::Disk), Action::DiskWipe);
    let everything = view.arguments().any(|word| {
        matches!(
            word,
            "/" | "/*" | "/home" | "/etc" | "/var" | "~" | "/boot" | "/tmp/*"
        )
    }) || view.letter('r')
        && view.arguments().any(|word| word.starts_with("/var/log"))
        || view.letter('f') && view.letter('r') && view.argument(&["*"]);
    set.when(view.name == "rm" && everything, Action::RemoveAll);
    let hard = view.is(&["kill", "pkill", "killall"])
        && (view.option(&["-9", "-KILL", "-SIGKILL"]) || view.arguments().count() > 3);
    set.when(hard, Action::KillHard);
    let locks = match view.name {
        "gpg" => view.letter('c') || view.option(&["--symmetric"]),
        "openssl" => {
            let ciphers = ["enc", "rsautl", "pkeyutl", "des3", "aes-256-cbc"];
            view.argument(&ciphers) && !view.option(&["-d"])
        }
        "ccencrypt" => true,
        "7z" | "7za" | "zip" => view.flags().any(|flag| {
            flag.starts_with("-p") && flag.len() > 2 || matches!(flag, "--password" | "-P")
        }),
        _ => false,
    };
    set.when(locks, Action::Encrypt);
    set.when(view.name == ":" && view.is_piped(), Action::ForkBomb);
    set.when(
        view.has(Mark::Sysrq)
            || view.has(Mark::CorePattern) && (view.changes_files() || view.name == "sysctl"),
        Action::KernelSetting,
    );
}
