//! Looking round: the machine, its users, its network, its defences.

use super::view::is_temporary;
use super::{Action, Set, View};
use crate::command::lexicon::{Class, Mark};

pub(super) fn see(view: &View<'_>, set: &mut Set) {
    let system = [
        "uname",
        "lscpu",
        "nproc",
        "dmidecode",
        "lspci",
        "lshw",
        "nvidia-smi",
        "hostnamectl",
        "lsb_release",
        "free",
        "uptime",
        "lsmod",
        "arch",
        "sysctl",
        "dmesg",
    ];
    let reads = matches!(
        view.class,
        Class::Reader | Class::Writer | Class::Shell | Class::Awk
    );
    set.when(
        view.is(&system) || reads && view.has(Mark::SystemFiles),
        Action::SystemInformation,
    );
    set.when(
        view.is(&[
            "id", "whoami", "w", "who", "last", "users", "groups", "logname", "lastlog", "finger",
        ]),
        Action::UserInformation,
    );
    set.when(
        view.is(&["ifconfig", "ip", "route", "arp", "ipconfig", "hostname"]),
        Action::NetworkInformation,
    );
    set.when(view.is(&["netstat", "ss", "lsof"]), Action::Connections);
    set.when(view.is(&["ps", "pstree", "top", "htop"]), Action::Processes);
    set.when(view.has(Mark::Accounts), Action::Accounts);
    files(view, set);
    let asks = matches!(
        view.class,
        Class::Reader | Class::Discovery | Class::Killer | Class::Service
    ) || view.name == "pgrep";
    set.when(
        asks && view.has(Mark::SecurityProduct),
        Action::SecurityLook,
    );
    let looks = reads || view.class == Class::Discovery;
    set.when(
        looks && view.has(Mark::VirtualMachine),
        Action::VirtualMachine,
    );
    set.when(view.has(Mark::PasswordPolicy), Action::PasswordPolicy);
    set.when(view.has(Mark::SuidSearch), Action::SetUidSearch);
    set.when(
        view.class == Class::Scanner || view.class == Class::Netcat && view.letter('z'),
        Action::Scan,
    );
    set.when(probes(view), Action::LoaderProbe);
}

/// Files that tell of the machine, and findings that are kept for sending.
fn files(view: &View<'_>, set: &mut Set) {
    let prints = view.is(&[
        "cat", "more", "less", "head", "dd", "grep", "tail", "strings",
    ]);
    let tells = [
        "/proc/cpuinfo",
        "/proc/meminfo",
        "/proc/version",
        "/proc/mounts",
        "/proc/self/exe",
        "/proc/partitions",
        "/proc/modules",
        "/etc/issue",
        "/etc/os-release",
        "/etc/redhat-release",
        "/etc/lsb-release",
        "/etc/debian_version",
        "/etc/hosts",
        "/etc/resolv.conf",
        "/etc/shells",
        "/etc/login.defs",
        "/etc/fstab",
        "/etc/hostname",
        "/bin/echo",
        "/bin/ls",
    ];
    let reads = |word: &str| {
        tells.contains(&word)
            || word.starts_with("/etc/pam.d/")
            || word.starts_with("/proc/1/")
            || word.starts_with("/proc/net/")
            || word.starts_with("/sys/class/dmi")
    };
    set.when(prints && view.arguments().any(reads), Action::SystemFile);
    let keeps = view.class == Class::Discovery
        && view
            .redirected()
            .any(|(operator, target)| operator.contains('>') && is_temporary(target));
    set.when(keeps, Action::FindingsKept);
}

/// `busybox WORD` with a name that no applet has: loaders ask so whether anyone is home.
fn probes(view: &View<'_>) -> bool {
    let of_busybox = view
        .words
        .iter()
        .any(|word| view.command.letters(word).ends_with("busybox"));
    let is_loud = view.name.len() > 2 && view.name.bytes().all(|byte| byte.is_ascii_uppercase());
    (of_busybox && is_loud)
        || view.argument(&["/bin/busybox"]) && view.is(&["cat", "dd", "head", "cp"])
}
